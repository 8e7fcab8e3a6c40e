// The inverse of a run: what it took away is put back, as the person who asked for that could give it today. What it gave
// stays. The steps follow what the run's own transactions have noted, and each compares with the present state.
import { chunked } from '../domain/base/collections.ts';
import { type GroupId, groupOf, type Life, type UserId } from '../domain/base/ids.ts';
import type { Change } from '../domain/change.ts';
import { Rights } from '../domain/deciding/decide.ts';
import { dnDigest, type Run, type RunResult } from '../domain/directory.ts';
import { restoreUser } from '../domain/plan/restore.ts';
import { groupBack, membershipsBack, nestingsBack, stateBack } from '../domain/plan/undo.ts';
import { type Undo, undoneId } from '../domain/undo.ts';
import type { Authorised } from '../store/authorised.ts';
import { allEyes, crowdedBy } from '../store/crowded.ts';
import { storedState, toObject, toPointer } from '../store/directory.ts';
import { keys } from '../store/keys.ts';
import { restorationOf } from '../store/restoring.ts';
import { finishRun, type RunKey, readDone, readRefused, readUndo, saveRefused, saveRun } from '../store/runs.ts';
import type { Store } from '../store/store.ts';
import type { View } from '../store/view.ts';
import { isOfEntry, RunFailed, RunOver } from './slice.ts';

/** Members put back in one transaction: each is an access item and an entry of the list. */
const membersAtOnce = 30;
/** Requests that put one user back: a user of more roles and groups is not one whom quotas admit. */
const mostParts = 60;
const order: readonly Undo['kind'][] = ['group', 'nesting', 'user', 'state', 'memberships'];

interface Restoring {
  readonly store: Store;
  readonly key: RunKey;
  readonly run: Run;
}
interface Planned {
  readonly change: Change;
  readonly warnings?: readonly string[];
}

/** Who asked for the restoration, with the rights of now. @throws RunFailed when access rights are no longer theirs */
const authorised = async ({ key, run }: Restoring, view: View): Promise<Authorised> => {
  const [active] = await view.items([keys.activeRun(key.tenant, run.source)]);
  if (active?.run !== run.id) throw new RunOver();
  if (!view.book.sources.has(run.source)) throw new RunFailed('not-found');
  const [access] = await view.users([run.actor.id]);
  const rights = Rights.of(view.book, access);
  const { keeper } = view.book.catalogue.data;
  if (access?.state !== 'active' || !rights.holds(keeper)) throw new RunFailed('forbidden');
  return { actor: run.actor, access, rights, keeper: true, authority: keeper };
};

/** Commits one step, with the note that it was carried out. @throws Refusal, RunFailed, RunOver */
const commit = async (
  restoring: Restoring,
  at: number,
  users: readonly UserId[],
  plan: (view: View) => Promise<Planned>,
): Promise<void> => {
  const { store, key, run } = restoring;
  const read = [run.actor.id, ...users].map((id) => keys.access(key.tenant, id));
  await store.mutate({
    tenant: key.tenant,
    operation: 'restoreRun',
    requestId: run.requestId,
    traceId: run.traceId,
    run: run.id,
    alsoRead: [keys.activeRun(key.tenant, run.source), ...read],
    yields: true,
    authorise: (view) => authorised(restoring, view),
    plan: async (view) => {
      const { change, warnings = [] } = await plan(view);
      if (change.book.length + change.users.length + change.side.length === 0) return { change, body: undefined };
      const all = [...warnings, ...(await crowdedBy(store.db, view, change, allEyes))];
      const unit = `${at}.${store.ids.life()}`;
      const told = all.length > 0 ? { warnings: all } : {};
      const done = { kind: 'outcome', run: run.id, unit, entries: [at], ...told } as const;
      return { change: { ...change, side: [...change.side, done] }, body: undefined };
    },
  });
};

/** @param groups those of the user that the run has ended as well, and that are back in a new life */
const userBack = async (
  restoring: Restoring,
  at: number,
  { id, life }: { readonly id: UserId; readonly life: Life },
  groups: readonly GroupId[],
): Promise<void> => {
  const gone = new Set(groups.map((group) => `group-gone:${group}`));
  let more = true;
  for (let part = 0; more && part < mostParts; part += 1)
    await commit(restoring, at, [id], async (view) => {
      more = false;
      const [item] = await view.items([keys.deleted(view.tenant, id)]);
      const state = view.world.users.get(id)?.state ?? 'deleted';
      if (!item && state !== 'deleted') return { change: noWrite };
      const restoration = await restorationOf(view, id, 'keeper', restoring.run.issuers ?? []);
      if (restoration.deleted.life !== life) return { change: noWrite };
      const change = restoreUser(view.world, restoration, view.tools);
      more = change.result.more;
      const named = change.result.warnings.filter((one) => one !== 'more-to-restore' && !gone.has(one));
      return { change, warnings: named };
    });
  if (groups.length > 0)
    await commit(restoring, at, [id], async ({ world }) => ({ change: membershipsBack(world, [{ id, groups }]) }));
};
const noWrite: Change = { book: [], users: [], side: [], result: undefined };

