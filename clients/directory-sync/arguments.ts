// The command line.
import { pauseOf } from '../command/repeating.ts';
import { misused, parsedWords } from '../command/words.ts';

export const usage = `usage: directory-sync [sync] --config FILE [--dry-run] [--full] [--once | --every 5m]
       directory-sync status       --config FILE   the source, its cursor, its last run, and a run that is held
       directory-sync check-config --config FILE   tries the directory and the API, and shows what would be sent
       directory-sync export       --config FILE --out FOLDER   writes the directory as LDIF

--dry-run   has the service plan the run and prints the plan; nothing is changed
--full      reads and sends everything, and ends what the directory no longer has
--once      runs once, which is the default
--every     runs again and again, with this pause: 30s, 5m, 1h
--json      logs one JSON object a line, without names of people
Exit codes: 0 done, 2 wrong settings, 3 held by a guard, 4 already running, 5 the directory, 6 the API cannot be reached,
7 the API refuses, 8 done but some entries were rejected, 130 interrupted, 1 a defect of this program.`;

const commands = ['sync', 'status', 'check-config', 'export'] as const;
type Command = (typeof commands)[number];

export interface Arguments {
  readonly command: Command;
  readonly config: string;
  readonly dryRun: boolean;
  readonly full: boolean;
  /** Milliseconds between runs; undefined to run once. */
  readonly every: number | undefined;
  readonly json: boolean;
  readonly out: string | undefined;
}

const wrong = (message: string): never => misused(message, usage);

const options = {
  config: { type: 'string' },
  'dry-run': { type: 'boolean' },
  full: { type: 'boolean' },
  once: { type: 'boolean' },
  every: { type: 'string' },
  json: { type: 'boolean' },
  out: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** Reads the words behind the command's name; undefined when help is asked for. @throws CommonError */
export const argumentsOf = (words: readonly string[]): Arguments | undefined => {
  const { values, positionals } = parsedWords(words, options, usage);
  if (values.help) return undefined;
  const [name = 'sync', more] = positionals;
  const command = commands.find((one) => one === name);
  if (command === undefined || more !== undefined) return wrong(`There is no command "${more ?? name}".`);
  if (values.config === undefined) return wrong('--config FILE is missing.');
  const runs = command === 'sync';
  for (const option of ['dry-run', 'full', 'once', 'every'] as const)
    if (!runs && values[option] !== undefined) return wrong(`--${option} is an option of sync, not of ${command}.`);
  if ((command === 'export') !== (values.out !== undefined))
    return wrong(
      command === 'export' ? '--out FOLDER is missing.' : `--out is an option of export, not of ${command}.`,
    );
  if (values.once && values.every !== undefined) return wrong('--once and --every exclude each other.');
  if (values['dry-run'] && values.every !== undefined) return wrong('--dry-run runs once: leave --every out.');
  return {
    command,
    config: values.config,
    dryRun: values['dry-run'] === true,
    full: values.full === true,
    every: values.every === undefined ? undefined : pauseOf(values.every, usage),
    json: values.json === true,
    out: values.out,
  };
};
