// How the command ends: an exit code for each kind of end, and an error that carries one.
import { commonExits, errorOf } from '../command/ends.ts';

/** Exit codes. README.md has the same table for the people who write the timer. */
export const exits = { ...commonExits, held: 3, directory: 5, rejected: 8 } as const;

/** An end that the person at the terminal must know of. The message has no secret and no name of a person. */
export class SyncError extends errorOf(exits) {
  override readonly name = 'SyncError';
}