type EndedGroup = Extract<Undo, { readonly kind: 'group' }>;

/** Puts one thing back. @param ended groups that the run has ended, and this one brings back in a new life */
const stepBack = async (
  restoring: Restoring,
  undo: Undo,
  at: number,
  ended: ReadonlyMap<GroupId, EndedGroup>,
): Promise<void> => {
  const { source } = restoring.run;
  if (undo.kind === 'user') {
    const isOf = ({ members }: EndedGroup) => members.some(({ id, life }) => id === undo.id && life === undo.life);
    return userBack(
      restoring,
      at,
      undo,
      [...ended.values()].filter(isOf).map(({ id }) => id),
    );
  }
  if (undo.kind === 'nesting')
    return commit(restoring, at, [], async ({ world }) => ({ change: nestingsBack(world, undo) }));
  if (undo.kind === 'state')
    return commit(restoring, at, [undo.id], async (view) => {
      const [item] = await view.items([keys.object(view.tenant, source, undo.id)]);
      const object = toObject(item);
      return { change: stateBack(view.world, source, undo, object?.kind === 'user' ? object : undefined) };
    });
  if (undo.kind === 'memberships')
    return commit(restoring, at, [undo.id], async ({ world, book }) => {
      const groups = undo.groups.filter((ref) => book.isLive(ref) || ended.has(groupOf(ref))).map(groupOf);
      const isSame = world.users.get(undo.id)?.life === undo.life;
      return { change: isSame ? membershipsBack(world, [{ id: undo.id, groups }]) : noWrite };
    });
  await commit(restoring, at, [], async (view) => {
    const { tenant, world, tools } = view;
    const name = undo.object && keys.directory(tenant, source, dnDigest(undo.object.dn));
    const [item, pointer] = await view.items([keys.object(tenant, source, undo.id), ...(name ? [name] : [])]);
    const object = toObject(item);
    const stored = { object: object?.kind === 'group' ? object : undefined, pointer: toPointer(pointer) };
    return { change: groupBack(world, source, undo, stored, tools) };
  });
  for (const some of chunked(undo.members, membersAtOnce))
    await commit(
      restoring,
      at,
      some.map(({ id }) => id),
      async ({ world }) => {
        const same = some.filter(({ id, life }) => world.users.get(id)?.life === life);
        return {
          change: membershipsBack(
            world,
            same.map(({ id }) => ({ id, groups: [undo.id] })),
          ),
        };
      },
    );
};

/** One slice of a restoration. @throws errors after which a later attempt may succeed */
export const restoringSlice = async (restoring: Restoring, until: number): Promise<'more' | 'over'> => {
  const { store, key, run } = restoring;
  const { clock } = store.db;
  const startedAt = run.startedAt ?? new Date(clock.now()).toISOString();
  const begun = { ...storedState(run, 'running'), startedAt, attempts: run.attempts + 1 };
  if (!(await saveRun(store.db, key, begun))) throw new RunOver();
  const noted = await readUndo(store.db, { tenant: key.tenant, id: run.restores as Run['id'] });
  const steps = order.flatMap((kind) => noted.filter((one) => one.kind === kind));
  const ended = new Map(noted.flatMap((one) => (one.kind === 'group' ? [[one.id, one] as const] : [])));
  for (let at = Number(run.after ?? 0); at < steps.length; at += 1) {
    const undo = steps[at] as Undo;
    try {
      await stepBack(restoring, undo, at, ended);
    } catch (error) {
      if (!isOfEntry(error)) throw error;
      await saveRefused(store.db, key, String(at), { entry: at, id: undoneId(undo), code: error.code, member: false });
    }
    if (clock.now() <= until || at === steps.length - 1) continue;
    if (!(await saveRun(store.db, key, { after: String(at + 1), attempts: 0 }))) throw new RunOver();
    return 'more';
  }
  await endRestoring(restoring, steps, { state: 'done' });
  return 'over';
};

/** Ends a restoration with the result of each step. */
const endRestoring = async (
  { store, key, run }: Restoring,
  steps: readonly Undo[],
  end: { readonly state: 'done' | 'failed'; readonly code?: string },
): Promise<void> => {
  const done = await readDone(store.db, key);
  const refused = new Map((await readRefused(store.db, key)).map(({ entry, code }) => [entry, code]));
  const results = steps.map((undo, at): RunResult => {
    const code = refused.get(at);
    const result = code !== undefined ? 'rejected' : done.entries.has(at) ? 'applied' : 'noop';
    return { line: 0, id: undoneId(undo), result, ...(code !== undefined && { code }) };
  });
  const warnings = done.warnings.length > 0 ? { warnings: done.warnings } : {};
  await finishRun(store.db, key, run, results, { ...end, ...warnings });
};

/** Ends a restoration that cannot go on. What it has put back stays. */
export const failRestoring = (restoring: Restoring, code: string): Promise<void> =>
  endRestoring(restoring, [], { state: 'failed', code });
