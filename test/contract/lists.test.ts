// What the store promises of its lists: in order, each once, nothing lost, whatever the page size and the names; and of
// reading many items at once.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { groupRef, type UserId } from '../../shared/domain/base/ids.ts';
import { sortForm } from '../../shared/domain/base/names.ts';
import type { GroupRecord } from '../../shared/domain/book/records.ts';
import { pageOf } from '../../shared/http/operations/pages.ts';
import { byBytes } from '../../shared/store/db.ts';
import { keys } from '../../shared/store/keys.ts';
import { type ListedUser, listUsers, type UserFilter } from '../../shared/store/lists.ts';
import { freshIds, groupRecordOf, put, putRecords } from '../support/facts.ts';
import { bootEngine, Harness, type Tenant } from '../support/harness.ts';

const { engine, client, table } = await bootEngine();
afterAll(() => engine.close());
const harness = new Harness(client, table);

let tenant: Tenant;
const ids = new Map<string, string>();

/** Names that sort where they should, or where one would not look for them. */
const names = [
  ...['Anna', 'anna', 'ANNA', 'Ａｎｎａ', 'Anna'], // the same to a reader
  ...['Ann', 'Annabel', 'Änne', 'A\u0308nne', 'aNNa#1', 'Anna T#x', "O'Brien", '"quoted"', '%', '_', '\\', '[', '~'],
  ...[
    'Straße',
    'STRASSE',
    'İpek',
    'ﬁne',
    'fine',
    'Жанна',
    'жанна',
    '张三',
    '﨎田',
    '\ufffd',
    'ｶﾅ',
    '🙂',
    '😀 face',
    '𝔸nna',
  ],
  ...[
    '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
    '\u{10fffd}',
    '0',
    '9',
    'z',
    'zz',
    'Zoë',
    '🙂'.repeat(100),
    'ﷺ'.repeat(100),
  ],
];

interface Person {
  readonly id: UserId;
  readonly name: string;
  readonly state?: 'active' | 'disabled';
  readonly groups?: readonly GroupRecord[];
  readonly grants?: readonly string[];
}

/** Many users in few transactions. */
const putPeople = async (people: readonly Person[]): Promise<void> => {
  for (let at = 0; at < people.length; at += 20) {
    const some = people.slice(at, at + 20);
    await put(tenant, () => ({
      users: some.map(({ id, state = 'active', groups = [], grants = [] }) => ({
        before: undefined,
        after: {
          id,
          life: freshIds.life(),
          rev: 1,
          kind: 'person' as const,
          state,
          source: 'local' as const,
          groups: new Set(groups.map((group) => groupRef(group.id, group.life))),
          personal: grants.map((permission) => ({ permission })),
          stamp: 0,
        },
      })),
      side: some.map(({ id, name }) => ({
        kind: 'profile' as const,
        before: undefined,
        after: { id, rev: 1, name, createdAt: '2026-01-01T00:00:00.000Z' },
      })),
    }));
  }
};

const person = (name: string, more: Partial<Person> = {}): Person => ({ id: freshIds.next('user'), name, ...more });

/** As the list must have it: by folded name in the order of UTF-8, then by id. */
const inOrder = (people: readonly Person[]): string[] =>
  [...people].sort((a, b) => byBytes(sortKey(a), sortKey(b))).map(({ id }) => id);
const sortKey = ({ name, id }: Person) => `${[...sortForm(name)].slice(0, 200).join('')}\u0001${id}`;

const pages = async (filter: UserFilter, limit: number): Promise<{ users: ListedUser[]; sizes: number[] }> => {
  const users: ListedUser[] = [];
  const sizes: number[] = [];
  let after: string | undefined;
  for (let page = 0; page < 300; page += 1) {
    const { items, next } = await pageOf(listUsers(harness.store.db, tenant.id, filter, limit, after), limit);
    expect(items.length).toBeLessThanOrEqual(limit);
    users.push(...items);
    sizes.push(items.length);
    if (next === undefined) return { users, sizes };
    after = next;
  }
  throw new Error('pages without end');
};
const listed = async (filter: UserFilter, limit: number) =>
  (await pages(filter, limit)).users.map(({ access }) => access.id);

