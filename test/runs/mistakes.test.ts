// Mistakes of directories, and of those who look after them: what each would do to a tenant, and what stops it. A mistake
// changes nothing, is told by its reason, and the right listing after it is taken in as if nothing had been.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Directory, drain, uuid } from '../support/directory.ts';
import { boot, type Harness, issuer, person, type Reply, type Tenant } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { ndjson, Protocol, statedGone, statedGroup, statedPresent, statedUser } from '../support/stated.ts';

vi.setConfig(longSuite);

let close: () => Promise<void>;
let harness: Harness;
beforeAll(async () => {
  const booted = await boot();
  close = booted.engine.close;
  harness = booted.harness;
});
afterAll(() => close());

type Entry = ReturnType<typeof statedUser>;
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const people = (from: number, to: number, more: Entry = {}): Entry[] =>
  range(from, to).map((n) => statedUser(`p${n}`, n, more));

const staff = statedGroup('Staff', 101, [...range(1, 40), 104]);
const team = statedGroup('Team', 102, range(1, 12));
const managers = statedGroup('Managers', 103, [1, 2, 3]);
const inner = statedGroup('Inner', 104, [39, 40]);
const groups = [staff, team, managers, inner];
/** The whole directory as it is: 40 people, four groups. */
const right = (): Entry[] => [...people(1, 40), ...groups];
const emptied = (one: Entry): Entry => ({ ...one, members: [] });
const others = (...left: readonly Entry[]): Entry[] => groups.filter((one) => !left.includes(one));

/** A tenant that has taken it in. Of the three in Managers two have signed in, and manage access rights beside its first user. */
const office = async (): Promise<{ t: Tenant; p: Protocol }> => {
  const t = await harness.tenant();
  const signIn = { issuer, claim: 'employee' };
  const p = new Protocol(await Directory.of(t, signIn, {}));
  const { d } = p;
  expect((await p.take(right(), { kind: 'full', baseCursor: null })).state).toBe('done');
  await t.ok('updateGroup', { params: { groupId: d.group(103) }, body: { confersAccessManagement: true } });
  await t.role('Managers', [{ permission: '*' }], [d.group(103)]);
  for (const n of [1, 2])
    await harness.ok('getTenant', { as: { ...person(t.id, `p${n}`), claims: { employee: uuid(n) } } });
  return { t, p };
};

interface Mistake {
  /** The run that it makes. */
  readonly run: readonly Entry[];
  readonly kind: 'full' | 'delta';
  readonly more?: Entry;
  /** What must have happened before. */
  readonly after?: (p: Protocol) => Promise<unknown>;
  /** The guards that hold the run, in words; or the code by which it fails. */
  readonly held?: RegExp;
  readonly fails?: string;
}

const mistakes: Record<string, Mistake> = {
  'an empty listing': { kind: 'full', run: [], fails: 'no-users' },
  'a filter that finds groups and no people': { kind: 'full', run: groups.map(emptied), fails: 'no-users' },
  'a wrong base DN: other people, and none of these': {
    kind: 'full',
    run: people(61, 70),
    held: /delete 40 of 40 users/,
  },
  'a listing of half the people': {
    kind: 'full',
    run: [...people(1, 20), ...groups],
    held: /delete 20 of 40 users: more than 20 %/,
  },
  'an OU out of scope': {
    kind: 'full',
    run: [...people(1, 24), ...people(35, 40), ...groups],
    held: /delete 10 of 40 users: more than 20 %/,
  },
  'another attribute for the immutable id, so that everybody is somebody else': {
    kind: 'full',
    run: [...people(1, 40).map((one, i) => ({ ...one, id: uuid(1_000 + i) })), ...groups],
    held: /delete 40 of 40 users/,
  },
  'groups under other ids': {
    kind: 'full',
    run: [...people(1, 40), ...groups.map((one, i) => ({ ...one, id: uuid(1_101 + i) }))],
    held: /delete 4 of 4 groups/,
  },
  'deletions of many, one by one': {
    kind: 'delta',
    run: range(21, 40).map((n) => statedGone('user', n)),
    held: /delete 20 of 40 users/,
  },
  'some deletions more than a day bears, in two runs': {
    kind: 'delta',
    after: (p) => p.take(range(35, 40).map((n) => statedGone('user', n))),
    run: range(31, 34).map((n) => statedGone('user', n)),
    held: /With the runs of the last 24 hours, the run would delete 10 of 40 users/,
  },
  'a group emptied': { kind: 'delta', run: [emptied(team)], held: /take 12 of 12 members from the group/ },
  'a group that has lost most of its members': {
    kind: 'delta',
    run: [statedGroup('Staff', 101, range(1, 15))],
    held: /members from the group .*more than 50 %/,
  },
  'an account that no longer reads members: all groups are empty': {
    kind: 'full',
    run: [...people(1, 40), ...groups.map(emptied)],
    held: /end \d+ of \d+ memberships/,
  },
  'a wrong marker: everybody is disabled': {
    kind: 'full',
    run: [...people(1, 40, { enabled: false }), ...groups],
    held: /disable 40 of 40 enabled users/,
  },
  'the group of those who manage access rights emptied': {
    kind: 'delta',
    run: [emptied(managers)],
    held: /take the management of access rights from \d people/,
  },
  'those who manage access rights disabled': {
    kind: 'delta',
    run: people(1, 3, { enabled: false }),
    held: /take the management of access rights from \d people/,
  },
};

