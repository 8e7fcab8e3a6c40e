// A membership in a group ends with the last of its origins: an administrator's hand, and the source of the group.
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UserId } from '../../shared/domain/base/ids.ts';
import { keys } from '../../shared/store/keys.ts';
import { verify } from '../../shared/store/repair.ts';
import { Directory, deleted, drain, group, groupDn, modified, person, userDn } from '../support/directory.ts';
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

const ada = `member: ${userDn('ada')}`;
const all = groupDn('All');
const byHand = (d: Directory, how: 'add' | 'remove', ...members: string[]) =>
  d.tenant.call(`${how}GroupMembers`, { params: { groupId: d.group(11) }, body: { members } });
const originsOf = async (d: Directory, id: string = d.user(1)) => {
  const { body } = await d.tenant.ok('listGroupMembers', { params: { groupId: d.group(11) } });
  return body.items
    .find((one: { id: string }) => one.id === id)
    ?.origins.map((one: string) => (one === d.source ? 'source' : one));
};
const begun = async (...members: string[]) => {
  const d = await Directory.of(await harness.tenant());
  await d.take(person('ada', 1), person('bo', 2), group('All', 11, ...members));
  await d.tenant.role('Of the group', [{ permission: 'billing' }], [d.group(11)]);
  return d;
};
const sound = async (d: Directory) => expect((await verify(harness.store.db, d.tenant.id))?.findings).toEqual([]);

/** Who speaks of Ada in the group: the directory (`+`, `-`), its whole lists (`L`, `l`), or an administrator (`A`, `R`). */
const words: Record<string, (d: Directory) => Promise<unknown>> = {
  '+': (d) => d.take(modified(all, 'add: member', ada, '-')),
  '-': (d) => d.take(modified(all, 'delete: member', ada, '-')),
  L: (d) => d.take(group('All', 11, userDn('ada'))),
  l: (d) => d.take(group('All', 11, userDn('bo'))),
  A: (d) => byHand(d, 'add', d.user(1)),
  R: (d) => byHand(d, 'remove', d.user(1)),
};
const both = ['hand', 'source'];
const scenarios: readonly (readonly [said: string, end: readonly string[] | undefined])[] = [
  ['A', ['hand']],
  ['AA', ['hand']],
  ['AR', undefined],
  ['A-', ['hand']],
  ['Al', ['hand']],
  ['A+', both],
  ['AL', both],
  ['A+-', ['hand']],
  ['ALl', ['hand']],
  ['A+R', ['source']],
  ['A+R-', undefined],
  ['A+-R', undefined],
  ['+', ['source']],
  ['+A', both],
  ['+R', ['source']],
  ['+A-', ['hand']],
  ['LAl', ['hand']],
  ['LAR', ['source']],
  ['LARl', undefined],
];

