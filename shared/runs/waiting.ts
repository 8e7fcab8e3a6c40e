// Members that a group lists and that the directory has not delivered. Their names are stored, so that an object that
// comes with such a name joins the group, and removed when the group no longer lists them. Logins that a group lists
// stay stored.
import { chunked } from '../domain/base/collections.ts';
import type { Change } from '../domain/change.ts';
import type { Waiting } from '../domain/directory.ts';
import { awaited } from '../domain/plan/directory-names.ts';
import { toPointer, waitingOf } from '../store/directory.ts';
import { keys } from '../store/keys.ts';
import { readRefused } from '../store/runs.ts';
import type { Membership } from './intents.ts';
import { commit, type Slice, together, viewOf } from './slice.ts';

/** Names in one transaction. Each needs at most three items. */
const atOnce = 28;
/** Groups whose names are read before those of the next ones, and at a time. */
const readAhead = 64;
const readAtOnce = 8;

const isLogin = ({ intents }: Slice, digest: string): boolean => intents.uids.has(digest);

/** Removes names first, so that objects of this file do not join groups that no longer list them. */
export const forgetMembers = (slice: Slice): Promise<boolean> =>
  byGroup(slice, 'forget', async ({ group, whole, add, remove }) => {
    if (!whole && remove.length === 0) return { names: [], ends: true };
    const stored = await waitingOf(slice.store.db, slice.key.tenant, slice.run.source, group);
    const wanted = new Set(add.filter((digest) => isLogin(slice, digest) || slice.named(digest) === undefined));
    const gone = new Set(remove);
    const over = stored.filter(({ digest }) => (whole ? !wanted.has(digest) : gone.has(digest)));
    return { names: over, ends: true };
  });

/** Stores the names that are still missing after all objects of this file have come. */
export const awaitMembers = async (slice: Slice): Promise<boolean> => {
  const refused = await readRefused(slice.store.db, slice.key);
  const missing = new Set(refused.filter(({ member }) => !member).map(({ id }) => id));
  const { book } = await viewOf(slice);
  return byGroup(slice, 'await', async ({ group, add }) => {
    const record = book.groups.get(group);
    const names = add.filter((digest) => {
      const id = slice.named(digest);
      return isLogin(slice, digest) || id === undefined || missing.has(id);
    });
    if (!record || names.length === 0) return { names: [], ends: false };
    const stored = await waitingOf(slice.store.db, slice.key.tenant, slice.run.source, group);
    const isKnown = ({ life, uid, digest }: Waiting) => life === record.life && (uid || !isLogin(slice, digest));
    const known = new Set(stored.filter(isKnown).map(({ digest }) => digest));
    const fresh = names.filter((digest) => !known.has(digest));
    const listed = (digest: string) => ({
      group,
      life: record.life,
      digest,
      ...(isLogin(slice, digest) && { uid: true }),
    });
    return { names: fresh.map(listed), ends: false };
  });
};

interface Names {
  readonly names: readonly Waiting[];
  readonly ends: boolean;
}

const byGroup = async (slice: Slice, phase: string, look: (one: Membership) => Promise<Names>): Promise<boolean> => {
  const { after = '' } = slice.run;
  const rest = slice.intents.memberships
    .filter(({ group }) => group > after)
    .sort((a, b) => (a.group < b.group ? -1 : 1));
  for (const some of chunked(rest, readAhead)) {
    if (slice.spent()) return false;
    const found = new Map<Membership, Names>();
    await together(some, readAtOnce, async (one) => {
      found.set(one, await look(one));
    });
    for (const membership of some) {
      if (slice.spent()) return false;
      const { names, ends } = found.get(membership) as Names;
      for (let at = 0; at < names.length; at += atOnce)
        await note(slice, `${phase}.${membership.group}.${at}`, membership, names.slice(at, at + atOnce), ends);
      await slice.reached(membership.group);
    }
  }
  return true;
};

const note = (slice: Slice, unit: string, one: Membership, names: readonly Waiting[], ends: boolean): Promise<void> => {
  const { key, run } = slice;
  const { source } = run;
  const wheres = names.map(({ digest }) => keys.directory(key.tenant, source, digest));
  return commit(slice, unit, { alsoRead: wheres }, async (read) => {
    const items = await read.items(wheres);
    const pointers = items.map(toPointer);
    const marks = names.flatMap(({ digest }, i) => {
      const before = pointers[i];
      if (ends || before?.awaited) return [];
      return [{ kind: 'pointer', source, digest, before, after: awaited(before, true) } as const];
    });
    const change: Change = {
      book: [],
      users: [],
      side: [...names.map((waiting) => ({ kind: 'waiting', source, waiting, ends }) as const), ...marks],
      audit: {
        action: ends ? 'group.members.forgotten' : 'group.members.awaited',
        target: one.group,
        after: { names: names.length },
      },
      result: undefined,
    };
    return { change, entries: [one.entry] };
  });
};
