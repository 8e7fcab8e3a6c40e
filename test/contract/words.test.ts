// What searches of users promise: exactly those of whom each word of the search begins a word, each once, in order,
// whatever the page size; through renames, deletions, restorations, and users whom the release before wrote.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { UserId } from '../../shared/domain/base/ids.ts';
import type { Head } from '../../shared/domain/book/records.ts';
import type { Item } from '../../shared/store/db.ts';
import { toHead } from '../../shared/store/items.ts';
import { keys, partitions } from '../../shared/store/keys.ts';
import { repair, verify } from '../../shared/store/repair.ts';
import { dueIn, needsSweep, sweepSlice } from '../../shared/store/sweep.ts';
import { put, seededBytes } from '../support/facts.ts';
import { bootEngine, Harness, type Tenant } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { expectProblem } from '../support/problems.ts';
import { SleepingClock, Wrapped } from '../support/wrapped.ts';

vi.setConfig(longSuite);

const { engine, client, table } = await bootEngine();
afterAll(() => engine.close());
const wrapped = new Wrapped(client);
const clock = new SleepingClock();
const harness = new Harness(wrapped, table, { clock });
const { db } = harness.store;

interface Person {
  readonly id: string;
  readonly name: string;
  readonly login?: string | undefined;
  readonly mail?: string | undefined;
}

/** All that a search lists, page by page, each once. */
const found = async (tenant: Tenant, search: string, limit = 200, more: Record<string, string> = {}) => {
  const items: { id: string }[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < 400; page += 1) {
    const query = { search, limit: String(limit), ...more, ...(cursor && { cursor }) };
    const { body } = await tenant.ok('listUsers', { query });
    expect(body.items.length).toBeLessThanOrEqual(limit);
    items.push(...body.items);
    cursor = body.cursor;
    if (cursor === undefined) {
      const ids = items.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      return ids;
    }
  }
  throw new Error('pages without end');
};

/** Who should be found, by the plainest reading of the rule. */
const reference = (people: Iterable<Person>, search: string): string[] => {
  const split = (text: string) => text.toLowerCase().split(/[^a-z0-9é]+/);
  const local = (text = '') => split(text.replace(/@[^@]*$/, ''));
  const domain = (text = '') => (text.includes('@') ? [text.toLowerCase().replace(/^.*@/, '@')] : []);
  const wanted = search
    .split(' ')
    .flatMap((term) => [...local(term), ...domain(term)])
    .filter((word) => word !== '' && word !== '@');
  return [...people]
    .filter(({ name, login, mail }) => {
      const words = [...split(name), ...local(login), ...local(mail), ...domain(login), ...domain(mail)];
      return wanted.every((one) => words.some((word) => word.startsWith(one)));
    })
    .map(({ id }) => id)
    .sort();
};

/** The items of words in the table. */
const wordItems = async (tenant: Tenant): Promise<Item[]> =>
  (await Promise.all(partitions.words(tenant.id).map((partition) => db.all({ partition })))).flat();

