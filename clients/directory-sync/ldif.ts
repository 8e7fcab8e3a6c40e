// Entries as LDIF (RFC 2849), in files that the API takes as they are.
import type { FullEntry } from './ldap/types.ts';

/** Within SAFE-STRING of RFC 2849: what is printable, and no space at the end, which readers would lose. */
const safe = /^[!-9;=-~](?:[ -~]*[!-~])?$/;

/** One `attrval-spec`, without its line feed. */
const ldifLine = (name: string, value: string): string => {
  if (value === '') return `${name}:`;
  return safe.test(value) ? `${name}: ${value}` : `${name}:: ${Buffer.from(value).toString('base64')}`;
};

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Attributes that carry the id, which is written once and under a name that the service reads. */
const ids: ReadonlySet<string> = new Set(['entryuuid', 'objectguid', 'ipauniqueid', 'nsuniqueid']);

/** A record may have this many bytes: a group with more members goes on in changes. */
const longestRecord = 4_000_000;

/** The records of an entry, each with the line feed at its end. */
export const ldifRecords = (entry: FullEntry, longest = longestRecord): string[] => {
  const { kind, id, dn, attributes, members, memberUids } = entry;
  const head = ldifLine('dn', dn);
  const lines = [head];
  if ((attributes.objectclass ?? []).length === 0)
    lines.push(ldifLine('objectClass', kind === 'user' ? 'inetOrgPerson' : 'groupOfNames'));
  lines.push(ldifLine(uuid.test(id) ? 'entryUUID' : 'nsUniqueId', id));
  for (const [name, values] of Object.entries(attributes))
    if (!ids.has(name)) for (const value of values) lines.push(ldifLine(name, value));
  for (const login of memberUids) lines.push(ldifLine('memberUid', login));
  const records = [lines];
  let bytes = Buffer.byteLength(lines.join('\n'));
  for (const member of members) {
    const line = ldifLine('member', member);
    bytes += Buffer.byteLength(line) + 1;
    if (bytes > longest) {
      records.push([head, 'changetype: modify', 'add: member']);
      bytes = Buffer.byteLength(head) + Buffer.byteLength(line);
    }
    records.at(-1)?.push(line);
  }
  return records.map((record, i) => `${[...record, ...(i === 0 ? [] : ['-'])].join('\n')}\n`);
};

/** A file that the API takes has fewer bytes. */
const fileBytes = 5_000_000;
const start = 'version: 1\n';

/** Gathers records into files. */
export class LdifFiles {
  readonly #bytes: number;
  #parts: string[] = [];
  #size = 0;

  constructor(bytes = fileBytes) {
    this.#bytes = bytes;
  }

  /** Takes a record; answers with a file when one is full. */
  add(record: string): string | undefined {
    const size = Buffer.byteLength(record) + 1;
    const full = this.#size > 0 && start.length + this.#size + size >= this.#bytes ? this.rest() : undefined;
    this.#parts.push(`\n${record}`);
    this.#size += size;
    return full;
  }

  /** What is left, as the last file. */
  rest(): string | undefined {
    if (this.#parts.length === 0) return undefined;
    const text = `${start}${this.#parts.join('')}`;
    this.#parts = [];
    this.#size = 0;
    return text;
  }
}
