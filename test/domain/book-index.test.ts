// A book that is carried on by changes answers as one that is made of the same records anew, whatever was asked before.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type GroupRef, groupRef, type Life, type RoleId, type UserRef } from '../../shared/domain/base/ids.ts';
import { Book } from '../../shared/domain/book/book.ts';
import { type BookRecord, recordName } from '../../shared/domain/book/records.ts';

const pick = <T>(list: readonly T[]) => fc.constantFrom(...list);
const roles = ['a', 'b', 'c', 'd'].map((c) => `r${c.repeat(12)}` as RoleId);
const groups = ['a', 'b', 'c', 'd', 'e'].map((c) => `g${c.repeat(20)}`);
const lives = ['aaaaaa', 'bbbbbb'] as Life[];
const users = ['a', 'b', 'c'].map((c) => `u${c.repeat(20)}.aaaaaa` as UserRef);
const refs = groups.flatMap((id) => lives.map((life) => groupRef(id as never, life)));
const rules = Array.from({ length: 9 }, (_, n) => `l${String(n).repeat(12)}`);

const deleted = fc.boolean();
const some = <T>(list: readonly T[]) => fc.uniqueArray(pick(list), { maxLength: 4 }).map((one) => new Set(one));
const date = fc.nat(30);
const marks = fc.record({ view: fc.integer({ min: -9, max: 9 }) });
const onRules = { view: true, edit: false, delete: false };

const role = fc.record({
  kind: fc.constant('role'),
  id: pick(roles),
  name: fc.constant('A role'),
  grants: fc.constant([]),
  newRules: fc.constant(onRules),
  groups: some(refs),
  born: date,
  deleted,
  rulesTo: fc.option(pick(roles), { nil: undefined }),
  rulesAt: date,
});
const group = fc.record({
  kind: fc.constant('group'),
  id: pick(groups),
  life: pick(lives),
  parents: some(refs),
  deleted,
});
const members = fc.record({ kind: fc.constant('members'), role: pick(roles), chunk: fc.nat(2), users: some(users) });
/** Each rule stays in its chunk, as the planner keeps it. */
const chunk = fc.nat(2).chain((n) =>
  fc.record({
    kind: fc.constant('rules'),
    chunk: fc.constant(n),
    entries: fc.dictionary(
      pick(rules.filter((_, i) => i % 3 === n)),
      fc.record({
        order: pick(['a', 'b', 'c']),
        type: fc.constant('t'),
        owner: pick(roles),
        ownedAt: date,
        born: date,
      }),
    ),
    newest: date,
  }),
);
const exceptions = fc.record({
  kind: fc.constant('exceptions'),
  role: pick(roles),
  chunk: fc.nat(2),
  rules: fc.dictionary(pick(rules), marks),
});
const rights = fc.record({
  kind: fc.constant('rights'),
  role: pick(roles),
  newRules: fc.constant([{ ...onRules, at: 1 }]),
  columns: marks,
});
const policy = fc.record({ kind: fc.constant('policy'), id: pick(['pa', 'pb']), deleted });
const record = fc.oneof(role, role, group, group, members, members, chunk, chunk, exceptions, rights, policy);

const change = fc.record({
  written: fc.array(record, { minLength: 1, maxLength: 6 }),
  removed: fc.array(fc.nat(30), { maxLength: 2 }),
  /** Whether the book is asked, and so has an index, before it changes. */
  asked: fc.boolean(),
});

const ids = (list: Iterable<{ readonly record: { readonly id: string } }>) =>
  [...list].map((one) => one.record.id).sort();

/** Everything that a book answers. */
const answers = (book: Book) => ({
  sum: book.sum,
  roles: [...book.roles].sort(),
  groups: [...book.groups].sort(),
  policies: [...book.policies].sort(),
  ofUsers: users.map((user) => ids(book.rolesOfUser(user))),
  ofGroups: refs.map((ref) => ids(book.rolesOfGroup(ref))),
  nested: refs.map((ref) => [
    [...book.children(ref)].sort(),
    [...book.parents(ref)].sort(),
    [...book.ancestors(ref)].sort(),
    [...book.descendants([ref as GroupRef])].sort(),
  ]),
  rules: book.rules.ordered,
  byId: [...book.rules.byId].sort(),
  places: rules.map((id) => book.rules.positionOf(id as never)),
  rights: roles.map((id) => book.rules.rightsOf(id)),
  dates: [book.rules.clock, book.rules.newestBirth],
});

test('a book carried on answers as one made anew', () => {
  fc.assert(
    fc.property(fc.array(change, { minLength: 2, maxLength: 8 }), (changes) => {
      const tenant = { kind: 'tenant', rev: 1, catalogue: 'complete', catalogueVersion: 1 } as BookRecord;
      let plain = new Map<string, BookRecord>([['tenant', tenant]]);
      let book = new Book(1, plain);
      for (const { written, removed, asked } of changes) {
        const old = book;
        const before = asked ? answers(old) : undefined;
        const version = old.version + 1;
        const names = [...plain.keys()].filter((name) => name !== 'tenant');
        const edits = new Map<string, BookRecord | undefined>();
        for (const n of removed) {
          const name = names[n];
          if (name !== undefined) edits.set(name, undefined);
        }
        for (const one of written) {
          const next = { ...one, rev: version } as BookRecord;
          edits.set(recordName(next), next);
        }
        plain = new Map(plain);
        for (const [name, one] of edits) {
          if (one) plain.set(name, one);
          else plain.delete(name);
        }
        book = old.moved(version, edits);
        if (before) expect(answers(old)).toEqual(before);
      }
      expect(answers(book)).toEqual(answers(new Book(book.version, plain)));
      expect(book.records.size).toBe(plain.size);
    }),
    { numRuns: 150 },
  );
});

test('the roles of a user are the same before and after they are listed, in a large book', () => {
  const members = Array.from({ length: 2_100 }, (_, n) => ({
    kind: 'members',
    rev: 1,
    role: `r${String(n).padStart(12, '0')}`,
    chunk: 0,
    users: new Set([users[n % 2] as UserRef, `u${String(n).padStart(20, '0')}.aaaaaa`]),
  }));
  const owners = members.map(({ role: id }) => ({ kind: 'role', rev: 1, id, groups: new Set(), deleted: false }));
  const tenant = { kind: 'tenant', rev: 1, catalogue: 'complete', catalogueVersion: 1 };
  const records = [tenant, ...members, ...owners] as BookRecord[];
  const book = new Book(1, new Map(records.map((one) => [recordName(one), one])));
  for (let asked = 0; asked < 250; asked += 1) {
    expect([0, 1, 2].map((n) => book.rolesOfUser(users[n] as UserRef).length)).toEqual([1_050, 1_050, 0]);
  }
  const emptied = { ...(members[0] as object), rev: 2, users: new Set() } as BookRecord;
  expect(book.moved(2, new Map([[recordName(emptied), emptied]])).rolesOfUser(users[0] as UserRef)).toHaveLength(1_049);
});
