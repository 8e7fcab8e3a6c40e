// One tenant as lines of JSON, and back. The first line says what it is, each further line is an item, the last line holds
// the number of items and their digest. A restored tenant answers nobody until its content and its guards are verified.
import { createHash, randomUUID } from 'node:crypto';
import * as z from 'zod';
import { derivedId, type Ids, idPattern, type TenantId } from '../domain/base/ids.ts';
import { lazy } from '../domain/base/lazy.ts';
import type { Head } from '../domain/book/records.ts';
import { bytesIn } from './bytes.ts';
import * as on from './conditions.ts';
import type { Db, Item, TransactItem } from './db.ts';
import { eventItem, operatorsWrite } from './events.ts';
import { stored, toHead } from './items.ts';
import { keys, nameKey, partitions, partOf } from './keys.ts';
import { writePatiently } from './patiently.ts';
import { judgeScan, needed, verify } from './repair.ts';

const tenantId = lazy(() => z.custom<TenantId>((value) => idPattern('tenant').test(String(value))));
const firstLine = lazy(() =>
  z.object({ holdfast: z.literal('tenant'), format: z.literal(1), tenant: tenantId(), exportedAt: z.iso.datetime() }),
);
const itemLine = lazy(() =>
  z.looseObject({ PK: z.string(), SK: z.string() }).transform((item) => decoded(item) as Item),
);
const lastLine = lazy(() => z.object({ items: z.int().positive(), digest: z.string() }));

/** What an export says about itself. */
interface Manifest {
  readonly tenant: TenantId;
  readonly exportedAt: string;
  readonly items: number;
  /** SHA-256 over the hashes of all items, sorted, with the tenant's id left out: equal for equal content. */
  readonly digest: string;
}

/** The file, or the tenant, cannot be exported or restored. The message is for the person at the terminal. */
export class ArchiveError extends Error {
  override name = 'ArchiveError';
}

/**
 * Kinds of items that serve requests, writers and readers of the moment only, and are left out: so is what can be made
 * anew, and a recovery under way, because a copy must not be recovered without a delay of its own.
 */
const leftOut = new Set(['I', 'LOG', 'RATE', 'TURN', 'IMAGE', 'IMAGES']);
const isKept = ({ PK, SK }: Item): boolean => SK !== 'RECOVERY' && !leftOut.has(partOf(String(PK)).kind ?? '');

/**
 * True for an item that a copy under another id has as well. What is sealed names the tenant in every line, so a copy is
 * sealed anew; the settings of its audit stay, because a legal hold does not end by a copy.
 */
const isCopied = (item: Item): boolean =>
  partOf(String(item.PK)).kind !== 'SEAL' || item.SK === keys.auditSettings(anyTenant).SK;

/** Attributes that hold a partition's name, in the table and in its indexes. */
const partitionNames = ['PK', 'NPK', 'TPK'] as const;

/**
 * True for an item whose partitions, those of the indexes included, are the tenant's: another one would be written into
 * the data or the lists of somebody else. The tenant's own name is in the list of operators, and is placed anew.
 */
const isOf = (item: Item, tenant: TenantId): boolean => {
  const start = partitions.tenant(tenant);
  return partitionNames.every((name) => {
    const value = item[name];
    if (value === undefined || value === start || String(value).startsWith(`${start}#`)) return true;
    return name === 'NPK' && item.PK === partitions.book(tenant) && item.SK === 'tenant';
  });
};

/** An item under another tenant's id. */
const under = (item: Item, from: TenantId, to: TenantId): Item => {
  const start = partitions.tenant(from);
  const moved: Item = { ...item };
  for (const name of partitionNames) {
    const value = item[name];
    if (typeof value === 'string' && (value === start || value.startsWith(`${start}#`)))
      moved[name] = partitions.tenant(to) + value.slice(start.length);
  }
  if (item.PK !== partitions.book(from) || item.SK !== 'tenant') return moved;
  return { ...moved, NPK: partitions.tenantNameOf(to), NSK: nameKey(String(item.name), to) };
};

/**
 * A value of an item as JSON. Lists, sets and bytes are arrays whose first entry says which; what has no order is sorted,
 * so that equal items have equal text on every engine.
 */
