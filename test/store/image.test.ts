// Images of large books: a cold reader takes one and follows the log, whoever writes meanwhile, and whatever dies.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tenantOf } from '../../bench/tenant.ts';
import type { Book } from '../../shared/domain/book/book.ts';
import { type GroupRecord, type Head, recordName } from '../../shared/domain/book/records.ts';
import { announcesImage, imageIsDue, itemsOf } from '../../shared/store/image.ts';
import { imaged } from '../../shared/store/imaging.ts';
import { keys, partitions } from '../../shared/store/keys.ts';
import { Store } from '../../shared/store/store.ts';
import { putRecords } from '../support/facts.ts';
import { bootEngine, Harness, type Tenant } from '../support/harness.ts';
import { nameOf, SleepingClock, spentBy, Wrapped } from '../support/wrapped.ts';

const { engine, client, table } = await bootEngine();
afterAll(() => engine.close());
const harness = new Harness(client, table);
let tenant: Tenant;
let groups: GroupRecord[];

const headOf = async (): Promise<Head> => (await harness.store.db.read([keys.head(tenant.id)]))[0] as unknown as Head;
const images = () => harness.store.db.all({ partition: partitions.images(tenant.id) });
const parts = async () => (await harness.items(tenant.id)).filter(({ SK }) => SK === 'PART');
const cold = (wrapped = new Wrapped(client)) =>
  new Store({ client: wrapped, table, clock: new SleepingClock(Date.now()) });
const bookOf = async (store: Store): Promise<Book> => (await store.view(tenant.id))?.book as Book;
const same = (one: Book, other: Book): void => {
  expect(one.version).toBe(other.version);
  expect(new Map([...one.records].sort())).toEqual(new Map([...other.records].sort()));
};
/** The book as the table has it, read without any image. */
const asStored = async (): Promise<Book> => {
  const wrapped = new Wrapped(client);
  wrapped.around = async (command, send) => {
    const answer = await send();
    const head = nameOf(command) === 'Get' && JSON.stringify(command.input).includes('"HEAD"');
    if (head && answer.Item) delete answer.Item.image;
    return answer;
  };
  return bookOf(cold(wrapped));
};
let renames = 0;
const rename = async (times = 1) => {
  for (let n = 0; n < times; n += 1) {
    renames += 1;
    const group = groups[renames % groups.length] as GroupRecord;
    const now = (await bookOf(harness.store)).records.get(recordName(group)) as GroupRecord;
    await putRecords(tenant, [{ ...now, name: `Renamed ${renames}` }]);
  }
};

beforeAll(async () => {
  tenant = await harness.tenant();
  const { records } = tenantOf({ users: 200, roles: 20, groups: 700, memberships: 400, rules: 100, policies: 5 });
  groups = records.filter((record) => record.kind === 'group');
  const added = records.filter(({ kind }) => kind !== 'tenant');
  for (let at = 0; at < added.length; at += 80) await putRecords(tenant, added.slice(at, at + 80));
  // As large as the worker asks for, by what the head says.
  await harness.store.db.transact(
    [
      {
        Update: {
          Key: keys.head(tenant.id),
          TableName: '',
          UpdateExpression: 'SET #bytes = :bytes',
          ExpressionAttributeNames: { '#bytes': 'bytes' },
          ExpressionAttributeValues: { ':bytes': 3_000_000 },
        },
      },
    ],
    'grow',
  );
});

