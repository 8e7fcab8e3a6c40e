// One tenant as a file and back: exported, changed, restored beside the living one, compared; after every crash.
import { randomUUID } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../infra/local/engine.ts';
import type { TenantId } from '../../shared/domain/base/ids.ts';
import { setRuntime } from '../../shared/http/gateway/runtime.ts';
import { type Archive, exportTenant, restoreTenant } from '../../shared/store/archive.ts';
import { keys, partitions } from '../../shared/store/keys.ts';
import { purgeSlice } from '../../shared/store/purge.ts';
import { verify } from '../../shared/store/repair.ts';
import { sealSlice } from '../../shared/store/sealing.ts';
import { Store } from '../../shared/store/store.ts';
import { boot, type Harness, onNewTable, operator, person, service, type Tenant } from '../support/harness.ts';
import { expectProblem } from '../support/problems.ts';
import { samples, Targets } from '../support/samples.ts';
import { sealAll, sealFaults, sealNow } from '../support/sealed.ts';

let engine: Engine;
let h: Harness;
beforeAll(async () => {
  ({ engine, harness: h } = await boot());
});
afterAll(() => engine.close());

/** A tenant with something of everything that an export keeps. */
const furnished = async (): Promise<Tenant> => {
  const t = await h.tenant();
  const targets = Targets.fresh(t);
  for (const id of ['createRule', 'putRuleRights', 'createDraft', 'postDelta', 'deleteUser'] as const)
    await t.ok(id, await samples[id](targets));
  await t.ok('createSession', { as: service(t.id), body: { user: t.firstUser } });
  await t.ok('createRole', { body: { name: 'Once' }, headers: { 'idempotency-key': randomUUID() } });
  await t.user('Bo', 'bo');
  return t;
};

const exported = async (t: { readonly id: TenantId }, store: Store = h.store) => {
  const lines: string[] = [];
  const manifest = await exportTenant(store.db, t.id, async (all) => {
    lines.length = 0;
    for await (const line of all) lines.push(line.trimEnd());
  });
  return { manifest, lines };
};
const archive = (lines: readonly string[]): Archive =>
  async function* () {
    yield* lines;
  };
const state = async (id: string) => (await h.ok('getTenantById', { as: operator, params: { tenantId: id } })).body;
const move = (id: string, to: string) =>
  h.call('updateTenantById', { as: operator, params: { tenantId: id }, body: { state: to, reason: 'For the test' } });

