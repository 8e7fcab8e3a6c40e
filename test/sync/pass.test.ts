// The algorithm of the command, against a directory in memory and the contract: whatever happens to the directory, and
// wherever the command ends, the tenant is what an independent reading says.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../../clients/directory-sync/api.ts';
import { clockSkew } from '../../clients/directory-sync/compare.ts';
import { exits, SyncError } from '../../clients/directory-sync/exits.ts';
import { type PassOptions, type PassTools, pass } from '../../clients/directory-sync/pass.ts';
import { StateFiles } from '../../clients/directory-sync/state.ts';
import { HoldfastUnreachable } from '../../clients/typescript/index.ts';
import { Random } from '../../infra/local/model/random.ts';
import { Kill, Killed, never } from '../support/kill.ts';
import { ServiceDouble } from './double.ts';
import { onDisk, options, quiet, throughNetwork } from './troubles.ts';
import { directoryOf, World } from './world.ts';

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-sync-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

class Client {
  readonly path: string;
  readonly world: World;
  readonly service: ServiceDouble;
  /** Something that others do while a pass is under way. */
  meanwhile: () => void = () => {};
  constructor(world: World, service = new ServiceDouble()) {
    files += 1;
    this.path = join(folder, `state-${files}`);
    this.world = world;
    this.service = service;
  }
  tools(kill = never(), troubled = false): PassTools {
    const directory = directoryOf(this.world, () => kill.step(async () => this.meanwhile()));
    return {
      api: throughNetwork(this.service, this.world.random, troubled, kill),
      within: (work) => work(directory),
      files: new StateFiles(this.path, onDisk(kill)),
      report: quiet,
      now: () => 0,
      pause: () => kill.step(async () => this.service.work()),
    };
  }
  run(more: Partial<PassOptions> = {}) {
    return pass(this.tools(), { ...options, ...more });
  }
}

const started = (seed: number): Client => {
  const world = new World(new Random(seed));
  for (let n = 0; n < 12; n += 1) world.add(n < 8 ? 'user' : 'group');
  for (let n = 0; n < 20; n += 1) world.change();
  return new Client(world);
};

const calm = (): Client => {
  const client = started(1);
  for (const entry of client.world.entries.values()) entry.hidden = false;
  client.world.random.chance = () => false;
  return client;
};
const refusal = async (work: Promise<unknown>): Promise<SyncError> => {
  const error = await work.catch((one: unknown) => one);
  expect(error).toBeInstanceOf(SyncError);
  return error as SyncError;
};
const someUser = ({ world }: Client) =>
  [...world.entries.values()].find(({ kind }) => kind === 'user') as never as {
    id: string;
    mail: string;
    ends?: number;
  };
const edit = (client: Client): string => {
  const user = someUser(client);
  user.mail += 'x';
  client.world.touch(user as never);
  return user.id;
};

