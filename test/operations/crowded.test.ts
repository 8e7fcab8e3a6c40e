// A further holder of a permission that one should hold, whichever way it comes (FP-10): the warning hangs on the effect.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../infra/local/engine.ts';
import { Directory, person as entry, group, groupDn, userDn } from '../support/directory.ts';
import { join, putGroup } from '../support/facts.ts';
import { boot, type Harness, person, type Reply } from '../support/harness.ts';

let engine: Engine;
let h: Harness;
beforeAll(async () => {
  ({ engine, harness: h } = await boot());
});
afterAll(() => engine.close());

const permission = 'directorySynchronization';
const warning = `more-holders-than-expected:${permission}`;
const grants = [{ permission }];

/** A tenant with one holder through a role, a second user, and a role beside it that grants the permission to nobody. */
const scene = async () => {
  const t = await h.tenant('complete');
  const [one, two] = [await t.user('One'), await t.user('Two')];
  await t.role('All', [{ permission: '*' }], [await t.user('Everything'), await t.user('Everything too')]);
  const sync = await t.role('Sync', grants, [one]);
  const spare = await t.role('Spare', grants);
  return { t, one, two, sync, spare };
};
type Scene = Awaited<ReturnType<typeof scene>>;
const any = { 'if-match': '*' };

/** Each way prepares what it needs, and gives the permission to the second user by one request. */
const ways: Record<string, (s: Scene) => Promise<(dry: Record<string, string>) => Promise<Reply>>> = {
  'a grant of a role': async ({ t, two }) => {
    const params = { roleId: await t.role('Other', [], [two]) };
    return (query) => t.ok('addRoleGrant', { params, query, body: { permission } });
  },
  'a replaced set of a role': async ({ t, two }) => {
    const params = { roleId: await t.role('Other', [], [two]) };
    return (query) => t.ok('putRoleGrants', { params, query, body: { grants }, headers: any });
  },
  'the rest of a wider grant': async ({ t, two }) => {
    const params = { roleId: await t.role('Other', [{ permission: '*' }], [two]), permission: 'billing' };
    return (query) => t.ok('removeRoleGrant', { params, query: { ...query, expand: 'true' } });
  },
  'a personal grant': async ({ t, two }) => {
    return (query) => t.ok('putUserGrants', { params: { userId: two }, query, body: { grants }, headers: any });
  },
  'membership of a role': async ({ t, two, sync }) => {
    return (query) => t.ok('addRoleMembers', { params: { roleId: sync }, query, body: { members: [two] } });
  },
  'replaced members of a role': async ({ t, one, two, sync }) => {
    const request = { params: { roleId: sync }, body: { members: [one, two] }, headers: any };
    return (query) => t.ok('replaceRoleMembers', { ...request, query });
  },
  'a group that joins a role': async ({ t, two, spare }) => {
    const team = await putGroup(t, 'Team');
    await join(t, team, [two]);
    return (query) => t.ok('addRoleMembers', { params: { roleId: spare }, query, body: { members: [team.id] } });
  },
  'enabling a user': async ({ t, two, spare }) => {
    await t.ok('updateUser', { params: { userId: two }, body: { state: 'disabled' } });
    await t.ok('addRoleMembers', { params: { roleId: spare }, body: { members: [two] } });
    return (query) => t.ok('updateUser', { params: { userId: two }, query, body: { state: 'active' } });
  },
  'a clone with a member, in a change set': async ({ t, two, sync }) => {
    const operations = [
      { operation: 'cloneRole', params: { roleId: sync }, body: { name: 'Clone' }, as: 'clone' },
      { operation: 'addRoleMembers', params: { roleId: '$clone' }, body: { members: [two] } },
    ];
    return (query) => t.ok('submitChangeSet', { query, body: { operations } });
  },
  'the submit of a draft': async ({ t, two, sync }) => {
    const operation = { operation: 'addRoleMembers', params: { roleId: sync }, body: { members: [two] } };
    const made = await t.ok('createDraft', { body: { name: 'More', operations: [operation] } });
    const params = { draftId: made.body.id };
    return (query) => t.ok('submitDraft', { params, query, body: {}, headers: { 'if-match': made.etag ?? '' } });
  },
};

