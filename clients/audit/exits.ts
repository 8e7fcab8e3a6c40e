// How the command ends.
import { CommandError, commonExits, endOfApi, errorOf } from '../command/ends.ts';

/** Exit codes. README.md has the same table for the people who write the timer. */
export const exits = { ...commonExits, wrong: 3, files: 5, differs: 8, incomplete: 9 } as const;

/** An end that the person at the terminal must know of. The message has no secret and no name of a person. */
export class AuditError extends errorOf(exits) {
  override readonly name = 'AuditError';
}

/** What the codes of the API mean here. */
const hints = {
  unauthenticated: 'See the token.',
  forbidden: 'The token needs the scope "audit" or "export", and its user the right to export the audit.',
  'events-expired': 'Copy what was exported before into the folder, and the pull goes on from there.',
};

/** The end that an error means. Other errors are defects, and are not translated. */
export const endOf = (error: unknown): CommandError | undefined => {
  if (error instanceof CommandError) return error;
  const { code, path, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  // What the system says of a file: it names the path, and has no content.
  if (error instanceof Error && syscall !== undefined && path !== undefined)
    return new AuditError('files', `${error.message}.`, { code, cause: error });
  return endOfApi(error, { hints });
};