let everybody: Person[];
beforeAll(async () => {
  tenant = await harness.tenant();
  everybody = names.map((name, n) => person(name, { state: n % 3 === 0 ? 'disabled' : 'active' }));
  await putPeople(everybody);
  everybody.push({ id: tenant.firstUser, name: 'Ada Admin' });
  for (const { id, name } of everybody) ids.set(id, name);
});

describe('users', () => {
  it.each([1, 2, 3, 7, 20, names.length, names.length + 1, 200])(
    'come in order, each once, %i a page',
    async (limit) => {
      expect(await listed({}, limit)).toEqual(inOrder(everybody));
      const { sizes } = await pages({}, limit);
      // Without a filter no page but the last is short.
      expect(sizes.slice(0, -1).every((size) => size === limit)).toBe(true);
    },
  );

  it.each([
    'anna',
    'ann',
    'a',
    'strasse',
    'ж',
    '🙂',
    '\u{1f468}',
    'z',
    '%',
    '_',
    't#',
    'no such name',
    'ﷺ'.repeat(100),
  ])('whose names begin with %s, and nobody else', async (typed) => {
    const prefix = sortForm(typed);
    const wanted = everybody.filter(({ name }) => sortForm(name).startsWith(prefix));
    for (const limit of [1, 4, 200]) expect(await listed({ prefix }, limit)).toEqual(inOrder(wanted));
    if (!['t#', 'no such name'].includes(typed)) expect(wanted.length).toBeGreaterThan(0);
  });

  it.each([1, 5, 200])('that a filter keeps, %i a page', async (limit) => {
    const disabled = ({ access }: ListedUser) => access.state === 'disabled';
    const nobody = () => false;
    expect(await listed({ keep: disabled }, limit)).toEqual(
      inOrder(everybody.filter(({ state }) => state === 'disabled')),
    );
    expect(await listed({ keep: nobody }, limit)).toEqual([]);
    expect(await listed({ prefix: 'a', keep: disabled }, limit)).toEqual(
      inOrder(everybody.filter(({ name, state }) => sortForm(name).startsWith('a') && state === 'disabled')),
    );
  });

  it('follow their names: a renamed user moves, a deleted one goes', async () => {
    const [one, two] = [await tenant.user('Movable'), await tenant.user('Removable')];
    await tenant.ok('updateUser', { params: { userId: one }, body: { name: 'aaa' } });
    await tenant.ok('deleteUser', { params: { userId: two } });
    const now = [...everybody, { id: one, name: 'aaa' }];
    for (const limit of [1, 200]) expect(await listed({}, limit)).toEqual(inOrder(now));
    await tenant.ok('deleteUser', { params: { userId: one } });
  });
});

/** The pages of a list operation, one after the other. */
const all = async (
  id: 'listHolders' | 'listGroupMembers' | 'listRoleMembers',
  page: (cursor: string | undefined) => object,
): Promise<{ id?: string; user?: string; type?: string }[]> => {
  const items: { id?: string }[] = [];
  let cursor: string | undefined;
  for (let n = 0; n < 400; n += 1) {
    const { body } = await tenant.ok(id, page(cursor));
    items.push(...body.items);
    cursor = body.cursor;
    if (cursor === undefined) return items;
  }
  throw new Error('pages without end');
};

