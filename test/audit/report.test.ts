// Who had access when, computed from exported files: as the service answered at that time, with gaps named.
import { globSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Told } from '../../clients/audit/report/replay/order.ts';
import { replayed } from '../../clients/audit/report/replay/replay.ts';
import { eventLine, sealedEvent, sealingForm } from '../../shared/audit/line.ts';
import { utcDay } from '../../shared/audit/names.ts';
import { changeActions } from '../../shared/domain/base/actions.ts';
import { withParts } from '../../shared/store/event-content.ts';
import { type StoredEvent, toEvent } from '../../shared/store/items.ts';
import { csvLine } from '../../shared/text/csv.ts';
import { Directory, group, groupDn, person, userDn } from '../support/directory.ts';
import { boot, type Harness, type Tenant } from '../support/harness.ts';
import { eventsIn } from '../support/sealed.ts';
import { called } from './called.ts';
import { madeExport, testNotary } from './made.ts';

let close: () => Promise<void>;
let harness: Harness;
let now = Date.UTC(2026, 10, 3, 8);
// Each look at the clock is a millisecond later, so that ids stand in the order of requests.
const tick = () => {
  now += 1;
  return now;
};
const clock = { now: tick, sleep: async () => {}, random: () => 0.5 };
const folders: string[] = [];

beforeAll(async () => {
  const booted = await boot({ clock });
  close = booted.engine.close;
  harness = booted.harness;
});
afterAll(async () => {
  await close();
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
});

const notary = testNotary();
const key = ['--key', notary.jwk.kid];

/** The lines of all events of a tenant, as they are sealed. */
const linesOf = async ({ id, harness: { store } }: Tenant): Promise<string[]> => {
  const items = [...(await eventsIn(store.db, id)).values()].sort((a, b) => (String(a.SK) < String(b.SK) ? -1 : 1));
  const events = await Promise.all(items.map((item) => withParts(store.db, id, toEvent(item) as StoredEvent)));
  return events.map((event, i) => eventLine(sealingForm, id, i + 1, event));
};

/** A folder with the exported files of a tenant. @param parts numbers of events in each */
const exportedTo = async (tenant: string, lines: readonly string[], parts = [lines.length]): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-report-'));
  folders.push(folder);
  const line = (_: string, sequence: number) => lines[sequence - 1] as string;
  const made = await madeExport({ tenant, notary, days: [parts], firstDay: utcDay(now), manifests: false, line });
  for (const [name, bytes] of made) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
  return folder;
};

const jsonLines = (text: string) => text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
/** A minute later, so that each moment is quiet. */
const later = (): string => {
  now += 60_000;
  return new Date(now - 1).toISOString();
};

