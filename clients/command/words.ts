// The words of a command line.
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { CommonError } from './ends.ts';

/** The options that a command has. */
export type Options = NonNullable<ParseArgsConfig['options']>;

/** Ends a command that was called wrongly: says what is wrong, then how it is called. */
export const misused = (message: string, usage: string): never => {
  throw new CommonError('usage', `${message}\n\n${usage}`);
};

/** Takes options and positional words apart. @throws CommonError for an option that the command does not have */
export const parsedWords = <const O extends Options>(words: readonly string[], options: O, usage: string) => {
  try {
    return parseArgs({ args: [...words], options, strict: true, allowPositionals: true });
  } catch (error) {
    return misused(error instanceof Error ? error.message : String(error), usage);
  }
};