describe('a membership', () => {
  it.each(scenarios)('after %s has the origins that are left', async (said, end) => {
    const d = await begun();
    for (const word of said) await words[word]?.(d);
    expect(await originsOf(d)).toEqual(end);
    expect(await d.groupsOf(1)).toEqual(end ? [d.group(11)] : []);
    expect(await d.tenant.check(d.user(1), { permission: 'billing' })).toBe(end !== undefined);
    // The last word once more changes nothing.
    const before = await d.everything();
    await words[said.at(-1) as string]?.(d);
    expect(await d.everything()).toEqual(before);
    await sound(d);
  });

  it('by hand is for users of any source, and no directory touches it', async () => {
    const d = await begun(userDn('ada'));
    const local = await d.tenant.user('Local');
    const { body } = await d.tenant.ok('createUser', { body: { kind: 'machine', name: 'Machine' } });
    expect((await byHand(d, 'add', local, body.id, d.user(1))).body).toEqual({
      members: [
        { id: local, origins: ['hand'] },
        { id: body.id, origins: ['hand'] },
        { id: d.user(1), origins: ['hand', d.source] },
      ],
    });
    await d.take(group('All', 11));
    for (const id of [local, body.id]) expect(await originsOf(d, id)).toEqual(['hand']);
    expect(await d.tenant.check(local, { permission: 'billing' })).toBe(true);
    await d.tenant.ok('deleteUser', { params: { userId: local } });
    await drain(harness);
    expect((await d.tenant.ok('restoreUser', { params: { userId: local } })).body.warnings).toBeUndefined();
    expect(await originsOf(d, local)).toEqual(['hand']);
    await sound(d);
  });

  it('of a directory that is removed by hand stays, with a warning', async () => {
    const d = await begun(userDn('ada'));
    const warnings = [`still-in-group:${d.source}`];
    const stays = { members: [{ id: d.user(1), origins: [d.source] }], warnings };
    expect((await byHand(d, 'remove', d.user(1))).body).toEqual(stays);
    await byHand(d, 'add', d.user(1), d.user(2));
    const some = { members: [...stays.members, { id: d.user(2), origins: [] }], warnings };
    expect((await byHand(d, 'remove', d.user(1), d.user(2))).body).toEqual(some);
    expect((await byHand(d, 'remove', d.user(2))).body).toEqual({ members: [{ id: d.user(2), origins: [] }] });
  });

  it('ends with the group, by hand or not, and does not come back with a new one of the name', async () => {
    const d = await begun();
    const local = await d.tenant.user('Local');
    await byHand(d, 'add', local, d.user(1));
    await d.take(deleted(all));
    await drain(harness);
    await d.take(group('All', 11, userDn('ada')));
    expect(await originsOf(d, local)).toBeUndefined();
    expect(await originsOf(d)).toEqual(['source']);
    expect((await harness.store.access(d.tenant.id, d.user(1)))?.origins).toBeUndefined();
    await sound(d);
  });

  it('ends with a life: a user who comes back by the directory is in no group by hand', async () => {
    const d = await begun();
    await byHand(d, 'add', d.user(1));
    await d.take(deleted(userDn('ada')));
    await d.take(person('ada', 1));
    await words['+']?.(d);
    expect(await originsOf(d)).toEqual(['source']);
  });

  it('by a primary group ends with it, and one by hand stays', async () => {
    const d = await begun();
    const lead = (number: string) => modified(userDn('ada'), 'replace: gidNumber', `gidNumber: ${number}`, '-');
    await d.take(group('All', 11).concat('\ngidNumber: 500'));
    await byHand(d, 'add', d.user(1));
    await d.take(lead('500'));
    expect(await originsOf(d)).toEqual(both);
    await d.take(lead('501'));
    expect(await originsOf(d)).toEqual(['hand']);
    await byHand(d, 'remove', d.user(1));
    expect(await originsOf(d)).toBeUndefined();
  });

  it('of a group whose source is deleted ends by hand', async () => {
    const d = await begun(userDn('ada'));
    const { etag = '' } = await d.tenant.ok('getSource', { params: { sourceId: d.source } });
    await d.tenant.ok('deleteSource', { params: { sourceId: d.source }, headers: { 'if-match': etag } });
    expect((await byHand(d, 'remove', d.user(1))).body.members).toEqual([{ id: d.user(1), origins: [] }]);
    expect(await d.groupsOf(1)).toEqual([]);
  });

  it('is told in the audit of the group and of the user', async () => {
    const d = await begun();
    await byHand(d, 'add', d.user(1));
    for (const target of [d.group(11), d.user(1)]) {
      const { body } = await d.tenant.ok('listEvents', { query: { target, action: 'group.members.added' } });
      expect(body.items[0]).toMatchObject({ target: d.group(11), after: { members: [d.user(1)] } });
    }
  });
});

