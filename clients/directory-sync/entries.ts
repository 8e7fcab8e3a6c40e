// Entries as the API takes them: one JSON object a line, saying what is and not what happened.
import { canonicalType, DirectoryError, normaliseDn } from '../../shared/ldif/dn.ts';
import type { EntryKind, FullEntry, Listed } from './ldap/types.ts';

/** Attributes of the service that are taken from others of the directory. */
export type Mapping = Readonly<Record<string, string>>;

type Attributes = Readonly<Record<string, readonly string[]>>;

/** The attributes of an entry under the names by which the service knows them. */
export const mapped = (attributes: Attributes, mapping: Mapping): Attributes => {
  const result: Record<string, readonly string[]> = { ...attributes };
  for (const [to, from] of Object.entries(mapping)) {
    const values = attributes[canonicalType(from)] ?? [];
    // What the directory has under the service's own name is not what the settings ask for.
    if (values.length === 0) delete result[canonicalType(to)];
    else result[canonicalType(to)] = values;
  }
  return result;
};

const normal = (dn: string): string | undefined => {
  try {
    return normaliseDn(dn);
  } catch (error) {
    if (error instanceof DirectoryError) return undefined;
    throw error;
  }
};

/** Finds the id of a listed object by any spelling of its DN. */
export const idsByDn = (listing: ReadonlyMap<string, Listed>): ((dn: string) => string | undefined) => {
  let written: Map<string, string> | undefined;
  let compared: Map<string, string> | undefined;
  return (dn) => {
    written ??= new Map([...listing.values()].map((one) => [one.dn, one.id]));
    const found = written.get(dn);
    if (found !== undefined) return found;
    // Servers mostly spell a name alike everywhere, so the spellings are compared only where they do not.
    compared ??= new Map(
      [...listing.values()].flatMap((one) =>
        ((name) => (name === undefined ? [] : [[name, one.id] as const]))(normal(one.dn)),
      ),
    );
    const name = normal(dn);
    return name === undefined ? undefined : compared.get(name);
  };
};

/** A line may be this long, in characters; a group with more members comes in several. Half of what a batch may have. */
const longestLine = 2_000_000;

/** A group's members by id as far as the listing has them, else by DN: the service keeps those until it knows them. */
const membersOf = (
  { members }: FullEntry,
  idOf: (dn: string) => string | undefined,
): { id?: string; dn?: string }[] => {
  const ids = new Set<string>();
  const dns = new Set<string>();
  for (const dn of members) {
    const id = idOf(dn);
    if (id === undefined) dns.add(dn);
    else ids.add(id);
  }
  return [...[...ids].map((id) => ({ id })), ...[...dns].map((dn) => ({ dn }))];
};

/** Cuts a list of members where a line would become too long. */
const cut = <T>(members: readonly T[], longest: number): T[][] => {
  const parts: T[][] = [[]];
  let length = 0;
  for (const one of members) {
    const more = JSON.stringify(one).length + 1;
    if (length + more > longest && (parts.at(-1) as T[]).length > 0) {
      parts.push([]);
      length = 0;
    }
    (parts.at(-1) as T[]).push(one);
    length += more;
  }
  return parts;
};

/**
 * The lines that say all of an entry.
 * @param isVersioned false where no version is to be told, so that the entry counts whatever the service has
 */
export const wholeEntry = (
  entry: FullEntry,
  idOf: (dn: string) => string | undefined,
  isVersioned: boolean,
  longest = longestLine,
): string[] => {
  const { kind: type, id, dn, version, memberUids } = entry;
  const attributes = { ...entry.attributes, ...(memberUids.length > 0 && { memberuid: memberUids }) };
  const head = { type, id, dn, ...(isVersioned && version !== undefined && { version }), attributes };
  if (type === 'user') return [JSON.stringify(head)];
  const [members = [], ...others] = cut(membersOf(entry, idOf), longest);
  return [
    JSON.stringify({ ...head, members }),
    ...others.map((addMembers) => JSON.stringify({ type, id, dn, addMembers })),
  ];
};

/** The line that says where an unchanged entry is now. */
export const movedEntry = ({ kind, id, dn }: Listed): string => JSON.stringify({ type: kind, id, dn, present: true });

export const deletedEntry = ({ kind, id }: { kind: EntryKind; id: string }): string =>
  JSON.stringify({ type: kind, id, deleted: true });
