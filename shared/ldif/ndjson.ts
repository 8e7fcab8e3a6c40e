// Reads entries that a client states, one JSON object a line (NDJSON). A line says what an object is now, and names it by
// its immutable id. The reader is pure and checks everything that a line alone can tell.
import { DirectoryError, normaliseDn } from './dn.ts';
import { type Attribute, attributeName, maxErrors, maxValuesPerRecord } from './parse.ts';

/** A member of a group: by immutable id, or by canonical DN. */
export type StatedMember = { readonly id: string } | { readonly dn: string };

interface Stated {
  /** The line in its batch, from 1. */
  readonly line: number;
  readonly type: 'user' | 'group';
  /** In lower case, as ids that LDIF delivers are. */
  readonly id: string;
  /** The client's version of the object. */
  readonly version?: string;
}
interface StatedWhole extends Stated {
  readonly what: 'whole';
  /** Canonical. */
  readonly dn: string;
  readonly attributes: readonly Attribute[];
}
export interface StatedUser extends StatedWhole {
  readonly type: 'user';
  /** Absent: the markers among the attributes say it. */
  readonly enabled?: boolean;
}
export interface StatedGroup extends StatedWhole {
  readonly type: 'group';
  /** The whole list; otherwise who comes and who goes. */
  readonly members?: readonly StatedMember[];
  readonly addMembers?: readonly StatedMember[];
  readonly removeMembers?: readonly StatedMember[];
}
/** An object that the directory no longer has. */
interface StatedGone extends Stated {
  readonly what: 'deleted';
}
/** An object that is as it was; a DN that differs from the stored one is a rename. */
interface StatedPresent extends Stated {
  readonly what: 'present';
  readonly dn?: string;
}
export type StatedObject = StatedUser | StatedGroup | StatedGone | StatedPresent;

export interface NdjsonError {
  /** The line in the batch, from 1. */
  readonly line: number;
  /** A JSON pointer into the line's object; empty for the line itself. */
  readonly field: string;
  readonly message: string;
}
type NdjsonResult =
  | { readonly ok: true; readonly entries: readonly StatedObject[]; readonly lines: number }
  | { readonly ok: false; readonly errors: readonly NdjsonError[]; readonly more: boolean };

/** Most characters of an immutable id, and of a version. */
const maxId = 128;
const maxVersion = 64;