describe('a search of users', () => {
  it.each([1, 2, 3])('finds who a plain reading finds, whatever happened before, seed %i', async (seed) => {
    const bytes = seededBytes(seed);
    const below = (n: number) => ((bytes(2)[0] as number) * 256 + (bytes(1)[0] as number)) % n;
    const of = <T>(list: readonly T[]): T => list[below(list.length)] as T;
    const firsts = ['Maria', 'Mar', 'Élodie', 'Marco', "O'Brien", 'ana', 'Gomez'];
    const lasts = ['Gomez', 'Garcia', 'Maria', 'Gómez-Mara', 'Anders', 'M', 'Of Anders Marco'];
    const texts = () => {
      const [first, last] = [of(firsts), of(lasts)];
      const ascii = (text: string) => text.toLowerCase().replace(/[^a-z]/g, '');
      const local = of([`${ascii(first)}.${ascii(last)}`, `${ascii(first)[0]}${ascii(last)}`, `desk-${below(30)}`]);
      return {
        name: `${first} ${last}`,
        ...(below(4) > 0 && { login: of([local, `${local}@harbour.example`, `HARBOUR\\${local}`]) }),
        ...(below(3) > 0 && { mail: `${local}@${of(['harbour.example', 'eu.harbour.example', 'partner.example'])}` }),
      };
    };
    const tenant = await harness.tenant();
    const { body } = await tenant.ok('getUser', { params: { userId: tenant.firstUser } });
    const people = new Map<string, Person>([
      [body.id, { id: body.id, name: body.name, login: body.login, mail: body.mail }],
    ]);
    const gone = new Map<string, Person>();
    for (let step = 0; step < 50; step += 1) {
      const move = below(10);
      const others = [...people.values()].filter(({ id }) => id !== tenant.firstUser);
      if (move < 6 || others.length === 0) {
        const told = texts();
        const { id } = (await tenant.ok('createUser', { body: { kind: 'person', ...told } })).body;
        people.set(id, { id, ...told });
      } else if (move < 8) {
        const { id } = of(others);
        const told = { login: null, mail: null, ...texts() };
        await tenant.ok('updateUser', { params: { userId: id }, body: told });
        people.set(id, { id, ...told, login: told.login ?? undefined, mail: told.mail ?? undefined });
      } else if (move < 9) {
        const one = of(others);
        await tenant.ok('deleteUser', { params: { userId: one.id } });
        people.delete(one.id);
        gone.set(one.id, one);
      } else if (gone.size > 0) {
        const one = of([...gone.values()]);
        await tenant.ok('restoreUser', { params: { userId: one.id } });
        gone.delete(one.id);
        people.set(one.id, one);
      }
    }
    const searches = [
      ...['m', 'mar', 'maria', 'MARIA gomez', 'go', 'é', 'élodie', 'elodie', 'o', 'brien', 'gómez', 'mara m', 'desk'],
      ...['desk 1', 'a m', 'mgomez', 'maria @harbour', 'maria.gomez@harbour.example', 'm @eu', 'm @nowhere', 'x'],
      ...['harbour', 'anders of', 'marco marco', 'gomez  garcia', 'adm'],
    ];
    for (const search of searches) {
      const ids = await found(tenant, search);
      expect([search, [...ids].sort()]).toEqual([search, reference(people.values(), search)]);
      expect(await found(tenant, search, of([1, 3, 5]))).toEqual(ids);
    }
    for (const search of ['mar', 'maria gomez', 'm @harbour'])
      expect((await found(tenant, search, 2, { deleted: 'true' })).sort()).toEqual(reference(gone.values(), search));
  });

  it('is in the order of the words found, then of the names, and combines with the filters', async () => {
    const tenant = await harness.tenant();
    const made = async (name: string, more = {}): Promise<string> =>
      (await tenant.ok('createUser', { body: { kind: 'person', name, ...more } })).body.id;
    const zoe = await made('Zoe Kray');
    const ann = await made('Ann Kray', { source: 'external' });
    const kramer = await made('kramer');
    const kray = await made('Kray Bell');
    expect(await found(tenant, 'kra')).toEqual([kramer, ann, zoe, kray]);
    expect(await found(tenant, 'kra', 1)).toEqual([kramer, ann, zoe, kray]);
    expect(await found(tenant, 'kray', 200, { source: 'external' })).toEqual([ann]);
    expect(await found(tenant, 'kray', 200, { name: 'z' })).toEqual([zoe]);
    await tenant.ok('updateUser', { params: { userId: zoe }, body: { state: 'disabled' } });
    expect(await found(tenant, 'kra', 1, { state: 'disabled' })).toEqual([zoe]);
    expect(await found(tenant, 'kra', 200, { kind: 'machine' })).toEqual([]);
  });

  it('needs a word that can find somebody, and a cursor of its own', async () => {
    const tenant = await harness.tenant();
    for (const search of ['', '  ', '@harbour.example', '...', '@'])
      expectProblem(await tenant.call('listUsers', { query: { search } }), 'invalid-request');
    for (const name of ['Lia One', 'Lia Two']) await tenant.user(name);
    const { body } = await tenant.ok('listUsers', { query: { search: 'lia', limit: '1' } });
    expect(body.items).toHaveLength(1);
    const other = { search: 'li', limit: '1', cursor: body.cursor };
    expectProblem(await tenant.call('listUsers', { query: other }), 'invalid-request');
  });

  it('takes names of many words, and leaves no word behind', async () => {
    const tenant = await harness.tenant();
    const before = await wordItems(tenant);
    const many = (from: number) => Array.from({ length: 25 }, (_, i) => `w${from + i}`).join(' ');
    const login = Array.from({ length: 80 }, (_, i) => `l${i}`).join('.');
    const body = { kind: 'person', name: many(10), login };
    const { id } = (await tenant.ok('createUser', { body })).body;
    expect(await found(tenant, 'w13 w10')).toEqual([id]);
    await tenant.ok('updateUser', { params: { userId: id }, body: { name: many(50) } });
    expect(await found(tenant, 'w13')).toEqual([]);
    expect(await found(tenant, 'w53')).toEqual([id]);
    await tenant.ok('deleteUser', { params: { userId: id } });
    expect(await wordItems(tenant)).toEqual(before);
  });
});

