// Names that people write: how they are sorted and compared, and which characters they may have.
import { lazy } from './lazy.ts';
import { invalid, Refusal } from './refusal.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/**
 * The form by which names are listed and searched. The table's index holds it with every name, so it must never change.
 */
export const sortForm = (name: string): string => name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');

/** What can be seen of ASCII. */
const isPlain = /^[ -~]*$/;

// Patterns with classes of Unicode are made at their first use, because reading them takes several milliseconds.
const ignorable = lazy(() => /\p{Default_Ignorable_Code_Point}/gu);
/** Cherokee folds to its capitals, because Unicode had them first (CaseFolding.txt). */
const cherokee = /[\u13a0-\u13ff\uab70-\uabbf]/;

/**
 * Full case folding: C and F of Unicode's CaseFolding.txt. It folds each character by itself, because the lower case of
 * a sigma depends on its place in the word. It goes down, up and down again, because only that makes ß, ẞ and ss equal.
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

/**
 * The form by which names are compared: NFKC_Casefold (Unicode 3.13, D145 to D147), which ignores invisible characters.
 */
export const fold = (name: string): string => {
  if (isPlain.test(name)) return name.toLowerCase();
  const once = caseFolded(name.replace(ignorable(), '').normalize('NFD')).normalize('NFKC');
  return caseFolded(once.replace(ignorable(), '')).normalize('NFKC');
};

/**
 * True for canonical combining class 9: canonical ordering puts it after U+3099 (class 8) and before U+05B0 (class 10).
 */
const isVirama = (char: string): boolean =>
  char !== '' &&
  `${char}\u3099`.normalize('NFD') === `\u3099${char}` &&
  `\u05b0${char}`.normalize('NFD') === `${char}\u05b0`;

const cursive =
  '[\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Mongolian}\\p{Script=Nko}\\p{Script=Mandaic}\\p{Script=Adlam}]';
const unjoined = lazy(() => new RegExp(`${cursive}\\p{M}*\u200c(?=${cursive})`, 'uy'));
const pictograph = '\\p{Extended_Pictographic}[\ufe0e\ufe0f]?\\p{Emoji_Modifier}?';
/** Emoji with their invisible characters: sequences (UTS 51, ED-16), keycaps and the standard flags with tags. */
const emoji = lazy(() => new RegExp(`\\p{RGI_Emoji}|${pictograph}(?:\u200d${pictograph})*|[0-9#*]\ufe0f\u20e3`, 'gv'));
/** Variation selectors in legitimate use: after an ideograph (UTS 37), after a Mongolian letter. */
const variant = lazy(
  () => /(?<=\p{Unified_Ideograph})[\ufe00-\ufe02\u{e0100}-\u{e01ef}]|(?<=\p{Script=Mongolian})[\u180b-\u180f]/gu,
);

/**
 * True when the joiner at `at` changes how the text looks: CONTEXTJ of RFC 5892 (A.1, A.2), for all cursive letters.
 */
const isSeen = (chars: readonly string[], at: number): boolean => {
  const before = chars[at - 1] ?? '';
  if (isVirama(before)) return true;
  // In Bengali and Kannada, a joiner between ra and the virama selects the other form of ya-phalaa and of repha.
  if (chars[at] === '\u200d') return /\p{L}/u.test(before) && isVirama(chars[at + 1] ?? '');
  let from = at - 1;
  while (/^\p{M}$/u.test(chars[from] ?? '')) from -= 1;
  const pattern = unjoined();
  pattern.lastIndex = 0;
  return pattern.test(chars.slice(Math.max(from, 0), at + 2).join(''));
};

const hidden = lazy(
  () => /[\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb\p{Noncharacter_Code_Point}]/u,
);

/** The positions, in code points, of invisible characters and of controls that reverse the order of the text. */
const hiddenIn = (name: string): number[] => {
  if (isPlain.test(name) || !hidden().test(name)) return [];
  const blank = (text: string) => 'x'.repeat([...text].length);
  const chars = [...name.replace(emoji(), blank).replace(variant(), 'x')];
  return chars.flatMap((char, at) => {
    const joins = char === '\u200c' || char === '\u200d';
    return hidden().test(char) && !(joins && isSeen(chars, at)) ? [at] : [];
  });
};

/**
 * The text itself when all its characters are visible: a login or name is compared by eye, so an invisible character
 * would let one user pass for another. @throws Refusal invalid-request naming field, code point and position
 */
export const visible = <T extends string | null | undefined>(text: T, field: string): T => {
  const [at] = hiddenIn(text ?? '');
  if (at === undefined || !text) return text;
  const char = [...String(text)][at] as string;
  const code = (char.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0');
  const kind = /\p{Bidi_Control}/u.test(char) ? 'a control of writing direction' : 'an invisible character';
  throw invalid(field, `has ${kind}, U+${code}, at character ${at + 1}: remove it`);
};

/** A valid name, trimmed: 1 to 100 characters, all visible. @throws Refusal invalid-request naming the field */
export const cleanName = (name: string, field: string): string => {
  const trimmed = name.trim();
  if (trimmed.length === 0) throw invalid(field, 'is empty: give 1 to 100 characters');
  if ([...trimmed].length > 100) throw invalid(field, 'is too long: at most 100 characters');
  if (control.test(trimmed)) throw invalid(field, 'has control characters: remove them');
  visible(name, field);
  return trimmed;
};

/** The name after a change. An unchanged name is not checked again, because it may be older than today's rules. */
export const changedName = (before: string, wanted: string | undefined, clean: (wanted: string) => string): string =>
  wanted === undefined || wanted === before ? before : clean(wanted);

/** A directory's name, mended rather than refused, because a bad name must not keep its user or group out. */
export const mendedName = (name: string): string => {
  const unseen = new Set(hiddenIn(name));
  const seen = unseen.size === 0 ? name : [...name].filter((_, at) => !unseen.has(at)).join('');
  const chars = [...seen.replace(controls, ' ').trim()];
  if (chars.length === 0) return '?';
  return chars.length > 100 ? `${chars.slice(0, 99).join('')}…` : chars.join('');
};
const controls = new RegExp(`${control.source}+`, 'g');

/** True when a reader would take a name of the list for this name. */
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