describe('what is refused changes nothing:', () => {
  const unchanged = async (
    d: Directory,
    code: Parameters<typeof expectProblem>[1],
    ask: () => ReturnType<typeof byHand>,
  ) => {
    const before = await d.everything();
    expectProblem(await ask(), code);
    expect(await d.everything()).toEqual(before);
  };

  it('who is no user, a group that is none, and more than a transaction holds', async () => {
    const d = await begun();
    await unchanged(d, 'invalid-request', () => byHand(d, 'add', d.user(1), 'u00000000000000000000'));
    await unchanged(d, 'invalid-request', () => byHand(d, 'add', ...Array.from({ length: 31 }, () => d.user(1))));
    const request = { params: { groupId: d.group(77) }, body: { members: [d.user(1)] } };
    await unchanged(d, 'not-found', () => d.tenant.call('addGroupMembers', request));
  });

  it('somebody who manages users only, of any group', async () => {
    const d = await begun();
    await d.tenant.setGrants(await d.tenant.user('Manager', 'manager'), [{ permission: 'manageUsers' }]);
    const as = signedIn(d.tenant.id, 'manager');
    const request = { as, params: { groupId: d.group(11) }, body: { members: [d.user(1)] } };
    for (const id of ['addGroupMembers', 'removeGroupMembers'] as const)
      await unchanged(d, 'forbidden', () => harness.call(id, request));
  });

  it('the last access manager leaves no group that makes one, and a group without a mark makes one by hand', async () => {
    const d = await begun();
    const { tenant } = d;
    const next = await tenant.user('Next', 'next');
    await byHand(d, 'add', next);
    await tenant.role('Keepers', [{ permission: '*' }], [d.group(11)]);
    await tenant.ok('deleteUser', { params: { userId: tenant.firstUser } });
    const as = signedIn(tenant.id, 'next');
    const remove = () =>
      harness.call('removeGroupMembers', { as, params: { groupId: d.group(11) }, body: { members: [next] } });
    const before = (await d.everything()).filter(({ SK }) => SK !== 'HEAD');
    expectProblem(await remove(), 'last-access-manager');
    expect((await d.everything()).filter(({ SK }) => SK !== 'HEAD')).toEqual(before);
    const other = await harness.ok('createUser', { as, body: { kind: 'person', name: 'Other' } });
    const { body } = await harness.ok('inviteUser', { as, params: { userId: other.body.id } });
    const members = { as, params: { groupId: d.group(11) }, body: { members: [other.body.id] } };
    await harness.ok('addGroupMembers', members);
    expectProblem(await remove(), 'last-access-manager');
    const accepted = { as: signedIn(tenant.id, 'other'), body: { invitation: body.invitation } };
    await harness.ok('acceptInvitation', accepted);
    expect((await remove()).body.members).toEqual([{ id: next, origins: [] }]);
    await sound(d);
  });
});

describe('the release before, which does not know origins,', () => {
  const write = (d: Directory, id: UserId, expression: string, values?: object) =>
    harness.client.send(
      new UpdateCommand({
        TableName: harness.table,
        Key: keys.access(d.tenant.id, id),
        UpdateExpression: expression,
        ...(values && { ExpressionAttributeValues: values }),
      }),
    );

  it('may end a membership by hand with the directory; the note then says nothing, and it is put back by hand', async () => {
    const d = await begun(userDn('bo'));
    await byHand(d, 'add', d.user(1));
    const ref = [...((await harness.store.access(d.tenant.id, d.user(1)))?.groups ?? [])];
    await write(d, d.user(1), 'DELETE groups :ref', { ':ref': new Set(ref) });
    expect(await d.tenant.check(d.user(1), { permission: 'billing' })).toBe(false);
    await words['+']?.(d);
    expect(await originsOf(d)).toEqual(['source']);
    await words['-']?.(d);
    expect(await originsOf(d)).toBeUndefined();
    await byHand(d, 'add', d.user(1));
    expect(await originsOf(d)).toEqual(['hand']);
  });
});
