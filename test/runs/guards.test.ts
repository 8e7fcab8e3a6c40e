// Runs are planned before anything is written, and held where they would take away more than their source allows. Each
// guard trips above its threshold and not at it; a keeper approves exactly the plan that was looked at, or rejects it.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Run } from '../../shared/domain/directory.ts';
import { batchDigest } from '../../shared/domain/plan/run-protocol.ts';
import { runSlice } from '../../shared/runs/run.ts';
import { keys } from '../../shared/store/keys.ts';
import { finishRun, readRun } from '../../shared/store/runs.ts';
import {
  Directory,
  deleted,
  drain,
  file,
  group,
  groupDn,
  modified,
  openGuards,
  person,
  renamed,
  userDn,
  uuid,
} from '../support/directory.ts';
import { boot, type Harness, machine, type Reply, type Tenant } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { Protocol, statedGone, statedGroup, statedPresent, statedUser } from '../support/stated.ts';

vi.setConfig(longSuite);

let close: () => Promise<void>;
let harness: Harness;
let later = 0;
beforeAll(async () => {
  const booted = await boot({
    clock: {
      now: () => Date.now() + later,
      sleep: () => Promise.resolve(),
      random: Math.random,
    },
  });
  close = booted.engine.close;
  harness = booted.harness;
});
afterAll(() => close());

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const people = (from: number, to: number, ...more: string[]) => range(from, to).map((n) => person(`p${n}`, n, ...more));
const dns = (from: number, to: number) => range(from, to).map((n) => userDn(`p${n}`));
const gone = (from: number, to: number) => dns(from, to).map(deleted);
const off = (from: number, to: number) => people(from, to, 'nsAccountLock: TRUE');
const without = (name: string, members: readonly string[]) =>
  modified(groupDn(name), 'delete: member', ...members.map((dn) => `member: ${dn}`), '-');

/** A directory with these guards, which has taken in these records. */
const having = async (records: readonly string[], guards: object = {}): Promise<Directory> => {
  const d = await Directory.of(await harness.tenant(), undefined, { ...openGuards, ...guards });
  if (records.length > 0) expect((await d.take(...records)).state).toBe('done');
  return d;
};
const low = { number: 250_000, percent: 20 };
const planOf = (d: Directory, id: string, query: Record<string, string> = { limit: '200' }): Promise<Reply['body']> =>
  d.tenant.ok('getRunPlan', { params: { runId: id }, query }).then(({ body }) => body);
const ruling = (d: Directory, operation: 'approveRun' | 'rejectRun', runId: string, digest?: string, as = d.as) =>
  harness.call(operation, { as, params: { runId }, ...(digest !== undefined && { body: { digest } }) });
const approve = async (d: Directory, run: Reply['body'], digest: string = run.plan.digest): Promise<Reply['body']> => {
  expect((await ruling(d, 'approveRun', run.id, digest)).status).toBe(202);
  await drain(harness);
  return d.run(run.id);
};
const syncOf = async (d: Directory) => (await d.tenant.ok('getSource', { params: { sourceId: d.source } })).body.sync;

/** Takes in a file that must be held, and sees that nothing but the run has changed. */
const held = async (d: Directory, ...records: string[]): Promise<Reply['body']> => {
  const before = await d.seen();
  const run = await d.take(...records);
  expect(run.state).toBe('held');
  expect(await d.seen()).toEqual(before);
  return run;
};

