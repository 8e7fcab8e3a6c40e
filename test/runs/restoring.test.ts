// The inverse of a run: what it took away comes back, what it gave stays, and the source needs a full run then.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunId } from '../../shared/domain/base/ids.ts';
import { runSlice } from '../../shared/runs/run.ts';
import { verify } from '../../shared/store/repair.ts';
import { Directory, deleted, drain, file, group, groupDn, modified, person, userDn } from '../support/directory.ts';
import { boot, type Harness, person as signedIn } from '../support/harness.ts';
import { expectProblem } from '../support/problems.ts';

let close: () => Promise<void>;
let harness: Harness;
beforeAll(async () => {
  const booted = await boot();
  close = booted.engine.close;
  harness = booted.harness;
});
afterAll(() => close());

const all = groupDn('All');
const company = [
  person('ada', 1),
  person('bo', 2),
  person('cy', 3),
  group('All', 11, userDn('ada'), userDn('bo'), userDn('cy')),
  group('Few', 12, userDn('ada')),
  group('Above', 13, all),
];
const begun = async () => {
  const d = await Directory.of(await harness.tenant());
  await d.take(...company);
  await d.tenant.role('Of all', [{ permission: 'billing' }], [d.group(11)]);
  await d.tenant.role('Of Ada', [{ permission: 'logExport' }], [d.user(1)]);
  return d;
};
const undo = (d: Directory, run: string, as = d.tenant.admin) =>
  harness.call('restoreRun', { as, params: { runId: run } });
const undone = async (d: Directory, run: string) => {
  const asked = await undo(d, run);
  expect([asked.status, asked.body.kind, asked.body.restores]).toEqual([202, 'restore', run]);
  await drain(harness);
  return d.run(asked.body.id);
};
const rights = (d: Directory) =>
  Promise.all(
    [1, 2, 3].flatMap((n) => ['billing', 'logExport'].map((permission) => d.tenant.check(d.user(n), { permission }))),
  );
const sound = async (d: Directory) => expect((await verify(harness.store.db, d.tenant.id))?.findings).toEqual([]);

/** What a directory does by mistake. */
const mistakes: Record<string, readonly string[]> = {
  'deletes a user': [deleted(userDn('ada'))],
  'deletes everybody': [deleted(userDn('ada')), deleted(userDn('bo')), deleted(userDn('cy'))],
  'disables a user': [modified(userDn('bo'), 'add: nsAccountLock', 'nsAccountLock: TRUE', '-')],
  'empties a group': [modified(all, 'delete: member', '-')],
  'takes somebody out of a group': [modified(groupDn('Few'), 'delete: member', `member: ${userDn('ada')}`, '-')],
  'cuts a nesting': [modified(groupDn('Above'), 'delete: member', '-')],
  'deletes a group': [deleted(all)],
  'deletes a group with its members': [deleted(all), deleted(userDn('ada')), deleted(userDn('bo'))],
  'does all of it': [
    deleted(userDn('ada')),
    deleted(all),
    modified(userDn('bo'), 'add: nsAccountLock', 'nsAccountLock: TRUE', '-'),
    modified(groupDn('Above'), 'delete: member', '-'),
  ],
};

