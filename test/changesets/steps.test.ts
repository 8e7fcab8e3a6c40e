// A change set equals its steps, done one after the other; and it happens wholly and once, whatever gets lost on the way.
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ruleOperations } from '../../shared/routes/rules.ts';
import type { DocumentClient } from '../../shared/store/db.ts';
import { toDeleted } from '../../shared/store/deleted.ts';
import { bootEngine, Harness, Tenant } from '../support/harness.ts';
import { long } from '../support/patience.ts';
import { grown, type Listed, moveOf, numbers, requestOf, type Small, smallTenant, steady } from './moves.ts';

/** A client whose answers to transactions can get lost: before they are carried out, or after. */
class Losing implements DocumentClient {
  readonly #client: DocumentClient;
  /** What happens to the next transactions. */
  next: ('before' | 'after' | 'pass')[] = [];

  constructor(client: DocumentClient) {
    this.#client = client;
  }

  async send(command: { constructor: { name: string } }, options?: unknown) {
    const fate = command.constructor.name === 'TransactWriteCommand' ? this.next.shift() : undefined;
    const lost = Object.assign(new Error('the answer got lost'), { name: 'TimeoutError' });
    if (fate === 'before') throw lost;
    const answer = await this.#client.send(command, options);
    if (fate === 'after') throw lost;
    return answer;
  }
}

let harness: Harness;
let losing: Losing;
let table: string;
let close: () => Promise<void>;
beforeAll(async () => {
  const { engine, client, table: name } = await bootEngine();
  losing = new Losing(client);
  table = name;
  harness = new Harness(losing, name);
  close = () => engine.close();
});
afterAll(() => close());

/** The same tenant once more, under another id: all ids within are the same. */
const copied = async ({ id, firstUser }: Tenant): Promise<Tenant> => {
  const copy = harness.store.ids.next('tenant');
  for (const item of await harness.items(id)) {
    const moved = (key: string) => (typeof item[key] === 'string' ? { [key]: item[key].replace(id, copy) } : {});
    const Item = { ...item, ...moved('PK'), ...moved('NPK'), ...moved('NSK'), ...moved('TPK') };
    await losing.send(new PutCommand({ TableName: table, Item }));
  }
  return new Tenant(harness, copy, firstUser);
};

/** All items of a tenant without the numbers of their writes; created ids are replaced by their order. */
const stateOf = async (tenant: Tenant, created: readonly string[], known: readonly string[]) => {
  const all = await harness.facts(tenant.id);
  // Where a deleted user is still listed is left to the sweep; who was never written is listed nowhere. Texts that events
  // refer to go by the event.
  const dead = new Set(all.filter(({ state }) => state === 'deleted').map(({ id }) => id));
  const items = all.filter(
    ({ PK, SK }) =>
      !/#(LOG|SWEEP)$|#V#/.test(String(PK)) && SK !== 'HEAD' && !(/#[GP]#/.test(String(PK)) && dead.has(SK)),
  );
  const lives = created.map((id) => items.find((item) => item.id === id && item.SK === 'ACCESS')?.life);
  const plain = (key: string, value: unknown) => {
    if (['rev', 'stamp', 'createdAt', 'deletedAt', 'expires'].includes(key)) return undefined;
    if (key === 'invitation') return true;
    return value instanceof Set ? [...value].sort() : value;
  };
  const opened = items.map((item) =>
    item.SK === 'DELETED' ? { ...item, bytes: undefined, ...toDeleted(item, 0)?.deleted } : item,
  );
  // The shard of a word follows from the user's id.
  let text = JSON.stringify(opened, plain)
    .replaceAll(tenant.id, 'tenant')
    .replace(/#WORD#\d/g, '#WORD#');
  created.forEach((id, i) => {
    text = text.replaceAll(id, `created${i}`);
    if (lives[i]) text = text.replaceAll(String(lives[i]), `life${i}`);
  });
  text = text.replace(/\ba[0-9a-hjkmnp-tv-z]{12}\b/g, (id) => (known.includes(id) ? id : 'action'));
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map((one) => JSON.stringify(sorted(one))).sort();
    if (value === null || typeof value !== 'object') return value;
    const entries = Object.entries(value).filter(([key]) => key !== 'NPK');
    return Object.fromEntries(
      entries
        .sort(([x], [y]) => (x < y ? -1 : 1))
        // Actions are in an order that says something.
        .map(([key, one]) => [key, key === 'actions' && Array.isArray(one) ? { ...one.map(sorted) } : sorted(one)]),
    );
  };
  return (JSON.parse(text) as object[]).map((item) => JSON.stringify(sorted(item))).sort();
};

/** Every operation that changes something about rules. */
const ruleWrites = Object.entries(ruleOperations)
  .filter(([, { data }]) => data === 'write')
  .map(([id]) => id)
  .sort();

