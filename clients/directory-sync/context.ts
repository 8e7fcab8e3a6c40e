// What every command has at hand. Tests put other things in its place.
import { setTimeout as delay } from 'node:timers/promises';
import { DirectoryError } from '../../shared/ldif/dn.ts';
import { HoldfastProblem, HoldfastUnreachable } from '../typescript/index.ts';
import type { Api } from './api.ts';
import { exits, SyncError } from './exits.ts';
import { DirectoryFault } from './ldap/fault.ts';
import type { WithDirectory } from './pass.ts';
import type { Report } from './report.ts';
import type { Settings } from './settings.ts';
import type { StateFiles } from './state.ts';

export interface Context {
  readonly settings: Settings;
  readonly api: Api;
  readonly within: WithDirectory;
  readonly files: StateFiles;
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Waits for so many milliseconds. @throws the reason of the signal */
  readonly pause: (ms: number) => Promise<void>;
}

export const pauseWith =
  (signal: AbortSignal) =>
  async (ms: number): Promise<void> => {
    await delay(ms, undefined, { signal }).catch(() => {});
    signal.throwIfAborted();
  };

/** Codes of the API for what passes by itself. */
const passing: ReadonlySet<string> = new Set([
  'busy',
  'too-many-requests',
  'run-active',
  'cursor-differs',
  'full-run-needed',
]);
const hints: Readonly<Record<string, string>> = {
  unauthenticated: ' See api.token in the settings.',
  forbidden:
    ' The token must be of the client that the source names, with the scope "directory" and the right to synchronise the directory.',
  'not-found': ' See source in the settings.',
};

/** The end that an error means. Other errors are defects, and are not translated. */
export const endOf = (error: unknown): SyncError | undefined => {
  if (error instanceof SyncError) return error;
  if (error instanceof DirectoryFault) {
    const exit = error.code === 'config' ? 'usage' : 'directory';
    return new SyncError(exit, `The directory: ${error.message}.`, {
      code: error.code,
      detail: error.detail,
      cause: error,
    });
  }
  if (error instanceof DirectoryError)
    return new SyncError('directory', 'The directory: an entry has a name that is no DN.', {
      detail: error.message,
      cause: error,
    });
  if (error instanceof HoldfastUnreachable)
    return new SyncError('unavailable', `The API does not answer: ${error.message}.`, {
      code: 'unreachable',
      cause: error,
    });
  if (!(error instanceof HoldfastProblem)) return undefined;
  const { code, message } = error;
  const exit = code === 'run-held' ? 'held' : passing.has(code) || error.status >= 500 ? 'unavailable' : 'refused';
  return new SyncError(exit, `The API refuses: ${message.replace(/\.?$/, '.')}${hints[code] ?? ''}`, {
    code,
    cause: error,
  });
};

/** Tells an end, and answers with the exit code. */
export const tellEnd = (report: Report, end: SyncError): number => {
  const name = Object.entries(exits).find(([, code]) => code === end.exit)?.[0];
  report.say('ended', end.message + (end.detail ? ` (${end.detail})` : ''), {
    exit: end.exit,
    end: name,
    code: end.code,
  });
  return end.exit;
};
