// Reads LDIF (RFC 2849), content and change records, without looking anything up: a value by URL is never fetched. Only
// the reader of an entry knows whether that value is needed.
// docs/decisions/0002-own-ldif-parser.md says why the parser is our own.
import { utf8 } from '../text/text.ts';
import { DirectoryError } from './dn.ts';
import { blocks, type Line } from './lines.ts';

/**
 * A value as it was written: a text if it is plain, and always bytes if it is base64. Whether bytes are a text depends
 * on the attribute, so the reader of the attribute asks with `textOf` or `bytesOf`, and nothing is lost before that.
 */
export type LdifValue = string | Uint8Array | ByUrl;
/** A value given by URL (`jpegPhoto:< file:///…`), with its line. Asking for the value is an error. */
interface ByUrl {
  readonly byUrl: number;
}

/** `name` and `options` are in lower case: `cn;lang-en` is the name `cn` with the option `lang-en`. */
export interface Attribute {
  readonly name: string;
  readonly options: readonly string[];
  readonly values: readonly LdifValue[];
}
/** One step of a modify record (`increment`: RFC 4525). `delete` and `replace` without values remove the attribute. */
export interface LdifChange {
  readonly op: 'add' | 'delete' | 'replace' | 'increment';
  readonly attribute: string;
  readonly options: readonly string[];
  readonly values: readonly LdifValue[];
}
interface RecordOf<K extends string> {
  readonly change: K;
  /** The record's dn line. */
  readonly line: number;
  /** As written, before any check. */
  readonly dn: string;
}
export interface LdifEntry extends RecordOf<'content' | 'add'> {
  readonly attributes: readonly Attribute[];
}
type LdifDelete = RecordOf<'delete'>;
export interface LdifModify extends RecordOf<'modify'> {
  readonly changes: readonly LdifChange[];
}
/** A modrdn or moddn record. */
export interface LdifRename extends RecordOf<'modrdn'> {
  readonly newRdn: string;
  readonly deleteOldRdn: boolean;
  readonly newSuperior?: string;
}
export type LdifRecord = LdifEntry | LdifDelete | LdifModify | LdifRename;

export interface LdifError {
  /** The line in the file, from 1. */
  readonly line: number;
  readonly message: string;
}
/** A part of a file that concerns neither users nor groups, and was left out. */
export interface LdifIgnored {
  /** Its first line in the file. */
  readonly line: number;
  readonly code: 'search-reference' | 'search-result' | 'unreadable';
}
type LdifResult =
  | {
      readonly ok: true;
      readonly version?: 1;
      readonly records: readonly LdifRecord[];
      readonly ignored: readonly LdifIgnored[];
    }
  | { readonly ok: false; readonly errors: readonly LdifError[]; readonly more: boolean };

export const maxErrors = 20;
export const maxRecords = 100_000;
export const maxValuesPerRecord = 100_000;
/** Most lines of a record without values: dn, changetype, controls, the names and ends of changes. */
const maxLinesPerRecord = 2 * maxValuesPerRecord;

/** Controls that do not change how a record is read: ManageDsaIT (RFC 3296), permissive modify. */
const knownControls: ReadonlySet<string> = new Set(['2.16.840.1.113730.3.4.2', '1.2.840.113556.1.4.1413']);

const isByUrl = (value: LdifValue): value is ByUrl => typeof value === 'object' && 'byUrl' in value;
const notFetched = 'values by URL are not fetched';

/** The value as a text; undefined if it is not UTF-8 or contains NUL. @throws DirectoryError if given by URL */
export const textOf = (value: LdifValue): string | undefined => {
  if (typeof value === 'string') return value;
  if (isByUrl(value)) throw new DirectoryError(notFetched, value.byUrl);
  if (value.includes(0)) return undefined;
  try {
    return utf8(value);
  } catch {
    return undefined;
  }
};
/** The value as bytes; the UTF-8 bytes of a plain value. @throws DirectoryError if given by URL */
export const bytesOf = (value: LdifValue): Uint8Array => {
  if (typeof value === 'string') return new TextEncoder().encode(value);
  if (isByUrl(value)) throw new DirectoryError(notFetched, value.byUrl);
  return value;
};