describe('an image', () => {
  it('is due for a large book, without one or with an old one, and announced by every sixteenth version', () => {
    const head = { version: 1_000, bytes: 18_800_000 } as Head;
    const of = (version: number) => ({ ...head, image: { id: 'x', version, parts: 1 } });
    expect([
      imageIsDue(head),
      imageIsDue({ ...head, bytes: 900_000 }),
      imageIsDue({ ...head, bytes: undefined }),
    ]).toEqual([true, false, false]);
    expect([imageIsDue(of(714)), imageIsDue(of(713)), imageIsDue({ ...of(950), bytes: 1e6 })]).toEqual([
      false,
      true,
      true,
    ]);
    expect([announcesImage(head, 1_008), announcesImage(head, 1_009)]).toEqual([true, false]);
  });

  it('is made by the worker, and taken by a cold reader in its stead of the whole book', async () => {
    expect((await headOf()).image).toBeUndefined();
    await imaged(harness.store, tenant.id);
    const { image, version } = await headOf();
    expect(image).toMatchObject({ version, parts: 1 });
    expect(await images()).toEqual([]);
    const wrapped = new Wrapped(client);
    const { commands } = await spentBy(wrapped, async () => same(await bookOf(cold(wrapped)), await asStored()));
    expect([...commands].sort()).toEqual(['Get', 'Get', 'Query']);
  });

  it('is followed by the log', async () => {
    await rename(3);
    const wrapped = new Wrapped(client);
    const spent = await spentBy(wrapped, async () => same(await bookOf(cold(wrapped)), await asStored()));
    expect(spent.roundTrips).toBe(3);
    expect(spent.commands.filter((name) => name === 'Query')).toHaveLength(2);
  });

  it('is not renewed before it is due, and then what it replaces is removed', async () => {
    const old = (await headOf()).image;
    await imaged(harness.store, tenant.id);
    expect((await headOf()).image).toEqual(old);
    await rename(50);
    await imaged(harness.store, tenant.id);
    const { image, version } = await headOf();
    expect(image?.version).toBe(version);
    expect((await parts()).map(({ PK }) => PK)).toEqual([keys.imagePart(tenant.id, image?.id ?? '', 0).PK]);
    expect(await images()).toEqual([]);
    same(await bookOf(cold()), await asStored());
  });

  it('whose part is missing is not taken', async () => {
    const wrapped = new Wrapped(client);
    wrapped.around = async (command, send) => {
      const answer = await send();
      if (JSON.stringify(command.input).includes('"PART"')) delete answer.Item;
      return answer;
    };
    same(await bookOf(cold(wrapped)), await asStored());
  });

  it.each(['note', 'parts', 'head'])('leaves nothing behind when its worker dies before the %s', async (what) => {
    await rename(50);
    const before = await headOf();
    const wrapped = new Wrapped(client);
    wrapped.around = (command, send) => {
      const text = JSON.stringify(command.input.Item ?? command.input.TransactItems ?? '');
      const is = text.includes('"PART"')
        ? 'parts'
        : text.includes('SET image')
          ? 'head'
          : text.includes('#IMAGES')
            ? 'note'
            : '';
      if (is === what) throw new Error('the worker died');
      return send();
    };
    await expect(imaged(cold(wrapped), tenant.id)).rejects.toThrow('died');
    expect((await headOf()).image).toEqual(before.image);
    same(await bookOf(cold()), await asStored());
    // A later worker makes one, and removes the parts once their maker has been given up.
    await imaged(harness.store, tenant.id);
    const later = new SleepingClock(Date.now() + 700_000);
    await imaged(new Store({ client, table, clock: later }), tenant.id);
    expect([await images(), (await parts()).length]).toEqual([[], 1]);
  });

  it('is made once by two workers at a time, and the later version stays', async () => {
    await rename(50);
    const slow = new Wrapped(client);
    let meanwhile = true;
    slow.around = async (command, send) => {
      if (meanwhile && JSON.stringify(command.input.TransactItems ?? '').includes('SET image')) {
        meanwhile = false;
        await rename(1);
        await imaged(cold(), tenant.id);
      }
      return send();
    };
    await imaged(cold(slow), tenant.id);
    const { image, version } = await headOf();
    expect(image?.version).toBe(version);
    const later = new SleepingClock(Date.now() + 700_000);
    await imaged(new Store({ client, table, clock: later }), tenant.id);
    expect([await images(), (await parts()).length]).toEqual([[], 1]);
    same(await bookOf(cold()), await asStored());
  });

  it('keeps what only a later release understands', async () => {
    const name = recordName(groups[0] as GroupRecord);
    const Key = keys.record(tenant.id, name);
    const [item] = await harness.store.db.read([Key]);
    await harness.store.db.put({ ...item, later: new Set(['a', 'b']), nested: { deep: [1, null] } });
    const now = (await bookOf(harness.store)).records.get(name) as GroupRecord;
    await putRecords(tenant, [{ ...now, name: 'Written by today’s release' }]);
    await rename(50);
    await imaged(cold(), tenant.id);
    const { image } = await headOf();
    const raw = image && (await itemsOf(harness.store.db, tenant.id, image));
    expect(raw?.get(name)).toEqual((await harness.store.db.read([Key]))[0]);
    expect(raw?.size).toBe((await headOf()).records);
  });
});
