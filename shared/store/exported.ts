// What is kept of exported files until the manifest of their day names them, and what a pass must know of a tenant.
import * as z from 'zod';
import type { AuditSettings } from '../domain/audit-settings.ts';
import type { TenantId } from '../domain/base/ids.ts';
import { lazy } from '../domain/base/lazy.ts';
import { tenantIds } from './accounts.ts';
import { toAuditSettings } from './audit-settings.ts';
import type { Db } from './db.ts';
import { parsed, stored, toHead } from './items.ts';
import { keys, operatorsRoom } from './keys.ts';
import { timeToLive } from './table.ts';

const fileSchema = lazy(() => z.object({ sha256: z.string(), bytes: z.int().positive() }));
/** A file that stands in a store: SHA-256 of its bytes, hex, and how many it has. */
export type StoredFile = Readonly<z.infer<ReturnType<typeof fileSchema>>>;

/** Seconds for which files are noted. A manifest is written a day later; without a note, the file itself is read. */
const notedFor = 35 * 86_400;

/** Notes what stands in the store for a segment. @param last the sequence of its last event */
export const noteFile = (db: Db, tenant: TenantId, last: number, { sha256, bytes }: StoredFile): Promise<void> => {
  const expires = Math.floor(db.clock.now() / 1_000) + notedFor;
  return db.put(stored(keys.exportedFile(tenant, last), { sha256, bytes, [timeToLive]: expires }));
};

/** The files of segments by the sequences of their last events, as far as they are noted. */
export const notedFiles = async (
  db: Db,
  tenant: TenantId,
  first: number,
  last: number,
): Promise<ReadonlyMap<number, StoredFile>> => {
  const [from, to] = [first, last].map((sequence) => keys.exportedFile(tenant, sequence)) as [
    { PK: string; SK: string },
    { SK: string },
  ];
  const items = await db.all({ partition: from.PK, from: from.SK, to: to.SK });
  return new Map(items.map((item) => [Number(String(item.SK).split('#')[1]), parsed(fileSchema(), item)]));
};

/** The settings of a tenant's audit; `undefined` when the tenant is not there, or is being removed. */
export const settingsOfAudited = async (db: Db, tenant: TenantId): Promise<AuditSettings | undefined> => {
  const [head, settings] = await db.read([keys.head(tenant), keys.auditSettings(tenant)]);
  const known = toHead(head);
  // The operators' room has no head, and nobody removes it.
  const isThere = tenant === operatorsRoom || (known !== undefined && known.lifecycle?.state !== 'purging');
  return isThere ? toAuditSettings(settings) : undefined;
};

/** The id of work that seals and signs, and exports nothing. */
export const sealOnly = 'seal';

interface ExportWork {
  readonly tenant: TenantId;
  readonly kind: 'export';
  readonly id: string;
}

/** The work of a pass over every tenant and over the operators' room. A tenant appears within a second of its creation. */
export async function* everyExport(db: Db): AsyncGenerator<ExportWork> {
  yield { tenant: operatorsRoom, kind: 'export', id: 'pass' };
  for await (const tenant of tenantIds(db)) yield { tenant, kind: 'export', id: 'pass' };
}
