// Folds a tenant's sealed events into the state that decides access.
import { effects } from './effects.ts';
import { inOrderOfCommits, type Told } from './order.ts';
import { State } from './state.ts';

const readOnly = new Set(['events.listed', 'events.exported', 'events.counted']);

/** Applies one event. Events must come in the order of their commits. */
const applyTo = (state: State, event: Told): void => {
  const { sequence, id, at, action, outcome, difference, version } = event;
  if (outcome !== 'done' || readOnly.has(action)) return;
  const effect = Object.hasOwn(effects, action) ? effects[action as keyof typeof effects] : undefined;
  if (!effect) {
    state.gap(`This release does not know the action ${action} (event ${id}): use a newer one.`);
    return;
  }
  if (version !== undefined) state.versions.take(version);
  state.applied += 1;
  const cause = { place: state.applied, sequence, id, at, action };
  const side = (one: unknown) => (one ?? undefined) as Readonly<Record<string, unknown>> | undefined;
  effect({ state, event, cause, before: side(difference?.before), after: side(difference?.after) });
  state.last = cause;
};

/**
 * The state after these events. @param events in the order of their ids
 * @param each called before each event is applied, in the order of the commits
 */
export const replayed = async (
  events: AsyncIterable<Told> | Iterable<Told>,
  each?: (event: Told, state: State) => void,
): Promise<State> => {
  const state = new State();
  for await (const event of inOrderOfCommits(events)) {
    each?.(event, state);
    applyTo(state, event);
  }
  return state;
};
