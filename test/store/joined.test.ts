// Changes of one tenant that wait for the same book in one process share a transaction: each is judged as if those before
// it were written, and each has a version, an event and an answer of its own.
import { randomUUID } from 'node:crypto';
import { BatchGetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { RoleId, UserId } from '../../shared/domain/base/ids.ts';
import { Refusal } from '../../shared/domain/base/refusal.ts';
import type { Access } from '../../shared/domain/book/records.ts';
import type { Change } from '../../shared/domain/change.ts';
import { createRole, deleteRole, updateRole } from '../../shared/domain/plan/roles.ts';
import { ceasing } from '../../shared/domain/session.ts';
import { type DocumentClient, systemClock, TimeLimit, until } from '../../shared/store/db.ts';
import { keys } from '../../shared/store/keys.ts';
import { Store } from '../../shared/store/store.ts';
import type { View } from '../../shared/store/view.ts';
import { bootEngine, Harness, type Tenant } from '../support/harness.ts';

type Plan = (view: View) => Change<unknown>;

let engine: Awaited<ReturnType<typeof bootEngine>>;
let h: Harness;
let tenant: Tenant;
/** The targets of the events of each transaction that was sent, and the versions that these tell. */
let sent: string[][] = [];
let versions: unknown[] = [];
/** Milliseconds that plans have taken, in this process's clock. */
let taken = 0;
/** Happens when several items are about to be read, once. */
let atRead = () => {};
/** Fails a transaction before it is sent. */
let faulty: (events: readonly string[]) => Error | undefined = () => undefined;

beforeAll(async () => {
  engine = await bootEngine();
  const client: DocumentClient = {
    send: async (command, options) => {
      if (command instanceof BatchGetCommand) {
        atRead();
        atRead = () => {};
      }
      if (command instanceof TransactWriteCommand) {
        const items = command.input.TransactItems?.map(({ Put }) => Put?.Item ?? {}) ?? [];
        const told = items.filter(({ PK }) => /#E#\d$/.test(PK));
        const events = told.map(({ target }) => String(target));
        versions = told.map(({ version }) => version);
        const fault = faulty(events);
        if (fault) throw fault;
        sent.push(events);
      }
      return engine.client.send(command, options);
    },
  };
  const begun = Date.now();
  h = new Harness(client, engine.table, { clock: { ...systemClock, now: () => begun + taken } });
});
afterAll(() => engine.engine.close());
beforeEach(async () => {
  faulty = () => undefined;
  tenant = await h.tenant();
});

const mutate = (
  plan: (view: View) => Change<unknown> | Promise<Change<unknown>>,
  more: { digest?: string; reads?: readonly UserId[] } = {},
) =>
  h.store.mutate({
    tenant: tenant.id,
    operation: 'test',
    requestId: randomUUID(),
    shares: true,
    alsoRead: (more.reads ?? []).map((id) => keys.access(tenant.id, id)),
    keyed: more.digest !== undefined,
    idempotency: more.digest ? { digest: more.digest, request: 'same', secret: '', status: 200 } : undefined,
    authorise: () => ({ actor: { kind: 'system' }, keeper: true }),
    plan: async (view) => {
      const change = await plan(view);
      return { change, body: change.result };
    },
  });

const creating =
  (name: string): Plan =>
  ({ world, tools }) =>
    createRole(world, { name, description: '' }, tools);

/** A mutation that stands in the line, until it is let go on. */
const standing = async (): Promise<() => Promise<unknown>> => {
  const [begun, open] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let attempts = 0;
  const first = h.store.mutate({
    tenant: tenant.id,
    operation: 'test',
    requestId: 'first',
    authorise: () => ({ actor: { kind: 'system' }, keeper: true }),
    plan: async ({ world, tools }) => {
      const change = createRole(world, { name: `First ${attempts}`, description: '' }, tools);
      attempts += 1;
      if (attempts === 1) await tenant.role('Faster');
      else {
        begun.resolve();
        await open.promise;
      }
      return { change, body: undefined };
    },
  });
  await begun.promise;
  return () => {
    open.resolve();
    return first;
  };
};

/** Starts mutations while another one of the tenant is in the line, so that all of them stand there together. */
const together = async <T>(start: () => T[]): Promise<PromiseSettledResult<Awaited<T>>[]> => {
  const goOn = await standing();
  const all = start();
  sent = [];
  await goOn();
  const ends = await Promise.allSettled(all);
  sent.shift();
  return ends;
};

const outcomesOf = (ends: readonly PromiseSettledResult<unknown>[]): unknown[] =>
  ends.map((end) => {
    if (end.status === 'fulfilled') return end.value;
    return end.reason instanceof Refusal ? end.reason.code : end.reason;
  });

/** Another process creates a role. */
const elsewhere = async (name: string): Promise<void> => {
  await new Store({ client: engine.client, table: engine.table }).mutate({
    tenant: tenant.id,
    operation: 'test',
    requestId: 'elsewhere',
    authorise: () => ({ actor: { kind: 'system' }, keeper: true }),
    plan: ({ world, tools }) => ({ change: createRole(world, { name, description: '' }, tools), body: undefined }),
  });
};

/** What a process finds that has nothing in memory. */
const stored = async () => {
  const view = await new Store({ client: engine.client, table: engine.table }).view(tenant.id);
  return view as View;
};
const rolesIn = ({ book }: View): string[] => [...book.roles.values()].map(({ record }) => record.name).sort();

it('in one transaction, each with its version and its event, and the book adds up', async () => {
  const names = ['A', 'B', 'C', 'D', 'E'];
  const ends = await together(() => names.map((name) => mutate(creating(name))));
  const outcomes = outcomesOf(ends) as { version: number; body: { id: string; name: string } }[];
  const first = outcomes[0]?.version as number;
  expect(outcomes.map(({ version, body }) => [version - first, body.name])).toEqual(names.map((name, i) => [i, name]));
  expect([sent, versions]).toEqual([[outcomes.map(({ body }) => body.id)], outcomes.map(({ version }) => version)]);
  const view = await stored();
  expect(view.book.version).toBe(first + 4);
  expect(rolesIn(view)).toEqual(expect.arrayContaining(names));
  // A process that has the book from before follows the log.
  expect(rolesIn((await h.store.view(tenant.id)) as View)).toEqual(rolesIn(view));
});

it('each on what those before it leave, with their refusals', async () => {
  let id: RoleId | undefined;
  const made: Plan = (view) => {
    const change = createRole(view.world, { name: 'Made', description: '' }, view.tools);
    id = change.result.id as RoleId;
    return change;
  };
  const ends = await together(() => [
    mutate(made),
    mutate(creating('Made')),
    mutate(creating('Other')),
    mutate(({ world }) => deleteRole(world, id as RoleId)),
    mutate(creating('Made')),
  ]);
  expect(outcomesOf(ends)).toMatchObject([{ changed: true }, 'name-taken', { changed: true }, { changed: true }, {}]);
  // The deletion meets the record of its creation, so it comes after it, and takes along who waits behind.
  expect(sent.map((events) => events.length)).toEqual([2, 2]);
  expect(rolesIn(await stored()).filter((name) => name === 'Made')).toHaveLength(1);
});

it('and a refusal that rests on what is not written in the end is no refusal', async () => {
  const limit = new TimeLimit();
  const seen: boolean[] = [];
  const ends = await together(() => [
    until(limit, () => mutate(creating('Taken'))),
    mutate((view) => {
      seen.push(rolesIn(view).includes('Taken'));
      limit.abort();
      return creating('Taken')(view);
    }),
    mutate(creating('Other')),
  ]);
  expect(outcomesOf(ends)).toMatchObject(['out-of-time', { body: { name: 'Taken' } }, { body: { name: 'Other' } }]);
  expect(seen).toEqual([true, false]);
  expect(sent).toHaveLength(1);
  expect(rolesIn(await stored()).filter((name) => name === 'Taken')).toHaveLength(1);
});

it('and who has no time left when they begin is not planned, nor anybody anew without it', async () => {
  const limit = new TimeLimit();
  const planned: string[] = [];
  const noting =
    (name: string): Plan =>
    (view) => {
      planned.push(name);
      return creating(name)(view);
    };
  const ends = await together(() => {
    const all = [
      mutate(noting('A')),
      until(limit, () => mutate(noting('Late'))),
      until(limit, () => mutate(noting('Too'))),
      mutate(noting('B')),
    ];
    limit.abort();
    return all;
  });
  expect(outcomesOf(ends)).toMatchObject([{ changed: true }, 'out-of-time', 'out-of-time', { changed: true }]);
  expect(planned).toEqual(['A', 'B']);
  expect(sent.map((events) => events.length)).toEqual([2]);
});

it('nor who has none left once they are read, and each of the others plans on what is its own', async () => {
  const limit = new TimeLimit();
  const digest = `other ${tenant.id}`;
  await mutate(creating('Known'), { digest });
  const planned: string[] = [];
  const late: Plan = (view) => {
    planned.push('Late');
    return creating('Late')(view);
  };
  const ends = await together(() => {
    const all = [
      until(limit, () => mutate(late, { digest: `late ${tenant.id}`, reads: [tenant.firstUser] })),
      mutate(creating('Known'), { digest }),
      mutate(creating('A')),
    ];
    // The first read is that of the change which is in the line before them.
    atRead = () => limit.abort();
    return all;
  });
  expect(outcomesOf(ends)).toMatchObject([
    'out-of-time',
    { replayed: true, body: { name: 'Known' } },
    { changed: true },
  ]);
  expect([planned, sent.map((events) => events.length)]).toEqual([[], [1]]);
});

it('nobody waits long for the plans of others, and who loses takes fewer along the next time', async () => {
  const slow =
    (name: string): Plan =>
    (view) => {
      taken += 100;
      return creating(name)(view);
    };
  let hasLost = false;
  const losing = async (view: View) => {
    if (!hasLost) await elsewhere('Faster still');
    hasLost = true;
    return slow('A')(view);
  };
  const ends = await together(() => [mutate(losing), ...['B', 'C', 'D', 'E', 'F'].map((name) => mutate(slow(name)))]);
  expect(ends.map(({ status }) => status)).toEqual(Array(6).fill('fulfilled'));
  // Three, which were in vain; two of them; the last of them with one more, and the rest.
  expect(sent.map((events) => events.length)).toEqual([3, 2, 2, 2]);
  expect(rolesIn(await stored())).toEqual(expect.arrayContaining(['A', 'B', 'C', 'D', 'E', 'F', 'Faster still']));
});

it('but nobody waits behind one who stands there for long', async () => {
  const goOn = await standing();
  taken += 3_000;
  const ben = await tenant.user('Ben', 'ben');
  expect((await h.store.access(tenant.id, ben))?.state).toBe('active');
  await goOn();
});

it('whose own condition fails comes alone, and the others share theirs', async () => {
  const taken: Plan = (view) => ({
    ...creating('Alias')(view),
    side: [{ kind: 'alias', digest: 'taken', after: 'u2' as UserId }],
  });
  await mutate((view) => ({
    ...creating('Owner')(view),
    side: [{ kind: 'alias', digest: 'taken', after: 'u1' as UserId }],
  }));
  const ends = await together(() => [
    ...['A', 'B'].map((name) => mutate(creating(name))),
    mutate(taken),
    mutate(creating('C')),
  ]);
  const made = (name: string) => ({ body: { name } });
  expect(outcomesOf(ends)).toMatchObject([made('A'), made('B'), 'external-id-taken', made('C')]);
  // All together; then those before it, it alone, and who stands behind it.
  expect(sent.map((events) => events.length)).toEqual([4, 2, 1, 1]);
  expect(rolesIn(await stored())).not.toContain('Alias');
});

it('a fault is its own: the others are written, and nothing of it', async () => {
  let id: string | undefined;
  const broken: Plan = (view) => {
    const change = creating('Broken')(view);
    id = (change.result as { id: string }).id;
    return change;
  };
  faulty = (events) => (id !== undefined && events.includes(id) ? new Error('does not fit the service') : undefined);
  const ends = await together(() => [mutate(creating('A')), mutate(broken), mutate(creating('B'))]);
  expect(outcomesOf(ends)).toMatchObject([
    { body: { name: 'A' } },
    { message: 'does not fit the service' },
    { body: { name: 'B' } },
  ]);
  const names = rolesIn(await stored());
  expect([names.includes('A'), names.includes('Broken'), names.includes('B')]).toEqual([true, false, true]);
});

it('an answer that is lost is found by each of them, and nothing happens twice', async () => {
  let lost = 0;
  const send = engine.client.send.bind(engine.client);
  const ends = await together(() => {
    engine.client.send = (async (command: never, options: never) => {
      const answer = await send(command, options);
      if ((command as unknown) instanceof TransactWriteCommand && sent.at(-1)?.length === 3 && lost === 0) {
        lost += 1;
        throw Object.assign(new Error('lost'), { name: 'TimeoutError' });
      }
      return answer;
    }) as typeof engine.client.send;
    return ['A', 'B', 'C'].map((name) => mutate(creating(name)));
  });
  engine.client.send = send;
  expect(lost).toBe(1);
  expect(outcomesOf(ends)).toMatchObject(['A', 'B', 'C'].map((name) => ({ changed: true, body: { name } })));
  expect(sent).toHaveLength(1);
  expect(rolesIn(await stored()).filter((name) => 'ABC'.includes(name))).toEqual(['A', 'B', 'C']);
});

it('one key that is sent twice at once is carried out once', async () => {
  const digest = `twice ${tenant.id}`;
  const plan = creating('Once');
  const ends = await together(() => [mutate(plan, { digest }), mutate(plan, { digest }), mutate(creating('Other'))]);
  expect(outcomesOf(ends)).toMatchObject([
    { replayed: false },
    { replayed: true, body: { name: 'Once' } },
    { body: { name: 'Other' } },
  ]);
  expect(rolesIn(await stored()).filter((name) => name === 'Once')).toHaveLength(1);
});

it('changes of one record come one after the other, without one being lost', async () => {
  const role = await tenant.role('Role');
  const described = (n: number): Plan => {
    return ({ world }) => {
      const { description } = world.book.roles.get(role as RoleId)?.record ?? { description: '' };
      return updateRole(world, role as RoleId, { description: `${description}${n}` });
    };
  };
  const ends = await together(() => [1, 2, 3, 4].map((n) => mutate(described(n))));
  expect(ends.map(({ status }) => status)).toEqual(Array(4).fill('fulfilled'));
  expect((await stored()).book.roles.get(role as RoleId)?.record.description).toBe('1234');
});

it('a hundred items are the most that one transaction takes', async () => {
  const names = Array.from({ length: 60 }, (_, n) => `Role ${n}`);
  const ends = await together(() => names.map((name) => mutate(creating(name))));
  expect(ends.map(({ status }) => status)).toEqual(Array(60).fill('fulfilled'));
  // Each has a record, an entry of the log and an event, and the head is theirs together.
  expect(sent.map((events) => events.length)).toEqual([33, 27]);
  const found = rolesIn(await stored());
  expect(found).toEqual(expect.arrayContaining(names));
});

it('nobody is locked out by two who go at once: who needs another holder is judged by what is written', async () => {
  const [ada, ben] = [tenant.firstUser, await tenant.user('Ben', 'ben')];
  await tenant.setGrants(ben, [{ permission: 'manageAccessRights' }]);
  const disabled =
    (id: UserId): Plan =>
    ({ world }) => {
      const before = world.users.get(id) as Access;
      return {
        book: [],
        users: [{ before, after: ceasing(before, { ...before, rev: before.rev + 1, state: 'disabled' }) }],
        side: [],
        audit: { action: 'user.updated', target: id },
        result: id,
      };
    };
  const ends = await together(() => [ada, ben].map((id) => mutate(disabled(id), { reads: [ada, ben] })));
  expect(outcomesOf(ends)).toMatchObject([{ body: ada }, 'last-access-manager']);
  const left = await Promise.all([ada, ben].map((id) => h.store.access(tenant.id, id)));
  expect(left.map((access) => access?.state)).toEqual(['disabled', 'active']);
});

it('none of them moves the book, and one rests on it: what is planned on another one is not written', async () => {
  const [ben, cleo] = [await tenant.user('Ben', 'ben'), await tenant.user('Cleo', 'cleo')];
  const before = (await stored()).book.version;
  const basis: number[] = [];
  const granting =
    (id: UserId, permission: string): Plan =>
    ({ world }) => {
      const before = world.users.get(id) as Access;
      return {
        book: [],
        users: [{ before, after: { ...before, rev: before.rev + 1, personal: [{ permission }] } }],
        side: [],
        audit: { action: 'user.updated', target: id },
        result: id,
      };
    };
  const raised = granting(ben, 'manageAccessRights');
  const ends = await together(() => [
    mutate(raised, { reads: [ben] }),
    mutate(
      async (view) => {
        basis.push(view.book.version);
        if (basis.length === 1) await elsewhere('Other');
        return granting(cleo, 'viewAllReports')(view);
      },
      { reads: [cleo] },
    ),
  ]);
  expect(outcomesOf(ends)).toMatchObject([{ body: ben }, { body: cleo }]);
  // Two roles were created to bring both into the line, and one meanwhile.
  expect(basis).toEqual([before + 2, before + 3]);
  expect(sent).toEqual([
    [ben, cleo],
    [ben, cleo],
  ]);
});

it('many writers of one tenant through the API need few transactions', async () => {
  sent = [];
  const names = Array.from({ length: 24 }, (_, n) => `Policy ${n}`);
  await Promise.all(names.map((name) => tenant.ok('createPolicy', { body: { name } })));
  const { body } = await tenant.ok('listPolicies', { query: { limit: '200' } });
  const made = (body.items as { name: string }[]).map(({ name }) => name).filter((name) => names.includes(name));
  expect(made.sort()).toEqual([...names].sort());
  // All of them try by themselves once, and one has its way.
  expect(sent.length).toBeLessThan(names.length + 4);
});

it('what is known of a key is kept from a shared transaction as from one alone', async () => {
  const ends = await together(() => [mutate(creating('A'), { digest: `a ${tenant.id}` }), mutate(creating('B'))]);
  expect(outcomesOf(ends)).toMatchObject([{ replayed: false }, { replayed: false }]);
  const again = await mutate(creating('A'), { digest: `a ${tenant.id}` });
  expect(again).toMatchObject({ replayed: true, body: { name: 'A' } });
  expect(await h.store.db.read([keys.idempotency(tenant.id, `a ${tenant.id}`)])).toMatchObject([{ request: 'same' }]);
});
