// A pass over one tenant: seals its events, exports what is sealed, writes the manifests of days that have ended, and lets
// events go whose retention is over. Every step is fixed in the table before its files are written, and is noted there
// afterwards, so that a pass that dies anywhere is simply run again, and two at once write the same files.
import type { Notary } from '../audit/jws.ts';
import { type AuditDestination, type AuditSettings, effectiveRetention } from '../domain/audit-settings.ts';
import type { TenantId } from '../domain/base/ids.ts';
import { auditSettingsOf } from '../store/audit-settings.ts';
import { checkpointNow } from '../store/checkpoints.ts';
import type { Db } from '../store/db.ts';
import { noteFailure, noteSuccess } from '../store/destination-notes.ts';
import { settingsOfAudited } from '../store/exported.ts';
import { expireSlice } from '../store/retention.ts';
import { closeDay, dayToClose, markExported, type SealState, sealStateOf, segmentsAfter } from '../store/seal-state.ts';
import { sealSlice } from '../store/sealing.ts';
import {
  asDestination,
  DestinationFailed,
  ExportDiffers,
  type Exporting,
  exportCheckpoint,
  exportPart,
} from './files.ts';
import { writeManifest } from './manifests.ts';
import type { ExportStore } from './port.ts';

export interface PassTools {
  readonly db: Db;
  readonly notary: Notary;
  /** The store of a tenant that names this destination; `undefined` where nothing is exported. */
  readonly storeOf: (tenant: TenantId, destination: AuditDestination | null) => Promise<ExportStore | undefined>;
  /** Milliseconds after which an event is sealed: longer than any writer takes, and a difference of clocks. */
  readonly margin: number;
  /** Hears of events that had turned up behind the seal, and were sealed late. */
  readonly onLate?: (tenant: TenantId, late: number) => void;
}

/** What a pass has done. */
export interface PassDone {
  /** Events that were sealed, and those of them that had turned up behind the seal. */
  readonly sealed: number;
  readonly late: number;
  /** Events that were exported. */
  readonly exported: number;
  /** Manifests that were written. */
  readonly days: number;
  /** Events that have left the table. */
  readonly expired: number;
  /** True when another pass is needed now. */
  readonly more: boolean;
}

/** Time limit of a pass. Half of it is for sealing, which goes on whatever becomes of the files. */
const passMs = 20_000;
/** Bytes of lines that are kept from sealing to exporting; others are read back. */
const mostKept = 8_000_000;

/** Lines of segments that were sealed just now, by the sequences of their last events. */
class FreshLines {
  readonly #lines = new Map<number, readonly string[]>();
  #bytes = 0;