interface Scenario {
  readonly guards: object;
  readonly before: readonly string[];
  readonly passes: readonly string[];
  readonly stops: readonly string[];
  readonly why: RegExp;
}
const team = (to: number, from = 1) => group('Team', 101, ...dns(from, to));
/** Outer has Middle, which has Inner with ten users and Pair with two; twenty users are in another group. */
const tree = [
  ...people(1, 20),
  group('All', 101, ...dns(1, 20)),
  group('Inner', 102, ...dns(1, 10)),
  group('Pair', 103, ...dns(11, 12)),
  group('Middle', 104, groupDn('Inner'), groupDn('Pair')),
  group('Outer', 105, groupDn('Middle')),
];
const scenarios: Record<string, Scenario> = {
  'users deleted, by number': {
    guards: { deletions: { number: 2, percent: 100 } },
    before: people(1, 9),
    passes: gone(1, 2),
    stops: gone(3, 5),
    why: /^The run would delete 3 of 7 users: more than 2\.$/,
  },
  'users deleted, by percentage': {
    guards: { deletions: low },
    before: people(1, 25),
    passes: gone(1, 5),
    stops: gone(6, 10),
    why: /^The run would delete 5 of 20 users: more than 20 %\.$/,
  },
  'users deleted, in a small tenant': {
    guards: { deletions: low },
    before: people(1, 10),
    passes: gone(1, 3),
    stops: gone(4, 7),
    why: /delete 4 of 7 users: more than 20 %/,
  },
  'users deleted, all of two': {
    guards: { deletions: low },
    before: people(1, 3),
    passes: gone(1, 1),
    stops: gone(2, 3),
    why: /delete 2 of 2 users: all there are/,
  },
  'groups deleted': {
    guards: { deletions: low },
    before: [...people(1, 2), ...range(11, 20).map((n) => group(`G${n}`, n))],
    passes: [deleted(groupDn('G11')), deleted(groupDn('G12')), deleted(groupDn('G13'))],
    stops: [14, 15, 16, 17].map((n) => deleted(groupDn(`G${n}`))),
    why: /delete 4 of 7 groups: more than 20 %/,
  },
  'users disabled': {
    guards: { disablings: low },
    before: people(1, 10),
    passes: off(1, 3),
    stops: off(4, 7),
    why: /disable 4 of 7 enabled users: more than 20 %/,
  },
  'memberships ended, by a list': {
    guards: { removals: low },
    before: [...people(1, 20), team(20)],
    passes: [team(16)],
    stops: [team(12)],
    why: /end 4 of 16 memberships: more than 20 %/,
  },
  'memberships ended, by single removals from several groups': {
    guards: { removals: low },
    before: [...people(1, 10), team(10), group('Other', 102, ...dns(1, 10))],
    passes: [without('Team', dns(1, 2)), without('Other', dns(1, 2))],
    stops: [without('Team', dns(3, 4)), without('Other', dns(3, 4))],
    why: /end 4 of 16 memberships: more than 20 %/,
  },
  'memberships ended, with their group': {
    guards: { removals: low },
    before: [...people(1, 10), team(10), group('Three', 102, ...dns(1, 3))],
    passes: [deleted(groupDn('Three'))],
    stops: [deleted(groupDn('Team'))],
    why: /end 10 of 10 memberships: more than 20 %/,
  },
  'memberships ended, of groups in groups': {
    guards: { removals: low },
    before: [
      ...range(11, 20).map((n) => group(`G${n}`, n)),
      group('All', 101, ...range(11, 20).map((n) => groupDn(`G${n}`))),
    ],
    passes: [without('All', [groupDn('G11'), groupDn('G12')])],
    stops: [
      without(
        'All',
        range(13, 16).map((n) => groupDn(`G${n}`)),
      ),
    ],
    why: /end 4 of 8 memberships: more than 20 %/,
  },
  'users within a group that leaves another': {
    guards: { removals: low },
    before: tree,
    passes: [without('Middle', [groupDn('Pair')])],
    stops: [without('Outer', [groupDn('Middle')])],
    why: /end 11 of 34 memberships: more than 20 %/,
  },
  'users within the groups of a deleted group': {
    guards: { removals: low },
    before: tree,
    passes: [without('Middle', [groupDn('Pair')])],
    stops: [deleted(groupDn('Middle'))],
    why: /end 11 of 34 memberships: more than 20 %/,
  },
  'users within, whom a single group loses': {
    guards: { groupRemovals: { number: 250_000, percent: 50 } },
    before: tree,
    passes: [without('Middle', [groupDn('Pair')])],
    stops: [without('Outer', [groupDn('Middle')])],
    why: /take 11 of 12 members from the group g\w+: more than 50 %/,
  },
  'members that a single group loses': {
    guards: { groupRemovals: { number: 250_000, percent: 50 } },
    before: [...people(1, 24), team(24), group('Other', 102, ...dns(1, 24))],
    passes: [team(12)],
    stops: [group('Other', 102, ...dns(1, 11))],
    why: /^The run would take 13 of 24 members from the group g\w+: more than 50 %\.$/,
  },
  'all members of a single group': {
    guards: { groupRemovals: { number: 250_000, percent: 50 } },
    before: [...people(1, 10), team(10)],
    passes: [team(2)],
    stops: [group('Team', 101)],
    why: /take 2 of 2 members from the group g\w+: all there are/,
  },
};