describe('users whom the release before wrote', () => {
  /** What that release writes of a user, and leaves of words. */
  const asBefore = async (tenant: Tenant, id: string, name?: string): Promise<void> => {
    const key = keys.profile(tenant.id, id as UserId);
    const [item] = await db.read([key]);
    const { words: _, ...rest } = item as Item;
    const NSK = keys.word(tenant.id, '', name ?? '', id as UserId).SK.slice(1);
    await db.put(name === undefined ? rest : { ...rest, name, NSK, rev: Number(rest.rev) + 1 });
  };
  const headAsBefore = async (tenant: Tenant) => {
    const [head] = await db.read([keys.head(tenant.id)]);
    const { words: _, ...rest } = head as Item;
    await db.put(rest);
  };

  /** A tenant with users of that release: some without words, one renamed since, one deleted since. */
  const upgraded = async () => {
    const tenant = await harness.tenant();
    const people: Person[] = [];
    for (let n = 0; n < 8; n += 1) {
      const told = { name: `Una Last${n}`, login: `user${n}`, mail: `una.${n}@harbour.example` };
      const { id } = (await tenant.ok('createUser', { body: { kind: 'person', ...told } })).body;
      people.push({ id, ...told });
    }
    const [plain, renamed, deleted] = people as [Person, Person, Person];
    for (const item of await wordItems(tenant)) if (String(item.SK).endsWith(plain.id)) await db.remove(item as never);
    await asBefore(tenant, plain.id);
    await asBefore(tenant, renamed.id, 'Bea Other');
    await db.remove(keys.profile(tenant.id, deleted.id as UserId));
    await headAsBefore(tenant);
    const now = people
      .filter((one) => one !== deleted)
      .map((one) => (one === renamed ? { ...one, name: 'Bea Other' } : one));
    return { tenant, people: now, plain, renamed, deleted };
  };

  const complete = async ({ tenant, people }: Awaited<ReturnType<typeof upgraded>>) => {
    for (const search of ['una', 'last', 'last0', 'last1', 'last2', 'bea', 'other', 'user1', 'user2', 'una @h'])
      expect([search, (await found(tenant, search, 3)).sort()]).toEqual([search, reference(people, search)]);
    const words = await wordItems(tenant);
    const ids = new Set([...people.map(({ id }) => id), tenant.firstUser as string]);
    expect(words.filter(({ SK }) => !ids.has(String(SK).split('\u0001').at(-1) as string))).toEqual([]);
    expect(words.filter(({ SK, words: all }) => `${SK} ${all}`.includes('last1'))).toEqual([]);
  };

  it('are found by the beginning of the name at once, and never by what they are not called', async () => {
    const world = await upgraded();
    const { tenant, plain, renamed, deleted } = world;
    expect(await found(tenant, 'una')).toContain(plain.id);
    expect(await found(tenant, 'bea')).toEqual([renamed.id]);
    expect(await found(tenant, 'last1')).toEqual([]);
    expect(await found(tenant, 'last2')).toEqual([]);
    expect(await found(tenant, 'una')).not.toContain(deleted.id);
  });

  it('get their words by a sweep, once more after a day, and never again', async () => {
    const world = await upgraded();
    const { id } = world.tenant;
    const due = async () => (await dueIn(harness.store, id, toHead((await db.read([keys.head(id)]))[0]) as Head))?.id;
    expect([await due(), await needsSweep(harness.store, id)]).toEqual(['words', true]);
    while (await sweepSlice(harness.store, id));
    await complete(world);
    expect(await due()).toBeUndefined();
    const [first] = world.people;
    await asBefore(world.tenant, first?.id as string, 'Last Late');
    clock.time += 86_400_001;
    expect(await due()).toBe('words');
    while (await sweepSlice(harness.store, id));
    expect(await found(world.tenant, 'late')).toEqual([first?.id]);
    clock.time += 86_400_001;
    expect([await due(), await needsSweep(harness.store, id)]).toEqual([undefined, false]);
  });

  it('get them whichever command the sweep dies at, and in however short slices', async () => {
    for (let crash = 1; ; crash += 23) {
      const world = await upgraded();
      const { id } = world.tenant;
      let commands = 0;
      wrapped.around = (_, send) => {
        commands += 1;
        return commands === crash ? Promise.reject(new Error('died')) : send();
      };
      const died = await sweepSlice(harness.store, id, -1).then(
        () => false,
        () => true,
      );
      for (let n = 0; (await sweepSlice(harness.store, id, -1).catch(() => true)) && n < 100; n += 1);
      wrapped.heal();
      await complete(world);
      expect(await needsSweep(harness.store, id)).toBe(false);
      if (!died && commands < crash) break;
    }
  });

  it('get them without harm when somebody renames them meanwhile', async () => {
    const world = await upgraded();
    const { tenant, plain, people } = world;
    let renamed = false;
    wrapped.around = async (command, send) => {
      const mends = JSON.stringify(command.input).includes('SET words = :form');
      if (mends && !renamed) {
        renamed = true;
        const body = { name: 'Cleo New' };
        await tenant.ok('updateUser', { params: { userId: plain.id }, body });
      }
      return send();
    };
    while (await sweepSlice(harness.store, tenant.id));
    wrapped.heal();
    expect(renamed).toBe(true);
    const now = people.map((one) => (one.id === plain.id ? { ...one, name: 'Cleo New' } : one));
    await complete({ ...world, people: now });
  });
});

