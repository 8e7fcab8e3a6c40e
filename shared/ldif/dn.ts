// Distinguished names (RFC 4514, and the older forms that RFC 2253 section 4 has readers accept): reading, a canonical
// form to compare and look up by, and moving below another parent.
import { utf8 } from '../text/text.ts';

/** A fault in a directory's data. The message tells the owner of the file how to mend it. */
export class DirectoryError extends Error {
  override name = 'DirectoryError';
  /** The line of the file, if it is not the record's first. */
  readonly line: number | undefined;
  constructor(message: string, line?: number) {
    super(message);
    this.line = line;
  }
}

/** One `type=value`. `type` is canonical; `value` is as written and unescaped, or the digits of a `#` hex string. */
export interface Ava {
  readonly type: string;
  readonly value: string;
  readonly hex: boolean;
}
/** The leaf comes first, as in the text. */
export type Dn = readonly (readonly Ava[])[];

/** Longer names are refused. No directory has them, and they would not fit into the store. */
export const maxDnLength = 4096;

/**
 * Names of one attribute type: RFC 4514 section 3 (table), RFC 4519 and RFC 4524 long names, and object identifiers.
 */
const aliases: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'cn'],
  ['commonname', 'cn'],
  ['2.5.4.4', 'sn'],
  ['surname', 'sn'],
  ['2.5.4.6', 'c'],
  ['countryname', 'c'],
  ['2.5.4.7', 'l'],
  ['localityname', 'l'],
  ['2.5.4.8', 'st'],
  ['stateorprovincename', 'st'],
  ['2.5.4.9', 'street'],
  ['streetaddress', 'street'],
  ['2.5.4.10', 'o'],
  ['organizationname', 'o'],
  ['2.5.4.11', 'ou'],
  ['organizationalunitname', 'ou'],
  ['2.5.4.42', 'givenname'],
  ['gn', 'givenname'],
  ['0.9.2342.19200300.100.1.1', 'uid'],
  ['userid', 'uid'],
  ['0.9.2342.19200300.100.1.3', 'mail'],
  ['rfc822mailbox', 'mail'],
  ['0.9.2342.19200300.100.1.25', 'dc'],
  ['domaincomponent', 'dc'],
]);

/** The attribute type in lower case, with one name for types that have several. */
export const canonicalType = (name: string): string => {
  const lower = name.toLowerCase();
  const bare = lower.startsWith('oid.') ? lower.slice(4) : lower;
  return aliases.get(bare) ?? bare;
};

/**
 * The form in which values are compared (after RFC 4518): NFKC, lower case, runs of spaces as one, no spaces at the
 * ends. Lower case is used instead of full case folding, which makes ß and ss equal: the next file repairs a missed
 * member, but not a right given to the wrong person.
 */
export const foldText = (text: string): string => {
  const lower = /^[ -~]*$/.test(text)
    ? text.toLowerCase()
    : text.normalize('NFKC').toLowerCase().replaceAll('ς', 'σ').normalize('NFKC');
  const squeezed = lower.replace(/ {2,}/g, ' ');
  if (squeezed === ' ') return squeezed;
  const from = squeezed.startsWith(' ') ? 1 : 0;
  return squeezed.slice(from, squeezed.endsWith(' ') ? -1 : undefined);
};