describe('a guard', () => {
  it.each(Object.entries(scenarios))('on %s', async (_, { guards, before, passes, stops, why }) => {
    // What an earlier run took away does not count here: a day passes.
    const d = await having(before, guards);
    expect((await d.take(...passes)).state).toBe('done');
    later += 25 * 3_600_000;
    const run = await held(d, ...stops);
    expect(run.plan.tripped).toEqual([expect.stringMatching(why)]);
    const plan = await planOf(d, run.id);
    expect(plan).toMatchObject(run.plan);
    expect(plan.items.length).toBeGreaterThan(0);
    expect((await approve(d, run)).state).toBe('done');
    expect(await syncOf(d)).not.toHaveProperty('heldRun');
  });

  it('counts the runs of a day together, and approved ones not at all', async () => {
    const d = await having(people(1, 30), { deletions: { number: 6, percent: 100 } });
    for (const n of [1, 3, 5]) expect((await d.take(...gone(n, n + 1))).state).toBe('done');
    expect((await syncOf(d)).losses).toMatchObject([{ deletions: 6 }]);
    const run = await held(d, ...gone(7, 7));
    expect(run.plan.tripped).toEqual([
      'With the runs of the last 24 hours, the run would delete 7 of 30 users: more than 6.',
    ]);
    expect((await approve(d, run)).state).toBe('done');
    expect((await syncOf(d)).losses).toMatchObject([{ deletions: 6 }]);
    expect((await d.take(person('new', 99))).state).toBe('done');
    later += 25 * 3_600_000;
    expect((await d.take(...gone(8, 9))).state).toBe('done');
  });

  it('leaves out users within a group who stay by another way', async () => {
    const d = await having([...tree, group('Outer', 105, groupDn('Middle'), groupDn('Inner'))], { removals: low });
    expect((await d.take(without('Outer', [groupDn('Middle')]))).state).toBe('done');
    expect((await syncOf(d)).losses).toMatchObject([{ removals: 3 }]);
    expect((await d.take(group('Outer', 105, ...dns(1, 10)))).state).toBe('done');
  });

  it('counts what a run has really taken away, and not what was refused', async () => {
    const d = await having([...people(1, 4), team(4)], { removals: { number: 3, percent: 100 } });
    expect((await d.take(team(2))).state).toBe('done');
    expect((await syncOf(d)).losses).toMatchObject([{ deletions: 0, removals: 2 }]);
    expect((await d.take(team(2))).state).toBe('done');
    expect((await syncOf(d)).losses).toHaveLength(1);
  });
});

/** A directory of which p1, p2 and p3 manage access rights by a group of it, and a role by hand with p4. */
const withManagers = async (): Promise<Directory> => {
  const d = await having([...people(1, 6), group('Inner', 103, ...dns(1, 2)), group('Keepers', 102)]);
  await d.tenant.role('Key holders', [{ permission: 'manageAccessRights' }], [d.group(102), d.user(4)]);
  await d.tenant.ok('updateGroup', { params: { groupId: d.group(102) }, body: { confersAccessManagement: true } });
  expect((await d.take(group('Keepers', 102, userDn('p3'), groupDn('Inner')))).counts.rejected).toBe(0);
  return d;
};