/** Ends the reading of one line. */
class Wrong extends Error {
  readonly field: string;
  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

const kinds = {
  whole: {
    user: ['type', 'id', 'dn', 'enabled', 'version', 'attributes'],
    group: ['type', 'id', 'dn', 'version', 'attributes', 'members', 'addMembers', 'removeMembers'],
  },
  deleted: ['type', 'id', 'version', 'deleted'],
  present: ['type', 'id', 'version', 'dn', 'present'],
} as const;

type Fields = Readonly<Record<string, unknown>>;

/** A text that can be stored. @throws Wrong */
const text = (field: string, value: unknown, max: number): string => {
  if (typeof value !== 'string') throw new Wrong(field, value === undefined ? 'is missing' : 'must be a text');
  if (value.length > max) throw new Wrong(field, `is longer than ${max} characters`);
  if (value.includes('\0')) throw new Wrong(field, 'contains a NUL character');
  if (!value.isWellFormed()) throw new Wrong(field, 'has half of a character, a lone surrogate: write both halves');
  return value;
};

const idOf = (field: string, value: unknown): string => {
  const id = text(field, value, maxId);
  if (!/^[\x21-\x7e]+$/.test(id)) throw new Wrong(field, `must be 1 to ${maxId} visible ASCII characters`);
  return id.toLowerCase();
};

const dnIn = (field: string, value: unknown): string => {
  try {
    const dn = normaliseDn(text(field, value, Number.POSITIVE_INFINITY));
    if (dn !== '') return dn;
  } catch (error) {
    if (error instanceof DirectoryError) throw new Wrong(field, `is not a DN: ${error.message}`);
    throw error;
  }
  throw new Wrong(field, 'is empty');
};

const flag = (field: string, value: unknown): boolean => {
  if (typeof value !== 'boolean') throw new Wrong(field, 'must be true or false');
  return value;
};

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const attributesIn = (value: unknown): Attribute[] => {
  if (!isFields(value)) throw new Wrong('/attributes', value === undefined ? 'is missing' : 'must be an object');
  let count = 0;
  return Object.entries(value).map(([given, values]) => {
    const field = `/attributes/${given.slice(0, 60)}`;
    const described = attributeName(given);
    if (!described) throw new Wrong(field, 'is not an attribute name');
    if (!Array.isArray(values)) throw new Wrong(field, 'must be a list of texts');
    count += values.length;
    if (count > maxValuesPerRecord) throw new Wrong(field, `makes more than ${maxValuesPerRecord} values in one entry`);
    const { name, options } = described;
    return {
      name,
      options,
      values: values.map((one, i) => text(`${field}/${i}`, one, Number.POSITIVE_INFINITY)),
    };
  });
};

const membersIn = (field: string, value: unknown): StatedMember[] => {
  if (!Array.isArray(value)) throw new Wrong(field, 'must be a list of members');
  if (value.length > maxValuesPerRecord) throw new Wrong(field, `has more than ${maxValuesPerRecord} members`);
  return value.map((one: unknown, i) => {
    const at = `${field}/${i}`;
    const [name, ...more] = isFields(one) ? Object.keys(one) : [];
    if (more.length > 0 || (name !== 'id' && name !== 'dn'))
      throw new Wrong(at, 'must be {"id": …} or {"dn": …}, and nothing else');
    const given = (one as Fields)[name];
    return name === 'id' ? { id: idOf(`${at}/id`, given) } : { dn: dnIn(`${at}/dn`, given) };
  });
};

/** Refuses fields that the kind of line does not have: a misspelt one must not be lost. @throws Wrong */
const needKnown = (fields: Fields, known: readonly string[], which: string): void => {
  const unknown = Object.keys(fields).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Wrong(`/${unknown.slice(0, 60)}`, `is not known in ${which}: remove it`);
};

const groupOf = (base: Omit<StatedGroup, 'members'>, fields: Fields): StatedGroup => {
  const { members, addMembers, removeMembers } = fields;
  const changes = addMembers !== undefined || removeMembers !== undefined;
  if (members !== undefined && changes)
    throw new Wrong('/members', 'is the whole list: give it, or addMembers and removeMembers');
  if (members === undefined && !changes)
    throw new Wrong('/members', 'is missing: give the whole list, or addMembers and removeMembers');
  if (members !== undefined) return { ...base, members: membersIn('/members', members) };
  return {
    ...base,
    ...(addMembers !== undefined && { addMembers: membersIn('/addMembers', addMembers) }),
    ...(removeMembers !== undefined && { removeMembers: membersIn('/removeMembers', removeMembers) }),
  };
};

const typeIn = (value: unknown): 'user' | 'group' => {
  if (value === 'user' || value === 'group') return value;
  throw new Wrong('/type', value === undefined ? 'is missing: user or group' : 'must be user or group');
};

const entryIn = (value: unknown, line: number): StatedObject => {
  if (!isFields(value)) throw new Wrong('', 'is not a JSON object');
  const { deleted, present } = value;
  const type = typeIn(value.type);
  const id = idOf('/id', value.id);
  const version = value.version === undefined ? {} : { version: text('/version', value.version, maxVersion) };
  if (deleted !== undefined || present !== undefined) {
    const what = deleted !== undefined ? 'deleted' : 'present';
    needKnown(value, kinds[what], `a line with ${what}`);
    if (value[what] !== true) throw new Wrong(`/${what}`, 'must be true, or left out');
    const base = { line, type, id, ...version };
    if (what === 'deleted') return { ...base, what };
    return { ...base, what, ...(value.dn !== undefined && { dn: dnIn('/dn', value.dn) }) };
  }
  needKnown(value, kinds.whole[type], `a ${type}`);
  const base = { line, id, ...version, what: 'whole', dn: dnIn('/dn', value.dn) } as const;
  const attributes = attributesIn(value.attributes);
  if (type === 'group') return groupOf({ ...base, type, attributes }, value);
  const { enabled } = value;
  return { ...base, type, attributes, ...(enabled !== undefined && { enabled: flag('/enabled', enabled) }) };
};

const jsonIn = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    throw new Wrong('', 'is not JSON');
  }
};

/**
 * Reads a batch. Blank lines are left out. The first `maxErrors` broken lines are reported, each with its first error, and
 * `more` says whether there are others. An object may have one line in a batch, because lines say state. The caller
 * must limit the size of the text.
 */
export const parseNdjson = (batch: string): NdjsonResult => {
  const entries: StatedObject[] = [];
  const errors: NdjsonError[] = [];
  const lines = new Map<string, number>();
  let number = 0;
  for (let from = 0; from < batch.length; ) {
    const found = batch.indexOf('\n', from);
    const end = found < 0 ? batch.length : found;
    const line = batch.slice(from, end).trim();
    from = end + 1;
    number += 1;
    if (line === '') continue;
    try {
      const entry = entryIn(jsonIn(line), number);
      const known = lines.get(`${entry.type} ${entry.id}`);
      if (known !== undefined) throw new Wrong('/id', `has line ${known} already: give each object one line`);
      lines.set(`${entry.type} ${entry.id}`, number);
      entries.push(entry);
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
      if (errors.length === maxErrors) return { ok: false, errors, more: true };
      errors.push({ line: number, field: error.field, message: error.message });
    }
  }
  return errors.length > 0 ? { ok: false, errors, more: false } : { ok: true, entries, lines: number };
};

/** True when the first version is older: as integers when both are digits, otherwise by their bytes. */
export const isOlder = (version: string, than: string): boolean => {
  const digits = /^\d+$/;
  if (digits.test(version) && digits.test(than)) return BigInt(version) < BigInt(than);
  return Buffer.compare(Buffer.from(version), Buffer.from(than)) < 0;
};
