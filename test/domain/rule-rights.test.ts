import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { RoleId, RuleId } from '../../shared/domain/base/ids.ts';
import { Book } from '../../shared/domain/book/book.ts';
import type { ExceptionsRecord } from '../../shared/domain/book/records.ts';
import { columns, grantsOn } from '../../shared/domain/rules/rule-rights.ts';
import { longSuite } from '../support/patience.ts';
import { Bookkeeper } from './rule-worlds.ts';

vi.setConfig(longSuite);

const some = fc.record(
  { view: fc.boolean(), edit: fc.boolean(), delete: fc.boolean() },
  { requiredKeys: [], noNullPrototype: true },
);
const kinds = [
  ...['createRole', 'cloneRole', 'deleteRole', 'createRule', 'createRule', 'createRule', 'deleteRule', 'moveRule'],
  ...['owner', 'newRules', 'newRules', 'column', 'column', 'single', 'single', 'single', 'both'],
] as const;
const step = fc.record({
  kind: fc.constantFrom(...kinds),
  a: fc.nat(),
  b: fc.nat(),
  c: fc.nat(),
  said: some,
  more: some,
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const take = (keeper: Bookkeeper, { kind, a, b, c, said, more }: Step): void => {
  const one = <T>(list: readonly T[], n: number): T => list[n % list.length] as T;
  const role = one(keeper.roles, a) as RoleId | undefined;
  const rule = one(keeper.order, b) as RuleId | undefined;
  if (kind === 'createRole' || role === undefined) keeper.createRole();
  else if (kind === 'cloneRole') keeper.cloneRole(role);
  else if (kind === 'deleteRole') keeper.deleteRole(role, c % 3 === 0 ? undefined : one(keeper.roles, c));
  else if (kind === 'createRule' || !rule) keeper.createRule(role, one(['routingRule', 'signatureRule'], b));
  else if (kind === 'newRules') keeper.setNewRules(role, said);
  else if (kind === 'deleteRule') keeper.deleteRule(rule);
  else if (kind === 'owner') keeper.giveOwner(rule, c % 4 === 0 ? undefined : role);
  else {
    const other = one(keeper.order, c);
    const single = [...new Set([rule, other])].map((id, i) => ({ rule: id, ...(i === 0 ? said : more) }));
    if (kind !== 'moveRule') keeper.setRights(role, kind === 'single' ? {} : more, kind === 'column' ? [] : single);
    else if (other === rule) keeper.moveRule(rule, { to: a % 2 === 0 ? 'first' : 'last' });
    else keeper.moveRule(rule, a % 2 === 0 ? { before: other } : { after: other });
  }
};

/** Every bit, every owner and the order are as the bookkeeper has them. */
const compare = (keeper: Bookkeeper): void => {
  const { book } = keeper.world;
  expect(book.rules.ordered.map((rule) => rule.id)).toEqual(keeper.order);
  for (const rule of book.rules.ordered) {
    expect(rule.owner).toBe(keeper.owner.get(rule.id));
    for (const role of keeper.roles) {
      const record = book.roles.get(role)?.record;
      for (const column of columns)
        expect(record && grantsOn(book.rules, record, rule, column), `${role} ${rule.id} ${column}`).toBe(
          keeper.has(role, rule.id, column),
        );
    }
  }
};

describe('rights of roles on rules against a table written by hand', () => {
  it('ticks, exceptions, defaults, owners, clones and deletions in any order (CT-12, CT-91, CT-95..100, Q-03)', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), (steps) => {
        const keeper = new Bookkeeper();
        keeper.createRole();
        for (const one of steps) take(keeper, one);
        compare(keeper);
      }),
      { numRuns: 1_500 },
    );
  });

  it('agrees after every single step as well', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 40 }), (steps) => {
        const keeper = new Bookkeeper();
        keeper.createRole();
        for (const one of steps) {
          take(keeper, one);
          compare(keeper);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is the same however often it is read from what is stored: the index holds nothing of its own', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
        const keeper = new Bookkeeper();
        keeper.createRole();
        for (const one of steps) take(keeper, one);
        const { book } = keeper.world;
        const fresh = new Book(9, book.records);
        expect(fresh.rules.ordered).toEqual(book.rules.ordered);
        expect(fresh.rules.clock).toBe(book.rules.clock);
      }),
      { numRuns: 200 },
    );
  });
});

describe('what a change of rights writes', () => {
  const many = (count: number) => {
    const keeper = new Bookkeeper();
    keeper.createRole();
    const [role] = keeper.roles as [RoleId];
    for (let i = 0; i < count; i += 1) keeper.createRule(role, 'routingRule');
    keeper.createRole();
    return { keeper, role: keeper.roles[1] as RoleId };
  };

  it('a column is one small record, whatever the number of rules (CT-91)', () => {
    const { keeper, role } = many(400);
    keeper.setRights(role, { delete: true }, []);
    expect(keeper.written.map((record) => record.kind)).toEqual(['rights']);
    expect(JSON.stringify(keeper.written).length).toBeLessThan(400);
  });

  it('exceptions that a column outdoes, and those of rules that are gone, go when their chunk is written', () => {
    const { keeper, role } = many(30);
    const exceptions = () =>
      Object.keys((keeper.written.find((record) => record.kind === 'exceptions') as ExceptionsRecord).rules);
    const [a, b, c] = keeper.order as [RuleId, RuleId, RuleId];
    keeper.setRights(role, {}, [
      { rule: a, view: false },
      { rule: b, view: false, edit: false },
    ]);
    expect(exceptions()).toHaveLength(2);
    keeper.deleteRule(b);
    keeper.setRights(role, {}, [{ rule: c, delete: true }]);
    expect(exceptions()).toEqual([a, c]);
    keeper.setRights(role, { view: true }, []);
    keeper.setRights(role, {}, [{ rule: c, edit: false }]);
    expect(exceptions()).toEqual([c]);
    compare(keeper);
  });

  it('defaults are kept only while they decide over some rule', () => {
    const { keeper, role } = many(3);
    for (let i = 0; i < 50; i += 1) keeper.setNewRules(role, { view: i % 2 === 0, delete: i % 3 === 0 });
    const header = () => keeper.world.book.rules.rightsOf(role).header;
    expect(header()?.newRules.length).toBeLessThanOrEqual(2);
    compare(keeper);
  });

  it('so many defaults that still decide are refused, and ticking the columns makes room', () => {
    const { keeper, role } = many(1);
    const flip = (i: number) => {
      keeper.setNewRules(role, { view: i % 2 === 1 });
      keeper.createRule(keeper.roles[0] as RoleId, 'routingRule');
    };
    // The default with which the role began decides over the first rule.
    for (let i = 0; i < 199; i += 1) flip(i);
    expect(() => flip(199)).toThrow(/At most 200 defaults/);
    keeper.setRights(role, { view: true, edit: false, delete: true }, []);
    keeper.setRights(role, { edit: true }, []);
    flip(199);
    compare(keeper);
  });
});
