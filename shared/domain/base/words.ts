// The words by which users are searched: of name, login and mail, folded as names are in lists. What stands after an @ is
// one word of its own, with the @, because a tenant's users share it: it narrows a search and finds nobody by itself.
import { sortForm } from './names.ts';
import { invalid } from './refusal.ts';

/** The texts of a user that are searched. */
interface Texts {
  readonly name: string;
  readonly login?: string | undefined;
  readonly mail?: string | undefined;
}

/** Letters, marks, digits and symbols; punctuation, spaces and controls part words. */
const word = /[^\p{P}\p{Z}\p{Cc}\p{Cf}]+/gu;
/** Characters of a word, and words of a user, that count: a transaction writes an item for most words. */
const longest = 40;
const most = 10;

const cut = (text: string, to: number): string => [...text].slice(0, to).join('');
const plain = (text: string): string[] => [...sortForm(text).matchAll(word)].map(([one]) => cut(one, longest));

/** The words before an @, and what stands after the last one. */
const aroundAt = (text: string): { readonly words: string[]; readonly domains: string[] } => {
  const at = text.lastIndexOf('@');
  if (at < 0) return { words: plain(text), domains: [] };
  const [domain = ''] = sortForm(text.slice(at + 1))
    .trim()
    .split(/\s/);
  return { words: plain(text.slice(0, at)), domains: domain === '' ? [] : [`@${cut(domain, 100)}`] };
};

/** The words of a user, each once: at most ten, and besides them the domains of login and mail. */
export const wordsOf = ({ name, login, mail }: Texts): string[] => {
  const parts = [login, mail].map((text) => aroundAt(text ?? ''));
  const words = new Set([...plain(name), ...parts.flatMap((part) => part.words)]);
  return [...[...words].slice(0, most), ...new Set(parts.flatMap(({ domains }) => domains))];
};

const isPlain = (one: string): boolean => !one.startsWith('@');

/**
 * The words under which a user is listed besides the name. A word with which the name begins, or another word, is found
 * by that.
 */
export const listedWords = (texts: Texts): string[] => {
  const name = sortForm(texts.name);
  const words = wordsOf(texts).filter(isPlain);
  const isFound = (one: string) =>
    name.startsWith(one) || words.some((other) => other !== one && other.startsWith(one));
  return words.filter((one) => !isFound(one)).sort();
};

/** The words of a search. @throws Refusal invalid-request when none of them can find anybody */
export const soughtIn = (search: string): string[] => {
  const parts = search.split(/\s+/).map(aroundAt);
  const words = [...new Set(parts.flatMap((part) => [...part.words, ...part.domains]))];
  if (!words.some(isPlain))
    throw invalid('/search', 'has no word to find users by: give the beginning of a name, of a login, or of a mail');
  return words;
};

/** Those words of a search by which users are listed, the longest first. */
export const listable = (sought: readonly string[]): string[] =>
  sought.filter(isPlain).sort((a, b) => b.length - a.length || (a < b ? -1 : 1));

/** True when each word of a search begins one of the words. */
export const allBegin = (sought: readonly string[], words: readonly string[]): boolean =>
  sought.every((one) => words.some((other) => other.startsWith(one)));
