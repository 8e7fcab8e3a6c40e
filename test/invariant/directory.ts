// What a directory does to a tenant, as raw changes through the one commit path: users that come, go and come again under
// the same id with a new life; groups that are joined, left, nested (in cycles too), deleted and created again.
import type { ChangeAction } from '../../shared/domain/base/actions.ts';
import {
  derivedId,
  type GroupId,
  type GroupRef,
  groupOf,
  groupRef,
  type SourceId,
  type TenantId,
  type UserId,
} from '../../shared/domain/base/ids.ts';
import { Refusal } from '../../shared/domain/base/refusal.ts';
import type { Access, GroupRecord } from '../../shared/domain/book/records.ts';
import { type Audit, type Change, merged, noChange } from '../../shared/domain/change.ts';
import { endOfRun } from '../../shared/domain/plan/directory-runs.ts';
import { deleteUser } from '../../shared/domain/plan/users.ts';
import { ceasing } from '../../shared/domain/session.ts';
import { toProfile } from '../../shared/store/items.ts';
import { keys } from '../../shared/store/keys.ts';
import type { View } from '../../shared/store/view.ts';
import { storeNow } from './calling.ts';
import { type Draw, immutableGroups, immutableIds } from './steps.ts';

export interface DirectoryStep {
  readonly id: 'directory';
  readonly source: string;
  readonly what: string;
  readonly plan: (view: View) => Promise<Change>;
}

const change = (part: Partial<Change>, action: ChangeAction, target: string, told: object = {}): Change => ({
  book: [],
  users: [],
  side: [],
  ...part,
  audit: { action, target, ...told },
  result: undefined,
});

const groupsGone = (a: Access | undefined, b: Access | undefined): GroupId[] =>
  [...(a?.groups ?? [])].filter((one) => !b?.groups.has(one)).map(groupOf);

/** What the event of a directory says of a user. */
export const userTold = (before: Access | undefined, after: Access) => {
  const was = before?.state === 'deleted' ? undefined : before;
  const { state, kind, source } = after;
  return {
    ...(was && { before: { state: was.state, groups: groupsGone(was, after) } }),
    after: { state, kind, source, groups: groupsGone(after, was) },
  };
};

/** Of the groups around it only those that are there: this directory exchanges an ended life for the present one. */
const groupTold = ({ book }: View, before: GroupRecord | undefined, after: GroupRecord) => {
  const shown = ({ id, name, parents }: GroupRecord) => ({
    id,
    name,
    parents: [...parents].filter((one) => book.isLive(one)).map(groupOf),
  });
  return {
    ...(before && !before.deleted && { before: shown(before) }),
    ...(!after.deleted && { after: shown(after) }),
  };
};

const ofUser = (
  id: UserId,
  action: ChangeAction,
  make: (before: Access | undefined, view: View) => Access | undefined,
): DirectoryStep['plan'] => {
  return async (view) => {
    const [before] = await view.users([id]);
    const after = make(before, view);
    return after ? change({ users: [{ before, after }] }, action, id, userTold(before, after)) : noChange(undefined);
  };
};

/** Gone or never there: created, in a new life. */
export const userComes =
  (source: SourceId, id: UserId): DirectoryStep['plan'] =>
  async (view) => {
    const [before] = await view.users([id]);
    if (before && before.state !== 'deleted') return noChange(undefined);
    const after: Access = {
      id,
      life: view.tools.ids.life(),
      rev: (before?.rev ?? 0) + 1,
      kind: 'person',
      state: 'active',
      source,
      groups: new Set(),
      personal: [],
      stamp: before?.stamp ?? 0,
    };
    const profile = { id, rev: 1, name: id, createdAt: '2026-01-01T00:00:00Z' };
    return change(
      { users: [{ before, after }], side: [{ kind: 'profile', before: undefined, after: profile }] },
      'user.created',
      id,
      userTold(before, after),
    );
  };

export const userGoes =
  (id: UserId): DirectoryStep['plan'] =>
  async (view) => {
    const [before] = await view.users([id]);
    if (!before || before.state === 'deleted') return noChange(undefined);
    const [item] = await view.items([keys.profile(view.tenant, id)]);
    return deleteUser(view.world, id, toProfile(item), view.tools.now);
  };

const withState = (id: UserId, state: 'active' | 'disabled') =>
  ofUser(id, state === 'active' ? 'user.enabled' : 'user.disabled', (before) =>
    before && before.state !== 'deleted' && before.state !== state
      ? ceasing(before, { ...before, rev: before.rev + 1, state })
      : undefined,
  );

const ref = (view: View, id: GroupId): GroupRef | undefined => {
  const group = view.book.groups.get(id);
  return group && groupRef(id, group.life);
};

/** Joins and leaves in one change: one update may add to a set and take from it. */
export const memberships = (id: UserId, joins: readonly GroupId[], leaves: readonly GroupId[]) =>
  ofUser(id, 'user.groups.changed', (before, view) => {
    if (!before || before.state === 'deleted') return undefined;
    const gone = new Set<string>(leaves);
    const kept = [...before.groups].filter((one) => !gone.has(one.split('.')[0] as string));
    const groups = new Set([...kept, ...joins.flatMap((one) => ref(view, one) ?? [])]);
    const same = groups.size === before.groups.size && [...groups].every((one) => before.groups.has(one));
    return same ? undefined : { ...before, rev: before.rev + 1, groups };
  });