describe('people who manage access rights', () => {
  const manners: Record<string, readonly string[]> = {
    'are deleted': [deleted(userDn('p3')), deleted(userDn('p4'))],
    'are disabled': [...off(3, 4)],
    'leave the group': [group('Keepers', 102), off(4, 4)[0] as string],
    'lose the group within it': [group('Keepers', 102, userDn('p3'))],
    'lose the group itself': [deleted(groupDn('Keepers'))],
    'lose a group deeper within': [deleted(groupDn('Inner'))],
  };
  it.each(Object.entries(manners))('and %s, two or more, stop the run', async (_, records) => {
    const d = await withManagers();
    const run = await held(d, ...records);
    expect(run.plan.tripped).toEqual([expect.stringMatching(/management of access rights from [2-4] people/)]);
    const plan = await planOf(d, run.id);
    const lost = plan.items.filter(({ loss }: { loss: string }) => loss === 'access-management-lost');
    expect(lost).toHaveLength(run.plan.losses.accessManagers.count);
  });

  it('do not, when it is one', async () => {
    const d = await withManagers();
    expect((await d.take(deleted(userDn('p3')))).state).toBe('done');
    later += 25 * 3_600_000;
    expect((await d.take(group('Inner', 103, userDn('p1')))).state).toBe('done');
  });

  it('stop the second run of a day that takes it from one', async () => {
    const d = await withManagers();
    expect((await d.take(deleted(userDn('p3')))).state).toBe('done');
    const run = await held(d, group('Inner', 103, userDn('p1')));
    expect(run.plan.tripped).toEqual([
      'With the runs of the last 24 hours, the run would take the management of access rights from 2 people: more than 1.',
    ]);
    expect((await approve(d, run)).state).toBe('done');
    // Somebody has looked at that one; and who loses nothing is in nobody's way.
    expect((await d.take(deleted(userDn('p6')))).state).toBe('done');
  });

  it('are kept with what the source has lost', async () => {
    const d = await having(people(1, 3));
    await d.tenant.role('Key holders', [{ permission: 'manageAccessRights' }], [d.user(1), d.user(2)]);
    expect((await d.take(deleted(userDn('p1')))).state).toBe('done');
    expect((await d.take(deleted(userDn('p3')))).state).toBe('done');
    expect((await syncOf(d)).losses).toMatchObject([{ deletions: 2, managers: 1 }]);
  });

  it('do not, when they keep it by another way in the end', async () => {
    const d = await withManagers();
    // p1 and p2 leave the inner group and come into the outer one.
    const run = await d.take(group('Inner', 103), group('Keepers', 102, ...dns(1, 3), groupDn('Inner')));
    expect(run.state).toBe('done');
    expect(run.plan.losses.accessManagers).toEqual({ count: 0 });
    expect(run.plan.losses.memberships.count).toBe(2);
  });

  it('always keep the last one, whom an approved run would delete', async () => {
    const d = await having([...people(1, 2)]);
    await d.tenant.role(
      'Key holders',
      [{ permission: 'manageAccessRights' }],
      dns(1, 2).map((_, i) => d.user(i + 1)),
    );
    const run = await held(d, ...gone(1, 2));
    expect(run.plan.losses.accessManagers.count).toBe(2);
    expect((await approve(d, run)).state).toBe('done');
    expect(await d.tenant.check(d.tenant.firstUser, { permission: 'manageAccessRights' })).toBe(true);
  });
});

