// Several operations as one, under fire: what a page gathered and submits. Drawn from the same requests as single ones,
// and towards what only a set may do: to put others in the place of the last who can manage access rights.

import { operation } from '../../shared/routes/operations.ts';
import { alone } from '../../shared/routes/sets.ts';
import type { CallStep, Draw } from './steps.ts';

type Made = Omit<CallStep, 'as'> | undefined;
type Listed = Readonly<Record<string, unknown>>;

const listedOf = ({ id, request: { params, query, body } }: Omit<CallStep, 'as'>): Listed => {
  const { etag } = operation(id);
  const versioned = etag === 'accepted' || etag === 'required';
  return {
    operation: id,
    ...(params && { params }),
    ...(query && Object.keys(query).length > 0 && { query }),
    ...(body !== undefined && { body }),
    ...(versioned && { ifMatch: '*' }),
  };
};

const setOf = (operations: readonly Listed[]): Made =>
  operations.length === 0 ? undefined : { id: 'submitChangeSet', request: { body: { operations } } };

/** Any few operations: of book and crowd, of those that give and those that take. */
export const anySet = (draw: Draw, make: (draw: Draw) => Made): Made => {
  const drawn = Array.from({ length: 2 + draw.random.int(3) }, () => make(draw));
  // What is drawn for another caller, and what stands alone, is left out.
  return setOf(
    drawn.flatMap((one) => (one && !Object.hasOwn(alone, one.id) && !one.request.as ? [listedOf(one)] : [])),
  );
};

/** Somebody who is no keeper takes the place of one who is, in whichever order. */
export const swap = (draw: Draw): Made => {
  const { facts, random } = draw;
  const holders = facts.holders();
  const others = draw.live().filter(({ id, life, kind }) => kind === 'person' && !holders.has(`${id}.${life}`));
  const comes = draw.pick(draw.canSignIn(others.map(({ id }) => String(id))));
  const goes = random.chance(0.6) ? draw.witness() : draw.user();
  const roleId = draw.pick(facts.keeperRoles())?.id as string | undefined;
  if (comes === undefined) return undefined;
  const up: Listed = { operation: 'updateUser', params: { userId: comes }, body: { state: 'active' }, ifMatch: '*' };
  const fresh: Listed[] = [
    { operation: 'createRole', body: { name: draw.name() }, as: 'made' },
    { operation: 'addRoleGrant', params: { roleId: '$made' }, body: { permission: draw.keeping() } },
    { operation: 'addRoleMembers', params: { roleId: '$made' }, body: { members: [comes] } },
  ];
  const joins = { operation: 'addRoleMembers', params: { roleId: String(roleId) }, body: { members: [comes] } };
  const gives = roleId === undefined || (random.chance(0.3) && !draw.full()) ? fresh : [joins];
  const takes: Listed[] = [
    { operation: 'updateUser', params: { userId: goes }, body: { state: 'disabled' }, ifMatch: '*' },
    { operation: 'deleteUser', params: { userId: goes }, ifMatch: '*' },
    ...(roleId === undefined
      ? []
      : [{ operation: 'removeRoleMembers', params: { roleId }, body: { members: [goes] }, ifMatch: '*' }]),
  ];
  const put = [up, ...gives];
  return setOf(random.chance(0.5) ? [...put, random.pick(takes)] : [random.pick(takes), ...put]);
};
