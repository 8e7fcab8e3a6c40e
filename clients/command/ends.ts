// How a command ends: the exit codes that every command has, and an error that carries one.
import { setTimeout as delay } from 'node:timers/promises';
import { HoldfastProblem, HoldfastUnreachable } from '../typescript/index.ts';
import type { Report } from './report.ts';

/** Exit codes that mean the same in every command. Each adds its own, and its README has the table. */
export const commonExits = {
  done: 0,
  bug: 1,
  usage: 2,
  locked: 4,
  unavailable: 6,
  refused: 7,
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
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
  /** The kind of end, for programs. */
  readonly end: string;
  readonly exit: number;
  readonly code: string;
  readonly detail: string | undefined;

  constructor([end, exit]: readonly [string, number], message: string, { code = end, detail, cause }: Details = {}) {
    super(message, { cause });
    this.end = end;
    this.exit = exit;
    this.code = code;
    this.detail = detail;
  }
}

/** The error of a command whose exit codes are these: it is made by the name of one. */
export const errorOf = <E extends Readonly<Record<string, number>>>(exits: E) =>
  class extends CommandError {
    constructor(end: keyof E & string, message: string, details?: Details) {
      super([end, exits[end] as number], message, details);
    }
  };

/** The error of what commands share. */
export class CommonError extends errorOf(commonExits) {}

/**
 * What the network said, from the innermost cause, because the `fetch` of Node says *fetch failed* and no more. Where
 * several addresses were tried, only a code is there.
 */
export const networkSaid = (error: Error): string | undefined => {
  let inner: Error = error;
  while (inner.cause instanceof Error) inner = inner.cause;
  return inner === error ? undefined : inner.message || (inner as NodeJS.ErrnoException).code;
};

/** Codes of the API for what passes by itself. */
const passing: ReadonlySet<string> = new Set(['busy', 'too-many-requests']);

/** What a command knows of the codes of the API that it meets. */
interface KnownCodes {
  readonly passing?: readonly string[];
  /** A sentence for a code, which says what to look at. */
  readonly hints?: Readonly<Record<string, string>>;
}

/** The end that an error of the API's client means; undefined for other errors. */
export const endOfApi = (error: unknown, known: KnownCodes = {}): CommandError | undefined => {
  if (error instanceof HoldfastUnreachable)
    return new CommonError('unavailable', `The API does not answer: ${error.message}.`, {
      code: 'unreachable',
      detail: error.cause instanceof Error ? networkSaid(error.cause) : undefined,
      cause: error,
    });
  if (!(error instanceof HoldfastProblem)) return undefined;
  const { code, message } = error;
  const passes = passing.has(code) || known.passing?.includes(code) || error.status >= 500;
  const hint = known.hints?.[code];
  const text = `The API refuses: ${message.replace(/\.?$/, '.')}${hint ? ` ${hint}` : ''}`;
  return new CommonError(passes ? 'unavailable' : 'refused', text, { code, cause: error });
};

/** Tells an end, and answers with the exit code. */
export const tellEnd = (report: Report, { message, detail, exit, end, code }: CommandError): number => {
  report.say('ended', message + (detail ? ` (${detail})` : ''), { exit, end, code });
  return exit;
};

/** A function that waits for so many milliseconds. @throws the reason of the signal */
export const pauseWith =
  (signal: AbortSignal) =>
  async (ms: number): Promise<void> => {
    await delay(ms, undefined, { signal }).catch(() => {});
    signal.throwIfAborted();
  };