describe('a held run', () => {
  const guards = { deletions: { number: 2, percent: 100 } };
  const some = async () => {
    const d = await having([...people(1, 8), team(4)], guards);
    return { d, run: await held(d, ...gone(1, 3), person('new', 50)) };
  };

  it('is in the way of later runs until somebody decides, and shows in its source and in the audit', async () => {
    const { d, run } = await some();
    const refused = await d.post(person('p9', 9));
    expect([refused.status, refused.body.code, refused.body.run]).toEqual([423, 'run-held', run.id]);
    expect((await syncOf(d)).heldRun).toBe(run.id);
    const events = (await d.tenant.ok('listEvents', { query: { action: 'directory.run.held' } })).body.items;
    expect(events).toHaveLength(1);
    expect((await ruling(d, 'rejectRun', run.id)).body).toMatchObject({ state: 'rejected' });
    expect((await ruling(d, 'rejectRun', run.id)).status).toBe(200);
    await drain(harness);
    expect((await d.run(run.id)).state).toBe('rejected');
    expect(await syncOf(d)).not.toHaveProperty('heldRun');
    expect((await d.take(person('p9', 9))).state).toBe('done');
    const left = (await harness.items(d.tenant.id)).filter(({ PK }) => String(PK).endsWith(`#N#${run.id}`));
    expect(left.map(({ SK }) => String(SK).split('#')[0]).sort()).toEqual(['LOSS', 'PLANNED', 'RESULT', 'RUN']);
    expect((await ruling(d, 'approveRun', run.id, run.plan.digest)).body.code).toBe('run-not-held');
  });

  it('lists who loses what, by names, lines and pages', async () => {
    const { d, run } = await some();
    const plan = await planOf(d, run.id, { limit: '2' });
    expect(plan.items).toEqual(
      [1, 2, 3]
        .map((n) => ({ loss: 'user-deleted', user: { id: d.user(n), name: `P${n}` }, line: 3 * n }))
        .sort((a, b) => (a.user.id < b.user.id ? -1 : 1))
        .slice(0, 2),
    );
    const rest = await planOf(d, run.id, { limit: '2', cursor: plan.cursor });
    expect(rest.items).toHaveLength(1);
    expect(rest.cursor).toBeUndefined();
    expect(plan.losses).toEqual({
      users: { count: 3, of: 8, percent: 37.5 },
      groups: { count: 0 },
      disabled: { count: 0 },
      memberships: { count: 0 },
      accessManagers: { count: 0 },
    });
    expect(plan.gains).toEqual({ users: 1, groups: 0, enabled: 0, memberships: 0, nestings: 0 });
  });

  it('has held entries, beside those that nobody holds', async () => {
    const { d } = await some();
    const [first] = (await d.tenant.ok('listRuns', { params: { sourceId: d.source } })).body.items;
    expect((await ruling(d, 'rejectRun', first.id)).status).toBe(200);
    await drain(harness);
    const room = `dn: cn=Room,ou=rooms,dc=harbour,dc=example\nobjectClass: room\ncn: Room`;
    const run = await d.take(...gone(1, 3), person('new', 50), room, group('Later', 60, userDn('nobody-yet')));
    expect(run.state).toBe('held');
    expect(run.counts).toEqual({ applied: 0, noop: 0, rejected: 0, ignored: 1, held: 5 });
    const shown = run.items.map(({ line, result }: Reply['body']) => [line, result]);
    expect(shown.filter(([, result]: string[]) => result !== 'held')).toHaveLength(1);
    expect((await d.run(run.id, { result: 'held' })).items).toHaveLength(5);
    expect((await ruling(d, 'approveRun', run.id, run.plan.digest)).body.counts).not.toHaveProperty('held');
    await drain(harness);
    const done = await d.run(run.id);
    expect([done.state, done.counts]).toEqual(['done', { applied: 5, noop: 0, rejected: 0, ignored: 1 }]);
  });

  it('says of each entry that it is held, or why it is not', async () => {
    const p = new Protocol(await having([...people(1, 8), team(4)], guards));
    await p.take([statedUser('p4', 4, { version: '7' })]);
    const entries = [
      ...[1, 2, 3].map((n) => statedGone('user', n)),
      statedUser('p4', 4, { version: '6' }),
      statedUser('p5', 5),
      statedPresent('user', 77),
      statedUser('new', 50),
      statedGroup('Waiting', 102, [78]),
      {
        type: 'group',
        id: uuid(101),
        dn: groupDn('Team'),
        attributes: { cn: ['Team'] },
        removeMembers: [{ id: uuid(4) }],
      },
    ];
    const outcomes = (items: { result: string; code?: string }[]) =>
      items.map(({ result, code }) => (code ? `${result} ${code}` : result));
    const run = await p.take(entries);
    const said = ['held', 'held', 'held', 'stale', 'noop', 'rejected not-found', 'held', 'held', 'held'];
    expect([run.state, outcomes(run.items)]).toEqual(['held', said]);
    expect(run.counts).toEqual({ applied: 0, noop: 1, rejected: 1, ignored: 0, stale: 1, held: 6 });
    // Planned again, it is held again: its entries say what they would do now, and nothing of the plan before.
    await p.d.tenant.ok('deleteUser', { params: { userId: p.d.user(4) } });
    expect((await ruling(p.d, 'approveRun', run.id, run.plan.digest)).body.counts).not.toHaveProperty('held');
    await drain(harness);
    const again = await p.d.run(run.id);
    expect([again.state, outcomes(again.items)]).toEqual(['held', [...said.slice(0, 8), 'noop']]);
    const done = await approve(p.d, again);
    expect(outcomes(done.items)).toEqual(
      [...said.slice(0, 7), 'parked', 'noop'].map((one) => one.replace('held', 'applied')),
    );
    expect(done.counts).not.toHaveProperty('held');
  });

  it('is approved by the digest of its plan only', async () => {
    const { d, run } = await some();
    const other = await ruling(d, 'approveRun', run.id, 'a'.repeat(64));
    expect([other.status, other.body.code, other.body.digest]).toEqual([409, 'plan-differs', run.plan.digest]);
    expect((await d.run(run.id)).state).toBe('held');
    const done = await approve(d, run);
    expect([done.state, done.plan.digest]).toEqual(['done', run.plan.digest]);
    expect(done.counts).toMatchObject({ applied: 4, rejected: 0 });
    const actions = (await d.tenant.ok('listEvents', { query: { action: 'directory.run.approved' } })).body.items;
    expect(actions).toHaveLength(1);
  });

  it('is held again when the data have changed, and goes on with the new digest', async () => {
    const { d, run } = await some();
    await d.tenant.ok('deleteUser', { params: { userId: d.user(2) } });
    const again = await approve(d, run);
    expect(again.state).toBe('held');
    expect(again.plan.digest).not.toBe(run.plan.digest);
    expect(again.plan.tripped[0]).toMatch(/the plan is another than the one that was approved/);
    expect((await d.access(d.user(1)))?.state).toBe('active');
    expect((await ruling(d, 'approveRun', run.id, run.plan.digest)).body.code).toBe('plan-differs');
    expect((await approve(d, again)).state).toBe('done');
    expect((await d.access(d.user(1)))?.state).toBe('deleted');
  });

  it('is refused while its source is switched off, and a delta until a full run, which is held and approved', async () => {
    const { d, run } = await some();
    const turn = (enabled: boolean) =>
      d.tenant.ok('updateSource', { params: { sourceId: d.source }, body: { enabled } });
    const code = async () => (await ruling(d, 'approveRun', run.id, run.plan.digest)).body.code;
    const before = await d.seen();
    await turn(false);
    expect(await code()).toBe('source-off');
    await turn(true);
    expect(await code()).toBe('full-run-needed');
    expect([(await d.run(run.id)).state, await d.seen()]).toEqual(['held', before]);
    expect((await ruling(d, 'rejectRun', run.id)).status).toBe(200);
    const body = file(...people(4, 8), team(4, 4));
    const request = { as: d.as, params: { sourceId: d.source }, query: { kind: 'full' }, body };
    const { id } = (await harness.call('postDelta', request)).body;
    await drain(harness);
    const full = await d.run(id);
    expect([full.state, await d.seen()]).toEqual(['held', before]);
    expect((await approve(d, full)).state).toBe('done');
    expect(await syncOf(d)).not.toHaveProperty('needsFull');
    expect((await d.access(d.user(1)))?.state).toBe('deleted');
  });

  it('of a changed epoch is approved when it is full, and deltas go on from there', async () => {
    const p = new Protocol(await having([], guards));
    const staff = [1, 2, 3, 4, 5].map((n) => statedUser(`p${n}`, n));
    expect((await p.take(staff)).state).toBe('done');
    p.epoch = 'e2';
    const run = await p.take(staff.slice(0, 2), { kind: 'full' });
    expect(run.state).toBe('held');
    expect(await p.sync()).toMatchObject({ epoch: 'e1', heldRun: run.id });
    expect((await approve(p.d, run)).state).toBe('done');
    expect(await p.sync()).toMatchObject({ epoch: 'e2', cursor: p.cursor });
    const delta = await p.take([1, 2].map((n) => statedGone('user', n)).concat([statedUser('new', 9)]));
    expect(delta.state).toBe('done');
  });

  it('is for keepers to decide about', async () => {
    const { d, run } = await some();
    await d.tenant.ok('createUser', {
      body: { kind: 'machine', name: 'Sync', identity: { issuer: 'https://issuer.test', subject: 'sync' } },
    });
    const [sync] = (await d.tenant.ok('listUsers', { query: { kind: 'machine' } })).body.items;
    await d.tenant.setGrants(sync.id, [{ permission: 'directorySynchronization' }]);
    const as = machine(d.tenant.id, 'sync', 'directory');
    for (const answer of [
      await harness.call('getRunPlan', { as, params: { runId: run.id } }),
      await ruling(d, 'approveRun', run.id, run.plan.digest, as),
      await ruling(d, 'rejectRun', run.id, undefined, as),
    ])
      expect(answer.status).toBe(403);
  });
});

