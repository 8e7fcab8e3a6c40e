// Groups that list their members by login (RFC 2307): the user who has the login at present is the member, however it got there.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { base, Directory, deleted, group, modified, person, renamed, userDn, uuid } from '../support/directory.ts';
import { boot, type Harness } from '../support/harness.ts';

let close: () => Promise<void>;
let harness: Harness;
beforeAll(async () => {
  const booted = await boot();
  close = booted.engine.close;
  harness = booted.harness;
});
afterAll(() => close());

const posix = (name: string, n: number, ...uids: string[]): string =>
  [
    `dn: cn=${name},${base}`,
    'objectClass: posixGroup',
    `entryUUID: ${uuid(n)}`,
    `cn: ${name}`,
    `gidNumber: ${n}`,
    ...uids.map((uid) => `memberUid: ${uid}`),
  ].join('\n');
const logs = (n: number, ...uids: string[]): string =>
  [
    `dn: cn=p${n},${base}`,
    'objectClass: inetOrgPerson',
    `entryUUID: ${uuid(n)}`,
    `cn: p${n}`,
    ...uids.map((uid) => `uid: ${uid}`),
  ].join('\n');
const dn = (n: number) => `cn=p${n},${base}`;

const moves: [string, string[], string[], (readonly [number, string[]])[]][] = [
  [
    'swap, by whole entries',
    [person('una', 1), person('vic', 2), posix('ops', 11, 'una')],
    [person('vic', 1), person('una', 2)],
    [
      [1, []],
      [2, ['ops']],
    ],
  ],
  [
    'swap, both listed somewhere',
    [logs(1, 'una'), logs(2, 'vic'), posix('ops', 11, 'una'), posix('dev', 12, 'vic')],
    [logs(1, 'vic'), logs(2, 'una')],
    [
      [1, ['dev']],
      [2, ['ops']],
    ],
  ],
  [
    'swap, by changes',
    [logs(1, 'una'), logs(2, 'vic'), posix('ops', 11, 'una')],
    [modified(dn(1), 'replace: uid', 'uid: vic', '-'), modified(dn(2), 'replace: uid', 'uid: una', '-')],
    [
      [1, []],
      [2, ['ops']],
    ],
  ],
  [
    'swap, by renames',
    [person('una', 1), person('vic', 2), posix('ops', 11, 'una')],
    [renamed(userDn('una'), 'uid=tmp'), renamed(userDn('vic'), 'uid=una'), renamed(userDn('tmp'), 'uid=vic')],
    [
      [1, []],
      [2, ['ops']],
    ],
  ],
  [
    'move round in a circle',
    [logs(1, 'a'), logs(2, 'b'), logs(3, 'c'), posix('ops', 11, 'a'), posix('dev', 12, 'b')],
    [logs(1, 'b'), logs(2, 'c'), logs(3, 'a')],
    [
      [1, ['dev']],
      [2, []],
      [3, ['ops']],
    ],
  ],
  ['end', [logs(1, 'una'), posix('ops', 11, 'una')], [logs(1)], [[1, []]]],
  [
    'change to one that is listed too',
    [logs(1, 'una'), posix('ops', 11, 'una', 'u2')],
    [logs(1, 'u2')],
    [[1, ['ops']]],
  ],
  [
    'are two, of which one goes',
    [logs(1, 'una', 'u2'), posix('ops', 11, 'una', 'u2'), posix('dev', 12, 'una')],
    [logs(1, 'u2')],
    [[1, ['ops']]],
  ],
  [
    'pass to somebody new',
    [logs(1, 'una'), posix('ops', 11, 'una')],
    [logs(1, 'x'), logs(2, 'una')],
    [
      [1, []],
      [2, ['ops']],
    ],
  ],
  [
    'pass from somebody deleted',
    [logs(1, 'una'), posix('ops', 11, 'una')],
    [deleted(dn(1)), logs(2, 'una')],
    [[2, ['ops']]],
  ],
  [
    'change together with the list',
    [logs(1, 'una'), posix('ops', 11, 'una')],
    [
      logs(1, 'u2'),
      modified(`cn=ops,${base}`, 'delete: memberUid', 'memberUid: una', '-', 'add: memberUid', 'memberUid: u2', '-'),
    ],
    [[1, ['ops']]],
  ],
  [
    'go, and the list forgets them in the same file',
    [logs(1, 'una'), posix('ops', 11, 'una')],
    [logs(1, 'u2'), modified(`cn=ops,${base}`, 'delete: memberUid', 'memberUid: una', '-')],
    [[1, []]],
  ],
  [
    'go, and the whole list is another',
    [logs(1, 'una'), logs(2, 'vic'), posix('ops', 11, 'una')],
    [logs(1, 'u2'), posix('ops', 11, 'vic')],
    [
      [1, []],
      [2, ['ops']],
    ],
  ],
];

describe('members by login follow the login', () => {
  const names: Record<string, number> = { ops: 11, dev: 12 };
  it.each(moves)('when logins %s', async (_, before, records, after) => {
    const d = await Directory.of(await harness.tenant());
    await d.take(...before);
    const run = await d.take(...records);
    expect(run.counts).toMatchObject({ rejected: 0 });
    const groups = (list: readonly string[]) => list.map((name) => d.group(names[name] as number)).sort();
    for (const [n, list] of after) expect([n, await d.groupsOf(n)]).toEqual([n, groups(list)]);
    const settled = await d.everything();
    expect((await d.take(...records)).counts).toMatchObject({ applied: 0, rejected: 0 });
    expect(await d.everything()).toEqual(settled);
  });

  it('in a run after the one that took it away, too', async () => {
    const d = await Directory.of(await harness.tenant());
    await d.take(logs(1, 'una'), posix('ops', 11, 'una'));
    await d.take(logs(1, 'x'));
    expect(await d.groupsOf(1)).toEqual([]);
    await d.take(logs(2, 'una'));
    expect(await d.groupsOf(2)).toEqual([d.group(11)]);
    await d.take(deleted(dn(2)));
    await d.take(logs(3, 'una'));
    expect(await d.groupsOf(3)).toEqual([d.group(11)]);
    await d.take(deleted(`cn=ops,${base}`), logs(3, 'x'));
    await d.take(logs(4, 'una'), group('Other', 13));
    expect(await d.groupsOf(4)).toEqual([]);
  });
});
