// Entries as the API takes them: one JSON object a line, saying what is and not what happened.
import { canonicalType, DirectoryError, foldText, normaliseDn, parseDn } from '../../shared/ldif/dn.ts';
import { type Nobody, nobodyByAttributes, nobodyByDn } from '../../shared/ldif/entries.ts';
import { parseNdjson } from '../../shared/ldif/ndjson.ts';
import { foldStated } from '../../shared/ldif/stated.ts';
import { SyncError } from './exits.ts';
import type { EntryKind, FullEntry, Listed } from './ldap/types.ts';
import type { Objects } from './state.ts';

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

/** Finds the user that has a login. Of two that have one, the first keeps it. */
export const idsByLogin = (objects: Objects): ((login: string) => string | undefined) => {
  let found: Map<string, string> | undefined;
  return (login) => {
    if (found === undefined) {
      found = new Map();
      for (const [id, { uids = [] }] of objects)
        for (const uid of uids.map(foldText)) if (!found.has(uid)) found.set(uid, id);
    }
    return found.get(foldText(login));
  };
};

/** What one line may have: the service takes batches of 5,000,000 bytes, and an object comes in one line. */
const most = { bytes: 4_900_000, members: 100_000 } as const;

/** Finds ids by DN, and by login. */
interface Ids {
  byDn(dn: string): string | undefined;
  byLogin(login: string): string | undefined;
}

/**
 * A group's members by id as far as the listing has them, else by DN: the service keeps those until it knows them. A login
 * that nobody has says nothing.
 */
const membersOf = ({ members, memberUids }: FullEntry, { byDn, byLogin }: Ids): { id?: string; dn?: string }[] => {
  const ids = new Set(memberUids.flatMap((login) => byLogin(login) ?? []));
  const dns = new Set<string>();
  for (const dn of members) {
    const id = byDn(dn);
    if (id === undefined) dns.add(dn);
    else ids.add(id);
  }
  return [...[...ids].map((id) => ({ id })), ...[...dns].map((dn) => ({ dn }))];
};

/**
 * The line that says all of an entry.
 * @param isVersioned false where no version is to be told, so that the entry counts whatever the service has
 * @throws SyncError for a group that is too large for the service
 */
export const wholeEntry = (entry: FullEntry, ids: Ids, isVersioned: boolean): string => {
  const { kind: type, id, dn, version, attributes } = entry;
  const head = { type, id, dn, ...(isVersioned && version !== undefined && { version }), attributes };
  if (type === 'user') return JSON.stringify(head);
  const members = membersOf(entry, ids);
  const line = JSON.stringify({ ...head, members });
  if (members.length > most.members || Buffer.byteLength(line) > most.bytes)
    throw new SyncError(
      'directory',
      `The group ${id} has ${members.length} members, more than the service takes (${most.members}, or ${most.bytes} bytes): leave it out by groups.filter.`,
      { code: 'group-too-large' },
    );
  return line;
};

/**
 * Why an entry is nobody: it is deleted and stays as an entry, or it is a copy that lost a conflict of names.
 * @throws DirectoryError for a DN that cannot be read
 */
export const nobodyOf = ({ dn, attributes }: Pick<FullEntry, 'dn' | 'attributes'>): Nobody | undefined =>
  nobodyByDn(parseDn(dn)) ?? nobodyByAttributes(Object.entries(attributes).map(([name, values]) => ({ name, values })));

/** Why the service would not understand a line, by its own reader; undefined when it would. @param now milliseconds */
export const faultIn = (line: string, now: number): string | undefined => {
  const read = parseNdjson(line);
  const [error] = read.ok ? foldStated(read.entries, 0, now).errors : read.errors;
  return error && `${error.field}: ${error.message}`;
};

/** The line that says of an entry only that it is there. */
export const presentEntry = ({ kind, id }: Pick<Listed, 'kind' | 'id'>): string =>
  JSON.stringify({ type: kind, id, present: true });

/** The line that says where an unchanged entry is now. */
export const movedEntry = ({ kind, id, dn }: Listed): string => JSON.stringify({ type: kind, id, dn, present: true });

export const deletedEntry = ({ kind, id }: { kind: EntryKind; id: string }): string =>
  JSON.stringify({ type: kind, id, deleted: true });
