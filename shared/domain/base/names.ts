// Names and texts as people write them.
import { invalid, Refusal } from './refusal.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** How names are listed and searched: kept in the table's index with every name, so it stays as it is. */
export const sortForm = (name: string): string => name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');

const ignorable = /\p{Default_Ignorable_Code_Point}/gu;
/** Cherokee folds to its capitals, which were there first (Unicode, CaseFolding.txt). */
const cherokee = /[\u13a0-\u13ff\uab70-\uabbf]/;

/**
 * Full case folding, C and F of Unicode's CaseFolding.txt. Each character by itself, because the small sigma of a whole
 * text depends on its place; and down, up, down, because only that joins ß, ẞ and ss.
 */
export const caseFolded = (text: string): string => {
  let folded = '';
  for (const char of text) {
    if (cherokee.test(char)) folded += char.toUpperCase();
    else if (char === 'ı') folded += char;
    else for (const one of char.toLowerCase().toUpperCase()) folded += one.toLowerCase();
  }
  return folded;
};

/** How two names are compared: NFKC_Casefold (Unicode 3.13, D145 to D147), which sees no invisible characters. */
export const fold = (name: string): string => {
  if (/^[ -~]*$/.test(name)) return name.toLowerCase();
  const once = caseFolded(name.replace(ignorable, '').normalize('NFD')).normalize('NFKC');
  return caseFolded(once.replace(ignorable, '')).normalize('NFKC');
};

/** Canonical combining class 9, as canonical ordering tells it: after U+3099 of class 8, before U+05B0 of class 10. */
const isVirama = (char: string): boolean =>
  char !== '' &&
  `${char}\u3099`.normalize('NFD') === `\u3099${char}` &&
  `\u05b0${char}`.normalize('NFD') === `${char}\u05b0`;

const cursive =
  '[\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Mongolian}\\p{Script=Nko}\\p{Script=Mandaic}\\p{Script=Adlam}]';
const unjoined = new RegExp(`${cursive}\\p{M}*\u200c(?=${cursive})`, 'uy');
const pictograph = '\\p{Extended_Pictographic}[\ufe0e\ufe0f]?\\p{Emoji_Modifier}?';
/** Emoji (UTS 51, ED-16), keycaps and the flags with tags that there are. */
const emoji = new RegExp(`\\p{RGI_Emoji}|${pictograph}(?:\u200d${pictograph})*|[0-9#*]\ufe0f\u20e3`, 'gv');
/** Selectors of variants that are written: of ideographs in names (UTS 37), of Mongolian letters. */
const variant =
  /(?<=\p{Unified_Ideograph})[\ufe00-\ufe02\u{e0100}-\u{e01ef}]|(?<=\p{Script=Mongolian})[\u180b-\u180f]/gu;

/** Whether a joiner changes what is seen: the rules CONTEXTJ of RFC 5892 (A.1, A.2), with all letters of cursive scripts. */
const isSeen = (chars: readonly string[], at: number): boolean => {
  const before = chars[at - 1] ?? '';
  if (isVirama(before)) return true;
  // Ra with a joiner before the virama, as in Bengali and Kannada: the other form of ya-phalaa and of repha.
  if (chars[at] === '\u200d') return /\p{L}/u.test(before) && isVirama(chars[at + 1] ?? '');
  let from = at - 1;
  while (/^\p{M}$/u.test(chars[from] ?? '')) from -= 1;
  unjoined.lastIndex = 0;
  return unjoined.test(chars.slice(Math.max(from, 0), at + 2).join(''));
};

const hidden = /[\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb\p{Noncharacter_Code_Point}]/u;

/** The places, in characters, of what a reader cannot see, or that turns the order of what they see. */
const hiddenIn = (name: string): number[] => {
  if (!hidden.test(name)) return [];
  const blank = (text: string) => 'x'.repeat([...text].length);
  const chars = [...name.replace(emoji, blank).replace(variant, 'x')];
  return chars.flatMap((char, at) => {
    const joins = char === '\u200c' || char === '\u200d';
    return hidden.test(char) && !(joins && isSeen(chars, at)) ? [at] : [];
  });
};

/** The text, such as a login, that is compared by eye. @throws Refusal invalid-request naming field, code point and place */
export const visible = <T extends string | null | undefined>(text: T, field: string): T => {
  const [at] = hiddenIn(text ?? '');
  if (at === undefined || !text) return text;
  const char = [...String(text)][at] as string;
  const code = (char.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0');
  const kind = /\p{Bidi_Control}/u.test(char) ? 'a control of writing direction' : 'an invisible character';
  throw invalid(field, `has ${kind}, U+${code}, at character ${at + 1}: remove it`);
};

/** A name, trimmed. @throws Refusal invalid-request naming the field */
export const cleanName = (name: string, field: string): string => {
  const trimmed = name.trim();
  if (trimmed.length === 0) throw invalid(field, 'is empty: give 1 to 100 characters');
  if ([...trimmed].length > 100) throw invalid(field, 'is too long: at most 100 characters');
  if (control.test(trimmed)) throw invalid(field, 'has control characters: remove them');
  visible(name, field);
  return trimmed;
};

/** The name after a change: one that stays as it is need not be what a new one must be, because rules have come since. */
export const changedName = (before: string, wanted: string | undefined, clean: (wanted: string) => string): string =>
  wanted === undefined || wanted === before ? before : clean(wanted);

/** A name that nobody here has chosen, made to fit rather than refused, because its bearer must not be lost for it. */
export const mendedName = (name: string): string => {
  const unseen = new Set(hiddenIn(name));
  const seen = unseen.size === 0 ? name : [...name].filter((_, at) => !unseen.has(at)).join('');
  const chars = [...seen.replace(controls, ' ').trim()];
  if (chars.length === 0) return '?';
  return chars.length > 100 ? `${chars.slice(0, 99).join('')}…` : chars.join('');
};
const controls = new RegExp(`${control.source}+`, 'g');

/** True when a name of the list is the same as this one to a reader. */
const isTaken = (name: string, others: Iterable<string>): boolean => {
  const folded = fold(name);
  for (const other of others) if (fold(other) === folded) return true;
  return false;
};

/** A name that none of the others has. @param what has it, in words @throws Refusal invalid-request, name-taken */
export const freeName = (name: string, others: Iterable<string>, what: string): string => {
  const clean = cleanName(name, '/name');
  if (isTaken(clean, others)) throw new Refusal('name-taken', `Another ${what} has this name: choose another.`);
  return clean;
};