describe('holders and members', () => {
  let holders: string[];
  let groups: GroupRecord[];
  let roles: string[];
  let inGroup: Person[];

  beforeAll(async () => {
    // A diamond with a cycle: everybody below is reached on several ways.
    const top = groupRecordOf('Top');
    const left = groupRecordOf('Left', [top]);
    const right = groupRecordOf('Right', [top]);
    const bottom = groupRecordOf('Bottom', [left, right]);
    groups = [{ ...top, parents: new Set([groupRef(bottom.id, bottom.life)]) }, left, right, bottom];
    await putRecords(tenant, groups);
    inGroup = groups.flatMap((group, n) =>
      Array.from({ length: 4 + n }, (_, i) => person(`G${n} ${i}`, { groups: i % 2 ? [group] : [group, top] })),
    );
    const direct = Array.from({ length: 9 }, (_, n) => person(`D${n}`, { groups: n % 3 === 0 ? [left] : [] }));
    const own = Array.from({ length: 7 }, (_, n) =>
      person(`P${n}`, { grants: ['billing'], groups: n % 2 ? [right] : [] }),
    );
    const others = Array.from({ length: 5 }, (_, n) => person(`O${n}`, { grants: ['purchase'] }));
    const disabled = Array.from({ length: 5 }, (_, n) => person(`X${n}`, { grants: ['billing'], state: 'disabled' }));
    await putPeople([...inGroup, ...direct, ...own, ...others, ...disabled]);
    const billing = [{ permission: 'billing' }];
    const idsOf = (people: readonly Person[]) => people.map(({ id }) => id);
    roles = [
      await tenant.role('One', billing, [...idsOf(direct), groups[0]?.id ?? '', ...idsOf(own.slice(0, 3))]),
      await tenant.role('Two', billing, [...idsOf(direct.slice(0, 4)), groups[3]?.id ?? '', ...idsOf(disabled)]),
    ];
    inGroup.push(
      ...direct.filter(({ groups: of = [] }) => of.length > 0),
      ...own.filter(({ groups: of = [] }) => of.length > 0),
    );
    holders = [...new Set(idsOf([...inGroup, ...direct, ...own]).concat(tenant.firstUser))].sort();
  });

  it.each([1, 2, 3, 10, 200])('every holder once, %i a page', async (limit) => {
    const items = await all('listHolders', (cursor) => ({ body: { permission: 'billing', limit, cursor } }));
    expect(items.map(({ user }) => user).sort()).toEqual(holders);
  });

  it.each([1, 2, 5, 200])('every member of a group at any depth once, %i a page', async (limit) => {
    const params = { groupId: groups[0]?.id ?? '' };
    const items = await all('listGroupMembers', (cursor) => ({
      params,
      query: { effective: 'true', limit: String(limit), ...(cursor && { cursor }) },
    }));
    const users = items.filter(({ type }) => type === 'user').map(({ id }) => id);
    expect(users.sort()).toEqual(inGroup.map(({ id }) => id).sort());
    const found = items.filter(({ type }) => type === 'group').map(({ id }) => id);
    expect(found.sort()).toEqual(
      groups
        .slice(1)
        .map(({ id }) => id)
        .sort(),
    );
  });

  it.each([1, 4, 200])('every direct member of a role once, groups first, %i a page', async (limit) => {
    const items = await all('listRoleMembers', (cursor) => ({
      params: { roleId: roles[0] ?? '' },
      query: { limit: String(limit), ...(cursor && { cursor }) },
    }));
    expect(items.length).toBe(13);
    expect(new Set(items.map(({ id }) => id)).size).toBe(13);
    expect(items[0]).toMatchObject({ type: 'group', name: 'Top' });
  });
});

describe('reading many items', () => {
  it('gives them in the order asked for, missing ones and repeated ones too, beyond what one request takes', async () => {
    const people = everybody.slice(0, 30).map(({ id }) => id);
    const wanted = Array.from({ length: 260 }, (_, n) =>
      n % 5 === 4 ? freshIds.next('user') : (people[n % people.length] as UserId),
    );
    const items = await harness.store.db.read(wanted.map((id) => keys.profile(tenant.id, id)));
    expect(items.map((item) => item?.id)).toEqual(wanted.map((id) => (ids.has(id) ? id : undefined)));
    const strangers = Array.from({ length: 101 }, () => keys.access(tenant.id, freshIds.next('user')));
    expect(await harness.store.db.read(strangers)).toEqual(strangers.map(() => undefined));
    expect(await harness.store.db.read([])).toEqual([]);
  });
});
