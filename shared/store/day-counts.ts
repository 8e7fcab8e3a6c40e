// Numbers of a tenant's audit events by UTC day, action and outcome. The seal keeps them for what it has sealed, in one
// item a day, written in the transaction that seals.
import * as z from 'zod';
import { type TenantId, timeIn } from '../domain/base/ids.ts';
import { lazy } from '../domain/base/lazy.ts';
import type { Db, Item } from './db.ts';
import { parsed, type StoredEvent } from './items.ts';
import { keys } from './keys.ts';

/** A number of events; in `times`, each that was counted in one event counts for itself. */
interface Count {
  readonly day: string;
  readonly action: string;
  readonly outcome: StoredEvent['outcome'];
  readonly events: number;
  readonly times: number;
}

type Counted = Pick<StoredEvent, 'id' | 'action' | 'outcome' | 'count'>;

/** The UTC day of an event, YYYY-MM-DD, by the time in its id, which is of the same day as the last that it counts. */
const dayOf = (id: string): string => new Date(timeIn(id) ?? 0).toISOString().slice(0, 10);

/** Counts that are added up. */
export class Counts {
  readonly #of = new Map<string, Count>();

  add(count: Count): void {
    const { day, action, outcome, events, times } = count;
    const name = `${day} ${action} ${outcome}`;
    const is = this.#of.get(name);
    this.#of.set(name, is ? { ...is, events: is.events + events, times: is.times + times } : count);
  }

  addEvent({ id, action, outcome, count }: Counted): void {
    this.add({ day: dayOf(id), action, outcome, events: 1, times: count });
  }

  /** By day, action and outcome. */
  sorted(): Count[] {
    return [...this.#of].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
  }
}

const daySchema = lazy(() => z.object({ counts: z.record(z.string(), z.tuple([z.int(), z.int()])) }));

const countsOf = (item: Item): Count[] =>
  Object.entries(parsed(daySchema(), item).counts).map(([name, [events, times]]) => {
    const [action = '', outcome] = name.split(' ');
    return {
      day: String(item.SK).slice('COUNTS#'.length),
      action,
      outcome: outcome as Count['outcome'],
      events,
      times,
    };
  });

/**
 * The items of days with the events of further lines counted in them, to be put in the transaction that seals the lines.
 * Its condition on the state proves what is read here.
 */
export const countedItems = async (db: Db, tenant: TenantId, lines: readonly string[]): Promise<Item[]> => {
  const counts = new Counts();
  for (const line of lines) counts.addEvent({ count: 1, ...(JSON.parse(line) as Omit<Counted, 'count'>) });
  const days = [...new Set(counts.sorted().map(({ day }) => day))];
  const before = await db.read(days.map((day) => keys.counts(tenant, day)));
  for (const item of before) for (const count of item ? countsOf(item) : []) counts.add(count);
  const all = counts.sorted();
  return days.map((day) => {
    const own = all.filter((count) => count.day === day);
    const named = own.map(({ action, outcome, events, times }) => [`${action} ${outcome}`, [events, times]]);
    return { ...keys.counts(tenant, day), counts: Object.fromEntries(named) };
  });
};

/** What the seal has counted in the days from `from` to `to`, both included. */
export const sealedCounts = async (db: Db, tenant: TenantId, from: string, to: string): Promise<Count[]> => {
  const [{ PK: partition, SK: first }, { SK: last }] = [keys.counts(tenant, from), keys.counts(tenant, to)];
  return (await db.all({ partition, from: first, to: last })).flatMap(countsOf);
};