describe('an export', () => {
  it('is the same for the same tenant, leaves it alone, and holds no key of a request', async () => {
    const t = await furnished();
    const before = await h.items(t.id);
    const [one, another] = [await exported(t), await exported(t)];
    expect(one.manifest.digest).toBe(another.manifest.digest);
    expect(await h.items(t.id)).toEqual(before);
    const kept = before.filter(({ PK }) => !/#(I#|LOG$)/.test(String(PK)));
    expect(one.manifest.items).toBe(kept.length);
    expect(one.lines).toHaveLength(kept.length + 2);
    await t.ok('createRole', { body: { name: 'Later' } });
    expect((await exported(t)).manifest.digest).not.toBe(one.manifest.digest);
  });

  it('holds no recovery under way, and is refused for a tenant that is being purged', async () => {
    const t = await h.tenant();
    const put = (Item: object) => h.client.send(new PutCommand({ TableName: h.table, Item }));
    const { lines } = await exported(t);
    await put({ ...keys.recovery(t.id), rev: 1 });
    expect((await exported(t)).lines.slice(1)).toEqual(lines.slice(1));
    const [head] = await h.store.db.read([keys.head(t.id)]);
    await put({ ...head, lifecycle: { state: 'purging', since: '2026-03-02T00:00:00.000Z', reason: 'For the test' } });
    await expect(exported(t)).rejects.toThrow('is being purged');
  });

  it('is refused for a tenant that is not there, is damaged, or never rests', async () => {
    await expect(exported({ id: 't000000000000' as TenantId })).rejects.toThrow(/There is no tenant/);
    const t = await h.tenant();
    const restless = exportTenant(h.store.db, t.id, async (all) => {
      for await (const _ of all);
      await t.user('In between');
    });
    await expect(restless).rejects.toThrow(/changes all the time/);
    let scans = 0;
    const { digest } = await exportTenant(h.store.db, t.id, async (all) => {
      for await (const _ of all);
      scans += 1;
      if (scans === 1) await t.user('Once in between');
    });
    expect([scans, digest]).toEqual([2, (await exported(t)).manifest.digest]);
    await h.store.db.transact(
      [
        {
          Update: {
            TableName: '',
            Key: { PK: `T#${t.id}`, SK: 'HEAD' },
            UpdateExpression: 'SET #sum = :sum',
            ExpressionAttributeNames: { '#sum': 'sum' },
            ExpressionAttributeValues: { ':sum': 4711 },
          },
        },
      ],
      randomUUID(),
    );
    await expect(exported(t)).rejects.toThrow(/is damaged \(sum/);
  });
});

describe('a restore', () => {
  it('beside the living tenant is what the tenant was, verified, with the rights of then', async () => {
    const t = await furnished();
    const bo = (await t.ok('listUsers', { query: { name: 'Bo' } })).body.items[0].id;
    await t.role('Then', [{ permission: 'billing' }], [bo]);
    const { manifest, lines } = await exported(t);
    await t.ok('deleteUser', { params: { userId: bo } });
    await t.ok('updateTenant', { body: { name: 'Renamed since' } });
    const living = await h.items(t.id);

    const restored = await restoreTenant(h.store, archive(lines));
    expect(restored.tenant).not.toBe(t.id);
    expect(await h.items(t.id), 'the living one is left alone').toEqual(living);
    expect((await verify(h.store.db, restored.tenant))?.findings).toEqual([]);
    // Its own event of the restore is the only difference.
    const again = await exported({ id: restored.tenant });
    expect(again.manifest.items).toBe(manifest.items + 1);
    expect(await state(restored.tenant)).toMatchObject({ state: 'active' });

    const as = person(restored.tenant, 'admin');
    const check = { as: service(restored.tenant), body: { user: bo, permission: 'billing' } };
    expect((await h.ok('check', check)).body.allowed).toBe(true);
    expectProblem(await t.call('getUser', { params: { userId: bo } }), 'not-found');
    await h.ok('createRole', { as, body: { name: 'Works' } });
    const { name } = (await h.ok('getTenant', { as })).body;
    const listed = (await h.ok('listTenants', { as: operator, query: { name } })).body.items;
    expect(listed.map((one: { id: string }) => one.id)).toContain(restored.tenant);
    const query = { tenant: restored.tenant };
    const [event] = (await h.ok('listOperatorEvents', { as: operator, query })).body.items;
    expect(event).toMatchObject({ action: 'tenant.restored', after: { from: t.id, digest: manifest.digest } });

    await expect(restoreTenant(h.store, archive(lines))).rejects.toThrow(/There is a tenant/);
    const other = await restoreTenant(h.store, archive(lines), { copy: '2' });
    expect(other.tenant).not.toBe(restored.tenant);
  });

  it('keeps the id where the tenant is absent, and its state', async () => {
    const t = await furnished();
    await move(t.id, 'suspended');
    const { lines } = await exported(t);
    const { store } = await onNewTable(engine, h.client);
    setRuntime(h.runtime);
    await expect(restoreTenant(h.store, archive(lines), { sameId: true })).rejects.toThrow(
      /There is a tenant .*--same-id/,
    );
    const { tenant } = await restoreTenant(store, archive(lines), { sameId: true });
    expect(tenant).toBe(t.id);
    expect((await verify(store.db, tenant))?.findings).toEqual([]);
    expect(await store.rests(tenant)).toBe(true);
  });

  it('writes nothing for a file that is not whole, or none of ours', async () => {
    const { lines } = await exported(await furnished());
    const count = async () => (await h.store.db.scan('T#')).length;
    const before = await count();
    const altered = lines.map((line, i) => (i === 3 ? line.replace(/"PK":"/, '"more":"x","PK":"') : line));
    for (const broken of [
      [],
      ['{}'],
      lines.slice(0, -1),
      lines.slice(0, 5),
      altered,
      [...lines, lines[1] as string],
      lines.slice(1),
    ])
      await expect(restoreTenant(h.store, archive(broken))).rejects.toThrow(/not whole|no export/);
    expect(await count()).toBe(before);
  });

  it('takes no item that would stand among the data or the lists of another tenant', async () => {
    const [t, victim] = [await h.tenant(), await h.tenant()];
    const { lines } = await exported(t);
    const other = partitions.tenant(victim.id);
    const user = lines.find((line) => line.includes('"SK":"PROFILE"')) as string;
    const foreign = [
      JSON.stringify({ PK: `${other}#BOOK`, SK: 'role#r00000000000000000000' }),
      JSON.stringify({ ...JSON.parse(user), NPK: partitions.names(victim.id)[0] }),
      JSON.stringify({ ...JSON.parse(user), TPK: `${other}#TARGET#tenant#0` }),
    ];
    const before = await h.items(victim.id);
    for (const item of foreign) {
      const file = lines.map((line) => (line === user ? item : line));
      await expect(restoreTenant(h.store, archive(file))).rejects.toThrow(/item of another tenant/);
    }
    expect(await h.items(victim.id)).toEqual(before);
  });

  it('is seen by a process that had read the lost tenant at the same version', async () => {
    const t = await h.tenant();
    const bo = await t.user('Bo', 'bo');
    const roleId = await t.role('Billing', [{ permission: 'billing' }], [bo]);
    const { lines } = await exported(t);
    await t.ok('createRole', { body: { name: 'Lost' } });
    const warm = new Store({ client: h.client, table: h.table });
    const kept = await warm.view(t.id);
    // The table is lost past the store, restored under its name, and changed to the same version by others.
    const lost = await h.items(t.id);
    for (const { PK, SK } of lost)
      await h.store.db.transact([{ Delete: { Key: { PK, SK }, TableName: '' } }], randomUUID());
    const others = new Store({ client: h.client, table: h.table });
    setRuntime({ ...h.runtime, store: others });
    await restoreTenant(others, archive(lines), { sameId: true });
    await t.ok('removeRoleMembers', { params: { roleId }, body: { members: [bo] } });
    const view = await warm.view(t.id);
    setRuntime(h.runtime);
    expect(view?.book.version).toBe(kept?.book.version);
    const members = [...(view?.book.records.values() ?? [])].filter((one) => one.kind === 'members');
    expect(members).toEqual(
      [...((await others.view(t.id))?.book.records.values() ?? [])].filter((one) => one.kind === 'members'),
    );
    expect([...(view?.book.roles.values() ?? [])].map(({ record }) => record.name)).not.toContain('Lost');
  });

  it('serves nobody before it is verified, goes on after a crash at any write, and cannot be resumed by hand', async () => {
    const t = await furnished();
    const { manifest, lines } = await exported(t);
    const send = h.client.send.bind(h.client);
    let id = '';
    let last: Error | undefined;
    // The restore dies at its first, second, third … write, before it happens and after.
    for (let turn = 0; last === undefined || last.message === 'the process died'; turn += 1) {
      let writes = 0;
      h.client.send = async (command, options) => {
        if (!/TransactWrite/.test(command.constructor.name)) return send(command, options);
        writes += 1;
        if (writes > turn / 2 + 1) throw new Error('the process died');
        const answer = await send(command, options);
        if (writes > turn / 2) throw new Error('the process died');
        return answer;
      };
      last = await restoreTenant(h.store, archive(lines)).then(
        () => new Error('restored'),
        (error: Error) => error,
      );
      h.client.send = send;
      if (turn !== 1) continue;
      const half = (await h.store.db.scan('T#')).find((item) => (item.lifecycle as { restoring?: string })?.restoring);
      id = String(half?.PK).slice(2);
      expectProblem(await h.call('getTenant', { as: person(id, 'admin') }), 'tenant-suspended');
      expect(await state(id)).toMatchObject({ state: 'suspended', restoring: true });
      expectProblem(await move(id, 'active'), 'too-early');
    }
    // It died after its last write, so the repetition finds the tenant restored.
    expect(last.message).toMatch(/There is a tenant/);
    expect((await exported({ id: id as TenantId })).manifest.items).toBe(manifest.items + 1);
    expect((await verify(h.store.db, id as TenantId))?.findings).toEqual([]);
    const events = (await h.ok('listOperatorEvents', { as: operator, query: { tenant: id } })).body.items;
    expect(events.map((e: { action: string }) => e.action)).toEqual(['tenant.restored']);
  });
});

describe('the seal', () => {
  const segmentsOf = async (id: TenantId, store = h.store) => (await sealFaults(store.db, id)).segments;

  it('is left out of a copy, which is sealed anew under its own name; the settings of the audit stay', async () => {
    const t = await furnished();
    const { size } = await sealNow(t);
    await t.ok('putAuditSettings', await samples.putAuditSettings(Targets.fresh(t)));
    const { lines } = await exported(t);
    const { tenant } = await restoreTenant(h.store, archive(lines));
    const seal = (await h.items(tenant)).filter(({ PK }) => String(PK).endsWith('#SEAL'));
    expect(seal.map(({ SK }) => SK)).toEqual(['SETTINGS']);
    expect(await sealAll(h.store.db, tenant, -1)).toBe(0);
    const { events, faults } = await sealFaults(h.store.db, tenant);
    expect(faults).toEqual([]);
    // Its own settings and its restoration came last.
    expect(events.length).toBe(size + 2);
    expect(events[0].tenant).toBe(tenant);
    expect((await sealFaults(h.store.db, t.id)).faults).toEqual([]);
  });

  it('stays under the same id, and goes on where it was', async () => {
    const t = await furnished();
    await sealNow(t);
    const before = await segmentsOf(t.id);
    const { lines } = await exported(t);
    const other = await onNewTable(engine, h.client);
    setRuntime(h.runtime);
    await restoreTenant(other.store, archive(lines), { sameId: true });
    expect(await segmentsOf(t.id, other.store)).toEqual(before);
    await sealAll(other.store.db, t.id, -1);
    const { segments, faults } = await sealFaults(other.store.db, t.id);
    expect(faults).toEqual([]);
    expect(segments).toHaveLength(before.length + 1);
  });

  it('that moves during a scan has the tenant scanned again', async () => {
    const t = await furnished();
    let scans = 0;
    await exportTenant(h.store.db, t.id, async (all) => {
      for await (const _ of all);
      scans += 1;
      if (scans === 1) await sealNow(t);
    });
    expect(scans).toBe(2);
  });

  it('goes with a purged tenant', async () => {
    const t = await h.tenant();
    await sealNow(t);
    await h.client.send(
      new PutCommand({
        TableName: h.table,
        Item: { ...(await h.store.db.read([keys.head(t.id)]))[0], lifecycle: purging },
      }),
    );
    await h.store.db.put({ ...keys.purge(t.id), ...beginning });
    for (let more = true; more; ) more = await purgeSlice(h.store, t.id);
    expect(await h.items(t.id)).toEqual([]);
    expect(await sealSlice(h.store.db, t.id, { margin: -1 })).toEqual({ late: 0, more: false });
  });
});

const purging = { state: 'purging', since: '2026-03-02T00:00:00.000Z', reason: 'For the test' };
const beginning = {
  ...{ rev: 1, done: false, by: { kind: 'operator', id: 'o' }, reason: 'For the test', requestId: 'q' },
  ...{ startedAt: '2026-03-02T00:00:00.000Z', found: 0, counts: {}, digest: '' },
};