describe('a report', () => {
  let d: Directory;
  let tenant: Tenant;
  let folder: string;
  let lines: string[];
  let bo: string;
  let role: string;
  let policy: string;
  /** What the service said of Bo, and of Ada of the directory, by time. */
  const said: { at: string; user: string; permissions: { permission: string; scope: unknown; paths: object[] }[] }[] =
    [];
  const times: string[] = [];
  const ask = async () => {
    const at = later();
    times.push(at);
    for (const user of [bo, d.user(1)]) {
      const { status, body } = await tenant.call('getEffectivePermissions', { params: { userId: user } });
      said.push({ at, user, permissions: status === 404 ? [] : body.permissions });
    }
  };

  beforeAll(async () => {
    d = await Directory.of(await harness.tenant());
    ({ tenant } = d);
    bo = await tenant.user('Bo', 'bo');
    await d.take(person('ada', 1), group('All', 11, userDn('ada')), group('Top', 12, groupDn('All')));
    await ask();
    role = await tenant.role('=Readers, "all"', [{ permission: 'billing' }], [bo, d.group(12)]);
    policy = (await tenant.ok('createPolicy', { body: { name: 'Sales' } })).body.id;
    await ask();
    await tenant.setGrants(bo, [{ permission: 'viewQuarantine', policies: [policy] }]);
    await tenant.roleGrants(role, [{ permission: 'manageUsers' }, { permission: 'billing' }]);
    await ask();
    await tenant.ok('updateUser', {
      params: { userId: bo },
      body: { state: 'disabled' },
      headers: { 'if-match': (await tenant.ok('getUser', { params: { userId: bo } })).etag ?? '' },
    });
    await ask();
    await d.take(group('Top', 12));
    await tenant.ok('deletePolicy', { params: { policyId: policy } });
    await tenant.ok('updateUser', {
      params: { userId: bo },
      body: { state: 'active' },
      headers: { 'if-match': (await tenant.ok('getUser', { params: { userId: bo } })).etag ?? '' },
    });
    await ask();
    await tenant.ok('deleteRole', { params: { roleId: role } });
    await tenant.ok('deleteUser', { params: { userId: bo } });
    await ask();
    lines = await linesOf(tenant);
    folder = await exportedTo(tenant.id, lines);
  });

  const report = (...words: string[]) => called(['report', folder, ...words]);

  it('says of each user at each moment what the service said, with the ways', async () => {
    const held = new Set<number>();
    for (const { at, user, permissions } of said) {
      const { code, out, err } = await report('--user', user, '--at', at, '--json');
      expect(`${code} ${err.includes('"gap"')}`).toBe('0 false');
      const told = jsonLines(out).filter(({ event }) => event === 'permission');
      held.add(told.length);
      const plain = (one: { permission: string; scope: unknown }) => `${one.permission} ${JSON.stringify(one.scope)}`;
      expect(told.map(plain).sort()).toEqual(permissions.map(plain).sort());
      for (const one of permissions) {
        const own = told.find((line) => plain(line) === plain(one));
        const ways = own.ways.map(({ via, groups }: { via: string; groups?: string[] }) => ({
          via,
          ...(groups && { groups }),
        }));
        const sorted = (all: object[]) => all.map((way) => JSON.stringify(way)).sort();
        expect(sorted(ways)).toEqual(sorted(one.paths));
      }
    }
    expect(held.size).toBeGreaterThan(2);
  });

  it('says since when, and by which event', async () => {
    const { out } = await report('--user', d.user(1), '--at', times[2] as string, '--json', '--why');
    const events = new Map(lines.map((line) => [sealedEvent(line).id, sealedEvent(line)]));
    const [billing, users] = ['billing', 'manageUsers'].map(
      (permission) => jsonLines(out).find((line) => line.permission === permission)?.ways[0],
    );
    expect(events.get(billing.by)).toMatchObject({ action: 'role.members.added', target: role });
    expect(events.get(users.by)).toMatchObject({ action: 'role.grants.replaced', target: role, at: users.since });
    expect(billing.how).toMatch(/^role r\w+ \(=Readers, "all"\), in g\w+ \(All\) within g\w+ \(Top\)$/);
  });

  it('says of somebody deleted, or never there, that nothing was open', async () => {
    const gone = await report('--user', bo, '--at', times[5] as string);
    expect(gone.out).toMatch(/was deleted since .* by user\.deleted/);
    const never = await report('--user', 'u00000000000000000000', '--at', times[5] as string);
    expect(never.out).toContain('had no such user');
  });

  it('says what somebody got and lost between two times', async () => {
    const { out } = await report('--user', d.user(1), '--between', times[0] as string, times[2] as string, '--json');
    expect(
      jsonLines(out)
        .filter(({ event }) => event === 'got')
        .map(({ permission }) => permission)
        .sort(),
    ).toEqual(['billing', 'manageUsers']);
    const lost = await report('--user', d.user(1), '--between', times[2] as string, times[5] as string, '--json');
    expect(jsonLines(lost.out).filter(({ event }) => event === 'lost')).toHaveLength(2);
  });

  it('reviews roles and own grants, a role, and whoever holds a permission, as CSV that computes nothing', async () => {
    const at = times[2] as string;
    const all = await report('--review', '--at', at, '--csv');
    expect(all.code).toBe(0);
    const [head, ...rows] = all.out.split('\r\n');
    expect(head).toBe('user,name,kind,state,subject,id,title,scope,how,since,by,sequence');
    expect(rows.filter((row) => row.startsWith(`${bo},`))).toHaveLength(2);
    const one = await report('--review', '--role', role, '--at', at, '--csv');
    expect(one.out).toContain(`,role,${role},"'=Readers, ""all""",`);
    expect(
      one.out
        .split('\r\n')
        .slice(1, -1)
        .map((row) => row.split(',')[0])
        .sort(),
    ).toEqual([bo, d.user(1)].sort());
    const held = await report('--review', '--permission', 'viewQuarantine', '--at', at, '--json');
    const who = jsonLines(held.out).filter(({ event }) => event === 'access');
    expect(who.map(({ user, scope }) => `${user} ${scope}`).sort()).toEqual(
      [`${bo} policies ${policy}`, `${tenant.firstUser} account`].sort(),
    );
    // Of a disabled user a permission is not effective, and the role would be.
    const off = await report('--review', '--permission', 'billing', '--at', times[3] as string, '--json');
    expect(off.out).not.toContain(bo);
    expect((await report('--review', '--role', role, '--at', times[3] as string)).out).toContain('disabled person');
  });

  it('takes names from the values that a pull has kept', async () => {
    const values = await mkdtemp(join(tmpdir(), 'holdfast-values-'));
    folders.push(values);
    const value = (event: string, name: string) => JSON.stringify({ event, user: bo, after: { name } });
    await writeFile(
      join(values, 'values-000000000001-000000000009.ndjson'),
      `${value('e0', 'Bo')}\n${value('e01', 'Bo Berg')}\n${value('f', 'later')}\n`,
    );
    const { out } = await report('--review', '--role', role, '--at', times[1] as string, '--values', values);
    expect(out).toContain(`${bo} (Bo Berg), active person`);
  });

  it('says whether the files were verified, and refuses those that are not as sealed', async () => {
    const words = ['--user', bo, '--at', times[1] as string];
    expect((await report(...words)).err).toContain('The files were not verified');
    const verified = await report(...words, ...key);
    expect(`${verified.code} ${verified.err}`).toContain(
      `0 Note: The files were verified up to sequence ${lines.length}.`,
    );
    const forged = lines.map((line, i) => (i === 3 ? line.replace('"outcome":"done"', '"outcome":"refused"') : line));
    const other = await exportedTo(tenant.id, forged);
    const [part] = globSync(`${folder}/tenant=*/dt=*/part-*.gz`);
    const [bad] = globSync(`${other}/tenant=*/dt=*/part-*.gz`);
    await writeFile(part as string, await readFile(bad as string));
    try {
      expect((await report(...words, ...key)).code).toBe(3);
    } finally {
      folder = await exportedTo(tenant.id, lines);
    }
  });

  it('names what is not there', async () => {
    const half = Math.floor(lines.length / 2);
    const whole = folder;
    folder = await exportedTo(tenant.id, lines, [3, half - 3, lines.length - half]);
    await rm(globSync(`${folder}/tenant=*/dt=*/part-000000000004*`)[0] as string);
    const { code, err } = await report('--user', d.user(1), '--at', times[5] as string);
    expect(code).toBe(9);
    expect(err).toContain(`Gap: The files have no events 4 to ${half}`);
    expect(err).toMatch(/Gap: Events are missing: nothing tells of the changes that made version/);
    await rm(globSync(`${folder}/tenant=*/dt=*/part-000000000001*`)[0] as string);
    const headless = await report('--user', d.user(1), '--at', times[5] as string);
    expect(headless.code).toBe(9);
    expect(headless.err + headless.out).toMatch(
      /No event up to .*: it was created later, or the files of its first days are missing/,
    );
    folder = whole;
  });

  it.each([
    [['--at', '2026-11-03'], 'Either --user ID or --review'],
    [['--user', 'u1'], 'Either --at TIME or --between'],
    [['--user', 'u1', '--at', '2026-11-03T08:00:00'], 'a time with its zone'],
    [['--user', 'u1', '--at', '2026-02-30'], 'a time with its zone'],
    [['--user', 'u1', '--at', '2026-11-03', '--csv'], 'are for --review'],
    [['--review', '--at', '2026-11-03', '--why'], 'are for --user'],
    [['--review', '--role', 'r1', '--permission', 'p', '--at', '2026-11-03'], 'exclude each other'],
    [['--user', 'u1', '--between', '2026-11-03'], 'needs two times'],
  ])('refuses %j', async (words, why) => {
    const { code, err } = await report(...words);
    expect(`${code} ${err}`).toContain(`2 ${why}`.slice(0, 2));
    expect(err).toContain(why);
  });
});