const encoded = (value: unknown): unknown => {
  if (value instanceof Set) return ['set', ...[...value].sort()];
  if (value instanceof Uint8Array) return ['bytes', Buffer.from(value).toString('base64')];
  if (Array.isArray(value)) return ['list', ...value.map(encoded)];
  if (value === null || typeof value !== 'object') return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([name, field]) => [name, encoded(field)]));
};

const decoded = (value: unknown): unknown => {
  if (Array.isArray(value)) {
    const [what, ...rest] = value;
    if (what === 'set') return new Set(rest);
    return what === 'bytes' ? new Uint8Array(Buffer.from(String(rest[0]), 'base64')) : rest.map(decoded);
  }
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, decoded(field)]));
};

/** The tenant's id in digests. */
const anyTenant = 't' as TenantId;

/** A hash of an item's content, without what differs between a tenant and its restored copy. */
const hashOf = (item: Item, tenant: TenantId): string => {
  const content = under(item, tenant, anyTenant);
  // The place in the list of names follows the id, and a restore moves the lifecycle.
  const { NPK: _, NSK: __, lifecycle: ___, guard: ____, ...fixed } = content;
  const part = item.SK === 'HEAD' || item.SK === 'tenant' ? fixed : content;
  return createHash('sha256')
    .update(JSON.stringify(encoded(part)))
    .digest('base64url');
};

/** Collects the digest of a tenant's items, in any order. */
class Digest {
  readonly #hashes: string[] = [];
  readonly #tenant: TenantId;

  constructor(tenant: TenantId) {
    this.#tenant = tenant;
  }

  add(item: Item): void {
    this.#hashes.push(hashOf(item, this.#tenant));
  }

  get items(): number {
    return this.#hashes.length;
  }

