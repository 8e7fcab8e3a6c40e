// The worker: carries out directory runs, sweeps and purges, one slice for each message of the queue.
import * as z from 'zod';
import { idPattern, type RunId, type TenantId } from '../../shared/domain/base/ids.ts';
import { countOf } from '../../shared/http/gateway/metrics.ts';
import { theRuntime } from '../../shared/http/gateway/runtime.ts';
import { runSlice } from '../../shared/runs/run.ts';
import { imaged } from '../../shared/store/imaging.ts';
import { purgeSlice } from '../../shared/store/purge.ts';
import { needsSweep, sweepSlice, workOf } from '../../shared/store/sweep.ts';
import { told, worker } from './messages.ts';

const message = z.object({
  tenant: z.string().regex(idPattern('tenant')),
  kind: z.enum(['run', 'sweep', 'purge', 'wake']),
  id: z.string().max(200),
  source: z.string().regex(idPattern('source')).optional(),
});

export const handler = worker(message, 'workFailed', async (work) => ({ more: await slice(work) }));

/** Works on one slice. Returns true when another is needed. */
const slice = async (work: z.infer<typeof message>): Promise<boolean> => {
  const { store, queue, log } = theRuntime();
  const tenant = work.tenant as TenantId;
  if (work.kind === 'purge') return purgeSlice(store, tenant);
  // Work of a suspended or closed tenant stays in the table, and is found again when operators resume the tenant.
  if (await store.rests(tenant)) return false;
  if (work.kind === 'wake') {
    for (const waiting of await workOf(store, tenant)) await queue.enqueue(waiting);
    return false;
  }
  if (work.kind === 'sweep') {
    const more = await sweepSlice(store, tenant);
    await renewImage(tenant);
    return more;
  }
  const state = await runSlice(store, { tenant, id: work.id as RunId });
  if (state === 'held') log('warn', 'run-held', { tenant, id: work.id, ...countOf('runHeld', Date.now()) });
  // Read from the table, because an earlier slice may have died before it could enqueue the sweep.
  if (state === 'over' && (await needsSweep(store, tenant)))
    await queue.enqueue({ tenant, kind: 'sweep', id: work.id });
  // A run is what makes a book large, and what makes its image old.
  await renewImage(tenant);
  return state === 'more';
};

/** Renews the image of a large book. A failure leaves readers the image before, and is mended by the next slice. */
const renewImage = async (tenant: TenantId): Promise<void> => {
  const { store, log } = theRuntime();
  try {
    await imaged(store, tenant);
  } catch (error) {
    log('warn', 'image-not-renewed', { tenant, error: told(error) });
  }
};
