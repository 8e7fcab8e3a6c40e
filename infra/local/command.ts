// What the local commands share: arguments, and errors as one sentence with a non-zero exit.
import { type ParseArgsConfig, parseArgs } from 'node:util';

/** A mistake in how a command was called, or something it cannot do: told in one sentence, without a stack. */
export class CommandError extends Error {
  override name = 'CommandError';
}

/** Errors whose message is meant for the person at the terminal. */
const told = new Set(['CommandError', 'EngineError', 'AdapterError', 'IssuerError', 'StateError']);

/** Parses `--name value` arguments. @throws CommandError with the usage */
export const argumentsOf = <T extends ParseArgsConfig['options']>(options: T, usage: string) => {
  try {
    return parseArgs({ options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message : error}\n${usage}`);
  }
};

/** Runs a command to its end. */
export const run = async (main: () => Promise<void>): Promise<void> => {
  try {
    await main();
  } catch (error) {
    const known = error instanceof Error && told.has(error.name);
    process.stderr.write(`${known ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  }
};