const ofGroup = (
  id: GroupId,
  action: ChangeAction,
  make: (before: GroupRecord | undefined, view: View) => GroupRecord | undefined,
): DirectoryStep['plan'] => {
  return async (view) => {
    const before = view.book.records.get(`group#${id}`) as GroupRecord | undefined;
    const after = make(before, view);
    return after ? change({ book: [after] }, action, id, groupTold(view, before, after)) : noChange(undefined);
  };
};

export const groupComes = (source: SourceId, id: GroupId, name: string) =>
  ofGroup(id, 'group.created', (before, view) =>
    before && !before.deleted
      ? undefined
      : {
          kind: 'group',
          rev: before?.rev ?? 0,
          id,
          life: view.tools.ids.life(),
          name,
          source,
          parents: new Set(),
          confersAccessManagement: false,
          deleted: false,
        },
  );

export const groupGoes = (id: GroupId) =>
  ofGroup(id, 'group.deleted', (before) =>
    before && !before.deleted
      ? { ...before, deleted: true, parents: new Set(), confersAccessManagement: false }
      : undefined,
  );

const nested = (id: GroupId, parents: readonly GroupId[]) =>
  ofGroup(id, 'group.updated', (before, view) => {
    if (!before || before.deleted) return undefined;
    const wanted = new Set(parents.flatMap((one) => ref(view, one) ?? []));
    const same = wanted.size === before.parents.size && [...wanted].every((one) => before.parents.has(one));
    return same ? undefined : { ...before, parents: wanted };
  });

/** Several in one commit, each about another user or group. */
const together = (plans: readonly DirectoryStep['plan'][]): DirectoryStep['plan'] => {
  return async (view) => {
    const seen = new Set<string>();
    const all: Change[] = [];
    for (const plan of plans) {
      const one = await plan(view);
      if (one.audit === undefined || seen.has(one.audit.target)) continue;
      seen.add(one.audit.target);
      all.push(one);
    }
    const { result: _, ...whole } = merged(all);
    const audits = all.flatMap(({ audit }) => audit ?? []);
    return all.length === 0 ? noChange(undefined) : { ...whole, result: audits };
  };
};

export const directoryStep = (draw: Draw): DirectoryStep | undefined => {
  const { random } = draw;
  const source = draw.source();
  if (!source) return undefined;
  const id = source.id as SourceId;
  const user = (): UserId => derivedId('user', id, random.pick(immutableIds));
  const group = (): GroupId => derivedId('group', id, random.pick(immutableGroups));
  const groups = (most: number) => Array.from({ length: random.int(most + 1) }, group);
  const step = (what: string, plan: DirectoryStep['plan']): DirectoryStep => ({
    id: 'directory',
    source: id,
    what,
    plan,
  });
  const one = (): DirectoryStep => {
    const kind = random.int(20);
    const other = draw.pick(random.chance(0.3) ? draw.otherwiseBound() : []);
    if (kind < 4) return step('user comes', userComes(id, other ? derivedId('user', id, other) : user()));
    if (kind < 5) return step('user goes', userGoes(user()));
    if (kind < 6) return step('user disabled', withState(user(), 'disabled'));
    if (kind < 8) return step('user enabled', withState(user(), 'active'));
    if (kind < 11) return step('joins', memberships(user(), [group(), ...groups(2)], []));
    if (kind < 13) return step('leaves', memberships(user(), [], [group(), ...groups(1)]));
    if (kind < 14) return step('moves', memberships(user(), groups(2), groups(3)));
    if (kind < 16) return step('group comes', groupComes(id, group(), draw.name()));
    if (kind < 17) return step('group goes', groupGoes(group()));
    return step('nested', nested(group(), groups(2)));
  };
  if (random.chance(0.8)) return one();
  const several = Array.from({ length: 2 + random.int(4) }, one);
  return step(several.map(({ what }) => what).join(' + '), together(several.map(({ plan }) => plan)));
};

/** Sends it as the directory engine would: exempt as the source, never as a keeper. */
export const applyDirectory = async (tenant: string, step: DirectoryStep, requestId: string) => {
  try {
    const outcome = await storeNow().mutate({
      tenant: tenant as TenantId,
      operation: 'directory',
      requestId,
      authorise: ({ book }) => {
        const end = endOfRun(book.sources.get(step.source as SourceId), undefined, true);
        if (end) throw new Refusal(end);
        return { actor: { kind: 'system', id: step.source }, keeper: false, exempt: { source: step.source } };
      },
      plan: async (view) => {
        const change = await step.plan(view);
        const audits = change.result as readonly Audit[] | undefined;
        return { change, body: undefined, ...(audits && { audits }) };
      },
    });
    return { status: outcome?.changed ? 200 : 204, code: undefined };
  } catch (error) {
    if (error instanceof Refusal) return { status: error.code === 'busy' ? 503 : 409, code: error.code };
    throw error;
  }
};
