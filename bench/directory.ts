// A directory of any size for benchmarks, as a client states it.

/** Who is in it, and in how many groups each user is. */
export interface DirectorySizes {
  readonly users: number;
  readonly groups: number;
  readonly groupsOfEach: number;
}

/** The directory of a company of some size. */
export const largeDirectory: DirectorySizes = { users: 20_000, groups: 500, groupsOfEach: 3 };

/** An entry as a batch has it. */
export type StatedEntry = Readonly<Record<string, unknown>>;

const base = 'dc=harbour,dc=example';
const idOf = (n: number): string => `0d1c2b3a-0000-4000-8000-${String(n).padStart(12, '0')}`;
/** Groups have other numbers than users. */
const groupIdOf = (n: number): string => idOf(100_000_000 + n);

const user = (n: number, more: StatedEntry = {}): StatedEntry => ({
  type: 'user',
  id: idOf(n),
  dn: `uid=user${n},ou=people,${base}`,
  enabled: true,
  attributes: {
    uid: [`user${n}`],
    cn: [`User Number ${n}`],
    givenName: ['User'],
    sn: [`Number ${n}`],
    mail: [`user${n}@harbour.example`],
    departmentNumber: [`${n % 40}`],
    ...(more.attributes as object | undefined),
  },
  ...('enabled' in more && { enabled: more.enabled }),
});
const group = (n: number, more: StatedEntry): StatedEntry => ({
  type: 'group',
  id: groupIdOf(n),
  dn: `cn=group${n},ou=groups,${base}`,
  attributes: { cn: [`group${n}`] },
  ...more,
});
const members = (users: readonly number[]) => users.map((n) => ({ id: idOf(n) }));
const gone = (n: number): StatedEntry => ({ type: 'user', id: idOf(n), deleted: true });
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** All entries of the directory: its groups, and then its users. */
export const wholeDirectory = ({ users, groups, groupsOfEach }: DirectorySizes): StatedEntry[] => {
  const of = numbers(0, groups).map((): number[] => []);
  for (const n of numbers(0, users)) for (let i = 0; i < groupsOfEach; i += 1) of[(n + i * (i + 6)) % groups]?.push(n);
  return [...of.map((list, g) => group(g, { members: members(list) })), ...numbers(0, users).map((n) => user(n))];
};

/** Entries with a change of so many users. @param first a number from which on nobody has one */
type DirectoryChange = (sizes: DirectorySizes, count: number, first: number) => StatedEntry[];

/** Users of the directory, far from each other. */
const some = ({ users }: DirectorySizes, count: number): number[] => numbers(0, count).map((i) => (i * 17) % users);

export const changesOfOneKind: Readonly<Record<string, DirectoryChange>> = {
  'users created': (_, count, first) => numbers(first, first + count).map((n) => user(n)),
  'users renamed': (sizes, count) => some(sizes, count).map((n) => user(n, { attributes: { cn: ['Another Name'] } })),
  'users disabled': (_, count, first) => numbers(first, first + count).map((n) => user(n, { enabled: false })),
  'users deleted': (_, count, first) => numbers(first, first + count).map(gone),
  'memberships gained': (sizes, count, first) => [group(first, { members: members(some(sizes, count)) })],
  'memberships lost': (_, _count, first) => [group(first, { members: [] })],
  'users delivered again, unchanged': (sizes, count) =>
    some(sizes, count).map((n) => user(n, { attributes: { cn: ['Another Name'] } })),
};

/** A mixed delta: a tenth groups that get two members each, a fifth new users, a tenth deletions, the rest other names. */
export const mixedDelta: DirectoryChange = (sizes, count, first) => {
  const grown = Math.min(sizes.groups, Math.floor(count / 10));
  const users = some(sizes, count - grown).map((n, i) => {
    if (i % 10 < 2) return user(first + i);
    if (i % 10 < 3) return gone(n);
    return user(n, { attributes: { cn: [`Renamed ${first + i}`], departmentNumber: [`moved ${first + i}`] } });
  });
  const joining = (g: number) => [g, g + 1].map((n) => (n * 31 + 5) % sizes.users);
  return [...users, ...numbers(0, grown).map((g) => group(g, { addMembers: members(joining(g)) }))];
};