describe('a plan', () => {
  it('has the same digest whatever its slices, and another for other losses', async () => {
    const digests = new Set<string>();
    const d = await having([...people(1, 130), group('Many', 201, ...dns(1, 60))], {
      deletions: { number: 2, percent: 100 },
    });
    const records = [...gone(1, 110), group('Many', 201, ...dns(120, 130)), person('new', 140)];
    for (const wait of [0, 2_000, 0]) {
      // A clock that jumps makes every slice end after its first step.
      const posted = await d.post(...records);
      const ticking = setClock(wait);
      await drain(harness);
      ticking();
      const run = await d.run(posted.body.id);
      expect([run.state, run.counts.held, run.counts.noop]).toEqual(['held', 112, 0]);
      digests.add(run.plan.digest);
      expect((await planOf(d, run.id)).items.length + 0).toBeGreaterThan(100);
      await ruling(d, 'rejectRun', run.id);
      await drain(harness);
    }
    expect(digests.size).toBe(1);
    const run = await d.take(...records.slice(1));
    expect(digests.has(run.plan.digest)).toBe(false);
  });

  it('tells why each thing is lost', async () => {
    const d = await having(
      [
        person('ada', 1, 'gidNumber: 7'),
        person('bo', 2),
        person('cleo', 3),
        group('Main', 11, ...[userDn('bo')]).concat('\ngidNumber: 7'),
        group('Old', 12, userDn('bo'), groupDn('Main')),
        group('Logins', 13).concat('\nmemberUid: cleo'),
      ],
      { deletions: { number: 0, percent: 100 } },
    );
    const run = await held(
      d,
      person('ada', 1, 'gidNumber: 8'),
      person('dora', 4).replace('uid: dora', 'uid: cleo'),
      renamed(userDn('cleo'), 'uid=kim'),
      deleted(groupDn('Old')),
      deleted(userDn('bo')),
    );
    const items = (await planOf(d, run.id)).items.map(
      ({ loss, cause, user, group: of, from }: Record<string, { id: string } & string>) =>
        [loss, cause, user?.id ?? of?.id, from?.id].filter((one) => one !== undefined),
    );
    expect(items).toContainEqual(['membership-ended', 'primary-group', d.user(1), d.group(11)]);
    expect(items).toContainEqual(['user-deleted', d.user(2)]);
    expect(items).toContainEqual(['group-deleted', d.group(12)]);
  });
});

