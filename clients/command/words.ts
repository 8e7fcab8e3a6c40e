// The words of a command line.
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { CommonError } from './ends.ts';

/** The options that a command has. */
export type Options = NonNullable<ParseArgsConfig['options']>;

/** Ends a command that was called wrongly: says what is wrong, then how it is called. */
export const misused = (message: string, usage: string): never => {
  throw new CommonError('usage', `${message}\n\n${usage}`);
};

/**
 * The words, with an option and its value as one where the value begins with a hyphen, as one thumbprint of a key in 64
 * does. parseArgs refuses such a value as a word of its own.
 */
const valuesJoined = (words: readonly string[], options: Options): string[] => {
  const optionOf = (word = '') => (word.startsWith('--') ? options[word.slice(2).split('=')[0] ?? ''] : undefined);
  const joined: string[] = [];
  for (const word of words) {
    const before = joined.at(-1);
    const isValue = word.startsWith('-') && !optionOf(word) && !before?.includes('=');
    if (isValue && optionOf(before)?.type === 'string') joined[joined.length - 1] = `${before}=${word}`;
    else joined.push(word);
  }
  return joined;
};

/** Takes options and positional words apart. @throws CommonError for an option that the command does not have */
export const parsedWords = <const O extends Options>(words: readonly string[], options: O, usage: string) => {
  try {
    return parseArgs({ args: valuesJoined(words, options), options, strict: true, allowPositionals: true });
  } catch (error) {
    return misused(error instanceof Error ? error.message : String(error), usage);
  }
};
