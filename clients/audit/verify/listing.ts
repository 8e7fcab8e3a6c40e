// The names of an export, sorted out by tenant and day.
import { type ExportedFile, exportedFile } from '../../../shared/audit/names.ts';
import type { Trail } from '../folder.ts';
import type { Finding } from './findings.ts';

/** A file with the lines of one segment. */
export interface PartFile {
  readonly name: string;
  readonly first: number;
  readonly last: number;
}

export interface DayFiles {
  /** In the order of their sequences. */
  readonly parts: PartFile[];
  manifest: boolean;
  signature: boolean;
}

export interface TenantFiles {
  readonly tenant: string;
  /** By day, in order. */
  readonly days: Map<string, DayFiles>;
  /** The sizes of checkpoints, ascending. */
  readonly checkpoints: number[];
  /** Ids of keys. */
  readonly keys: string[];
  files: number;
}

/** The last sequence that the files have by their names; 0 without parts. */
export const lastSequence = ({ days }: TenantFiles): number =>
  // Without spreading, because there may be more days than a call can have arguments.
  [...days.values()].reduce((most, { parts }) => Math.max(most, parts.at(-1)?.last ?? 0), 0);

const dayIn = ({ days }: TenantFiles, day: string): DayFiles => {
  const known = days.get(day) ?? { parts: [], manifest: false, signature: false };
  days.set(day, known);
  return known;
};

const take = (files: TenantFiles, name: string, file: ExportedFile): void => {
  files.files += 1;
  if (file.kind === 'key') files.keys.push(file.kid);
  else if (file.kind === 'checkpoint') files.checkpoints.push(file.size);
  else if (file.kind === 'part') dayIn(files, file.day).parts.push({ name, first: file.first, last: file.last });
  else dayIn(files, file.day)[file.kind] = true;
};

/** Sorts out all names of a trail. A name that no export has is told as a finding. */
export const listed = async (trail: Trail, tell: (finding: Finding) => void): Promise<TenantFiles[]> => {
  const tenants = new Map<string, TenantFiles>();
  for await (const name of trail.list()) {
    const file = exportedFile(name);
    if (file === undefined || (file.kind === 'part' && (file.first < 1 || file.last < file.first))) {
      tell({ code: 'unknown-file', file: name, message: 'No export writes a file of this name.' });
      continue;
    }
    const { tenant } = file;
    const known = tenants.get(tenant) ?? { tenant, days: new Map(), checkpoints: [], keys: [], files: 0 };
    tenants.set(tenant, known);
    take(known, name, file);
  }
  return [...tenants.values()].map((files) => ({
    ...files,
    // Names sort by sequence and day as they are spelt; a listing is not trusted for it.
    days: new Map([...files.days].sort(([one], [other]) => (one < other ? -1 : 1))),
    checkpoints: files.checkpoints.sort((one, other) => one - other),
  }));
};
