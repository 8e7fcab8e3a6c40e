// The command's algorithm against the real handlers over HTTP: a directory in memory that changes at random, the command
// ended between any two requests or writes, answers lost, batches sent twice. In the end the tenant is what an independent
// reading says.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { apiOf } from '../../clients/directory-sync/api.ts';
import { type PassOptions, pass } from '../../clients/directory-sync/pass.ts';
import { tellPlan } from '../../clients/directory-sync/plan.ts';
import { StateFiles } from '../../clients/directory-sync/state.ts';
import { HoldfastProblem, HoldfastUnreachable } from '../../clients/typescript/index.ts';
import type { LocalServer } from '../../infra/local/adapter.ts';
import { Random } from '../../infra/local/model/random.ts';
import { directoryGroupId, directoryUserId } from '../../shared/domain/directory.ts';
import { drain, Directory as Tenancy } from '../support/directory.ts';
import { boot, type Harness, machine } from '../support/harness.ts';
import { Kill, Killed, never } from '../support/kill.ts';
import { longSuite } from '../support/patience.ts';
import { startServer, tokenFor } from '../support/server.ts';
import { onDisk, options, quiet, throughNetwork } from './troubles.ts';
import { directoryOf, World } from './world.ts';

vi.setConfig(longSuite);

let folder: string;
let harness: Harness;
let server: LocalServer;
let close: () => Promise<void>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-sync-'));
  const booted = await boot();
  harness = booted.harness;
  close = booted.engine.close;
  server = await startServer();
});
afterAll(async () => {
  await server?.close();
  await close?.();
  await rm(folder, { recursive: true, force: true });
});

const guards = Object.fromEntries(
  ['deletions', 'disablings', 'removals', 'groupRemovals'].map((kind) => [kind, { number: 10_000, percent: 100 }]),
);

/** A tenant beside a world, and calls of the command between them. */
const begun = async (seed: number) => {
  const world = new World(new Random(seed));
  for (let n = 0; n < 12; n += 1) world.add(n < 8 ? 'user' : 'group');
  for (let n = 0; n < 20; n += 1) world.change();
  const tenant = await harness.tenant();
  const { body } = await tenant.ok('createSource', { body: { name: 'Harbour', guards } });
  const tenancy = new Tenancy(tenant, body.id);
  const api = apiOf({
    url: server.url,
    source: body.id,
    token: async () => tokenFor(tenant.admin),
    pause: async () => {},
  });
  const call = (kill = never(), troubled = false, more: Partial<PassOptions> = {}) =>
    pass(
      {
        api: throughNetwork(api, world.random, troubled, kill),
        within: (work) => work(directoryOf(world, () => kill.step(async () => {}))),
        files: new StateFiles(join(folder, `state-${seed}`), onDisk(kill)),
        report: quiet,
        now: Date.now,
        pause: () => kill.step(() => drain(harness)),
      },
      { ...options, ...more },
    );
  /** What the tenant must have, by its own ids. */
  const expected = () => {
    const { users, groups } = world.expected();
    const groupsOf = (id: string): string[] =>
      Object.entries(groups)
        .filter(([, { members }]) => members.includes(id))
        .map(([one]) => directoryGroupId(body.id, one))
        .sort();
    return {
      ...Object.fromEntries(
        Object.entries(users).map(([id, { name, enabled }]) => [
          directoryUserId(body.id, id),
          { state: enabled ? 'active' : 'disabled', name, groups: groupsOf(id) },
        ]),
      ),
      ...Object.fromEntries(
        Object.entries(groups).map(([id, { name }]) => [
          directoryGroupId(body.id, id),
          { name, confers: false, parents: groupsOf(id) },
        ]),
      ),
    };
  };
  const seen = async () =>
    Object.fromEntries(
      Object.entries(await tenancy.seen()).filter(
        ([, one]) => one !== 'deleted' && (one as { state?: string }).state !== 'deleted',
      ),
    );
  return { world, tenant, source: body.id as string, call, expected, seen };
};

describe('whatever happens', () => {
  it.each(Array.from({ length: 4 }, (_, n) => n + 1))('the tenant is what the directory is (seed %i)', async (seed) => {
    const { world, call, expected, seen } = await begun(seed);
    const { random } = world;
    for (let round = 0; round < 6; round += 1) {
      for (let n = random.next() * 8; n > 0; n -= 1) world.change();
      for (let n = random.next() * 4; n > 1; n -= 1) {
        const kill = new Kill(1 + Math.floor(random.next() * 40), random.chance(0.5));
        await call(kill, true).catch((error: unknown) => {
          if (!(error instanceof Killed || error instanceof HoldfastUnreachable)) throw error;
        });
        if (random.chance(0.5)) await drain(harness);
      }
      const end = await call().catch((error: unknown) => error);
      if (end instanceof HoldfastProblem || end instanceof Error) throw end;
      expect(await seen(), `round ${round}`).toEqual(expected());
      expect(await call()).toMatchObject({ kind: expect.any(String) });
    }
  });
});

describe('a plan', () => {
  it('is told to everybody in numbers, and by name to who manages access rights', async () => {
    const { world, tenant, call, source } = await begun(1);
    await call();
    const [gone] = world.seen.filter(({ kind }) => kind === 'user');
    world.entries.delete(gone?.id ?? '');
    for (const { members } of world.entries.values()) members.delete(gone?.id ?? '');
    const token = tokenFor(tenant.admin);
    const rehearsed = async (subject: string) => {
      const api = apiOf({ url: server.url, source, token: async () => subject, pause: async () => {} });
      const lines: string[] = [];
      const logged: object[] = [];
      const outcome = await call(undefined, false, { dryRun: true });
      if (outcome.kind !== 'planned') throw new Error(outcome.kind);
      const say = (event: string, text: string, fields = {}) => {
        lines.push(text);
        logged.push({ event, ...fields });
      };
      await tellPlan({ api, report: { say, fault: say, progress: () => {} } }, outcome.run);
      return { text: lines.join('\n'), logged: JSON.stringify(logged) };
    };
    const { text, logged } = await rehearsed(token);
    expect(text).toMatch(/takes away {2}1 of \d+ \([\d.]+ %\) users/);
    expect(text).toMatch(new RegExp(`user-deleted ${gone?.name} \\(u`));
    expect(logged).toContain('"takes.users":1');
    expect(logged).not.toContain(gone?.name);
    const client = await tenant.user('Sync', 'sync');
    await tenant.role('Syncs', [{ permission: 'directorySynchronization' }], [client]);
    const seen = await rehearsed(tokenFor(machine(tenant.id, 'sync', 'directory')));
    expect(seen.text).toContain('takes away  1 of');
    expect(seen.text).not.toContain(gone?.name);
    expect(seen.text).toContain('somebody who manages access rights sees: GET /v1/directory/runs/');
  });
});
