// Verifying all tenants of a table. A tenant alone is verified by a scan of the whole table, so many are taken together:
// one pass for each so many tenants, of which no more is kept in memory than judging them takes.
import type { TenantId } from '../domain/ids.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Db, Item } from './db.ts';
import { toHead } from './items.ts';
import { keys, partitions, partOf } from './keys.ts';
import { type Finding, judge, needed, repair, verify } from './repair.ts';

/** `damaged`: there are findings, not mended. `busy`: it changes too fast to be verified now. */
export type Outcome = 'sound' | 'mended' | 'damaged' | 'keeperless' | 'busy';

export interface Surveyed {
  readonly tenant: TenantId;
  readonly outcome: Outcome;
  readonly findings: readonly Finding[];
}

export interface SurveyOptions {
  /** Tenants up to this one are passed over. */
  readonly after?: string | undefined;
  /** Sets right what does not match. */
  readonly fix?: boolean;
  /** How many tenants are verified by one pass over the table. */
  readonly together?: number;
}

/** What becomes of each tenant, in the order of their ids. */
export async function* surveyed(db: Db, { after, fix = false, together = 200 }: SurveyOptions = {}) {
  const tenants = await tenantsAfter(db, after);
  for (let from = 0; from < tenants.length; from += together) {
    const some = tenants.slice(from, from + together);
    const suspects = await passed(db, some);
    for (const tenant of some) yield suspects.has(tenant) ? await alone(db, tenant, fix) : sound(tenant);
  }
}

const sound = (tenant: TenantId): Surveyed => ({ tenant, outcome: 'sound', findings: [] });

const tenantsAfter = async (db: Db, after = ''): Promise<TenantId[]> => {
  const tenants: TenantId[] = [];
  for await (const page of db.pages(partitions.all, 'HEAD'))
    for (const item of page) tenants.push(partOf(String(item.PK)).tenant);
  return tenants.filter((tenant) => tenant > after).sort();
};

/** Those that one pass does not find sound: something does not match, or changed while the pass went on. */
const passed = async (db: Db, tenants: readonly TenantId[]): Promise<Set<TenantId>> => {
  const heads = () => db.read(tenants.map((tenant) => keys.head(tenant)));
  const before = await heads();
  const items = new Map<TenantId, Item[]>(tenants.map((tenant) => [tenant, []]));
  for await (const page of db.pages(partitions.all))
    for (const item of page) {
      const kept = needed(item);
      if (kept) items.get(partOf(String(item.PK)).tenant)?.push(kept);
    }
  const after = await heads();
  return new Set(
    tenants.filter((tenant, i) => {
      const head = toHead(after[i]);
      const same = head && before[i]?.version === head.version && before[i]?.guard === head.guard;
      return !same || judge(tenant, head, items.get(tenant) ?? []).findings.length > 0;
    }),
  );
};

/** One tenant by itself: what a pass saw of it may have been a moment between two states. */
const alone = async (db: Db, tenant: TenantId, fix: boolean): Promise<Surveyed> => {
  try {
    const { findings = [] } = (await verify(db, tenant)) ?? {};
    if (findings.length === 0) return sound(tenant);
    if (!fix) return { tenant, outcome: isKeeperless(findings) ? 'keeperless' : 'damaged', findings };
    await repair(db, tenant);
    const { findings: left = [] } = (await verify(db, tenant)) ?? {};
    if (left.length === 0) return { tenant, outcome: 'mended', findings };
    return { tenant, outcome: isKeeperless(left) ? 'keeperless' : 'damaged', findings: left };
  } catch (error) {
    if (error instanceof Refusal && error.code === 'busy') return { tenant, outcome: 'busy', findings: [] };
    throw error;
  }
};

const isKeeperless = (findings: readonly Finding[]) => findings.some(({ what }) => what === 'keeperless');