describe('a pass', () => {
  it('sends everything once, then what has changed, then nothing', async () => {
    const client = calm();
    expect((await client.run()).kind).toBe('applied');
    expect(client.service.seen()).toEqual(client.world.expected());
    const id = edit(client);
    await client.run();
    expect(client.service.lines.map((line) => line.id)).toEqual([id]);
    expect(await client.run()).toEqual({ kind: 'unchanged', left: 0 });
    expect(client.service.kinds).toEqual(['full', 'delta']);
  });

  it('says only where things are when an organizational unit is renamed', async () => {
    const client = calm();
    await client.run();
    client.world.units.set('a', 'staff');
    await client.run();
    expect(client.service.lines.length).toBeGreaterThan(2);
    for (const line of client.service.lines)
      expect(line).toMatchObject({ present: true, dn: expect.stringContaining('staff') });
    expect(client.service.seen()).toEqual(client.world.expected());
  });

  it('sends everything when what it knows is not what the service has', async () => {
    const reasons: [string, (client: Client) => unknown][] = [
      ['the state is lost', ({ path }) => rm(path)],
      ['the state is broken', ({ path }) => writeFile(path, 'x')],
      ['the state is cut off', async ({ path }) => writeFile(path, (await readFile(path, 'utf8')).slice(0, -30))],
      ['another run was applied', ({ service }) => Object.assign(service.sync, { cursor: 'other' })],
      ['the service asks for it', ({ service }) => Object.assign(service.sync, { needsFull: 'restored' })],
      ['the directory is another one', ({ world }) => Object.assign(world, { epoch: 'two' })],
    ];
    for (const [reason, change] of reasons) {
      const client = calm();
      await client.run();
      await change(client);
      await client.run();
      expect([reason, client.service.kinds]).toEqual([reason, ['full', 'full']]);
      expect(await client.run()).toEqual({ kind: 'unchanged', left: 0 });
    }
    const client = calm();
    await client.run();
    await client.run({ reading: 'other settings' });
    expect(client.service.kinds).toEqual(['full', 'full']);
    await client.run({ reading: 'other settings', full: true });
    expect(client.service.kinds).toEqual(['full', 'full', 'full']);
    // What is asked for mends the service, so nothing of it may be stale there.
    expect(client.service.lines.some(({ version }) => version !== undefined)).toBe(false);
  });

  it('goes on when what it knows of an open run is broken', async () => {
    for (const content of ['', '{"key":', Buffer.from([0xff, 0x0a])]) {
      const client = calm();
      await client.run();
      await writeFile(`${client.path}.opening`, content);
      expect(await client.run()).toEqual({ kind: 'unchanged', left: 0 });
    }
  });

  it('is not begun anew as a whole when it ended behind its commit', async () => {
    const client = calm();
    await client.run();
    for (const answered of [true, false]) {
      edit(client);
      const api: Partial<Api> = {
        commit: async (...args) => {
          await client.service.commit(...args);
          if (!answered) throw new HoldfastUnreachable('commitRun', new Error('no answer'));
        },
        run: async () => {
          throw new Killed();
        },
      };
      const tools = client.tools();
      await expect(pass({ ...tools, api: { ...tools.api, ...api } }, options)).rejects.toThrow(Killed);
      client.service.work();
      expect(await client.run()).toEqual({ kind: 'unchanged', left: 0 });
    }
    expect(client.service.kinds).toEqual(['full', 'delta', 'delta']);
  });

  it('rehearses without changing anything, here or there', async () => {
    const client = calm();
    await client.run();
    edit(client);
    const before = [client.service.seen(), await readFile(client.path, 'utf8')];
    expect((await client.run({ dryRun: true })).kind).toBe('planned');
    expect([client.service.seen(), await readFile(client.path, 'utf8')]).toEqual(before);
    await client.run();
    expect(client.service.seen()).toEqual(client.world.expected());
    expect(client.service.kinds).toEqual(['full', 'delta']);
  });

  it.each([true, false])(
    'that is held waits for a person, and then remembers it or sends it again (approved: %s)',
    async (approved) => {
      const client = calm();
      await client.run();
      edit(client);
      client.service.holds = true;
      for (const _ of [1, 2]) {
        const error = await refusal(client.run());
        expect(error.exit).toBe(exits.held);
        expect(error.message).toContain('/v1/directory/runs/n2/approve');
      }
      client.service.holds = false;
      client.service.decide(approved);
      // After a rejection, the same difference is found again. What became of the run is told in both cases.
      const said: string[] = [];
      await pass({ ...client.tools(), report: { ...quiet, say: (event) => said.push(event) } }, options);
      expect(said.slice(0, 3)).toEqual(approved ? ['resumed', 'applied', 'begun'] : ['dropped', 'begun', 'listed']);
      expect(client.service.seen()).toEqual(client.world.expected());
      expect(client.service.kinds).toEqual(['full', 'delta']);
    },
  );

  it('sends nothing when the directory shows no users', async () => {
    const client = calm();
    await client.run();
    for (const entry of client.world.entries.values()) if (entry.kind === 'user') entry.hidden = true;
    const error = await refusal(client.run());
    expect([error.exit, error.code]).toEqual([exits.directory, 'no-users']);
    expect(client.service.runs.size).toBe(1);
  });

  it('sends an account again when its time is over, because no marker says so', async () => {
    const client = calm();
    const user = someUser(client);
    user.ends = 3_600_000;
    client.world.touch(user as never);
    await client.run();
    const at = (now: number) => pass({ ...client.tools(), now: () => now }, options);
    expect(await at(3_600_000)).toEqual({ kind: 'unchanged', left: 0 });
    await at(3_600_000 + clockSkew);
    expect(client.service.lines.map((line) => line.id)).toEqual([user.id]);
    expect(await at(7_200_000)).toEqual({ kind: 'unchanged', left: 0 });
  });

  it('sends again what was refused and may be taken in later', async () => {
    const client = calm();
    client.service.refused.push({ batch: 1, line: 2, retry: true }, { batch: 1, line: 3, retry: false });
    expect(await client.run()).toMatchObject({ kind: 'applied', rejected: 2 });
    const second = client.service.lines[1]?.id;
    await client.run();
    expect(client.service.lines.map((line) => line.id)).toEqual([second]);
    expect(await client.run()).toEqual({ kind: 'unchanged', left: 0 });
  });

  it('ends its run when it is interrupted, and remembers nothing of it', async () => {
    const client = calm();
    await client.run();
    edit(client);
    const ending = new AbortController();
    const tools = client.tools();
    const api: Api = {
      ...tools.api,
      open: async (...args) => {
        ending.abort(new Error('interrupted'));
        return tools.api.open(...args);
      },
    };
    await expect(pass({ ...tools, api, signal: ending.signal }, options)).rejects.toThrow('interrupted');
    expect([client.service.runs.get('n2')?.state, client.service.sync.openRun]).toEqual(['abandoned', undefined]);
    await client.run();
    expect(client.service.seen()).toEqual(client.world.expected());
    expect(client.service.kinds).toEqual(['full', 'delta']);
  });

  it('leaves the run of another client alone', async () => {
    const client = calm();
    await client.run();
    edit(client);
    await client.service.open({ kind: 'delta', epoch: 'one', baseCursor: client.service.sync.cursor ?? null }, 'other');
    const error = await refusal(client.run());
    expect([error.exit, error.code]).toEqual([exits.unavailable, 'run-active']);
    expect(client.service.runs.get('n2')?.state).toBe('open');
  });

  it('is refused by a source that is switched off', async () => {
    const client = calm();
    client.service.enabled = false;
    const error = await refusal(client.run());
    expect([error.exit, error.code]).toEqual([exits.refused, 'source-off']);
    expect(error.message).toMatch(/is switched off: whoever manages access rights switches it on\.$/);
  });
});

