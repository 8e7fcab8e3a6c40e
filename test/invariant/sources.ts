// Sources of directories under fire: switched off and on, signing people in by a claim or no more, and deleted.
import { issuer } from '../support/harness.ts';
import type { CallStep, Draw } from './steps.ts';

const claimed = (draw: Draw) => ({ signIn: { issuer, claim: draw.random.pick(['oid', 'employee']) } });

/** Somebody of a directory comes in; a source that would sign people in by the claim of another is asked for. */
export const createSource = (draw: Draw): Omit<CallStep, 'as'> | undefined => {
  const { random, facts } = draw;
  return facts.of('source').length > 3
    ? undefined
    : { id: 'createSource', request: { body: { name: draw.name(), ...(random.chance(0.7) && claimed(draw)) } } };
};

/** A request about a source that is there. */
export const onSources = (draw: Draw): Omit<CallStep, 'as'> | undefined => {
  const { random, facts } = draw;
  const sources = facts.of('source');
  const source = draw.pick(sources);
  if (!source) return undefined;
  const params = { sourceId: String(source.id) };
  const kind = random.int(14);
  // Most are switched on, so that directories have their say.
  if (kind < 6) return { id: 'updateSource', request: { params, body: { enabled: source.enabled === false } } };
  if (kind < 8) return { id: 'updateSource', request: { params, body: { enabled: true } } };
  if (kind < 10)
    return { id: 'updateSource', request: { params, body: random.chance(0.4) ? { signIn: null } : claimed(draw) } };
  if (kind < 11) return createSource(draw);
  const groupId = draw.group();
  if (kind < 13) return groupId === undefined ? undefined : { id: 'deleteGroup', request: { params: { groupId } } };
  return sources.length > 1 ? { id: 'deleteSource', request: { params } } : undefined;
};
