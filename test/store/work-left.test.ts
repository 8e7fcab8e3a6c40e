// What a process that ended has left to do is found by the next one: runs under way and sweeps that wait, of all tenants.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Engine } from '../../infra/local/engine.ts';
import { workLeft } from '../../shared/store/sweep.ts';
import { boot, type Harness } from '../support/harness.ts';

let engine: Engine;
let h: Harness;
beforeAll(async () => {
  ({ engine, harness: h } = await boot());
});
afterAll(() => engine.close());

it('finds the runs and sweeps of all tenants that nobody has worked on, and nothing else', async () => {
  const [idle, first, second] = [await h.tenant(), await h.tenant(), await h.tenant()];
  const { body: source } = await first.ok('createSource', { body: { name: 'Office' } });
  const file = 'version: 1\n\ndn: ou=x,dc=example\nobjectClass: organizationalUnit\nou: x\n';
  const run = await first.ok('postDelta', { params: { sourceId: source.id }, body: file });
  const bea = await second.user('Bea');
  const role = await second.role('Left behind', [], [bea]);
  await second.ok('deleteRole', { params: { roleId: role } });
  const found: { tenant: string; kind: string; id: string }[] = [];
  for await (const work of workLeft(h.store.db)) found.push(work);
  expect(found).toContainEqual({ tenant: first.id, kind: 'run', id: run.body.id, source: source.id });
  expect(found.map(({ tenant, kind }) => `${tenant} ${kind}`).sort()).toEqual(
    [`${first.id} run`, `${second.id} sweep`].sort(),
  );
  expect(found.some(({ tenant }) => tenant === idle.id)).toBe(false);
});
