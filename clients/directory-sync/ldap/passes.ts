// Runs a pass, and begins again when the fault may pass by itself.
import { type Clock, openDirectory } from './directory.ts';
import { DirectoryFault } from './fault.ts';
import type { Directory, DirectoryConfig } from './types.ts';

interface Patience {
  /** How often a pass is begun at most; 4 by default. */
  readonly attempts?: number | undefined;
  /** Waits that many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
  /** Told before each wait. */
  readonly onWait?: ((fault: DirectoryFault, ms: number) => void) | undefined;
}

const firstWait = 1_000;

/**
 * Opens the directory and runs the pass, from the beginning each time: cookies and markers belong to one connection, so
 * what a broken pass has read is thrown away. The pass must post nothing before it has read everything.
 * @throws DirectoryFault of the last attempt
 */
export const withDirectory = async <T>(
  config: DirectoryConfig,
  pass: (directory: Directory) => Promise<T>,
  { attempts = 4, pause, onWait }: Patience,
  clock?: Clock,
): Promise<T> => {
  for (let attempt = 1; ; attempt += 1) {
    let directory: Directory | undefined;
    try {
      directory = await openDirectory(config, clock);
      return await pass(directory);
    } catch (error) {
      if (!(error instanceof DirectoryFault && error.retry) || attempt >= attempts) throw error;
      const ms = firstWait * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
      onWait?.(error, ms);
      await directory?.close();
      await pause(ms);
    } finally {
      await directory?.close();
    }
  }
};
