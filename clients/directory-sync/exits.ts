// How the command ends: an exit code for each kind of end, and an error that carries one.

/** Exit codes. README.md has the same table for the people who write the timer. */
export const exits = {
  done: 0,
  bug: 1,
  usage: 2,
  held: 3,
  locked: 4,
  directory: 5,
  unavailable: 6,
  refused: 7,
  rejected: 8,
  interrupted: 130,
} as const;

interface Details {
  /** A word for programs that read the log; by default the kind of end. */
  readonly code?: string | undefined;
  /** What another system said. For a terminal and not for logs, because it may quote names of people. */
  readonly detail?: string | undefined;
  readonly cause?: unknown;
}

/** An end that the person at the terminal must know of. The message has no secret and no name of a person. */
export class SyncError extends Error {
  override readonly name = 'SyncError';
  readonly exit: number;
  readonly code: string;
  readonly detail: string | undefined;

  constructor(exit: keyof typeof exits, message: string, { code = exit, detail, cause }: Details = {}) {
    super(message, { cause });
    this.exit = exits[exit];
    this.code = code;
    this.detail = detail;
  }
}
