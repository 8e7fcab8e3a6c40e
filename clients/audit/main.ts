// The command: finds what is asked for in the table of commands, and ends with an exit code.
import { tellEnd } from '../command/ends.ts';
import type { Process } from '../command/process.ts';
import { reportTo } from '../command/report.ts';
import { misused, parsedWords } from '../command/words.ts';
import type { Command } from './command.ts';
import { endOf, exits } from './exits.ts';
import { pullCommand } from './pull/command.ts';
import { reportCommand } from './report/command.ts';
import { searchCommand } from './search.ts';
import { verifyCommand } from './verify/command.ts';

/** A command is one entry here, and a file or a folder of its own. */
const table: readonly Command[] = [pullCommand, verifyCommand, searchCommand, reportCommand];

const common = { json: { type: 'boolean' }, help: { type: 'boolean' } } as const;

const generalUsage = (commands: readonly Command[]): string => {
  const calls = commands.map(({ usage }) => usage.split('\n')[0]?.replace('usage: ', ''));
  return `usage: ${[...calls, 'audit COMMAND --help'].join('\n       ')}

--json      writes one JSON object a line
Exit codes: 0 done, 2 called wrongly, 3 something is wrong with what was verified, 4 already running, 5 files that cannot be
read or written, 6 the API cannot be reached, 7 the API refuses, 8 the service tells another history than the folder,
9 a report with gaps, 130 interrupted, 1 a defect of this program.`;
};

const now = (): number => Date.now();

/** Carries the words out, and answers with the exit code. Defects are thrown. */
export const main = async (from: Process, commands = table): Promise<number> => {
  const { words, ...rest } = from;
  const json = words.includes('--json');
  const general = generalUsage(commands);
  const report = reportTo(from.out, { json, now, aside: from.err });
  const aside = reportTo(from.err, { json, now });
  try {
    const [name, ...more] = words;
    if (name === undefined || name === '--help') {
      from.out.write(`${general}\n`);
      return name === undefined ? exits.usage : exits.done;
    }
    const command = commands.find((one) => one.name === name);
    if (command === undefined) return misused(`There is no command "${name}".`, general);
    const { usage } = command;
    const given = parsedWords(more, { ...command.options, ...common }, usage);
    if (given.values.help) {
      from.out.write(`${usage}\n`);
      return exits.done;
    }
    return await command.run({ ...rest, report, aside, json, now }, given);
  } catch (error) {
    const told = json ? report : aside;
    if (from.signal.aborted) {
      told.say('ended', 'Interrupted.', { exit: exits.interrupted, end: 'interrupted' });
      return exits.interrupted;
    }
    const end = endOf(error);
    if (end === undefined) throw error;
    return tellEnd(told, end);
  }
};
