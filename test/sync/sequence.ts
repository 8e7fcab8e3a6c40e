// The story of a directory from its first load on, told by a real server and read by the real client. After each run the
// tenant's users, groups, memberships and decisions equal what another program reads from the server.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RealDirectory } from '../support/ldap.ts';
import { type Ended, SyncClient } from './client.ts';
import { Journey } from './journey.ts';
import { Office } from './office.ts';

interface Story {
  readonly kind: RealDirectory['kind'];
  readonly base: string;
  readonly people: number;
  readonly groups: number;
  readonly start: (entries: readonly string[]) => Promise<RealDirectory>;
}

/** Registers the tests of the story, each of which goes on where the one before it has ended. */
export const tellStory = ({ kind, base, people, groups, start }: Story): void => {
  const office = new Office(kind, base, { people, groups });
  let directory: RealDirectory;
  let journey: Journey;
  let client: SyncClient;
  /** What the tenant has had since the last run that was applied. */
  let had: Awaited<ReturnType<Journey['agrees']>>;
  beforeAll(async () => {
    directory = await start(office.entries());
    journey = await Journey.start(directory);
    client = await SyncClient.create(journey, journey.url);
    // The third level contains itself by way of the first.
    await directory.change(office.join('leaf 1', office.group('top 0')));
  });
  afterAll(async () => {
    await client?.close();
    await journey?.close();
    await directory?.close();
  });

  /** Changes the directory and runs the client, which must end as told; then both sides agree. */
  const follows = async (label: string, changes: readonly string[], exit: Ended['exit'] = 'done'): Promise<Ended> => {
    if (changes.length > 0) await directory.change(...changes);
    const ended = await client.run();
    expect(ended.exit, `${label}: ${JSON.stringify(ended.log)}`).toBe(exit);
    if (exit === 'done') had = await journey.agrees(label);
    else await journey.agrees(`${label}: nothing is applied`, had);
    return ended;
  };
  let broken = false;
  /** A step of the story, which nobody can follow once one before it has failed. */
  const step = (name: string, body: () => Promise<void>): void => {
    it(name, async ({ skip }) => {
      skip(broken, 'the story broke off before');
      broken = true;
      await body();
      broken = false;
    });
  };
  const ids = (count: number, from = 20): number[] => office.people.slice(from, from + count);

  const heldRun = async (): Promise<string> => {
    const { body } = await journey.tenant.ok('getSource', { params: { sourceId: journey.source } });
    return body.sync.heldRun;
  };
  const planOf = async () =>
    (await journey.tenant.ok('getRunPlan', { params: { runId: await heldRun() }, query: { limit: '200' } })).body;
  /** The users whom the held plan names for a loss. */
  const losses = async (loss: string): Promise<string[]> => {
    const found: string[] = [];
    const params = { runId: await heldRun() };
    let cursor: string | undefined;
    do {
      const query = { limit: '200', ...(cursor !== undefined && { cursor }) };
      const { body } = await journey.tenant.ok('getRunPlan', { params, query });
      for (const one of body.items) if (one.loss === loss) found.push(one.user.id);
      cursor = body.cursor;
    } while (cursor !== undefined);
    return found;
  };
  const approve = async () => {
    const { digest } = await planOf();
    const runId = await heldRun();
    await journey.tenant.ok('approveRun', { params: { runId }, body: { digest } });
    expect(await journey.over(runId)).toMatchObject({ state: 'done' });
    return client.run();
  };
  const reject = async () => journey.tenant.ok('rejectRun', { params: { runId: await heldRun() } });

  step('loads everything at first', async () => {
    await follows('first load', []);
    await journey.give('leaf 1', 'middle 0', 'top 0', 'leaf 2');
    await journey.agrees('with roles');
  });

  step('changes nothing when nothing has changed', async () => {
    const before = await journey.facts();
    const { log } = await follows('again', []);
    expect(log.map(({ event }) => event)).toContain('unchanged');
    const after = await journey.facts();
    const keys = new Set([...before.keys(), ...after.keys()]);
    expect([...keys].filter((key) => before.get(key) !== after.get(key))).toEqual([]);
  });

  step('follows people and groups that come', async () => {
    const [one, two] = [office.hire('north'), office.hire('east')];
    await follows('added', [
      one.change,
      two.change,
      office.join('leaf 1', office.person(one.n)),
      office.found('Newcomers', office.person(one.n), office.person(two.n), office.group('leaf 3')),
    ]);
  });

  step('follows renames of people and groups, whatever is in their names', async () => {
    const [one = 0] = ids(1);
    await follows('renamed', [
      office.rename(0, 'Ruiz "Rosa", R. + Co'),
      office.rename(one, 'renamed once'),
      office.renameGroup('leaf 3', 'leaf, "three"'),
      office.replace(office.person(8), { displayName: ['Somebody Else'], mail: ['else@harbour.example'] }),
    ]);
  });

  step('follows people who move, and units that move with all in them', async () => {
    await follows('moved', [
      ...ids(3).map((n) => office.move(n, 'west')),
      office.moveUnit('south', 'deep south', 'archive'),
      office.moveUnit('archive', 'attic', 'people'),
    ]);
  });

  step('follows accounts that are disabled and enabled, without a password too', async () => {
    const [one = 0, two = 0, three = 0] = ids(3, 30);
    await follows('disabled', [office.disable(one), office.disable(two), office.disable(three)]);
    await follows('enabled', [office.enable(two)]);
  });

  step('follows deletions of people and of a group', async () => {
    await follows('deleted', [...ids(3, 40).map((n) => office.dismiss(n)), office.dissolve('Newcomers')]);
  });

  step('holds a run that empties a group, until its plan is approved', async () => {
    await follows('emptied', [office.empty('leaf 5')], 'held');
    // Later runs wait.
    await follows('while it is held', [], 'held');
    await approve();
    had = await journey.agrees('approved');
  });

  step('follows groups that nest anew, around a cycle, and are cut', async () => {
    await follows(
      'nested',
      [
        office.join('leaf 6', office.group('leaf 7')),
        office.join('leaf 7', office.group('leaf 6')),
        office.leave('top 0', office.group('middle 0')),
        office.join('top 1', office.group('middle 0')),
      ],
      'held',
    );
    // Everybody within the group that leaves loses what the other one gives.
    await approve();
    had = await journey.agrees('nested');
  });

  // Active Directory has no names without an entry.
  if (kind === 'ldap')
    step(
      'follows members that are named before they are there: who then comes, is renamed, or moves with a unit',
      async () => {
        const [one = 0, two = 0] = ids(2, 70);
        await follows('founded', [office.found('Early', office.person(one))]);
        const { n, change } = office.hire('north');
        await follows('named before it comes', [office.join('Early', office.person(n))]);
        await follows('comes', [change]);
        const renames = office.rename(two, 'named before');
        await follows('named before it is renamed', [office.join('Early', office.person(two))]);
        await follows('is renamed', [renames]);
        const moves = office.moveUnit('west', 'far west', 'people');
        const inside = office.people.filter((each) => office.person(each).includes('far west')).slice(0, 2);
        await follows('named before the unit moves', [
          office.join('Early', ...inside.map((each) => office.person(each))),
        ]);
        await follows('the unit moves', [moves]);
      },
    );

  step('follows primary groups', async () => {
    const [one = 0, two = 0] = kind === 'ldap' ? [23, 33] : ids(2, 50);
    if (kind === 'ldap') {
      await follows('primary', [
        `dn: cn=unix,ou=groups,${base}\nchangetype: add\nobjectClass: posixGroup\ncn: unix\ngidNumber: 100\nmemberUid: u8`,
        office.replace(office.person(two), { gidNumber: ['100'] }),
      ]);
      await follows('no longer', [office.replace(office.person(one), { gidNumber: ['300'] })]);
      return;
    }
    const token = await directory.valueOf(office.group('leaf 2'), 'primaryGroupToken');
    const out = await directory.valueOf('CN=Domain Users,CN=Users,DC=example,DC=test', 'primaryGroupToken');
    await follows('joined', [office.join('leaf 2', office.person(one), office.person(two))]);
    await follows('primary', [office.replace(office.person(one), { primaryGroupID: [token] })]);
    await follows('no longer', [office.replace(office.person(one), { primaryGroupID: [out] })]);
  });

  step('follows everything at once', async () => {
    const { n, change } = office.hire('east');
    const [one = 0, two = 0, three = 0, four = 0] = ids(4, 60);
    await follows(
      'everything',
      [
        change,
        office.join('leaf 8', office.person(n)),
        office.rename(one, 'at once'),
        office.move(two, 'north'),
        office.disable(three),
        office.dismiss(four),
        office.moveUnit('east', 'far east', 'archive'),
        office.renameGroup('leaf 9', 'leaf nine'),
        office.leave('leaf 1', office.group('top 0')),
      ],
      'held',
    );
    // Everybody within the first group loses what `leaf 1` gives.
    await approve();
    had = await journey.agrees('everything');
  });

  step('holds what looks like a mass deletion because the account reads less than before', async () => {
    await directory.hide(office.unit('north'));
    await follows('hidden', [], 'held');
    await reject();
    // Nobody has looked after the account, so the next run is held as well.
    await follows('hidden still', [], 'held');
    await reject();
    await directory.show();
    await follows('shown again', []);
  });

  step('holds a real mass deletion, tells who would go, and applies it once it is approved', async () => {
    // OpenLDAP takes each of them out of all groups by itself, which takes most of a second in a large directory.
    const gone = office.people.filter((_, at) => at % 3 === 0).slice(0, 1_000);
    await follows(
      'many gone',
      gone.map((n) => office.dismiss(n)),
      'held',
    );
    const named = await losses('user-deleted');
    const left = Object.keys((await journey.expected()).users);
    expect(named).toHaveLength(gone.length);
    // Whoever is had and not named is still there, and nobody else.
    expect(
      Object.keys(had.users)
        .filter((id) => !named.includes(id))
        .sort(),
    ).toEqual(left.sort());
    await approve();
    had = await journey.agrees('many gone, approved');
  });
};
