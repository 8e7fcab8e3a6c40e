// What the store promises of the book on any engine: a reader has all of one version or nothing, whether it starts with
// nothing, follows the log, or has fallen too far behind; writers move it one version at a time.
import { randomUUID } from 'node:crypto';
import { DeleteCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { GroupId, TenantId } from '../../shared/domain/base/ids.ts';
import type { Refusal } from '../../shared/domain/base/refusal.ts';
import type { Book } from '../../shared/domain/book/book.ts';
import type { GroupRecord } from '../../shared/domain/book/records.ts';
import { keys, partitions } from '../../shared/store/keys.ts';
import { Store } from '../../shared/store/store.ts';
import { groupRecordOf, put, putGroup, putRecords } from '../support/facts.ts';
import { bootEngine, Harness, type Tenant } from '../support/harness.ts';
import { type Command, nameOf, SleepingClock, Wrapped } from '../support/wrapped.ts';

const { engine, client, table } = await bootEngine();
afterAll(() => engine.close());

let harness: Harness;
let tenant: Tenant;
let id: TenantId;
beforeEach(async () => {
  harness = new Harness(client, table);
  tenant = await harness.tenant();
  id = tenant.id;
});

/** A reader in another process, whose requests are listed. */
const reader = (clock = new SleepingClock(Date.now())) => {
  const wrapped = new Wrapped(client);
  const asked: string[] = [];
  let first: (command: Command) => Promise<void> | void = () => {};
  const around: Wrapped['around'] = async (command, send) => {
    await first(command);
    const at = JSON.stringify([command.input.Key, command.input.RequestItems, command.input.ExpressionAttributeValues]);
    asked.push(`${nameOf(command)}${at.includes('#LOG') ? ' log' : at.includes('#BOOK') ? ' book' : ''}`);
    return send();
  };
  wrapped.around = around;
  const before = (act: typeof first) => {
    first = act;
  };
  const store = new Store({ client: wrapped, table, clock });
  const read = async (): Promise<Book> => {
    const view = await store.view(id);
    if (!view) throw new Error('no such tenant');
    return view.book;
  };
  return { store, read, clock, wrapped, around, before, asked: () => asked.splice(0) };
};

const bookPage = (command: Command): boolean =>
  nameOf(command) === 'Query' && JSON.stringify(command.input.ExpressionAttributeValues).includes('#BOOK');
const isHead = (command: Command): boolean => JSON.stringify(command.input).includes('"HEAD"');

const same = (one: Book, other: Book): void => {
  expect(one.version).toBe(other.version);
  expect(new Map([...one.records].sort())).toEqual(new Map([...other.records].sort()));
};
const current = async (): Promise<Book> => (await new Store({ client, table }).view(id))?.book as Book;

describe('reading', () => {
  it('starts cold with everything at once, and is warm from then on', async () => {
    const { read, asked } = reader();
    await tenant.role('One');
    const book = await read();
    expect(asked().sort()).toEqual(['Get', 'Query book']);
    expect([...book.roles.values()].map(({ record }) => record.name)).toContain('One');
    expect(await read()).toBe(book);
    expect(asked()).toEqual(['Get']);
  });

  it('follows the log, reading only what has changed', async () => {
    const { read, asked } = reader();
    const before = await read();
    asked();
    await tenant.role('New', [{ permission: 'billing' }]);
    const after = await read();
    expect(asked()).toEqual(['Get', 'Query log', 'Get book']);
    expect(after.version).toBe(before.version + 2);
    same(after, await current());
    // What has not changed is not read again: it is the very same record.
    expect(after.records.get('tenant')).toBe(before.records.get('tenant'));
  });

  it('reads it all when it is too far behind', async () => {
    const { read, asked } = reader();
    await read();
    asked();
    const group = await putGroup(tenant, 'Renamed often');
    for (let n = 0; n < 50; n += 1)
      await putRecords(tenant, [{ ...(await current()).groups.get(group.id), name: `Name ${n}` } as never]);
    same(await read(), await current());
    expect(asked()).toEqual(['Get', 'Query book']);
  });

  it('reads it all when an entry of the log is missing', async () => {
    const { read, asked } = reader();
    const { version } = await read();
    await tenant.role('One');
    await tenant.role('Two');
    await client.send(new DeleteCommand({ TableName: table, Key: keys.log(id, version + 1) }));
    asked();
    same(await read(), await current());
    expect(asked()).toContain('Query book');
  });

  it('sees what was deleted as deleted', async () => {
    const { read } = reader();
    const roleId = await tenant.role('Gone');
    expect((await read()).roles.has(roleId as never)).toBe(true);
    await tenant.ok('deleteRole', { params: { roleId } });
    const after = await read();
    expect(after.roles.has(roleId as never)).toBe(false);
    expect(after.records.has(`role#${roleId}`)).toBe(true);
  });

  it('counts records of a kind that a later release writes, and decides nothing by them', async () => {
    const { read } = reader();
    const before = await read();
    const version = before.version + 1;
    const Item = { PK: partitions.book(id), SK: 'future#1', kind: 'future', rev: version, what: new Set(['ever']) };
    await client.send(new PutCommand({ TableName: table, Item }));
    const log = { ...keys.log(id, version), changed: ['future#1'] };
    await client.send(new PutCommand({ TableName: table, Item: log }));
    await client.send(
      new UpdateCommand({
        TableName: table,
        Key: keys.head(id),
        UpdateExpression: 'SET version = :v, #sum = #sum + :v, records = records + :one',
        ExpressionAttributeNames: { '#sum': 'sum' },
        ExpressionAttributeValues: { ':v': version, ':one': 1 },
      }),
    );
    for (const book of [await read(), await current()]) {
      expect(book.version).toBe(version);
      expect(book.records.get('future#1')).toMatchObject({ kind: 'unknown', rev: version, name: 'future#1' });
      expect(book.roles.size).toBe(before.roles.size);
    }
    // And writers of today leave it alone.
    await tenant.role('Beside it');
    expect((await current()).records.get('future#1')).toMatchObject({ rev: version });
  });

  it.each([
    ['a record of a version that the head does not know yet', 'SET rev = rev + :n', 1_000],
    ['a sum that is not the head’s', 'SET rev = rev - :n', 1],
  ])('never takes a book with %s: it waits, and gives up as busy', async (_, UpdateExpression, n) => {
    const role = await tenant.role('Torn');
    await client.send(
      new UpdateCommand({
        TableName: table,
        Key: keys.record(id, `role#${role}`),
        UpdateExpression,
        ExpressionAttributeValues: { ':n': n },
      }),
    );
    const { read, clock } = reader();
    await expect(read()).rejects.toMatchObject({ code: 'busy' } satisfies Partial<Refusal>);
    expect(clock.slept).toBeGreaterThan(20_000);
    expect(clock.slept).toBeLessThan(22_000);
    expect(clock.sleeps).toBeLessThan(60);
  });

  it.each([1, 3])('comes to its end while every page of it meets %i commits, and reads each page once', async (n) => {
    const groups = Array.from({ length: 30 }, (_, i) => groupRecordOf(`Group ${i}`));
    await putRecords(tenant, groups);
    const cold = reader();
    cold.before(async (command) => {
      if (!bookPage(command)) return;
      command.input.Limit = 4;
      for (let i = 0; i < n; i += 1) {
        const { groups: now } = await current();
        await putRecords(tenant, [{ ...now.get(groups[i]?.id as GroupId), name: randomUUID() } as GroupRecord]);
      }
    });
    const book = await cold.read();
    const pages = cold.asked().filter((one) => one === 'Query book').length;
    expect(pages).toBe(Math.ceil((book.records.size + 1) / 4));
    same(book, await current());
    expect(cold.clock.slept).toBeLessThan(1_000);
  });

  it('goes on from the log when commits fall into each of its attempts, and comes to its end though they never cease', async () => {
    const group = await putGroup(tenant, 'Renamed often');
    const cold = reader();
    let commits = 0;
    let cease = false;
    cold.before(async (command) => {
      // Between the log and the records that it names, and between head and log.
      if (!['BatchGet', 'Get', 'Query'].includes(nameOf(command)) || isHead(command) || cease) return;
      commits += 1;
      const now = (await current()).groups.get(group.id);
      await putRecords(tenant, [{ ...now, name: randomUUID() } as GroupRecord]);
    });
    const { version } = await cold.read();
    // One more came after its last head.
    expect(version).toBe((await current()).version - 1);
    expect(commits).toBe(4);
    expect(cold.asked().filter((one) => one === 'Query book')).toHaveLength(1);
    cease = true;
    same(await cold.read(), await current());
  });

  it('reads anew what does not come to add up by the log', async () => {
    const group = await putGroup(tenant, 'Changed by hand');
    const cold = reader();
    // A page that shows an older state than its moment, of a version that the log's overlap no longer names.
    for (let i = 0; i < 56; i += 1) await tenant.role(`Role ${i}`);
    let first = true;
    const old = cold.around;
    cold.wrapped.around = async (command, send) => {
      const answer = await old(command, send);
      if (first && bookPage(command)) {
        first = false;
        for (const item of answer.Items) if (item.SK === `group#${group.id}`) item.rev -= 1;
      }
      return answer;
    };
    same(await cold.read(), await current());
    expect(cold.asked().filter((one) => one === 'Query book')).toHaveLength(2);
  });

  it('drops what the log names and the book no longer has', async () => {
    const warm = reader();
    const group = await putGroup(tenant, 'Removed');
    const before = await warm.read();
    const rev = (before.records.get(`group#${group.id}`) as GroupRecord).rev;
    const version = before.version + 1;
    await client.send(new DeleteCommand({ TableName: table, Key: keys.record(id, `group#${group.id}`) }));
    await client.send(
      new PutCommand({ TableName: table, Item: { ...keys.log(id, version), changed: [`group#${group.id}`] } }),
    );
    await client.send(
      new UpdateCommand({
        TableName: table,
        Key: keys.head(id),
        UpdateExpression: 'SET version = :v, #sum = #sum - :rev, records = records - :one',
        ExpressionAttributeNames: { '#sum': 'sum' },
        ExpressionAttributeValues: { ':v': version, ':rev': rev, ':one': 1 },
      }),
    );
    warm.asked();
    const after = await warm.read();
    expect(warm.asked()).toEqual(['Get', 'Query log', 'Get book']);
    expect(after.records.has(`group#${group.id}`)).toBe(false);
    same(after, await current());
  });

  it('never takes a record of a later version, though the sum agrees', async () => {
    const role = await tenant.role('Ahead');
    const moved = (name: string, n: number) =>
      client.send(
        new UpdateCommand({
          TableName: table,
          Key: keys.record(id, name),
          UpdateExpression: 'SET rev = rev + :n',
          ExpressionAttributeValues: { ':n': n },
        }),
      );
    await moved(`role#${role}`, 1);
    await moved('tenant', -1);
    await expect(reader().read()).rejects.toMatchObject({ code: 'busy' });
    await moved(`role#${role}`, -1);
    await moved('tenant', 1);
    expect((await reader().read()).roles.has(role as never)).toBe(true);
  });

  it('takes no book that is older than an access item read with it', async () => {
    const { store, clock } = reader();
    const Key = keys.access(id, tenant.firstUser);
    const stamp = (n: number) =>
      client.send(
        new UpdateCommand({
          TableName: table,
          Key,
          UpdateExpression: 'SET stamp = :n',
          ExpressionAttributeValues: { ':n': n },
        }),
      );
    await stamp(1_000);
    await expect(store.view(id, [Key])).rejects.toMatchObject({ code: 'busy' });
    expect(clock.slept).toBeGreaterThan(20_000);
    await stamp((await current()).version);
    expect(await store.view(id, [Key])).toBeDefined();
  });

  it('starts anew when the table has been taken back in time', async () => {
    const { read } = reader();
    const old = (await client.send(new (await import('@aws-sdk/lib-dynamodb')).ScanCommand({ TableName: table })))
      .Items;
    const version = (await read()).version;
    await tenant.role('After the backup');
    expect((await read()).version).toBe(version + 1);
    for (const item of await harness.items(id))
      await client.send(new DeleteCommand({ TableName: table, Key: { PK: item.PK as string, SK: item.SK as string } }));
    for (const Item of old) await client.send(new PutCommand({ TableName: table, Item }));
    const book = await read();
    expect(book.version).toBe(version);
    same(book, await current());
  });

  it('knows no tenant that is not there', async () => {
    expect(await harness.store.view('t000000000000' as TenantId)).toBeUndefined();
  });

  it('keeps the most recently used books of many tenants', async () => {
    const { store, asked } = reader();
    const other = await harness.tenant();
    await store.view(id);
    await store.view(other.id);
    asked();
    await store.view(id);
    await store.view(other.id);
    expect(asked()).toEqual(['Get', 'Get']);
  });
});

describe('reading at a stated age', () => {
  it('uses the book that the head confirmed within five seconds, and asks again after', async () => {
    const { store, clock, asked } = reader();
    const Key = keys.access(id, tenant.firstUser);
    await store.view(id);
    await tenant.role('Not seen yet');
    asked();
    const old = await store.boundedView(id, [Key]);
    expect(asked()).toEqual(['Get']);
    expect(old?.book.version).toBe((await current()).version - 1);
    expect(Date.parse(old?.asOf ?? '')).toBe(clock.now());
    expect(() => old?.head).toThrow(/bounded/);
    clock.time += 5_001;
    expect((await store.boundedView(id, [Key]))?.book.version).toBe((await current()).version);
  });

  it('asks for the latest when an item shows that the book has moved', async () => {
    const { store } = reader();
    await store.view(id);
    await tenant.role('Moved');
    const version = (await current()).version;
    const Key = keys.access(id, tenant.firstUser);
    await client.send(
      new UpdateCommand({
        TableName: table,
        Key,
        UpdateExpression: 'SET stamp = :n',
        ExpressionAttributeValues: { ':n': version },
      }),
    );
    expect((await store.boundedView(id, [Key]))?.book.version).toBe(version);
  });
});

describe('committing', () => {
  it('moves the book one version at a time, whoever writes, and loses no write', async () => {
    const stores = Array.from({ length: 4 }, () => new Harness(client, table));
    const { version } = await current();
    await Promise.all(
      stores.flatMap((one) =>
        [0, 1].map(() => one.ok('createRole', { as: tenant.admin, body: { name: randomUUID() } })),
      ),
    );
    const book = await current();
    expect(book.version).toBe(version + 8);
    const revs = [...book.records.values()].map(({ rev }) => rev).filter((rev) => rev > version);
    expect(new Set(revs).size).toBe(8);
    for (let v = version + 1; v <= book.version; v += 1) {
      const [entry] = await harness.store.db.read([keys.log(id, v)]);
      expect(entry?.changed, `version ${v}`).toHaveLength(1);
    }
  });

  it('keeps head, records and log in step', async () => {
    await tenant.role('A', [{ permission: 'billing' }], [await tenant.user('Member')]);
    const [head] = await harness.store.db.read([keys.head(id)]);
    const records = await harness.store.db.all({ partition: partitions.book(id) });
    expect(head).toMatchObject({
      records: records.length,
      sum: records.reduce((sum, record) => sum + Number(record.rev), 0),
      version: Math.max(...records.map((record) => Number(record.rev))),
    });
  });

  it('writes an access item on the rev that was read: two changes at once are both kept', async () => {
    const user = await tenant.user('Renamed');
    const change = (one: Harness, groups: string) =>
      put(Object.assign(Object.create(Object.getPrototypeOf(tenant)), tenant, { harness: one }), async (view) => {
        const [before] = await view.users([user]);
        if (!before) throw new Error('gone');
        const personal = [...before.personal, { permission: groups }];
        return { users: [{ before, after: { ...before, rev: before.rev + 1, personal } }] };
      });
    const { rev } = (await harness.store.access(id, user)) ?? { rev: 0 };
    await Promise.all([change(new Harness(client, table), 'billing'), change(new Harness(client, table), 'purchase')]);
    const after = await harness.store.access(id, user);
    expect(after?.rev).toBe(rev + 2);
    expect(after?.personal.map((grant) => grant.permission).sort()).toEqual(['billing', 'purchase', 'viewAllReports']);
  });

  it('writes all of a transaction or nothing of it', async () => {
    const before = await harness.items(id);
    const taken = keys.access(id, tenant.firstUser);
    const attempt = harness.store.db.transact(
      [
        { Put: { Item: { ...keys.log(id, 999), changed: [] }, TableName: '' } },
        { Put: { Item: { ...taken }, TableName: '', ConditionExpression: 'attribute_not_exists(PK)' } },
      ],
      randomUUID(),
    );
    await expect(attempt).rejects.toMatchObject({ name: 'TransactionCanceledException' });
    expect(await harness.items(id)).toEqual(before);
  });

  it('repeats a transaction of the same token without doing it twice', async () => {
    const token = randomUUID();
    const count = () =>
      harness.store.db.transact(
        [
          {
            Update: {
              Key: keys.log(id, 998),
              TableName: '',
              UpdateExpression: 'ADD n :one',
              ExpressionAttributeValues: { ':one': 1 },
            },
          },
        ],
        token,
      );
    await count();
    await count();
    expect((await harness.store.db.read([keys.log(id, 998)]))[0]?.n).toBe(1);
  });
});
