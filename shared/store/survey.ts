// Verifies all tenants of a table. Verifying one tenant scans the whole table, so a pass takes as many tenants as fit in
// memory and keeps only the parts of items that judging needs.
import type { TenantId } from '../domain/base/ids.ts';
import { Refusal } from '../domain/base/refusal.ts';
import { bytesIn } from './bytes.ts';
import type { Db, Item } from './db.ts';
import { toHead } from './items.ts';
import { keys, partitions, partOf } from './keys.ts';
import { type Finding, judgeScan, mayBeNeeded, needed, repair, verify } from './repair.ts';

/**
 * `damaged`: there are findings that were not mended. `unproven`: the only witness is a directory user who has not signed
 * in since an earlier release counted that as enough. `busy`: the tenant changes too fast to be verified now.
 */
export type SurveyOutcome = 'sound' | 'mended' | 'damaged' | 'unproven' | 'keeperless' | 'busy';

interface Surveyed {
  readonly tenant: TenantId;
  readonly outcome: SurveyOutcome;
  readonly findings: readonly Finding[];
}

export interface SurveyOptions {
  /** Tenants with ids up to this one are skipped. */
  readonly after?: string | undefined;
  /** True to repair what does not match. */
  readonly fix?: boolean;
  /** Most bytes of items that one pass keeps in memory; a single larger tenant is still kept whole. */
  readonly mostBytes?: number | undefined;
}

/** The outcome of each tenant, in the order of their ids. */
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

/** The items that a pass keeps of each tenant. The last tenants are dropped when the total exceeds the limit. */
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
 * One pass over the table, for as many of the first tenants as memory holds. Returns these tenants, and among them the
 * suspects: tenants with findings, or that changed during the pass.
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
    return !same || judgeScan(tenant, head, kept.of(tenant)).findings.length > 0;
  });
  return { tenants, suspects: new Set(suspects) };
};

/** Verifies one tenant by itself, because a pass may have seen a moment between two states. */
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

const outcomeOf = (findings: readonly Finding[]): SurveyOutcome => {
  if (findings.some(({ what }) => what === 'keeperless')) return 'keeperless';
  return findings.every(({ what }) => what === 'never-signed-in') ? 'unproven' : 'damaged';
};