/** The lines of base64 values, for errors. Plain values are texts already and cause no such errors. */
const lines = new WeakMap<Uint8Array, number>();

/** The value of an attribute that must be a text. @throws DirectoryError with the line of the value */
export const neededText = (name: string, value: LdifValue): string => {
  const text = textOf(value);
  if (text === undefined)
    throw new DirectoryError(`${name} is not a text: UTF-8 without NUL is needed`, lines.get(value as Uint8Array));
  return text;
};

/** Ends the reading of one record. */
class Broken extends DirectoryError {
  constructor(line: number, message: string) {
    super(message, line);
  }
}

const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);
const namePattern = /^[a-z0-9][a-z0-9._-]*$/;
// `=` and `*` are allowed because Active Directory answers long lists as `member;range=0-1499`.
const optionPattern = /^[a-z0-9_*=-]+$/;

/** The name and the options of an attribute description (RFC 4512 section 2.5); undefined for another text. */
export const attributeName = (text: string): { name: string; options: string[]; key: string } | undefined => {
  const key = text.toLowerCase();
  const [name = '', ...options] = key.split(';', 20);
  return namePattern.test(name) && options.every((option) => optionPattern.test(option))
    ? { name, options, key }
    : undefined;
};

const describe = (text: string, line: number): { name: string; options: string[]; key: string } => {
  const described = attributeName(text);
  if (!described) throw new Broken(line, `"${short(text)}" is not an attribute name`);
  return described;
};

/** Decodes canonical base64 only. A text that is cut off or has other characters does not encode back to itself. */
const decode = (text: string, line: number): Uint8Array => {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw new Broken(line, 'broken base64');
  const value = new Uint8Array(bytes);
  lines.set(value, line);
  return value;
};

interface Spec {
  readonly line: number;
  readonly name: string;
  readonly options: readonly string[];
  readonly key: string;
  readonly value: LdifValue;
}

/** Reads RFC 2849 `attrval-spec`. dn, changetype and similar lines have the same form. */
const readSpec = ({ line, text, problem }: Line): Spec => {
  if (problem !== undefined) throw new Broken(line, problem);
  const colon = text.indexOf(':');
  if (colon < 0) throw new Broken(line, `no colon in "${short(text)}"`);
  const described = describe(text.slice(0, colon), line);
  const sign = text[colon + 1];
  if (sign === '<') return { line, ...described, value: { byUrl: line } };
  let from = sign === ':' ? colon + 2 : colon + 1;
  while (text[from] === ' ') from += 1;
  const rest = text.slice(from);
  return { line, ...described, value: sign === ':' ? decode(rest.trimEnd(), line) : rest };
};

const textIn = (spec: Spec): string => neededText(spec.key, spec.value);

/** Refuses an unknown critical control, because it changes the meaning of the record. */
const checkControl = (spec: Spec): void => {
  const found = /^([0-9.]+)(?: +(true|false))? *(?::(.?).*)?$/is.exec(textIn(spec));
  if (found === null) throw new Broken(spec.line, `not a control: "${short(textIn(spec))}"`);
  const [, oid = '', critical, sign] = found;
  if (sign === '<') throw new Broken(spec.line, `control ${oid}: ${notFetched}`);
  if (critical?.toLowerCase() === 'true' && !knownControls.has(oid))
    throw new Broken(spec.line, `the critical control ${oid} is not supported`);
};

/** Names with a meaning of their own. Among attributes, they show that a record is put together wrongly. */
const misplaced: ReadonlyMap<string, string> = new Map([
  ['dn', 'a second dn in one record: is the blank line before it missing?'],
  ['changetype', 'changetype must follow the dn'],
]);

const readAttributes = (lines: readonly Line[], at: number): Attribute[] => {
  const found = new Map<string, { name: string; options: readonly string[]; values: LdifValue[] }>();
  for (const line of lines) {
    const { name, options, key, value } = readSpec(line);
    const wrong = misplaced.get(key);
    if (wrong !== undefined) throw new Broken(line.line, wrong);
    const attribute = found.get(key);
    if (attribute === undefined) found.set(key, { name, options, values: [value] });
    else attribute.values.push(value);
  }
  if (found.size === 0) throw new Broken(at, 'no attributes');
  if (lines.length > maxValuesPerRecord) throw new Broken(at, `more than ${maxValuesPerRecord} values in one record`);
  return [...found.values()];
};

