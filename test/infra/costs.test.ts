// The costs that docs/deploy.md states: computed, and from units that operations really consume.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { root } from '../../infra/bundle/bundle.ts';
import { billOf, cheaperFrom, compared, lineBytes, perThing, units } from '../../infra/costs/bill.ts';
import { profileFrom, withCosts } from '../../infra/costs.ts';
import type { DocumentClient } from '../../shared/store/db.ts';
import { sealStateOf } from '../../shared/store/seal-state.ts';
import { Directory, person } from '../support/directory.ts';
import { bootEngine, Harness, service, type Tenant } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { sealAll } from '../support/sealed.ts';

vi.setConfig(longSuite);

test('the table in docs/deploy.md is the one that is computed', () => {
  const text = readFileSync(join(root, 'docs/deploy.md'), 'utf8');
  expect(text, 'run npm run costs -- --write').toBe(withCosts(text));
});

test('a million strong checks costs 2 dollars at most, and a million snapshot tokens less than 1 dollar more than that', () => {
  const cost = (what: string) => perThing().find((line) => line.what.startsWith(what))?.cost ?? Number.NaN;
  expect(cost('strong checks, one by one')).toBeLessThanOrEqual(2);
  expect(cost('snapshot tokens') - cost('strong checks, one by one')).toBeLessThan(1);
});

test('a bill has a line for each thing that its tenants use, and names what is wrong with a profile', () => {
  const example = readFileSync(join(root, 'infra/costs/profile.example.json'), 'utf8');
  const bill = billOf(profileFrom(example));
  expect(bill.map(({ what }) => what)).toEqual(
    expect.arrayContaining([
      'strong checks',
      'cold loads',
      'snapshot tokens',
      'gigabytes of logs kept',
      'metrics of operations',
    ]),
  );
  const idle = billOf(profileFrom('{"tenants": [{"count": 0}]}')).reduce((sum, { cost }) => sum + cost, 0);
  expect(bill.reduce((sum, { cost }) => sum + cost, 0)).toBeGreaterThan(idle);
  expect(() => profileFrom('{"tenants": [{"count": 1, "strongCheks": 5}]}')).toThrow(/strongCheks/);
  expect(() => profileFrom('{"tenants": []}')).toThrow(/tenants/);
});

test.each([false, true])(
  'checks are cheaper on managed instances from some rate on, and not below (with savings plans: %s)',
  (plans) => {
    const from = cheaperFrom(plans);
    expect(from).toBeGreaterThan(10);
    for (let perSecond = 10; perSecond <= 20_000; perSecond += 10) {
      const { managed, onDemand } = compared(perSecond, plans);
      expect([perSecond, managed < onDemand]).toEqual([perSecond, perSecond >= from]);
    }
  },
);

interface Consumed {
  readonly CapacityUnits?: number;
  readonly WriteCapacityUnits?: number;
}

/** What sealing consumes: an event of many, in tenths, and a look where there is nothing. */
const sealing = async (
  tenant: Tenant,
  consumes: (run: () => Promise<unknown>) => Promise<{ reads: number; writes: number }>,
) => {
  const { db } = tenant.harness.store;
  const all = await consumes(() => sealAll(db, tenant.id, 0));
  const { size = Number.NaN } = (await sealStateOf(db, tenant.id)) ?? {};
  expect(size).toBeGreaterThan(100);
  const each = (used: number) => Math.ceil((10 * used) / size) / 10;
  return {
    sealedEvent: { reads: each(all.reads), writes: each(all.writes) },
    quietSeal: await consumes(() => sealAll(db, tenant.id, 0)),
  };
};

test('the units are those that the embedded engine counts, as the service would', async () => {
  const { engine, client, table } = await bootEngine();
  const sum = { reads: 0, writes: 0 };
  const counting: DocumentClient = {
    send: async (command, options) => {
      command.input.ReturnConsumedCapacity = 'TOTAL';
      const answer = await client.send(command, options);
      const writes = /Write|Update|Put|Delete/.test(command.constructor.name);
      const all = [answer.ConsumedCapacity ?? []].flat() as Consumed[];
      for (const { CapacityUnits = 0 } of all) sum[writes ? 'writes' : 'reads'] += CapacityUnits;
      return answer;
    },
  };
  try {
    const tenant = await new Harness(counting, table).tenant();
    const user = await tenant.user('Member');
    const [first, second] = [await tenant.user('One'), await tenant.user('Two')];
    const roleId = await tenant.role('Role', [{ permission: 'viewQuarantine' }], [first]);
    const as = service(tenant.id);
    const question = { user, permission: 'viewQuarantine' };
    const consumes = async (run: () => Promise<unknown>) => {
      Object.assign(sum, { reads: 0, writes: 0 });
      await run();
      return { ...sum };
    };
    const { harness } = tenant;
    const session = await harness.ok('createSession', { as, body: { user } });
    const sessionId = session.body.id;
    await harness.ok('createSnapshotToken', { as, params: { sessionId } });
    // Where each user is, and the book, are in memory from here on.
    await tenant.ok('check', { as, body: question });
    const directory = await Directory.of(tenant);
    const people = Array.from({ length: 100 }, (_, n) => person(`p${n}`, n + 1));
    const perUser = ({ reads, writes }: typeof sum) => ({
      reads: Math.round(reads / people.length),
      writes: Math.round(writes / people.length),
    });
    const measured = {
      strongCheck: await consumes(() => harness.ok('check', { as, body: question })),
      // About somebody who is not known yet; about others it reads nothing.
      boundedCheck: await consumes(() =>
        harness.ok('check', { as, body: { ...question, user: first, consistency: 'bounded' } }),
      ),
      batchOfOneUser: await consumes(() =>
        harness.ok('checkBatch', { as, body: { checks: Array.from({ length: 100 }, () => question) } }),
      ),
      snapshotToken: await consumes(() => harness.ok('createSnapshotToken', { as, params: { sessionId } })),
      addMember: await consumes(() => tenant.ok('addRoleMembers', { params: { roleId }, body: { members: [second] } })),
      directoryUser: perUser(await consumes(() => directory.take(...people))),
      ...(await sealing(tenant, consumes)),
    };
    expect(measured).toEqual(units);
    const { level, message, fields } = harness.logs.find(({ fields }) => fields.operation === 'check') as never;
    const line = JSON.stringify({ level, message, timestamp: new Date().toISOString(), ...(fields as object) });
    expect(line.length + 27).toBeLessThanOrEqual(lineBytes.function);
  } finally {
    await engine.close();
  }
});
