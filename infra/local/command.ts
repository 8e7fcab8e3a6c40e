// Arguments and error output of the local commands: an error is one sentence, and the exit code is not zero.
import { type ParseArgsConfig, parseArgs } from 'node:util';

/**
 * A command was called wrongly, or cannot do its work. The message is one sentence for the terminal, without a stack.
 */
export class CommandError extends Error {
  override name = 'CommandError';
}

/** Errors with a message for the person at the terminal. Other errors are bugs and print their stack. */
const forTerminal = new Set([
  'CommandError',
  'EngineError',
  'AdapterError',
  'IssuerError',
  'StateError',
  'ExportFolderError',
]);

/** Parses `--name value` arguments; `--help` prints the usage and ends the process. @throws CommandError with the usage */
export const argumentsOf = <T extends ParseArgsConfig['options']>(options: T, usage: string) => {
  if (process.argv.includes('--help')) {
    process.stdout.write(`${usage}\n`);
    process.exit(0);
  }
  try {
    return parseArgs({ options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message : error}\n${usage}`);
  }
};

export const run = async (main: () => Promise<void>): Promise<void> => {
  try {
    await main();
  } catch (error) {
    const known = error instanceof Error && forTerminal.has(error.name);
    process.stderr.write(`${known ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  }
};