const typePattern = /^(?:[a-z][a-z0-9_-]*|(?:oid\.)?\d+(?:\.\d+)*)$/i;
const plainRun = /[^\\,+;"<>\0]+/y;
const hexRun = /(?:\\[0-9a-f]{2})+/iy;
const hexString = /#((?:[0-9a-f]{2})+) *(?=[,;+]|$)/iy;
const quotedRun = /[^\\"\0]+/y;
const isSeparator = (char: string | undefined): boolean =>
  char === undefined || char === ',' || char === ';' || char === '+';

const at = (pattern: RegExp, text: string, from: number): RegExpExecArray | null => {
  pattern.lastIndex = from;
  return pattern.exec(text);
};
const afterSpaces = (text: string, from: number): number => {
  let next = from;
  while (text[next] === ' ') next += 1;
  return next;
};
const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);
const malformed = (text: string, why: string): never => {
  throw new DirectoryError(`not a distinguished name: ${why} in "${short(text)}"`);
};

const decodePairs = (pairs: string, whole: string): string => {
  try {
    return utf8(Buffer.from(pairs.replaceAll('\\', ''), 'hex'));
  } catch {
    return malformed(whole, `${short(pairs)} is not UTF-8`);
  }
};

/** Reads the escape that starts with the backslash at `from`. */
const readEscape = (text: string, from: number): { value: string; next: number } => {
  const pairs = at(hexRun, text, from)?.[0];
  if (pairs !== undefined) return { value: decodePairs(pairs, text), next: from + pairs.length };
  const escaped = text[from + 1];
  if (escaped === undefined || !' "#+,;<=>\\'.includes(escaped))
    return malformed(text, 'a backslash that escapes nothing');
  return { value: escaped, next: from + 2 };
};

/** Reads a value in quotes (RFC 2253 section 4) from its opening quote. Only quote and backslash are special inside. */
const readQuoted = (text: string, from: number): { value: string; hex: boolean; next: number } => {
  let value = '';
  let next = from + 1;
  while (text[next] !== '"') {
    if (next >= text.length) return malformed(text, 'a quotation without its end');
    if (text[next] === '\\') {
      const escaped = readEscape(text, next);
      value += escaped.value;
      next = escaped.next;
    } else {
      const run = at(quotedRun, text, next)?.[0];
      if (run === undefined) return malformed(text, 'a NUL character');
      value += run;
      next += run.length;
    }
  }
  const end = afterSpaces(text, next + 1);
  if (!isSeparator(text[end])) malformed(text, 'something behind a quotation');
  return { value, hex: false, next: end };
};

/** Reads one value from `from` to the separator behind it. */
const readValue = (text: string, from: number): { value: string; hex: boolean; next: number } => {
  if (text[from] === '"') return readQuoted(text, from);
  if (text[from] === '#') {
    const found = at(hexString, text, from) ?? malformed(text, 'broken hex string after #');
    return { value: (found[1] as string).toLowerCase(), hex: true, next: from + found[0].length };
  }
  let value = '';
  let next = from;
  while (!isSeparator(text[next])) {
    const char = text[next] as string;
    if (char === '\\') {
      const escaped = readEscape(text, next);
      value += escaped.value;
      next = escaped.next;
    } else {
      const run = at(plainRun, text, next)?.[0];
      if (run === undefined) return malformed(text, char === '\0' ? 'a NUL character' : `${char} must be escaped`);
      next += run.length;
      // Spaces before a separator belong to the notation unless they are escaped.
      let end = run.length;
      if (isSeparator(text[next])) while (run[end - 1] === ' ') end -= 1;
      value += run.slice(0, end);
    }
  }
  return { value, hex: false, next };
};

/**
 * Active Directory's extended form, `<GUID=…>;<SID=…>;CN=…` (MS-ADTS section 3.1.1.3.4.1.5), with ids before the name.
 */
const extension = /^(?:<[a-z0-9_]+=[^<>]*>;)+/i;

/**
 * Reads a DN by RFC 4514 section 3, with the quotations and semicolons of RFC 2253 section 4. The ids of an extended DN
 * are ignored. The empty text is the root. @throws DirectoryError
 */
export const parseDn = (given: string): Dn => {
  const text = given.startsWith('<') ? given.replace(extension, '') : given;
  if (text.length > maxDnLength) malformed(text, `more than ${maxDnLength} characters`);
  if (!text.isWellFormed()) malformed(text, 'half of a character (lone surrogate)');
  const rdns: Ava[][] = [];
  let next = afterSpaces(text, 0);
  if (next === text.length) return rdns;
  let rdn: Ava[] = [];
  while (true) {
    const equals = text.indexOf('=', next);
    if (equals < 0) malformed(text, next >= text.length ? 'a separator at the end' : 'a part without =');
    const type = text.slice(next, equals).trimEnd();
    if (!typePattern.test(type)) malformed(text, `"${short(type)}" is not an attribute type`);
    const { value, hex, next: end } = readValue(text, afterSpaces(text, equals + 1));
    rdn.push({ type: canonicalType(type), value, hex });
    if (text[end] !== '+') {
      rdns.push(rdn);
      rdn = [];
    }
    if (end >= text.length) return rdns;
    next = afterSpaces(text, end + 1);
  }
};

const escapeChar = (char: string): string => {
  const code = char.charCodeAt(0);
  return code < 32 || code === 127 ? `\\${code.toString(16).padStart(2, '0')}` : `\\${char}`;
};
/** Escapes by RFC 4514 section 2.4, each character in one way, so that equal values give equal texts. */
const escapeValue = (value: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what has to be escaped
  value.replace(/^[ #]|[,+"\\<>;\u0000-\u001f\u007f]/g, escapeChar);

const canonicalAva = ({ type, value, hex }: Ava): string =>
  `${type}=${hex ? `#${value}` : escapeValue(foldText(value))}`;
const canonicalRdn = (rdn: readonly Ava[]): string =>
  rdn.length === 1 ? canonicalAva(rdn[0] as Ava) : rdn.map(canonicalAva).sort().join('+');

/** The canonical form of each RDN, the leaf first. */
export const normalRdns = (dn: Dn): string[] => dn.map(canonicalRdn);

/**
 * The canonical text of a DN. RFC 4514 names that a directory treats as equal (RFC 4518 comparison, any escapes, spaces
 * around separators, order within a multi-valued RDN) give the same text. Hex strings stay hex strings. @throws
 * DirectoryError
 */
export const normaliseDn = (text: string): string => normalRdns(parseDn(text)).join(',');

/** Reads one RDN, for example from `newrdn`. @throws DirectoryError */
export const parseRdn = (text: string): readonly Ava[] => {
  const [rdn, ...more] = parseDn(text);
  if (rdn === undefined || more.length > 0) return malformed(text, 'not exactly one part');
  return rdn;
};

const endsWith = (rdns: readonly string[], ending: readonly string[]): boolean =>
  rdns.length >= ending.length && ending.every((rdn, i) => rdn === rdns[rdns.length - ending.length + i]);

/** The canonical DN of `dn` after everything at and below `from` has moved to `to`. @throws DirectoryError */
export const rebaseDn = (dn: string, from: string, to: string): string => {
  const rdns = normalRdns(parseDn(dn));
  const above = normalRdns(parseDn(from));
  if (!endsWith(rdns, above)) return rdns.join(',');
  return [...rdns.slice(0, rdns.length - above.length), ...normalRdns(parseDn(to))].join(',');
};
