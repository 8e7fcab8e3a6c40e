// Numbers of a tenant's audit events by UTC day, action and outcome.
import { timeIn } from '../domain/base/ids.ts';
import type { StoredEvent } from './items.ts';

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