describe('a mistake of a directory', () => {
  /** One office bears all mistakes that leave no mark: that they do not is what is tested. */
  let common: ReturnType<typeof office> | undefined;
  it.each(Object.entries(mistakes))('%s changes nothing, and the right listing follows', async (_, mistake) => {
    common ??= office();
    const { t, p } = await (mistake.after ? office() : common);
    await mistake.after?.(p);
    const [before, sync] = [await p.d.seen(), await p.sync()];
    const cursor = p.cursor;
    const run = await p.take(mistake.run, { kind: mistake.kind, ...mistake.more });
    expect(await p.d.seen()).toEqual(before);
    expect((await p.sync()).cursor).toBe(sync.cursor);
    p.cursor = cursor;
    if (mistake.fails) expect(run).toMatchObject({ state: 'failed', code: mistake.fails });
    if (mistake.held) {
      expect(run.state).toBe('held');
      expect(run.plan.tripped.join('\n')).toMatch(mistake.held);
      const next = await p.open();
      expect([next.status, next.body.code, next.body.run]).toEqual([423, 'run-held', run.id]);
      await t.ok('rejectRun', { params: { runId: run.id } });
      expect(await p.d.seen()).toEqual(before);
    }
    const again = await p.take(mistake.after ? [statedPresent('user', 1)] : right(), {
      kind: mistake.after ? 'delta' : 'full',
    });
    expect(again.state).toBe('done');
    expect(await p.d.seen()).toEqual(before);
  });
});

/** A refusal of a request, which changes nothing. */
const refused = async (p: Protocol, code: string, ask: () => Promise<Reply>): Promise<Reply['body']> => {
  const before = await p.d.everything();
  const reply = await ask();
  expect(reply.body.code).toBe(code);
  expect(await p.d.everything()).toEqual(before);
  return reply.body;
};

describe('a mistake of a client', () => {
  it('another epoch: the server was restored, and its cursors say nothing', async () => {
    const { p } = await office();
    const { reason } = await refused(p, 'full-run-needed', () => p.open({ epoch: 'e2' }));
    expect(reason).toBe('epoch-changed');
    expect((await p.take(right(), { kind: 'full', epoch: 'e2' })).state).toBe('done');
    expect((await p.sync()).epoch).toBe('e2');
  });

  it('a cursor of yesterday: changes between are left out', async () => {
    const { p } = await office();
    const { cursor } = await refused(p, 'cursor-differs', () => p.open({ baseCursor: 'yesterday' }));
    expect(cursor).toBe(p.cursor);
  });

  it('a listing of which a batch is lost', async () => {
    const { p } = await office();
    const before = await p.d.seen();
    const { id } = (await p.open({ kind: 'full' })).body;
    const batches = [ndjson(...people(1, 20)), ndjson(...people(21, 40), ...groups)];
    await p.put(id, 1, batches[0] as string);
    expect((await p.put(id, 3, batches[1] as string)).body).toMatchObject({ code: 'batch-out-of-order', expected: 2 });
    expect((await p.commit(id, batches, 'c2')).body.code).toBe('content-differs');
    await p.abandon(id);
    await drain(harness);
    expect(await p.d.seen()).toEqual(before);
  });

  it('a whole OU renamed, which is none: everybody stays who they are', async () => {
    const { p } = await office();
    const before = await p.d.seen();
    const moved = people(1, 40).map((one) => ({ ...one, dn: String(one.dn).replace('ou=people', 'ou=staff') }));
    expect((await p.take([...moved, ...others()], { kind: 'full' })).state).toBe('done');
    expect(await p.d.seen()).toEqual(before);
  });
});

describe('two sources of one person', () => {
  it('cannot sign in by one claim', async () => {
    const { t, p } = await office();
    const body = { name: 'Again', signIn: { issuer, claim: 'employee' } };
    await refused(p, 'sign-in-taken', () => t.call('createSource', { body }));
  });

  it('make two users, and what one ends the other keeps', async () => {
    const { t, p } = await office();
    const before = await p.d.seen();
    const again = new Protocol(new Directory(t, (await t.ok('createSource', { body: { name: 'Again' } })).body.id));
    await again.take([...people(1, 4), managers], { kind: 'full', baseCursor: null });
    const both = await p.d.seen();
    expect(Object.keys(both)).toEqual(expect.arrayContaining(Object.keys(before)));
    // Its group has the same name, and is another: it gives nobody access management.
    expect(await t.check(again.d.user(3), { permission: 'manageAccessRights' })).toBe(false);
    await again.take([statedGone('user', 1)]);
    expect((await again.d.access(again.d.user(1)))?.state).toBe('deleted');
    expect((await p.d.access(p.d.user(1)))?.state).toBe('active');
  });
});

describe('the last access manager', () => {
  it('stays when the directory deletes all of them, and the run says so', async () => {
    const { t, p } = await office();
    const as = { ...person(t.id, 'p1'), claims: { employee: uuid(1) } };
    // The first user goes on to deliver, and manages access rights no more.
    await t.setGrants(t.firstUser, [{ permission: 'directorySynchronization' }], as);
    await harness.ok('updateUser', { as, params: { userId: p.d.user(2) }, body: { state: 'disabled' } });
    // Only one is left who counts, so no guard trips.
    const run = await p.take([statedGone('user', 1)]);
    expect(run.state).toBe('done');
    expect(run.items[0]).toMatchObject({ result: 'rejected', code: 'last-access-manager' });
    expect((await p.d.access(p.d.user(1)))?.state).toBe('active');
  });
});
