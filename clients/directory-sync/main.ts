// The command: reads its words, makes what it works with, and ends with an exit code.
import { LockHeldError, takeLock } from '../../shared/files/lock.ts';
import { pauseWith, tellEnd } from '../command/ends.ts';
import type { Process } from '../command/process.ts';
import { tellingWaits } from '../command/repeating.ts';
import { reportTo } from '../command/report.ts';
import { tokens } from '../command/token.ts';
import { apiOf } from './api.ts';
import { type Arguments, argumentsOf, usage } from './arguments.ts';
import { check } from './check.ts';
import { type Context, endOf } from './context.ts';
import { exits, SyncError } from './exits.ts';
import { exportTo } from './export.ts';
import type { DirectoryFault } from './ldap/fault.ts';
import { withDirectory } from './ldap/passes.ts';
import { directoryConfig, readSettings, type Settings } from './settings.ts';
import { StateFiles } from './state.ts';
import { status } from './status.ts';
import { sync } from './sync.ts';

const now = (): number => Date.now();

const contextOf = (settings: Settings, from: Process, json: boolean): Context => {
  const { env, out, err, signal, fetch: go = globalThis.fetch } = from;
  const report = reportTo(out, { json, now });
  const aside = reportTo(json ? out : err, { json, now });
  const pause = pauseWith(signal);
  const { source, api, state } = settings;
  const token = tokens(api.token, { env, fetch: go, now });
  const onWait = ({ code, message }: DirectoryFault, ms: number) =>
    report.say('waiting', `The directory: ${message}. The next attempt is in ${Math.ceil(ms / 1000)} s.`, {
      code,
      ms: Math.round(ms),
    });
  return {
    settings,
    api: apiOf({ url: api.url, source, token, fetch: go, signal, pause, onWait: tellingWaits(aside) }),
    within: async (work) => withDirectory(await directoryConfig(settings, env), work, { pause, onWait }),
    files: new StateFiles(state),
    report,
    signal,
    now,
    pause,
  };
};

/** Two at once would each undo what the other remembers. */
const locked = async (path: string): Promise<() => Promise<void>> => {
  try {
    return await takeLock(`${path}.lock`);
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw error;
    throw new SyncError('locked', `Process ${error.pid} synchronises with this state already (${path}).`);
  }
};

const perform = async (given: Arguments, from: Process): Promise<number> => {
  const settings = await readSettings(given.config);
  const context = contextOf(settings, from, given.json);
  if (given.command === 'status') return status(context);
  if (given.command === 'check-config') return check(context);
  if (given.command === 'export') return exportTo(context, given.out as string);
  const release = await locked(settings.state);
  try {
    return await sync(context, given);
  } finally {
    await release();
  }
};

/** Carries the words out, and answers with the exit code. Defects are thrown. */
export const main = async (from: Process): Promise<number> => {
  const json = from.words.includes('--json');
  const report = reportTo(json ? from.out : from.err, { json, now });
  try {
    const given = argumentsOf(from.words);
    if (given) return await perform(given, from);
    from.out.write(`${usage}\n`);
    return exits.done;
  } catch (error) {
    if (from.signal.aborted) {
      report.say('ended', 'Interrupted. What was under way is looked after by the next call.', {
        exit: exits.interrupted,
        end: 'interrupted',
      });
      return exits.interrupted;
    }
    const end = endOf(error);
    if (end === undefined) throw error;
    return tellEnd(report, end);
  }
};
