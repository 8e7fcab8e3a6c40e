// The worker of exports: seals and exports the events of one tenant, or of the operators' room, a pass for each message.
// It is a function of its own, because it alone may sign, and write where exported files stand.
import * as z from 'zod';
import { idPattern, type TenantId } from '../../shared/domain/base/ids.ts';
import { passOf } from '../../shared/exports/pass.ts';
import { countOf } from '../../shared/http/gateway/metrics.ts';
import { theRuntime } from '../../shared/http/gateway/runtime.ts';
import { sealOnly } from '../../shared/store/exported.ts';
import { operatorsRoom } from '../../shared/store/keys.ts';
import { theExporter } from './exporter.ts';
import { told, worker } from './messages.ts';

const message = z.object({
  tenant: z.union([z.string().regex(idPattern('tenant')), z.literal(operatorsRoom)]),
  kind: z.literal('export'),
  id: z.string().max(200),
});

/** Failures that an attempt in seconds does not mend: somebody has to look, and the schedule comes again anyway. */
const lasting = {
  ExportDiffers: ['export-differs', 'exportDiffers'],
  SealBroken: ['seal-broken', 'sealBroken'],
  DestinationFailed: ['export-destination-failed', 'destinationFailed'],
} as const;

export const handler = worker(message, 'exportFailed', async (work) => {
  const { store, log } = theRuntime();
  const tenant = work.tenant as TenantId;
  try {
    const exporter = theExporter(store.db);
    const storeOf = work.id === sealOnly ? async () => undefined : exporter.storeOf;
    const { more, ...about } = await passOf({ db: store.db, ...exporter, storeOf, onLate }, tenant);
    return { more, about };
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (!Object.hasOwn(lasting, name)) throw error;
    const [text, count] = lasting[name as keyof typeof lasting];
    log('error', text, { tenant, error: told(error), ...countOf(count, Date.now()) });
    return { more: false };
  }
});

const onLate = (tenant: TenantId, late: number): void =>
  theRuntime().log('warn', 'late-events', { tenant, late, ...countOf('lateEvents', Date.now()) });
