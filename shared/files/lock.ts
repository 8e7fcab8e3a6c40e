// One instance per data folder: a lock file names the process that holds it. A lock whose process is gone is taken
// over, so nobody has to remove a file by hand after a crash.
import { readFileSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { utf8 } from '../text/text.ts';
import { createPrivate, readIfPresent } from './private.ts';

interface Holder {
  pid: number;
  /** Start time of the process, as the system counts it, because process ids are used again, also after a reboot. */
  since: string;
}

export class LockHeldError extends Error {
  override name = 'LockHeldError';
  readonly pid: number;
  constructor(pid: number) {
    super(`held by process ${pid}`);
    this.pid = pid;
  }
}

/** Takes the lock and returns the function that releases it. @throws LockHeldError while a living process holds it */
export const takeLock = async (path: string): Promise<() => Promise<void>> => {
  const mine = JSON.stringify({ pid: process.pid, since: startOf(process.pid) } satisfies Holder);
  for (let attempt = 0; attempt < 10; attempt++) {
    if (await createPrivate(path, mine)) {
      return async () => {
        if ((await readIfPresent(path)) === mine) await rm(path, { force: true });
      };
    }
    const found = await readIfPresent(path);
    if (found === undefined) continue;
    const holder = parseHolder(found);
    if (holder && isAlive(holder)) throw new LockHeldError(holder.pid);
    await removeStale(path, found);
  }
  throw new Error(`The lock ${path} keeps changing hands: several instances start at once on this folder.`);
};

/**
 * Removes the stale lock that was seen and no other, because another process may have taken it over meanwhile (TOCTOU).
 */
const removeStale = async (path: string, seen: string): Promise<void> => {
  const aside = `${path}.stale-${process.pid}-${Math.random().toString(36).slice(2)}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const moved = utf8(await readFile(aside));
  if (moved !== seen) await createPrivate(path, moved);
  await rm(aside, { force: true });
};

const parseHolder = (text: string): Holder | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('since' in value)) return undefined;
    const { pid, since } = value;
    return Number.isSafeInteger(pid) && Number(pid) > 0 && typeof since === 'string'
      ? { pid: Number(pid), since }
      : undefined;
  } catch {
    return undefined;
  }
};

const isAlive = ({ pid, since }: Holder): boolean => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM means that the process lives and belongs to another user.
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
  }
  const now = startOf(pid);
  return now === '' || since === '' || now === since;
};

/** Boot and start time of a process on Linux; empty when the system does not say. A zombie has none. */
const startOf = (pid: number): string => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the command in brackets and may contain anything, so fields are counted from the last
    // bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return 'ended';
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}:${fields[19]}`;
  } catch {
    return '';
  }
};
