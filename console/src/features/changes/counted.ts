// Counts whom a change reaches, by permission. Pure.

interface Difference {
  readonly permission: string;
}

interface UserEffect {
  readonly gained: readonly Difference[];
  readonly lost: readonly Difference[];
}

interface Row {
  readonly permission: string;
  /** Users who gain it, wholly or in part. */
  readonly gain: number;
  readonly lose: number;
}

/** One row a permission, those that reach most users first. */
export const reachOf = (users: readonly UserEffect[]): Row[] => {
  const rows = new Map<string, { gain: number; lose: number }>();
  const count = (differences: readonly Difference[], what: 'gain' | 'lose') => {
    for (const permission of new Set(differences.map((one) => one.permission))) {
      const row = rows.get(permission) ?? { gain: 0, lose: 0 };
      row[what] += 1;
      rows.set(permission, row);
    }
  };
  for (const { gained, lost } of users) {
    count(gained, 'gain');
    count(lost, 'lose');
  }
  return [...rows]
    .map(([permission, row]) => ({ permission, ...row }))
    .sort((a, b) => b.gain + b.lose - a.gain - a.lose || a.permission.localeCompare(b.permission));
};
