// Verifying all tenants of a table. A tenant alone is verified by a scan of the whole table, so many are taken together:
// one pass for as many as memory holds, of which no more is kept than judging them takes.
import type { TenantId } from '../domain/base/ids.ts';
import { Refusal } from '../domain/base/refusal.ts';
import type { Db, Item } from './db.ts';
import { toHead } from './items.ts';
import { keys, partitions, partOf } from './keys.ts';
import { type Finding, judge, mayBeNeeded, needed, repair, verify } from './repair.ts';
import { bytesIn } from './transaction.ts';

/**
 * `damaged`: there are findings, not mended. `unproven`: it rests on a user of a directory who has not signed in since an
 * earlier release let that count, and nobody else has. `busy`: it changes too fast to be verified now.
 */
export type Outcome = 'sound' | 'mended' | 'damaged' | 'unproven' | 'keeperless' | 'busy';

interface Surveyed {
  readonly tenant: TenantId;
  readonly outcome: Outcome;
  readonly findings: readonly Finding[];
}

export interface SurveyOptions {
  /** Tenants up to this one are passed over. */
  readonly after?: string | undefined;
  /** Sets right what does not match. */
  readonly fix?: boolean;
  /** Bytes of items that one pass over the table keeps in memory; the largest tenant alone may have more. */
  readonly mostBytes?: number | undefined;
}

/** What becomes of each tenant, in the order of their ids. */
export async function* surveyed(db: Db, { after, fix = false, mostBytes = 100_000_000 }: SurveyOptions = {}) {
  let left = await tenantsAfter(db, after);
  while (left.length > 0) {
    const { tenants, suspects } = await passed(db, left, mostBytes);
    for (const tenant of tenants) yield suspects.has(tenant) ? await alone(db, tenant, fix) : sound(tenant);
    left = left.slice(tenants.length);
  }
}

const sound = (tenant: TenantId): Surveyed => ({ tenant, outcome: 'sound', findings: [] });

const isHead = { condition: 'SK = :head', values: { ':head': 'HEAD' } };

const tenantsAfter = async (db: Db, after = ''): Promise<TenantId[]> => {
  const tenants: TenantId[] = [];
  for await (const page of db.pages(partitions.all, isHead))
    for (const item of page) tenants.push(partOf(String(item.PK)).tenant);
  return tenants.filter((tenant) => tenant > after).sort();
};

/** What a pass keeps of each tenant; the last tenants are let go of when all of it becomes too much. */
class Kept {
  readonly #items: Map<TenantId, { items: Item[]; bytes: number }>;
  readonly #order: TenantId[];
  readonly #most: number;
  #bytes = 0;

  constructor(tenants: readonly TenantId[], most: number) {
    this.#items = new Map(tenants.map((tenant) => [tenant, { items: [], bytes: 0 }]));
    this.#order = [...tenants];
    this.#most = most;
  }

  get tenants(): readonly TenantId[] {
    return this.#order;
  }

  of(tenant: TenantId): readonly Item[] {
    return this.#items.get(tenant)?.items ?? [];
  }

  add(item: Item): void {
    const kept = this.#items.get(partOf(String(item.PK)).tenant);
    if (!kept) return;
    const bytes = bytesIn(item);
    kept.items.push(item);
    kept.bytes += bytes;
    this.#bytes += bytes;
    while (this.#bytes > this.#most && this.#order.length > 1) {
      const last = this.#order.pop() as TenantId;
      this.#bytes -= this.#items.get(last)?.bytes ?? 0;
      this.#items.delete(last);
    }
  }
}

/**
 * One pass over the table, for as many of the tenants as memory holds, from the first on: which they are, and which of them
 * it does not find sound, because something does not match or changed while the pass went on.
 */
const passed = async (db: Db, wanted: readonly TenantId[], mostBytes: number) => {
  const headsOf = (tenants: readonly TenantId[]) => db.read(tenants.map((tenant) => keys.head(tenant)));
  const before = await headsOf(wanted);
  const kept = new Kept(wanted, mostBytes);
  for await (const page of db.pages(partitions.all, mayBeNeeded))
    for (const item of page) {
      const part = needed(item);
      if (part) kept.add(part);
    }
  const { tenants } = kept;
  const after = await headsOf(tenants);
  const suspects = tenants.filter((tenant, i) => {
    const head = toHead(after[i]);
    const same = head && before[i]?.version === head.version && before[i]?.guard === head.guard;
    return !same || judge(tenant, head, kept.of(tenant)).findings.length > 0;
  });
  return { tenants, suspects: new Set(suspects) };
};

/** One tenant by itself: what a pass saw of it may have been a moment between two states. */
const alone = async (db: Db, tenant: TenantId, fix: boolean): Promise<Surveyed> => {
  try {
    const { findings = [] } = (await verify(db, tenant)) ?? {};
    if (findings.length === 0) return sound(tenant);
    if (!fix) return { tenant, outcome: outcomeOf(findings), findings };
    await repair(db, tenant);
    const { findings: left = [] } = (await verify(db, tenant)) ?? {};
    if (left.length === 0) return { tenant, outcome: 'mended', findings };
    return { tenant, outcome: outcomeOf(left), findings: left };
  } catch (error) {
    if (error instanceof Refusal && error.code === 'busy') return { tenant, outcome: 'busy', findings: [] };
    throw error;
  }
};

const outcomeOf = (findings: readonly Finding[]): Outcome => {
  if (findings.some(({ what }) => what === 'keeperless')) return 'keeperless';
  return findings.every(({ what }) => what === 'never-signed-in') ? 'unproven' : 'damaged';
};
