// Finding by plain words: each of them somewhere, in any order, whatever its case and accents. Pure.

const plain = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLocaleLowerCase();

const wordsIn = (typed: string): readonly string[] => plain(typed).trim().split(/\s+/);

/** Whether a text has every word that was typed, each also as a part of a word. */
export const hasWords = (text: string, typed: string): boolean => {
  const within = plain(text);
  return wordsIn(typed).every((word) => within.includes(word));
};

/**
 * How well a name answers to what was typed, the best first: it is the name, the name begins with it, the name has every
 * word, or only the name and what is told about it do.
 */
export const nearness = (name: string, typed: string): number => {
  const [own, asked] = [plain(name), wordsIn(typed).join(' ')];
  return own === asked ? 0 : own.startsWith(asked) ? 1 : hasWords(name, typed) ? 2 : 3;
};