const createdBy = (bodies: readonly { operation: string; body?: { id?: string } }[]): string[] =>
  bodies.flatMap(({ operation, body }) => (/^(create|clone)/.test(operation) && body?.id ? [body.id] : []));

it('CT-27: a change set comes to what its steps come to one after the other', { timeout: long }, async () => {
  const done = new Map<string, number>();
  let referring = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(numbers, { minLength: 8, maxLength: 16 }), async (drawn) => {
      let small: Small = await smallTenant(harness);
      const { tenant } = small;
      const known = [...small.users, ...small.roles, ...small.policies, ...small.rules, ...small.actions]
        .concat(small.categories)
        .concat(tenant.firstUser);
      const alone = await copied(tenant);
      const steps: Listed[] = [];
      const names = new Map<string, string>();
      const answered: { operation: string; status: number; body?: { id?: string } }[] = [];
      for (const [turn, move] of drawn.entries()) {
        const step = moveOf(small, move, `${turn}`);
        const { status, body } = await alone.call(step.operation, requestOf(step));
        if (status >= 400) continue;
        // In the set, what it makes itself goes by a name.
        let text = JSON.stringify(step);
        for (const [id, name] of names) text = text.replaceAll(id, `$${name}`);
        if (text.includes('"$')) referring += 1;
        const as = /^(create|clone)/.test(step.operation) ? `made${turn}` : undefined;
        if (as) {
          names.set(body.id, as);
          small = grown(small, step.operation, body.id);
        }
        steps.push({ ...JSON.parse(text), ...(as && { as }) });
        answered.push({ operation: step.operation, status, ...(body !== undefined && { body }) });
      }
      if (steps.length === 0) return;
      const { status, body } = await tenant.call('submitChangeSet', { body: { operations: steps } });
      const about = JSON.stringify({ steps, body });
      expect(status, about).toBe(200);
      const results = body.results as typeof answered;
      const bare = results.map(({ operation, status: one, body: of }) => ({
        operation,
        status: one,
        ...(of && { body: of }),
      }));
      expect(steady(bare, known), about).toEqual(steady(answered, known));
      expect(await stateOf(tenant, createdBy(results), known), about).toEqual(
        await stateOf(alone, createdBy(answered), known),
      );
      for (const { operation } of steps) done.set(operation, (done.get(operation) ?? 0) + 1);
    }),
    { numRuns: 20, seed: 11, endOnFailure: true },
  );
  const aboutRules = [...done].filter(([operation]) => /Rule|Action|Categories/.test(operation));
  expect(aboutRules.map(([operation]) => operation).sort()).toEqual(ruleWrites);
  expect(referring).toBeGreaterThan(3);
});

describe('whatever gets lost', () => {
  it.each([
    ['a request', ['before']],
    ['an answer', ['after']],
    ['a request and then an answer', ['before', 'after']],
    ['an answer, and the next request', ['after', 'before']],
  ] as const)('%s: all of it happens, once', async (_, fates) => {
    const tenant = await harness.tenant();
    const user = await tenant.user('User');
    // A writer who has lost asks for a turn, which is no part of what is changed.
    const count = async () => (await harness.items(tenant.id)).filter(({ SK }) => SK !== 'TURN').length;
    const before = await count();
    const operations = [
      { operation: 'createRole', body: { name: 'Made' }, as: 'made' },
      { operation: 'addRoleMembers', params: { roleId: '$made' }, body: { members: [user] } },
      { operation: 'updateUser', params: { userId: user }, body: { name: 'Renamed' } },
    ];
    losing.next = [...fates];
    const { body } = await tenant.ok('submitChangeSet', { body: { operations } });
    losing.next = [];
    const roles = (await tenant.ok('listRoles')).body.items.filter(({ name }: { name: string }) => name === 'Made');
    expect(roles).toEqual([{ ...body.results[0].body, users: 1 }]);
    // The role, its members, an entry of the log, an event for each operation and one for the set; what the new member finds
    // of it, and the names that the event refers to.
    expect(await count()).toBe(before + 3 + 4 + 2);
    expect((await tenant.ok('getUser', { params: { userId: user } })).body.name).toBe('Renamed');
  });

  it('a set that is refused stays refused, and nothing of it is written', async () => {
    const tenant = await harness.tenant();
    const before = await harness.facts(tenant.id);
    losing.next = ['before'];
    const operations = [
      { operation: 'createRole', body: { name: 'Made' } },
      { operation: 'deleteUser', params: { userId: tenant.firstUser } },
    ];
    const { body } = await tenant.call('submitChangeSet', { body: { operations } });
    losing.next = [];
    expect(body.code).toBe('last-access-manager');
    expect(await harness.facts(tenant.id)).toEqual(before);
  });
});