  keep(last: number, lines: readonly string[]): void {
    this.#bytes += lines.reduce((sum, line) => sum + line.length, 0);
    if (this.#bytes <= mostKept) this.#lines.set(last, lines);
  }

  take(last: number): readonly string[] | undefined {
    const lines = this.#lines.get(last);
    this.#lines.delete(last);
    return lines;
  }
}

/**
 * Runs one pass over a tenant, or over the operators' room. Sealing and checkpoints come first, so that they go on while
 * files cannot be written.
 * @throws ExportDiffers when a file stands where another belongs, SealBroken when the table differs from what was sealed,
 * and errors after which a later pass may succeed
 */
export const passOf = async (tools: PassTools, tenant: TenantId, ms = passMs): Promise<PassDone> => {
  const { db, notary, margin } = tools;
  const begun = db.clock.now();
  const spentAt = (part: number) => () => db.clock.now() - begun > part * ms;
  const none: PassDone = { sealed: 0, late: 0, exported: 0, days: 0, expired: 0, more: false };
  const settings = await settingsOfAudited(db, tenant);
  if (!settings) return none;
  const fresh = new FreshLines();
  const sealing = await seal(tools, tenant, fresh, spentAt(0.5));
  if (sealing.late > 0) tools.onLate?.(tenant, sealing.late);
  if (sealing.sealed > 0) await checkpointNow(db, tenant, notary);
  const state = await sealStateOf(db, tenant);
  const exports = state && (await storeFor(tools, tenant, settings.destination));
  if (!state || !exports) return { ...none, ...sealing };
  const exporting: Exporting = { db, tenant, exports, notary };
  const write = async () => {
    const parts = await exportParts(exporting, state, fresh, spentAt(1));
    const isBehind = sealing.more || parts.more;
    const known = parts.exported > 0 ? undefined : state;
    const days = isBehind ? { days: 0, more: true } : await writeDays(exporting, known, { begun, margin }, spentAt(1));
    return { ...days, exported: parts.exported };
  };
  const { exported, days, more: isLeft } = await noted(exporting, settings.destination, write);
  const expiring = await expire(db, tenant, settings, spentAt(1));
  if (expiring.late > 0) tools.onLate?.(tenant, expiring.late);
  const [late, more] = [sealing.late + expiring.late, isLeft || expiring.more];
  return { ...sealing, late, exported, days, expired: expiring.expired, more };
};

/** Notes of a tenant's own destination what became of writing to it. */
const noted = async <W extends Pick<PassDone, 'exported' | 'days'>>(
  { db, tenant }: Exporting,
  destination: AuditDestination | null,
  write: () => Promise<W>,
): Promise<W> => {
  if (!destination) return write();
  try {
    const written = await write();
    if (written.exported > 0 || written.days > 0) await noteSuccess({ db, tenant, destination });
    return written;
  } catch (error) {
    const isTheirs = error instanceof DestinationFailed || error instanceof ExportDiffers;
    if (isTheirs) await noteFailure({ db, tenant, destination }, codeOf(error));
    throw error;
  }
};

/** The name of the error of S3 or STS, such as AccessDenied. Its text may hold names that are none of the tenant's. */
const codeOf = (error: Error): string => {
  const { name } = error.cause instanceof Error ? error.cause : error;
  return /^[A-Za-z]{1,64}$/.test(name) ? name : 'Error';
};

const storeFor = async ({ storeOf }: PassTools, tenant: TenantId, destination: AuditDestination | null) => {
  const store = await storeOf(tenant, destination);
  return store && destination ? asDestination(store) : store;
};

const seal = async (
  { db, margin }: PassTools,
  tenant: TenantId,
  fresh: FreshLines,
  spent: () => boolean,
): Promise<{ sealed: number; late: number; more: boolean }> => {
  let [sealed, late] = [0, 0];
  for (let lookBack = true; ; ) {
    const slice = await sealSlice(db, tenant, { margin, lookBack });
    const { segment, lines } = slice;
    if (segment && lines) {
      fresh.keep(segment.last, lines);
      sealed += lines.length;
    }
    late += slice.late;
    lookBack = slice.late > 0;
    if (!slice.more || spent()) return { sealed, late, more: slice.more };
  }
};

/** Writes parts in the order of their sequences, then the checkpoint behind them, and then moves the watermark. */
const exportParts = async (
  exporting: Exporting,
  { exported, size }: SealState,
  fresh: FreshLines,
  spent: () => boolean,
): Promise<{ exported: number; more: boolean }> => {
  if (exported === size) return { exported: 0, more: false };
  const { db, tenant } = exporting;
  let more = false;
  let end: Parameters<typeof exportPart>[1] | undefined;
  for await (const segment of segmentsAfter(db, tenant, exported)) {
    // A pass exports something even if it has hardly any time.
    more = end !== undefined && spent();
    if (more) break;
    await exportPart(exporting, segment, fresh.take(segment.last));
    end = segment;
  }
  if (!end) return { exported: 0, more };
  await exportCheckpoint(exporting, end);
  await markExported(db, tenant, exported, end.last);
  return { exported: end.last - exported, more };
};

/**
 * Writes the manifests of days that have ended, one after another.
 * @param known how far the tenant is sealed and exported, unless that has to be read again
 */
const writeDays = async (
  exporting: Exporting,
  known: SealState | undefined,
  { begun, margin }: { readonly begun: number; readonly margin: number },
  spent: () => boolean,
): Promise<{ days: number; more: boolean }> => {
  const { db, tenant } = exporting;
  for (let days = 0; ; days += 1) {
    const state = days === 0 && known ? known : await sealStateOf(db, tenant);
    // What was sealed meanwhile, by another pass, is exported first.
    if (!state || state.exported < state.size) return { days, more: state !== undefined };
    // The time when this pass began to seal: a day may have ended since.
    const day = dayToClose(state, begun, margin);
    if (day === undefined) return { days, more: false };
    if (days > 0 && spent()) return { days, more: true };
    const closing = await closeDay(db, tenant, state, day);
    if (!closing || !(await writeManifest(exporting, closing, state.manifest, spent))) return { days, more: true };
  }
};

const dayMs = 86_400_000;

/** Lets events go whose retention is over. What turns out never to have been sealed is sealed first, and stays. */
const expire = async (
  db: Db,
  tenant: TenantId,
  settings: AuditSettings,
  spent: () => boolean,
): Promise<{ expired: number; late: number; more: boolean }> => {
  const daysBy = (one: AuditSettings) => effectiveRetention(one, db.clock.now());
  let [expired, late] = [0, 0];
  if (daysBy(settings) === null) return { expired, late, more: false };
  for (;;) {
    // A hold counts at once, and a pass takes its time.
    const days = daysBy(await auditSettingsOf(db, tenant));
    if (days === null) return { expired, late, more: false };
    const now = db.clock.now();
    const slice = await expireSlice(db, tenant, { before: now - days * dayMs });
    expired += slice.expired;
    late += slice.late;
    if (!slice.more || spent()) return { expired, late, more: slice.more };
  }
};
