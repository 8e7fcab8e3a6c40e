// Finding by plain words: each of them somewhere, in any order, whatever its case and accents. Pure.

const plain = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLocaleLowerCase();

/** Whether a text has every word that was typed, each also as a part of a word. */
export const hasWords = (text: string, typed: string): boolean => {
  const within = plain(text);
  return plain(typed)
    .split(/\s+/)
    .every((word) => within.includes(word));
};
