// The names of an export, sorted out by tenant and day.
import { join } from 'node:path';
import { type ExportedFile, exportedFile } from '../../../shared/audit/names.ts';
import { AuditError } from '../exits.ts';
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

/** What somebody who has named the wrong folder may have meant; undefined when the names tell nothing. */
const meant = (folder: string, names: readonly string[]): string | undefined => {
  const below = names.map((name) => name.split('/')).find((parts) => parts.findIndex(isTenantFolder) > 0);
  if (below) {
    const above = below.slice(0, below.findIndex(isTenantFolder)).join('/');
    return `Its folder ${above} has tenant=… folders: name ${join(folder, above)}.`;
  }
  if (names.some((name) => /^(dt=\d{4}-\d{2}-\d{2}\/|checkpoint-|keys-)/.test(name)))
    return `It looks like one tenant's folder under another name: rename it to tenant=ID, as it was exported.`;
  return undefined;
};
const isTenantFolder = (part: string): boolean => part.startsWith('tenant=');

/** Most findings that are kept back until a tenant is found. */
const mostKept = 1_000;

/**
 * The files of each tenant that is wanted, of which there is at least one.
 * @param wanted the tenant's id; all of them when undefined
 * @throws AuditError that says which folder may have been meant
 */
export const tenantsIn = async (
  trail: Trail,
  folder: string,
  wanted: string | undefined,
  tell: (finding: Finding) => void = () => {},
): Promise<TenantFiles[]> => {
  // Names that no export has are findings beside files of one, and nothing but a wrong folder without.
  const unknown: Finding[] = [];
  const all = await listed(trail, (finding) => {
    if (unknown.length < mostKept) unknown.push(finding);
  });
  const found = all.filter(({ tenant }) => wanted === undefined || tenant === wanted);
  if (found.length === 0) {
    const hint =
      all.length === 0
        ? meant(
            folder,
            unknown.map(({ file = '' }) => file),
          )
        : undefined;
    const of = wanted === undefined ? '' : ` of the tenant ${wanted}`;
    throw new AuditError('files', `${folder} has no exported files${of}.${hint === undefined ? '' : ` ${hint}`}`);
  }
  for (const finding of unknown) tell(finding);
  return found;
};