  get text(): string {
    return createHash('sha256').update(this.#hashes.sort().join('\n')).digest('base64url');
  }
}

/** The items of a tenant that a file holds. */
async function* itemsOf(db: Db, tenant: TenantId): AsyncGenerator<Item> {
  for await (const page of db.pages(partitions.tenant(tenant)))
    for (const item of page) {
      // The head must not name an image that is left out.
      const { image: _, ...head } = item;
      if (isKept(item)) yield item.SK === 'HEAD' ? head : item;
    }
}

/**
 * What every change to a tenant moves: the head's version and guard, and the newest event; and what sealing moves. Equal
 * before and after a scan, they show that nothing has changed during it.
 */
const stateOf = async (db: Db, tenant: TenantId): Promise<{ head: Head; mark: string } | undefined> => {
  const pages = partitions.events(tenant).map((partition) => db.page({ partition, backwards: true, limit: 1 }));
  const [[item, seal], ...newest] = await Promise.all([db.read([keys.head(tenant), keys.seal(tenant)]), ...pages]);
  const head = toHead(item);
  if (!head) return undefined;
  const sealed = seal && [seal.rev, seal.exported, seal.expired, seal.manifest];
  const events = newest.map(({ items }) => [items[0]?.SK, items[0]?.count]);
  return { head, mark: JSON.stringify([head.version, head.guard, events, sealed]) };
};

/** Attempts at a tenant that changes during the scan. */
const mostScans = 3;

/**
 * Writes a tenant as lines. A tenant that changes during the scan is scanned and written again.
 * @param write takes all lines of one attempt, each with its end
 * @throws ArchiveError for a tenant that is unknown, restless or damaged; what was written is worth nothing then
 */
export const exportTenant = async (
  db: Db,
  tenant: TenantId,
  write: (lines: AsyncIterable<string>) => Promise<void>,
): Promise<Manifest> => {
  for (let scan = 1; ; scan += 1) {
    const before = await stateOf(db, tenant);
    if (!before) throw new ArchiveError(`There is no tenant ${tenant} in this table.`);
    if (before.head.lifecycle?.state === 'purging') throw new ArchiveError(`${tenant} is being purged.`);
    const exportedAt = new Date(db.clock.now()).toISOString();
    const digest = new Digest(tenant);
    const judged: Item[] = [];
    const lines = async function* (): AsyncGenerator<string> {
      yield `${JSON.stringify({ holdfast: 'tenant', format: 1, tenant, exportedAt })}\n`;
      for await (const item of itemsOf(db, tenant)) {
        digest.add(item);
        judged.push(...[needed(item) ?? []].flat());
        yield `${JSON.stringify(encoded(item))}\n`;
      }
      yield `${JSON.stringify({ items: digest.items, digest: digest.text })}\n`;
    };
    await write(lines());
    const after = await stateOf(db, tenant);
    if (after?.mark === before.mark) {
      const [finding] = judgeScan(tenant, after.head, judged).findings.filter(({ what }) => what !== 'tenant-listing');
      if (finding)
        throw new ArchiveError(`${tenant} is damaged (${finding.what}: ${finding.detail}): repair it first.`);
      return { tenant, exportedAt, items: digest.items, digest: digest.text };
    }
    if (scan === mostScans)
      throw new ArchiveError(`${tenant} changes all the time: suspend it, or export it from a recovery point.`);
  }
};

/** An export, which can be read several times. */
export type Archive = () => AsyncIterable<string>;

/** What a restore is to write of an export, besides what the export says about itself. */
interface Read extends Manifest {
  readonly restored: Pick<Manifest, 'items' | 'digest'>;
}

/**
 * Reads an export once.
 * @param sameId false when the seal is left out @throws ArchiveError for lines that are none of ours, or not whole
 */
const read = async (
  archive: Archive,
  { sameId = false }: Restoring,
  onItem: (item: Item, tenant: TenantId) => Promise<void> | void,
): Promise<Read> => {
  let first: z.infer<ReturnType<typeof firstLine>> | undefined;
  let waiting: string | undefined;
  let digest: Digest | undefined;
  let restored: Digest | undefined;
  for await (const line of archive()) {
    if (!first || !digest) {
      first = json(firstLine(), line);
      if (!first) throw new ArchiveError('The file is no export of a tenant, or one of a later release.');
      digest = new Digest(first.tenant);
      restored = new Digest(first.tenant);
      continue;
    }
    const item = waiting === undefined ? undefined : json(itemLine(), waiting);
    if (waiting !== undefined && !item) throw notWhole();
    if (item && !isOf(item, first.tenant)) throw new ArchiveError('The file has an item of another tenant.');
    if (item) digest.add(item);
    if (item && (sameId || isCopied(item))) {
      restored?.add(item);
      await onItem(item, first.tenant);
    }
    waiting = line;
  }
  const last = waiting === undefined ? undefined : json(lastLine(), waiting);
  if (!first || !digest || !restored || last?.items !== digest.items || last.digest !== digest.text) throw notWhole();
  const { items, text } = restored;
  return { tenant: first.tenant, exportedAt: first.exportedAt, ...last, restored: { items, digest: text } };
};

const notWhole = () => new ArchiveError('The file is not whole: its items are not those that its last line names.');

const json = <T>(schema: z.ZodType<T>, line: string): T | undefined => {
  try {
    return schema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
};

/** Items and bytes of one transaction, with room for the condition on the head. */
const mostItems = 99;
const mostBytes = 3_500_000;

interface Restoring {
  /** Restores under the tenant's own id, which the table must not have. */
  readonly sameId?: boolean;
  /** Tells several copies of one file apart. */
  readonly copy?: string | undefined;
}

/** The id under which a file is restored: for the same file and copy always the same, so that a restore can be repeated. */
const targetOf = ({ tenant, digest }: Manifest, { sameId = false, copy = '1' }: Restoring): TenantId =>
  sameId ? tenant : derivedId('tenant', 'restored', tenant, digest, copy);

/**
 * Restores an export. The tenant is suspended until everything is there and verified; a restore that died is repeated
 * with the same export. Nothing is written for an export that is not whole.
 * @throws ArchiveError
 */
export const restoreTenant = async (
  { db, ids }: { readonly db: Db; readonly ids: Ids },
  archive: Archive,
  options: Restoring = {},
): Promise<Manifest> => {
  let head: Head | undefined;
  const { restored, ...manifest } = await read(archive, options, (item) => {
    if (item.SK === 'HEAD') head = toHead(item);
  });
  if (!head) throw new ArchiveError('The file has no head.');
  const tenant = targetOf(manifest, options);
  const [item, purged] = await db.read([keys.head(tenant), keys.purge(tenant)]);
  if (purged) throw new ArchiveError(`${tenant} was purged, and an id is never used again: restore without --same-id.`);
  const present = toHead(item);
  if (present && present.lifecycle?.restoring !== manifest.digest)
    throw new ArchiveError(
      `There is a tenant ${tenant} in this table. For ${options.sameId ? 'a copy beside it, leave --same-id out' : 'another copy, give --copy another name'}.`,
    );
  if (!present) await begun(db, tenant, head, manifest);
  await filled(db, tenant, archive, options, manifest);
  await needVerified(db, tenant, restored);
  await served({ db, ids }, tenant, head, manifest);
  return { ...manifest, tenant };
};

/** Writes the head first, suspended and marked, so that nobody meets half a tenant. */
const begun = async (db: Db, tenant: TenantId, head: Head, { digest }: Manifest): Promise<void> => {
  const since = new Date(db.clock.now()).toISOString();
  const lifecycle = { state: 'suspended', since, reason: 'It is being restored.', restoring: digest };
  const Item = stored(keys.head(tenant), { ...head, lifecycle });
  if (!(await writePatiently(db, [{ Put: { Item, TableName: '', ConditionExpression: on.absent } }])))
    throw new ArchiveError(`Somebody else creates ${tenant}.`);
};

/** The head is still that of this restore. */
const restoring = (tenant: TenantId, digest: string): TransactItem => ({
  ConditionCheck: {
    Key: keys.head(tenant),
    TableName: '',
    ConditionExpression: 'lifecycle.restoring = :digest',
    ExpressionAttributeValues: { ':digest': digest },
  },
});

const filled = async (
  db: Db,
  tenant: TenantId,
  archive: Archive,
  options: Restoring,
  { digest }: Manifest,
): Promise<void> => {
  let batch: Item[] = [];
  let bytes = 0;
  const flush = async () => {
    if (batch.length === 0) return;
    const puts = batch.map((Item): TransactItem => ({ Put: { Item, TableName: '' } }));
    if (!(await writePatiently(db, [...puts, restoring(tenant, digest)])))
      throw new ArchiveError(`${tenant} is no longer being restored: somebody has changed its state.`);
    [batch, bytes] = [[], 0];
  };
  await read(archive, options, async (item, from) => {
    if (item.SK === 'HEAD') return;
    const size = bytesIn(item);
    if (batch.length === mostItems || bytes + size > mostBytes) await flush();
    batch.push(under(item, from, tenant));
    bytes += size;
  });
  await flush();
};

/** Compares the restored content with the file, and head, witness, pins and listings with a scan. @throws ArchiveError */
const needVerified = async (db: Db, tenant: TenantId, { digest, items }: Read['restored']): Promise<void> => {
  const found = new Digest(tenant);
  for await (const item of itemsOf(db, tenant)) found.add(item);
  if (found.items !== items || found.text !== digest)
    throw new ArchiveError(
      `${tenant} stays suspended: it has ${found.items} items that differ from the ${items} of the file.`,
    );
  const [finding] = (await verify(db, tenant))?.findings ?? [];
  if (finding)
    throw new ArchiveError(
      `${tenant} stays suspended: ${finding.what}: ${finding.detail}. Repair it, then repeat the restore.`,
    );
};

/** Gives the tenant the state that it had in the file, and tells both audits. */
const served = async (
  { db, ids }: { readonly db: Db; readonly ids: Ids },
  tenant: TenantId,
  { lifecycle }: Head,
  { tenant: from, exportedAt, items, digest }: Manifest,
): Promise<void> => {
  const now = db.clock.now();
  const event = eventItem({
    tenant,
    id: ids.event(now),
    now,
    action: 'tenant.restored',
    target: 'tenant',
    actor: { kind: 'system' },
    requestId: randomUUID(),
    told: { from, exportedAt, items, digest },
  });
  const written = await writePatiently(db, [
    {
      Update: {
        Key: keys.head(tenant),
        TableName: '',
        UpdateExpression: lifecycle ? 'SET lifecycle = :lifecycle' : 'REMOVE lifecycle',
        ConditionExpression: 'lifecycle.restoring = :digest',
        ExpressionAttributeValues: { ':digest': digest, ...(lifecycle && { ':lifecycle': lifecycle }) },
      },
    },
    { Put: { Item: event, TableName: '', ConditionExpression: on.absent } },
    operatorsWrite(tenant, event).item,
  ]);
  if (!written) throw new ArchiveError(`${tenant} is no longer being restored: somebody has changed its state.`);
};
