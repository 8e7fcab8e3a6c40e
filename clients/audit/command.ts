// What a command of the table is, and what each has at hand. Tests put other things in its place.
import type { Process } from '../command/process.ts';
import type { Report } from '../command/report.ts';
import { misused, type Options, type parsedWords } from '../command/words.ts';

export interface Context extends Omit<Process, 'words'> {
  /** Lines for people on the output, or JSON lines with --json; progress beside it, where errors go. */
  readonly report: Report;
  /** The same where errors and progress go, for commands whose output is data. */
  readonly aside: Report;
  readonly json: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

type Given<O extends Options> = ReturnType<typeof parsedWords<O>>;

export interface Command<O extends Options = Options> {
  readonly name: string;
  /** How it is called, from `usage: audit` on, and a line for each option. */
  readonly usage: string;
  readonly options: O;
  /** Answers with the exit code. @throws CommandError, or what the system says of a file */
  run(context: Context, given: Given<O>): Promise<number>;
}

/** A command for the table, whose options have the types that they declare. */
export const command = <const O extends Options>(definition: Command<O>): Command => definition as unknown as Command;

/** The one positional word, which names a folder. @throws CommonError */
export const folderIn = (positionals: readonly string[], usage: string): string => {
  const [folder, more] = positionals;
  if (folder === undefined) return misused('FOLDER is missing.', usage);
  if (more !== undefined) return misused(`One FOLDER is enough, and "${more}" is another.`, usage);
  return folder;
};
