// What became of the last attempts to write into a bucket that a tenant has named, so that the tenant sees it.
import * as z from 'zod';
import type { AuditDestination } from '../domain/audit-settings.ts';
import type { TenantId } from '../domain/base/ids.ts';
import { lazy } from '../domain/base/lazy.ts';
import type { Db, Item } from './db.ts';
import { parsed, stored } from './items.ts';
import { keys } from './keys.ts';

const noteSchema = lazy(() =>
  z.object({
    /** The destination as JSON: a note on another one says nothing of the present one. */
    of: z.string(),
    /** When files were last written, as an ISO date. */
    succeededAt: z.string().optional(),
    /** Absent since files were last written: the error's name, when it was first met since then, and when last. */
    failure: z.object({ code: z.string(), since: z.string(), at: z.string() }).optional(),
  }),
);
type Note = z.infer<ReturnType<typeof noteSchema>>;
type DestinationState = Omit<Note, 'of'>;

const nameOf = (destination: AuditDestination): string => JSON.stringify(destination);

/** What is noted of a destination; empty when nothing was written to it yet. */
export const toDestinationState = (
  item: Item | undefined,
  destination: AuditDestination | null,
): DestinationState | undefined => {
  if (!destination) return undefined;
  const { of, ...state } = item ? parsed(noteSchema(), item) : { of: '' };
  return of === nameOf(destination) ? state : {};
};

interface Noted {
  readonly db: Db;
  readonly tenant: TenantId;
  readonly destination: AuditDestination;
}

const note = ({ db, tenant, destination }: Noted, state: DestinationState): Promise<void> =>
  db.put(stored(keys.destinationNote(tenant), { of: nameOf(destination), ...state }));

/** Notes that files were written. */
export const noteSuccess = (noted: Noted): Promise<void> =>
  note(noted, { succeededAt: new Date(noted.db.clock.now()).toISOString() });

/** Notes that files could not be written. @param code the name of the error */
export const noteFailure = async (noted: Noted, code: string): Promise<void> => {
  const [item] = await noted.db.read([keys.destinationNote(noted.tenant)]);
  const before = toDestinationState(item, noted.destination) ?? {};
  const at = new Date(noted.db.clock.now()).toISOString();
  await note(noted, { ...before, failure: { code, since: before.failure?.since ?? at, at } });
};
