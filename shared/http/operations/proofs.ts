// The proof that an event is sealed as it is shown.
import type { EventId, TenantId } from '../../domain/base/ids.ts';
import { invalid, Refusal } from '../../domain/base/refusal.ts';
import { Room } from '../../domain/base/weight.ts';
import { checkpointAt, inclusionOf, newestCheckpoint } from '../../store/checkpoints.ts';
import type { Db } from '../../store/db.ts';
import { readEvent } from '../../store/event-content.ts';
import { EventsExpired, sealedOne } from '../../store/sealed-events.ts';
import type { Runtime } from '../gateway/runtime.ts';

interface Asking {
  readonly runtime: Runtime;
  readonly tenant: TenantId;
}

/**
 * The proof for an event, with the line that is sealed, for callers who may export the whole trail.
 * @param size of a checkpoint; the newest one when it is absent
 * @throws Refusal not-found, not-sealed, events-expired, invalid-request for a size without a checkpoint
 */
export const proofOf = async ({ tenant, runtime }: Asking, event: EventId, size: number | undefined) => {
  const { db } = runtime.store;
  const sealed = await sealedIn(db, tenant, event);
  if (!sealed && !(await readEvent(db, tenant, event))) throw new Refusal('not-found', 'There is no such event.');
  if (!sealed) throw new Refusal('not-sealed', 'Events are sealed some minutes after they happened.');
  const checkpoint = await checkpointFor(db, tenant, sealed.sequence, size);
  const { leaf, path } = await inclusionOf(db, tenant, sealed, checkpoint);
  return {
    event,
    sequence: sealed.sequence,
    size: checkpoint.size,
    leaf,
    ...(new Room().admits(sealed.line) && { line: sealed.line }),
    path,
    root: checkpoint.root,
    checkpoint: checkpoint.jws,
  };
};

const sealedIn = async (db: Db, tenant: TenantId, event: EventId) => {
  try {
    return await sealedOne(db, tenant, event);
  } catch (error) {
    if (error instanceof EventsExpired) throw new Refusal('events-expired', error.message);
    throw error;
  }
};

const checkpointFor = async (db: Db, tenant: TenantId, sequence: number, size: number | undefined) => {
  const checkpoint = await (size === undefined ? newestCheckpoint(db, tenant) : checkpointAt(db, tenant, size));
  if (size !== undefined && !checkpoint)
    throw invalid('query.size', 'is the size of no checkpoint: take one of GET /v1/audit/checkpoints, or leave it out');
  if (size !== undefined && size < sequence)
    throw invalid('query.size', `is smaller than ${sequence}, the sequence of the event`);
  if (!checkpoint || checkpoint.size < sequence)
    throw new Refusal('not-sealed', 'No checkpoint with the event is signed yet.');
  return checkpoint;
};