describe('FP-10: a further holder is reported', () => {
  it.each(Object.entries(ways))('by %s, rehearsed and done, and no first one is', async (_, way) => {
    const s = await scene();
    const { t, one, sync } = s;
    const give = await way(s);
    expect((await t.ok('getTenant')).body.warnings).not.toContain(warning);
    expect((await give({ dryRun: 'true' })).body.answer.warnings).toEqual([warning]);
    expect((await give({})).body.warnings).toEqual([warning]);
    expect((await t.ok('getTenant')).body.warnings).toContain(warning);
    // Nobody is added by what changes something else, nor by doing it again.
    const aside = await t.ok('addRoleGrant', { params: { roleId: sync }, body: { permission: 'billing' } });
    expect(aside.body.warnings).toBeUndefined();
    await t.ok('updateUser', { params: { userId: one }, body: { state: 'disabled' } });
    expect((await t.ok('getTenant')).body.warnings).not.toContain(warning);
  });

  it('by nothing that leaves one: a swap, a second way of the same user, a role without members', async () => {
    const { t, one, two, sync, spare } = await scene();
    const members = (roleId: string, ...ids: string[]) =>
      t.ok('replaceRoleMembers', { params: { roleId }, body: { members: ids }, headers: any });
    expect((await members(sync, two)).body.warnings).toBeUndefined();
    expect((await members(spare, two)).body.warnings).toBeUndefined();
    const clone = await t.ok('cloneRole', { params: { roleId: sync }, body: { name: 'Empty' } });
    expect(clone.body.warnings).toBeUndefined();
    expect((await members(clone.body.id, one)).body.warnings).toEqual([warning]);
  });

  it('by a run of a directory, to who manages access rights and nobody else', async () => {
    const { t, spare } = await scene();
    const d = await Directory.of(t);
    await d.take(
      entry('ada', 1),
      entry('bo', 2),
      entry('cy', 3),
      group('Crew', 11, userDn('ada')),
      group('Inner', 12, userDn('bo')),
    );
    const groups: { id: string; name: string }[] = (await t.ok('listGroups')).body.items;
    const crew = groups.find(({ name }) => name === 'Crew')?.id;
    const grown = await t.ok('addRoleMembers', { params: { roleId: spare }, body: { members: [crew] } });
    expect(grown.body.warnings).toEqual([warning]);
    // By nesting a group that has a member, and by a user who joins a group.
    const nested = await d.take(group('Crew', 11, userDn('ada'), groupDn('Inner')));
    expect(nested.warnings).toEqual([warning]);
    const run = await d.take(group('Inner', 12, userDn('bo'), userDn('cy')));
    expect(run.warnings).toEqual([warning]);
    await t.setGrants(await t.user('Client', 'client'), grants);
    const seen = await h.ok('getRun', { as: person(t.id, 'client'), params: { runId: run.id } });
    expect(seen.body.warnings).toBeUndefined();
  });

  it('to who governs users as far as they see it: what a role gives to others does not show (FP-14)', async () => {
    const { t, two, sync } = await scene();
    const as = person(t.id, 'manager');
    const manager = await t.user('Manager', 'manager');
    await t.setGrants(manager, [{ permission: 'manageUsers' }]);
    await t.ok('updateUser', { params: { userId: two }, body: { state: 'disabled' } });
    await t.ok('addRoleMembers', { params: { roleId: sync }, body: { members: [two] } });
    const enabled = await h.ok('updateUser', { as, params: { userId: two }, body: { state: 'active' } });
    expect(enabled.body.warnings).toBeUndefined();
    await t.setGrants(manager, [{ permission: 'manageUsers' }, { permission }]);
    const given = await h.ok('putUserGrants', { as, params: { userId: two }, body: { grants }, headers: any });
    expect(given.body.warnings).toEqual([warning]);
  });
});