describe('a word that many share', () => {
  let tenant: Tenant;
  beforeAll(async () => {
    tenant = await harness.tenant();
    for (let at = 0; at < 300; at += 20)
      await put(tenant, ({ tools }) => {
        const ids = Array.from({ length: 20 }, () => tools.ids.next('user'));
        return {
          users: ids.map((id) => ({
            before: undefined,
            after: {
              id,
              life: tools.ids.life(),
              rev: 1,
              kind: 'person' as const,
              state: 'active' as const,
              source: 'local' as const,
              groups: new Set(),
              personal: [],
              stamp: 0,
            },
          })),
          side: ids.map((id, n) => ({
            kind: 'profile' as const,
            before: undefined,
            after: { id, rev: 1, name: `Maria Garcia${at + n}`, createdAt: '2026-01-01T00:00:00.000Z' },
          })),
        };
      });
  });

  it('is read a page at a time, and narrowed by the rarest word', async () => {
    const read: string[] = [];
    wrapped.around = async (_, send) => {
      const answer = await send();
      read.push(
        ...(answer.Items ?? []),
        ...Object.values(answer.Responses ?? {})
          .flat()
          .map(String),
      );
      return answer;
    };
    const one = await tenant.ok('listUsers', { query: { search: 'maria', limit: '10' } });
    expect([one.body.items.length, one.body.cursor !== undefined]).toEqual([10, true]);
    expect(read.length).toBeLessThan(200);
    read.length = 0;
    const two = await tenant.ok('listUsers', { query: { search: 'maria garcia277', limit: '10' } });
    expect(two.body.items.map(({ name }: { name: string }) => name)).toEqual(['Maria Garcia277']);
    expect(read.length).toBeLessThan(450);
    wrapped.heal();
    expect(await found(tenant, 'maria garcia', 200)).toHaveLength(300);
    expect((await found(tenant, 'maria', 70)).length).toBe(300);
  });
});

describe('repair', () => {
  it('finds a word that is missing, and writes it', async () => {
    const tenant = await harness.tenant();
    const id = await tenant.user('Nora Lost');
    const [item] = await wordItems(tenant).then((items) => items.filter(({ SK }) => String(SK).endsWith(id)));
    await db.remove(item as never);
    expect(await found(tenant, 'lost')).toEqual([]);
    expect((await verify(db, tenant.id))?.findings.map(({ what }) => what)).toEqual(['word']);
    await repair(db, tenant.id);
    expect((await verify(db, tenant.id))?.findings).toEqual([]);
    expect(await found(tenant, 'lost')).toEqual([id]);
  });
});