describe('whatever happens', () => {
  const seeds = Array.from({ length: 30 }, (_, n) => n + 1);
  it.each(seeds)('the tenant is what the directory is (seed %i)', async (seed) => {
    const client = started(seed);
    const { random } = client.world;
    for (let round = 0; round < 8; round += 1) {
      for (let n = random.next() * 8; n > 0; n -= 1) client.world.change();
      client.meanwhile = () => {
        if (random.chance(0.05)) client.world.change();
      };
      // Calls that end anywhere, then one that does not.
      for (let n = random.next() * 4; n > 1; n -= 1) {
        const kill = new Kill(1 + Math.floor(random.next() * 40), random.chance(0.5));
        await pass(client.tools(kill, true), options).catch((error: unknown) => {
          if (!(error instanceof Killed || error instanceof HoldfastUnreachable)) throw error;
        });
        if (random.chance(0.5)) client.service.work();
      }
      client.meanwhile = () => {};
      await client.run();
      expect(await client.run()).toMatchObject({ kind: expect.any(String) });
      expect(client.service.seen()).toEqual(client.world.expected());
    }
  });
});

describe('an entry that the service would not understand', () => {
  it('is left out and told, stays as it was in a full run, and is sent when it has changed', async () => {
    const client = calm();
    const user = someUser(client) as { id: string; name?: string; mail: string };
    await client.run();
    const whole = client.world.whole.bind(client.world);
    client.world.whole = (entry) => {
      const found = whole(entry);
      return entry.id === user.id
        ? { ...found, attributes: { ...found.attributes, mail: ['x'.repeat(2_000)] } }
        : found;
    };
    edit(client);
    const before = client.service.seen();
    expect(await client.run()).toEqual({ kind: 'unchanged', left: 1 });
    expect(await client.run({ full: true })).toMatchObject({ kind: 'applied', left: 1 });
    expect(client.service.lines.find((line) => line.id === user.id)).toEqual({
      type: 'user',
      id: user.id,
      present: true,
    });
    expect(client.service.seen()).toEqual(before);
    client.world.whole = whole;
    edit(client);
    expect(await client.run()).toMatchObject({ kind: 'applied', left: 0 });
    expect(client.service.seen()).toEqual(client.world.expected());
  });
});