describe('a run that', () => {
  it.each(Object.keys(mistakes))('%s is undone', async (what) => {
    const d = await begun();
    const [seen, had] = [await d.seen(), await rights(d)];
    const run = await d.take(...(mistakes[what] as string[]));
    expect(await d.seen()).not.toEqual(seen);
    const back = await undone(d, run.id);
    expect(back).toMatchObject({ state: 'done', counts: { rejected: 0, noop: 0 } });
    expect(back.warnings).toBeUndefined();
    expect(await d.seen()).toEqual(seen);
    expect(await rights(d)).toEqual(had);
    const { body } = await d.tenant.ok('getSource', { params: { sourceId: d.source } });
    expect(body.sync).toMatchObject({ needsFull: 'restored' });
    await sound(d);
  });

  it('gave something keeps that, and a second restoration finds everything there', async () => {
    const d = await begun();
    const run = await d.take(
      person('new', 4),
      modified(all, 'add: member', `member: ${userDn('new')}`, '-'),
      deleted(userDn('cy')),
    );
    await undone(d, run.id);
    expect(await d.groupsOf(4)).toEqual([d.group(11)]);
    const before = (await d.everything()).filter(({ SK }) => SK !== 'SYNC');
    const again = await undone(d, run.id);
    expect(again.counts).toMatchObject({ applied: 0, noop: 1 });
    expect((await d.everything()).filter(({ SK }) => SK !== 'SYNC')).toEqual(before);
  });

  it('was corrected meanwhile leaves what is there now', async () => {
    const d = await begun();
    const run = await d.take(
      deleted(userDn('ada')),
      modified(userDn('bo'), 'add: nsAccountLock', 'nsAccountLock: TRUE', '-'),
    );
    await d.take(person('ada', 1));
    await d.tenant.ok('updateUser', { params: { userId: d.user(2) }, body: { state: 'disabled' } });
    const back = await undone(d, run.id);
    expect(back.items.map((one: { result: string; code?: string }) => [one.result, one.code]).sort()).toEqual([
      ['rejected', 'not-restorable'],
      ['rejected', 'not-restorable'],
    ]);
    expect(await d.groupsOf(1)).toEqual([]);
  });

  it('disabled somebody in an earlier life leaves the later life as the directory has delivered it', async () => {
    const d = await begun();
    const run = await d.take(...(mistakes['disables a user'] as string[]));
    await d.take(deleted(userDn('bo')));
    await d.take(person('bo', 2, 'nsAccountLock: TRUE'));
    const back = await undone(d, run.id);
    expect(back.counts).toMatchObject({ applied: 0, noop: 1 });
    expect((await d.seen())[d.user(2)]).toMatchObject({ state: 'disabled' });
  });

  it('is undone in slices that have no time for more than a step', async () => {
    const d = await begun();
    const seen = await d.seen();
    const run = await d.take(...(mistakes['does all of it'] as string[]));
    const asked = await undo(d, run.id);
    harness.work.splice(0);
    const key = { tenant: d.tenant.id, id: asked.body.id as RunId };
    // Each slice has no time, so each step is one of its own.
    let slices = 0;
    while ((await runSlice(harness.store, key, -1)) === 'more') slices += 1;
    expect(slices).toBe(2);
    expect(await d.seen()).toEqual(seen);
    await sound(d);
  });
});

describe('a restoration', () => {
  it('is for who manages access rights, then and still', async () => {
    const d = await begun();
    const run = await d.take(deleted(userDn('ada')));
    const other = await d.tenant.user('Other', 'other');
    await d.tenant.setGrants(other, [{ permission: 'directorySynchronization' }, { permission: 'manageUsers' }]);
    const as = signedIn(d.tenant.id, 'other');
    const before = await d.everything();
    expectProblem(await undo(d, run.id, as), 'forbidden');
    expect(await d.everything()).toEqual(before);
    await d.tenant.setGrants(other, [{ permission: '*' }]);
    const asked = await undo(d, run.id, as);
    await d.tenant.setGrants(other, [{ permission: 'directorySynchronization' }]);
    await drain(harness);
    expect(await d.run(asked.body.id)).toMatchObject({ state: 'failed', code: 'forbidden' });
    expect((await d.seen())[d.user(1)]).toMatchObject({ state: 'deleted' });
  });

  it('is refused of what is no run, of a restoration, and beside another run; nothing changes', async () => {
    const d = await begun();
    const run = await d.take(deleted(userDn('ada')));
    expectProblem(await undo(d, 'n00000000000000000000'), 'not-found');
    const back = await undone(d, run.id);
    expectProblem(await undo(d, back.id), 'not-restorable');
    const asked = await undo(d, run.id);
    const before = await harness.facts(d.tenant.id);
    expectProblem(await undo(d, run.id), 'run-active');
    expect(await harness.facts(d.tenant.id)).toEqual(before);
    await drain(harness);
    expect((await d.run(asked.body.id)).state).toBe('done');
  });

  it('of a source that is switched off, and corrected before it is on again, ends with a full run that changes nothing', async () => {
    const d = await begun();
    const turn = (enabled: boolean) =>
      d.tenant.ok('updateSource', { params: { sourceId: d.source }, body: { enabled } });
    const [seen, had] = [await d.seen(), await rights(d)];
    const run = await d.take(...(mistakes['does all of it'] as string[]));
    await turn(false);
    expect((await undone(d, run.id)).state).toBe('done');
    expect([await d.seen(), await rights(d)]).toEqual([seen, had]);
    await turn(true);
    expectProblem(await d.post(deleted(userDn('bo'))), 'full-run-needed');
    const request = { as: d.as, params: { sourceId: d.source }, query: { kind: 'full' }, body: file(...company) };
    const { id } = (await harness.call('postDelta', request)).body;
    await drain(harness);
    const { state, counts } = await d.run(id);
    expect([state, counts.rejected, await d.seen(), await rights(d)]).toEqual(['done', 0, seen, had]);
    expect((await d.take(deleted(userDn('bo')))).state).toBe('done');
    await sound(d);
  });

  it('is the only way for deltas to be refused, until a full run', async () => {
    const d = await begun();
    const run = await d.take(deleted(userDn('ada')));
    await undone(d, run.id);
    expectProblem(await d.post(deleted(userDn('bo'))), 'full-run-needed');
  });
});
