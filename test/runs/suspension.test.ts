// Two words on one user: the directory's, and an administrator's. A suspension outlives whatever the directory says, and
// ends only by hand.
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keys } from '../../shared/store/keys.ts';
import { Directory, deleted, group, groupDn, modified, person, userDn } from '../support/directory.ts';
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

const off = modified(userDn('ada'), 'add: nsAccountLock', 'nsAccountLock: TRUE', '-');
const on = modified(userDn('ada'), 'delete: nsAccountLock', '-');

/** Who speaks: the directory (`-` disables, `+` enables), or an administrator (`D`, `E`). */
const say = async (d: Directory, word: string) => {
  if (word === '-') return d.take(off);
  if (word === '+') return d.take(on);
  const state = word === 'D' ? 'disabled' : 'active';
  return d.tenant.call('updateUser', { params: { userId: d.user(1) }, body: { state } });
};
const seen = async (d: Directory) => {
  const { state, suspended, directoryState } = (await d.tenant.ok('getUser', { params: { userId: d.user(1) } })).body;
  return [state, suspended === true, directoryState];
};
const begun = async () => {
  const d = await Directory.of(await harness.tenant());
  await d.take(person('ada', 1));
  return d;
};

const active = ['active', false, undefined];
const suspended = ['disabled', true, 'active'];
const offThere = ['disabled', false, 'disabled'];
const offTwice = ['disabled', true, 'disabled'];

const scenarios: readonly (readonly [words: string, end: readonly unknown[]])[] = [
  ['D', suspended],
  ['DD', suspended],
  ['DE', active],
  ['D-', offTwice],
  ['D-+', suspended],
  ['D-+-+', suspended],
  ['D-+E', active],
  ['D-E', offThere],
  ['D-E+', active],
  ['-', offThere],
  ['-+', active],
  ['-D', offTwice],
  ['-D+', suspended],
  ['-D+E', active],
  ['-DE', offThere],
];

describe('a user of a directory', () => {
  it.each(scenarios)('after %s has the state that both words give', async (words, end) => {
    const d = await begun();
    for (const word of words) await say(d, word);
    expect(await seen(d)).toEqual(end);
    const before = await d.everything();
    if (words.at(-1) === '-' || words.at(-1) === '+') await say(d, words.at(-1) as string);
    expect(await d.everything()).toEqual(before);
  });

  it('whom the directory disables is enabled there only', async () => {
    const d = await begun();
    await say(d, '-');
    const before = await d.everything();
    const refused = await say(d, 'E');
    expectProblem(refused, 'owned-by-directory');
    expect(refused.body.detail).toContain('enable the user there');
    expect(await d.everything()).toEqual(before);
  });

  it('whose suspension ends while the directory disables the user stays disabled, and the answer says so', async () => {
    const d = await begun();
    for (const word of 'D-') await say(d, word);
    expect((await say(d, 'E')).body).toMatchObject({ state: 'disabled', warnings: ['disabled-by-directory'] });
    expectProblem(await say(d, 'E'), 'owned-by-directory');
  });

  it('moves its ETag with the suspension, which an event tells', async () => {
    const d = await begun();
    await say(d, '-');
    const params = { userId: d.user(1) };
    const { etag = '' } = await d.tenant.ok('getUser', { params });
    const request = { params, body: { state: 'disabled' }, headers: { 'if-match': etag } };
    await d.tenant.ok('updateUser', request);
    expectProblem(await d.tenant.call('updateUser', request), 'precondition-failed');
    const { body } = await d.tenant.ok('listEvents', { query: { target: d.user(1), limit: '1' } });
    expect(body.items[0]).toMatchObject({
      action: 'user.disabled',
      before: { state: 'disabled' },
      after: { state: 'disabled', suspended: true },
    });
  });

  it('is a new user after a deletion, and no longer suspended', async () => {
    const d = await begun();
    await say(d, 'D');
    await d.take(deleted(userDn('ada')));
    await d.take(person('ada', 1));
    expect(await seen(d)).toEqual(active);
  });

  it('who manages access rights is suspended, and enabled again, by another who does', async () => {
    const d = await begun();
    await d.tenant.role('Keepers', [{ permission: '*' }], [d.user(1)]);
    await d.tenant.setGrants(await d.tenant.user('Manager', 'manager'), [{ permission: 'manageUsers' }]);
    await say(d, '-');
    const before = await d.everything();
    const as = signedIn(d.tenant.id, 'manager');
    const request = { as, params: { userId: d.user(1) }, body: { state: 'disabled' } };
    expectProblem(await harness.call('updateUser', request), 'keeper-needed');
    expect(await d.everything()).toEqual(before);
    await say(d, 'D');
    expectProblem(await harness.call('updateUser', { ...request, body: { state: 'active' } }), 'keeper-needed');
  });
});

describe('the release before', () => {
  /** Its disabled users have no mark: its directory's word stood beside the state. */
  const unmarked = async (d: Directory) => {
    await say(d, 'D');
    await harness.client.send(
      new UpdateCommand({
        TableName: harness.table,
        Key: keys.access(d.tenant.id, d.user(1)),
        UpdateExpression: 'REMOVE suspended',
      }),
    );
  };

  it.each([
    ['', ['disabled', false, 'active']],
    ['E', active],
    ['-+', suspended],
    ['-+E', active],
  ] as const)('left users disabled by hand who are suspended: after %s', async (words, end) => {
    const d = await begun();
    await unmarked(d);
    for (const word of words) await say(d, word);
    expect(await seen(d)).toEqual(end);
  });

  it('enables a suspended user by the directory, and the mark says nothing any more', async () => {
    const d = await begun();
    await say(d, 'D');
    await harness.client.send(
      new UpdateCommand({
        TableName: harness.table,
        Key: keys.access(d.tenant.id, d.user(1)),
        UpdateExpression: 'SET #state = :on',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':on': 'active' },
      }),
    );
    expect(await seen(d)).toEqual(active);
    await say(d, '-');
    expect(await seen(d)).toEqual(offThere);
    await say(d, '+');
    expect(await seen(d)).toEqual(active);
  });
});

it('a suspension of a member leaves the group as it is', async () => {
  const d = await begun();
  await d.take(group('All', 11, userDn('ada')));
  await say(d, 'D');
  await d.take(modified(groupDn('All'), 'replace: cn', 'cn: Everybody', '-'));
  expect(await d.groupsOf(1)).toEqual([d.group(11)]);
});