it('deletions that stay as entries, and copies that lost a conflict, are nobody', async () => {
  const client = calm();
  const user = someUser(client);
  await client.run();
  const whole = client.world.whole.bind(client.world);
  client.world.whole = (entry) => {
    const found = whole(entry);
    return entry.id === user.id ? { ...found, attributes: { ...found.attributes, nsds5replconflict: ['x'] } } : found;
  };
  edit(client);
  await client.run();
  expect(client.service.lines).toEqual([{ type: 'user', id: user.id, deleted: true }]);
  await client.run({ full: true });
  expect(client.service.lines.map((line) => line.id)).not.toContain(user.id);
});

it('who gets the login that a group lists is its member, though no marker of the group moves', async () => {
  const client = calm();
  const { world } = client;
  const [first, second] = world.seen.filter(({ kind }) => kind === 'user');
  const [group] = world.seen.filter(({ kind }) => kind === 'group');
  if (!first || !second || !group) throw new Error('too few');
  group.members.clear();
  group.logins = new Set([first.uid]);
  world.touch(group);
  await client.run();
  expect(client.service.seen().groups[group.id]?.members).toEqual([first.id]);
  second.uid = first.uid;
  first.uid = 'another';
  for (const one of [first, second]) world.touch(one);
  await client.run();
  expect(client.service.seen().groups[group.id]?.members).toEqual([second.id]);
  // Also when somebody with the login comes, and when its holder goes.
  world.entries.delete(second.id);
  const third = world.add('user');
  third.uid = second.uid;
  await client.run();
  expect(client.service.seen()).toEqual(world.expected());
  expect(client.service.seen().groups[group.id]?.members).toEqual([third.id]);
});

it('who has changed, and is deleted between listing and reading, is deleted by the next run', async () => {
  const client = calm();
  await client.run();
  const id = edit(client);
  const other = [...client.world.seen].reverse().find((one) => one.kind === 'user' && one.id !== id);
  client.world.touch(other as never);
  let asked = 0;
  client.meanwhile = () => {
    asked += 1;
    // The directory is asked for its identity, for the listing, and then for the entries.
    if (asked === 3) {
      client.world.entries.delete(id);
      for (const { members } of client.world.entries.values()) members.delete(id);
    }
  };
  await client.run();
  expect(client.service.lines.map((line) => line.id)).not.toContain(id);
  await client.run();
  expect(client.service.lines).toEqual([{ type: 'user', id, deleted: true }]);
  expect(client.service.seen()).toEqual(client.world.expected());
});