/** Lets the clock jump with every look at it. Returns what ends that. */
const setClock = (by: number): (() => void) => {
  if (by === 0) return () => {};
  const { clock } = harness.store.db;
  const spy = vi.spyOn(clock, 'now').mockImplementation(() => {
    later += by;
    return Date.now() + later;
  });
  return () => spy.mockRestore();
};

describe('a run that ends with its plan', () => {
  /** Opens a run for its plan only, sends one batch, commits, and lets it be worked on. */
  const rehearsed = async (d: Directory, lines: readonly object[]): Promise<Reply['body']> => {
    const { body: run } = await d.tenant.ok('openRun', {
      params: { sourceId: d.source },
      body: { kind: 'delta', epoch: 'e1', baseCursor: null, planOnly: true },
    });
    const text = `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
    const contentType = { 'content-type': 'application/x-ndjson' };
    await d.tenant.ok('putBatch', { params: { runId: run.id, number: '1' }, body: text, headers: contentType });
    const digest = batchDigest(batchDigest(text));
    const body = { batches: 1, entries: lines.length, digest, cursor: 'c9' };
    await d.tenant.ok('commitRun', { params: { runId: run.id }, body });
    await drain(harness);
    return d.run(run.id);
  };

  it('changes nothing, is never held, and says what would become of each entry', async () => {
    const d = await having(people(1, 4), { deletions: { number: 0, percent: 0 } });
    const before = await d.everything();
    const run = await rehearsed(d, [
      { type: 'user', id: uuid(1), deleted: true },
      { type: 'user', id: uuid(2), deleted: true },
      { type: 'user', id: uuid(9), dn: userDn('new'), attributes: { cn: ['New'], uid: ['new'] } },
      { type: 'user', id: uuid(77), deleted: true },
      statedGroup('Waiting', 102, [78]),
    ]);
    expect(run.state).toBe('done');
    expect(run.plan).toMatchObject({
      losses: { users: { count: 2, of: 4, percent: 50 } },
      gains: { users: 1 },
      tripped: ['The run would delete 2 of 4 users: more than 0.'],
    });
    expect(run.items.map(({ result }: { result: string }) => result)).toEqual([
      'applied',
      'applied',
      'applied',
      expect.stringMatching(/noop|ignored/),
      'parked',
    ]);
    // The history of the source names the run, and its state says which was the last.
    const rest = (items: Record<string, unknown>[]) =>
      items.filter(({ PK, SK }) => SK !== 'SYNC' && !String(PK).endsWith('#RUNS'));
    expect(rest(await d.everything())).toEqual(rest(before));
    expect(await syncOf(d)).not.toHaveProperty('cursor');
    expect((await syncOf(d)).losses).toEqual([]);
    expect((await d.post(person('p5', 5))).status).toBe(202);
    await drain(harness);
  });
});

describe('a worker that dies', () => {
  it('before any write of the planning or the holding, leaves a run that comes to be held all the same', async () => {
    const d = await having(people(1, 8), { deletions: { number: 2, percent: 100 } });
    const before = await d.seen();
    const digests = new Set<string>();
    for (let at = 0; ; at += 1) {
      const posted = await d.post(...gone(1, 3));
      let writes = 0;
      const { db } = harness.store;
      const transact = db.transact.bind(db);
      let died = false;
      const spy = vi.spyOn(db, 'transact').mockImplementation((...args) => {
        died ||= writes === at;
        writes += 1;
        return died ? Promise.reject(new Error('died')) : transact(...args);
      });
      const [message] = harness.work.splice(0);
      await runSlice(harness.store, { tenant: d.tenant.id, id: posted.body.id }).catch(() => {});
      spy.mockRestore();
      harness.work.push(message as never);
      await drain(harness);
      const run = await d.run(posted.body.id);
      expect([at, run.state]).toEqual([at, 'held']);
      digests.add(run.plan.digest);
      expect((await planOf(d, run.id)).items).toHaveLength(3);
      const events = (await d.tenant.ok('listEvents', { query: { action: 'directory.run.held' } })).body.items;
      expect(events).toHaveLength(at + 1);
      await ruling(d, 'rejectRun', run.id);
      await drain(harness);
      if (!died) break;
      expect(at).toBeLessThan(20);
    }
    expect(digests.size).toBe(1);
    expect(await d.seen()).toEqual(before);
  });
});

describe("what is not the source's own", () => {
  it('is in no plan: users of hand and of other sources, and memberships by hand', async () => {
    const tenant = await harness.tenant();
    const [d, other] = [await Directory.of(tenant), await otherDirectory(tenant)];
    const records = [...people(1, 6), team(4)];
    for (const one of [d, other]) await one.take(...records);
    const local = await tenant.user('Of hand');
    const params = { groupId: d.group(101) };
    const by = await tenant.harness.call('addGroupMembers', {
      as: d.as,
      params,
      body: { members: [local, d.user(5)] },
    });
    expect(by.status).toBe(200);
    const kept = [await other.seen(), await d.access(local as never)];
    const own = new Set([...range(1, 9).map((n) => d.user(n)), d.group(101), d.group(102)] as string[]);
    const random = seeded(7);
    for (let round = 0; round < 12; round += 1) {
      const file = range(1, 6).map((n) => {
        const drawn = random(5);
        if (drawn === 0) return deleted(userDn(`p${n}`));
        return person(`p${n}`, n, ...(drawn === 1 ? ['nsAccountLock: TRUE'] : []));
      });
      const members = dns(1, 6).filter(() => random(2) === 0);
      const last = random(6) === 0 ? deleted(groupDn('Team')) : group('Team', 101, ...members);
      const run = await d.take(...file, last);
      expect(run.state).toBe('done');
      for (const { user, group: of, from } of (await planOf(d, run.id)).items)
        for (const one of [user, of, from]) if (one) expect([one.id, own.has(one.id)]).toEqual([one.id, true]);
    }
    expect(await other.seen()).toEqual(kept[0]);
    expect(((await d.access(local as never)) as { state: string }).state).toBe('active');
  });
});
const otherDirectory = async (tenant: Tenant): Promise<Directory> => {
  const { body } = await tenant.ok('createSource', { body: { name: 'Office', guards: openGuards } });
  return new Directory(tenant, body.id);
};
/** Numbers below a bound, the same for the same seed. */
const seeded = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
};

it('leaves no trace in a run that goes through', async () => {
  const d = await having(people(1, 4));
  const run = await d.take(person('p1', 1, 'nsAccountLock: TRUE'));
  expect(run.plan).toMatchObject({ losses: { disabled: { count: 1 } } });
  const [item] = await harness.store.db.read([keys.runPart(d.tenant.id, run.id, 'PLANNING', 0)]);
  expect(item).toBeUndefined();
});

// A worker found its committer disabled, another one held the run meanwhile: the first tried for ever to end it.
it('stays held, with its content, when a worker that was overtaken ends it', async () => {
  const d = await having(people(1, 5), { deletions: { number: 1, percent: 100 } });
  const run = await held(d, ...gone(1, 2));
  const key = { tenant: d.tenant.id, id: run.id };
  const stored = await readRun(harness.store.db, key);
  const lost = { users: 1, groups: 0, enabled: 0, memberships: 0, nestings: 0 };
  const end = { state: 'failed', code: 'forbidden', lost: { ...lost, byGroup: new Map() } } as const;
  for (const kind of [undefined, 'full'] as const)
    await finishRun(harness.store.db, key, { ...(stored as Run), state: 'running', kind }, [], end);
  expect((await d.run(run.id)).state).toBe('held');
  expect((await approve(d, run)).state).toBe('done');
});
