// What every command has at hand. Tests put other things in its place.
import { DirectoryError } from '../../shared/ldif/dn.ts';
import { CommandError, endOfApi } from '../command/ends.ts';
import type { Report } from '../command/report.ts';
import type { Api } from './api.ts';
import { SyncError } from './exits.ts';
import { DirectoryFault } from './ldap/fault.ts';
import type { WithDirectory } from './pass.ts';
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

/** What the codes of the API mean here. */
const codes = {
  passing: ['run-active', 'cursor-differs', 'full-run-needed'],
  hints: {
    unauthenticated: 'See api.token in the settings.',
    forbidden:
      'The token must be of the client that the source names, with the scope "directory" and the right to synchronise the directory.',
    'not-found': 'See source in the settings.',
  },
};

/** The end that an error means. Other errors are defects, and are not translated. */
export const endOf = (error: unknown): CommandError | undefined => {
  if (error instanceof CommandError) return error;
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
  const end = endOfApi(error, codes);
  return end?.code === 'run-held' ? new SyncError('held', end.message, { code: end.code, cause: error }) : end;
};