const isEnd = (line: Line): boolean => line.problem === undefined && line.text.trimEnd() === '-';

/** Reads RFC 2849 `mod-spec`s. Real files often lack the `-` behind the last one. */
const readChanges = (lines: readonly Line[], at: number): LdifChange[] => {
  const changes: LdifChange[] = [];
  let values = 0;
  let next = 0;
  while (next < lines.length) {
    const first = readSpec(lines[next] as Line);
    const op = first.key;
    if (op !== 'add' && op !== 'delete' && op !== 'replace' && op !== 'increment')
      throw new Broken(
        first.line,
        misplaced.get(op) ?? `add, delete, replace or increment expected, not "${short(op)}"`,
      );
    const { name, options, key } = describe(textIn(first).trimEnd(), first.line);
    const change = { op, attribute: name, options, values: [] as LdifValue[] } satisfies LdifChange;
    for (next += 1; next < lines.length && !isEnd(lines[next] as Line); next += 1) {
      const spec = readSpec(lines[next] as Line);
      if (spec.key !== key)
        throw new Broken(spec.line, misplaced.get(spec.key) ?? `"${key}" or "-" expected, not "${short(spec.key)}"`);
      change.values.push(spec.value);
    }
    next += 1;
    if (op === 'add' && change.values.length === 0) throw new Broken(first.line, `add of ${key} without values`);
    if (op === 'increment' && change.values.length !== 1)
      throw new Broken(first.line, `increment of ${key} without exactly one value`);
    values += change.values.length;
    changes.push(change);
  }
  if (values > maxValuesPerRecord) throw new Broken(at, `more than ${maxValuesPerRecord} values in one record`);
  return changes;
};

const readRename = (lines: readonly Line[], line: number, dn: string): LdifRename => {
  const found = new Map<string, string>();
  for (const one of lines) {
    const spec = readSpec(one);
    if (!['newrdn', 'deleteoldrdn', 'newsuperior'].includes(spec.key) || found.has(spec.key))
      throw new Broken(spec.line, misplaced.get(spec.key) ?? `"${short(spec.key)}" does not belong here`);
    found.set(spec.key, textIn(spec));
  }
  const newRdn = found.get('newrdn');
  const deleteOld = found.get('deleteoldrdn')?.trim();
  const newSuperior = found.get('newsuperior');
  if (newRdn === undefined) throw new Broken(line, 'newrdn is missing');
  if (deleteOld !== '0' && deleteOld !== '1') throw new Broken(line, 'deleteoldrdn must be 0 or 1');
  const record = { change: 'modrdn', line, dn, newRdn, deleteOldRdn: deleteOld === '1' } as const;
  return newSuperior === undefined ? record : { ...record, newSuperior };
};

const readRecord = (lines: readonly Line[]): LdifRecord => {
  const first = readSpec(lines[0] as Line);
  const { line } = first;
  if (first.key === 'version') throw new Broken(line, 'version belongs in the first line of the file');
  if (first.key !== 'dn') throw new Broken(line, `a record starts with dn, not with "${short(first.key)}"`);
  const dn = textIn(first);

  let next = 1;
  let typed: Spec | undefined;
  for (; next < lines.length && typed === undefined; next += 1) {
    const one = lines[next] as Line;
    if (/^control:/i.test(one.text)) checkControl(readSpec(one));
    else if (/^changetype:/i.test(one.text)) typed = readSpec(one);
    else break;
  }
  const rest = lines.slice(next);
  if (typed === undefined) {
    if (next > 1) throw new Broken(line, 'a record with a control needs a changetype');
    return { change: 'content', line, dn, attributes: readAttributes(rest, line) };
  }
  const change = textIn(typed).trim().toLowerCase();
  switch (change) {
    case 'add':
      return { change, line, dn, attributes: readAttributes(rest, line) };
    case 'delete': {
      const [extra] = rest;
      if (extra !== undefined) throw new Broken(extra.line, 'nothing may follow changetype: delete');
      return { change, line, dn };
    }
    case 'modify':
      return { change, line, dn, changes: readChanges(rest, line) };
    case 'modrdn':
    case 'moddn':
      return readRename(rest, line, dn);
    default:
      throw new Broken(typed.line, `unknown changetype "${short(change)}"`);
  }
};

