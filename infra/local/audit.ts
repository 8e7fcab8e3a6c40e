// Sealing and exporting on one machine: when it happens, and with which key it is signed.
import { join } from 'node:path';
import { createPrivate, readIfPresent } from '../../shared/files/private.ts';
import type { Queue } from '../../shared/http/gateway/queue.ts';
import type { Runtime } from '../../shared/http/gateway/runtime.ts';
import { newNotaryKey } from '../../shared/http/signing/notary.ts';
import { everyExport, sealOnly } from '../../shared/store/exported.ts';
import type { Store } from '../../shared/store/store.ts';

export interface AuditSchedule {
  /** Where files go; events are only sealed when absent. */
  readonly folder?: string | undefined;
  /** Milliseconds between exports. */
  readonly every: number;
  /** Milliseconds after which events are sealed. */
  readonly margin: number;
}

/** Milliseconds between two rounds of sealing, so that proofs and pulled exports work however rarely files are written. */
export const sealMs = 60_000;
/** All writers are in this process, and none takes longer. */
export const localMargin = 60_000;

/** The private key that signs checkpoints and manifests: kept in the folder, else of this process. */
export const notaryKey = async (folder: string | undefined): Promise<string> => {
  const key = newNotaryKey();
  if (folder === undefined) return key;
  const path = join(folder, 'audit-key');
  return (await createPrivate(path, key)) ? key : ((await readIfPresent(path)) as string);
};

/** Asks for passes over all tenants, again and again. Returns the function that ends that. */
export const scheduled = (
  { db }: Store,
  queue: Queue,
  log: Runtime['log'],
  { folder, every }: AuditSchedule,
): (() => Promise<void>) => {
  const pause = Math.min(every, sealMs);
  let untilExport = 0;
  let isOpen = true;
  let underWay: Promise<void> | undefined;
  const round = async (isExport: boolean) => {
    try {
      for await (const work of everyExport(db)) {
        if (!isOpen) return;
        // A tenant whose pass is under way needs no other one.
        await queue.enqueue(isExport ? work : { ...work, id: sealOnly }, 'once');
      }
    } catch (error) {
      if (isOpen)
        log('error', 'exports-not-scheduled', { error: error instanceof Error ? error.stack : String(error) });
    }
  };
  const timer = setInterval(() => {
    untilExport -= pause;
    const isExport = folder !== undefined && untilExport <= 0;
    if (isExport) untilExport = every;
    underWay ??= round(isExport).finally(() => {
      underWay = undefined;
    });
  }, pause);
  return async () => {
    isOpen = false;
    clearInterval(timer);
    await underWay;
  };
};