describe('a replay', () => {
  const told = (sequence: number, event: Partial<Told>): Told => ({
    sequence,
    id: `e${sequence}`,
    at: new Date(now + sequence * 1_000).toISOString(),
    action: 'role.grants.replaced',
    target: 'r1',
    outcome: 'done',
    actor: { kind: 'person' },
    ...event,
  });
  const grants = (permission: string) => ({ after: { grants: [{ permission }] } });

  it('follows the order of commits, where ids stand the wrong way round', async () => {
    const state = await replayed([
      told(1, { version: 3, difference: grants('second') }),
      told(2, { version: 2, difference: grants('first') }),
      told(3, { action: 'user.created', target: 'u1', basis: 3, rev: 3, difference: { after: { kind: 'person' } } }),
      told(4, { action: 'user.deleted', target: 'u1', basis: 3, rev: 2, difference: { before: {} } }),
    ]);
    expect(state.roles.get('r1')?.grants.map(({ grant }) => grant.permission)).toEqual(['second']);
    expect(state.user('u1')?.state).toBe('active');
  });

  it('keeps the order of a change set, whatever asks for one of its operations first', async () => {
    const member = (of: string, revs?: readonly number[]) => ({ members: [of], ...(revs && { revs }) });
    const replaced = { action: 'role.members.replaced', version: 3 };
    const state = await replayed([
      told(1, { action: 'user.updated', target: 'u1', basis: 2, rev: 2, difference: { after: { state: 'active' } } }),
      told(2, { ...replaced, difference: { before: member('u1'), after: member('g1') } }),
      told(3, { ...replaced, difference: { before: member('g1'), after: member('u1', [1]) } }),
    ]);
    expect([...(state.roles.get('r1')?.groups.keys() ?? [])]).toEqual([]);
    expect([...(state.roles.get('r1')?.members.keys() ?? [])]).toEqual(['u1']);
  });

  it('names a version of the book that no event tells, and an action that it does not know', async () => {
    const state = await replayed([
      told(1, { version: 4 }),
      told(2, { version: 7 }),
      told(3, { action: 'role.invented', version: 8 }),
    ]);
    expect(state.gaps.join('\n')).toContain('version 5, 6 of roles');
    expect(state.gaps.join('\n')).toContain('does not know the action role.invented');
  });

  it('names what an older release has not told, and guesses nothing', async () => {
    const difference = { after: { name: 'Harbour', catalogue: 'exchange-rules', firstUser: 'u1' } };
    const state = await replayed([
      told(1, { action: 'tenant.created', target: 'u1', difference }),
      told(2, { action: 'role.members.added', target: 'r9', difference: { after: { members: ['u1'] } } }),
    ]);
    expect(state.gaps.join('\n')).toContain('tells neither the version of its catalogue nor the ids');
    expect(state.gaps.join('\n')).toContain('r9 was there before the first event here');
    expect(state.tenant?.catalogueVersion).toBeUndefined();
  });

  it('applies every change of the service, whatever its difference lacks', async () => {
    for (const action of changeActions) {
      const state = await replayed([told(1, { action })]);
      expect(state.last?.action, action).toBe(action);
      expect(state.gaps.join(), action).not.toContain('does not know the action');
    }
  });
});

it('CSV quotes what it must, and makes texts of formulas', () => {
  expect(csvLine(['a', 'b,c', 'd"e', 'f\ng', '=1', ' +1', '-1', '@x', '\tx', '＝1', '1-2', ''])).toBe(
    `a,"b,c","d""e","f\ng","'=1","' +1","'-1","'@x","'\tx","'＝1",1-2,\r\n`,
  );
});
