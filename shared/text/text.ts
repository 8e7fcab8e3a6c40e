// The only place where bytes become text. A byte that is no text in its encoding ends the reading, because U+FFFD,
// which decoders put in place of such bytes, would make two names equal (Müller and Möller both become M\ufffdller).
import { isUtf8 } from 'node:buffer';

/** Bytes that are not text in their declared encoding. */
export class NotText extends Error {
  /** The line of the first such byte, from 1. */
  readonly line: number;
  constructor(line: number, message: string) {
    super(message);
    this.name = 'NotText';
    this.line = line;
  }
}

/** The encodings in which files are read, by their IANA names. */
export const charsets = ['utf-8', 'utf-16', 'utf-16le', 'utf-16be', 'iso-8859-1', 'windows-1252'] as const;
export type Charset = (typeof charsets)[number];

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of UTF-8 bytes (RFC 3629), a byte order mark included. @throws NotText */
export const utf8 = (bytes: Uint8Array): string => {
  if (!isUtf8(bytes)) throw new NotText(brokenLine(bytes), 'has a byte that is not UTF-8');
  return decoder.decode(bytes);
};

const lineFeed = 0x0a;

/**
 * The first line that is not UTF-8. A line feed is never part of another character, so lines can be judged one by one.
 */
const brokenLine = (bytes: Uint8Array): number => {
  let from = 0;
  // Large blocks of lines are checked first, because a file of many short lines would otherwise cost a call for each.
  for (const size of [65_536, 1])
    while (from < bytes.length) {
      const end = bytes.indexOf(lineFeed, from + size - 1);
      const next = end < 0 ? bytes.length : end + 1;
      if (!isUtf8(bytes.subarray(from, next))) break;
      from = next;
    }
  return 1 + bytes.subarray(0, from).filter((byte) => byte === lineFeed).length;
};

const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length;

/** UTF-16 (RFC 2781), without a byte order mark. */
const utf16 = (bytes: Uint8Array, bigEndian: boolean): string => {
  const units = Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2)));
  const text = (bigEndian ? units.swap16() : units).toString('utf16le');
  const half = text.search(/\p{Surrogate}/u);
  if (half >= 0) throw new NotText(lineAt(text, half), 'has half of a character (a lone surrogate)');
  if (units.length < bytes.length) throw new NotText(lineAt(text, text.length), 'ends within a character of UTF-16');
  return text;
};

/**
 * Characters of windows-1252 in place of the control characters 80 to 9F of ISO 8859-1; \0 stands for a byte without a
 * character.
 */
const windows1252 = '€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ';

/**
 * Decodes ISO 8859-1 or windows-1252. The control characters 80 to 9F of ISO 8859-1 are refused, because in files they
 * are nearly always windows-1252 under a wrong name, and choosing either reading would be a guess.
 */
const singleBytes = (bytes: Uint8Array, charset: 'iso-8859-1' | 'windows-1252'): string => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return text.replace(/[\x80-\x9f]/g, (byte, at: number) => {
    const code = byte.charCodeAt(0);
    const char = charset === 'windows-1252' ? windows1252[code - 0x80] : '\0';
    if (char !== undefined && char !== '\0') return char;
    const hint = charset === 'iso-8859-1' ? ': the file may be in windows-1252' : '';
    throw new NotText(
      lineAt(text, at),
      `has the byte ${code.toString(16).toUpperCase()}, no character of ${charset}${hint}`,
    );
  });
};

const marks = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
] as const;

/**
 * The text of a file without its byte order mark. The encoding is the named one, otherwise the one of the mark,
 * otherwise UTF-8.
 * @throws NotText with the line of the first byte that is no text, or with line 1 if name and mark disagree
 */
export const fileText = (bytes: Uint8Array, named?: Charset): string => {
  const [marked, mark] = marks.find(([, start]) => start.every((byte, i) => bytes[i] === byte)) ?? [undefined, []];
  const agree = named === marked || (named === 'utf-16' && marked?.startsWith('utf-16'));
  if (marked && named && !agree)
    throw new NotText(1, `starts with the byte order mark of ${marked}, but the content type says ${named}`);
  const charset = marked ?? named ?? 'utf-8';
  const rest = bytes.subarray(mark.length);
  switch (charset) {
    case 'utf-8':
      return utf8(rest);
    case 'utf-16le':
    case 'utf-16be':
      return utf16(rest, charset === 'utf-16be');
    case 'utf-16':
      throw new NotText(1, 'has no byte order mark: say utf-16le or utf-16be as its charset');
    default:
      return singleBytes(rest, charset);
  }
};

/**
 * Checks a text that was decoded elsewhere, such as the body of a gateway's event. @throws NotText if it contains
 * U+FFFD or half a character, because the original bytes are lost
 */
export const wholeText = (text: string): string => {
  if (isWhole(text)) return text;
  const lost = text.search(/[\ufffd\p{Surrogate}]/u);
  throw new NotText(lineAt(text, lost), 'has a byte that is not UTF-8, or U+FFFD in place of one');
};

/** The texts by name that are whole. */
export const wholeOnly = (texts: Readonly<Record<string, unknown>>): Record<string, string> => {
  const whole: [string, string][] = [];
  for (const [name, value] of Object.entries(texts)) {
    const text = String(value);
    if (isWhole(text)) whole.push([name, text]);
  }
  return Object.fromEntries(whole);
};

/** True for a text without U+FFFD and without half a character. */
export const isWhole = (text: string): boolean => text.isWellFormed() && !text.includes('\ufffd');