/** True for RFC 2849 `version-spec`. */
const isVersion = (line: Line | undefined): boolean => {
  if (line === undefined || !/^version:/i.test(line.text)) return false;
  if (textIn(readSpec(line)).trim() !== '1') throw new Broken(line.line, 'only version 1 of LDIF is known');
  return true;
};

/**
 * Recognises blocks that `ldapsearch` prints among entries: references to other servers, and the result of the search
 * at the end.
 * @throws Broken when a record follows without a blank line
 */
const printed = (block: readonly Line[]): LdifIgnored['code'] | undefined => {
  const first = /^(ref|search|result):/i.exec(block[0]?.text ?? '')?.[1]?.toLowerCase();
  if (first === undefined) return undefined;
  const entry = block.find(({ text }) => /^dn:/i.test(text));
  if (entry) throw new Broken(entry.line, 'a blank line is missing before this dn');
  return first === 'ref' ? 'search-reference' : 'search-result';
};

/** The object classes of a content record, as far as they can be read; empty for change records. */
const classesOf = (block: readonly Line[]): string[] => {
  if (block.some(({ text }) => /^changetype:/i.test(text) && !/^changetype: *add *$/i.test(text))) return [];
  // A block with two dn lines may hold two records, and the second may concern anybody.
  if (block.filter(({ text }) => /^dn:/i.test(text)).length !== 1) return [];
  try {
    return block.filter(({ text }) => /^objectclass[:;]/i.test(text)).map((line) => textIn(readSpec(line)));
  } catch (error) {
    if (error instanceof DirectoryError) return [];
    throw error;
  }
};

/**
 * Reads a file (RFC 2849). Content and change records may be mixed. A broken record ends at the next blank line. The
 * first `maxErrors` broken records are reported, each with its first error, and `more` says whether there are others.
 * The caller must limit the size of the text.
 * @param concerns whether records of these object classes concern anybody; other broken records are left out
 */
export const parseLdif = (
  text: string,
  concerns: (objectClasses: readonly string[]) => boolean = () => true,
): LdifResult => {
  const records: LdifRecord[] = [];
  const ignored: LdifIgnored[] = [];
  const errors: LdifError[] = [];
  let version: 1 | undefined;
  let first = true;
  for (const block of blocks(text, maxLinesPerRecord)) {
    const atStart = first;
    first = false;
    try {
      const versioned = atStart && isVersion(block[0]);
      if (versioned) version = 1;
      const lines = versioned ? block.slice(1) : block;
      const start = lines[0];
      if (start === undefined) continue;
      if (records.length + ignored.length === maxRecords) {
        errors.push({ line: start.line, message: `more than ${maxRecords} records` });
        return { ok: false, errors: errors.slice(0, maxErrors), more: true };
      }
      const code = printed(lines);
      if (code) ignored.push({ line: start.line, code });
      else records.push(readRecord(lines));
    } catch (error) {
      if (!(error instanceof DirectoryError) || error.line === undefined) throw error;
      const classes = classesOf(block);
      if (classes.length > 0 && !concerns(classes)) {
        ignored.push({ line: block[0]?.line ?? error.line, code: 'unreadable' });
        continue;
      }
      if (errors.length === maxErrors) return { ok: false, errors, more: true };
      errors.push({ line: error.line, message: error.message });
    }
  }
  if (errors.length > 0) return { ok: false, errors, more: false };
  return { ok: true, ...(version && { version }), records, ignored };
};

/** Attributes that facts are computed from, by canonical name. They are small enough to be stored with the object. */
export type Texts = Readonly<Record<string, readonly string[]>>;
