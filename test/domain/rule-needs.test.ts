import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { catalogue } from '../../shared/catalogues/index.ts';
import { type RoleId, type RuleId, userRef } from '../../shared/domain/base/ids.ts';
import type { Access, BookRecord, Grant } from '../../shared/domain/book/records.ts';
import { decide, Rights, ruleRightsOf } from '../../shared/domain/deciding/decide.ts';
import {
  actionBits,
  type Bit,
  bitsFor,
  lacking,
  lackingToMove,
  movesActions,
  ownerAmong,
  ownersFor,
} from '../../shared/domain/deciding/rule-needs.ts';
import type { RuleAction, WantedContent } from '../../shared/domain/rules/content.ts';
import { RuleRights } from '../../shared/domain/rules/rule-rights.ts';
import { longSuite } from '../support/patience.ts';
import { userId } from './arbitraries.ts';
import { Bookkeeper } from './rule-worlds.ts';

vi.setConfig(longSuite);

const { data } = catalogue('exchange-rules');
const ruleTypes = data.ruleTypes.slice(0, 3).map(({ id }) => id);
const actionTypes = data.actionTypes.slice(0, 4).map(({ id }) => id);

const types = (ids: readonly string[]) => fc.option(fc.subarray([...ids]), { nil: undefined, freq: 2 });
const grant: fc.Arbitrary<Grant> = fc
  .record({
    permission: fc.constantFrom(
      ...['createRules', 'manageRulesOrder', 'manageConditions', 'manageOptions', 'manageActions'],
      ...['editActions', 'editActions', 'addActions', 'deleteActions', 'manageProgramFeatures', '*'],
    ),
    actionTypes: types(actionTypes),
    ruleTypes: types(ruleTypes),
  })
  .map(({ permission, ...limits }) => {
    const can = data.permissions.find(({ id }) => id === permission)?.limits ?? [];
    return {
      permission,
      ...(limits.actionTypes && can.includes('actionTypes') && { actionTypes: limits.actionTypes }),
      ...(limits.ruleTypes && can.includes('ruleTypes') && { ruleTypes: limits.ruleTypes }),
    };
  });
const roleSets = fc.array(fc.array(grant, { maxLength: 4 }), { minLength: 1, maxLength: 3 });

/** What grants give, by nothing but their own words: one role at a time (CT-71..77, Q-06). */
const gives = (grants: readonly Grant[], permission: string, rule: string, action?: string): boolean => {
  const reaches = (g: Grant) =>
    (!g.ruleTypes || g.ruleTypes.includes(rule)) &&
    (!g.actionTypes || (action !== undefined && g.actionTypes.includes(action)));
  const verbs = ['editActions', 'addActions', 'deleteActions'];
  const has = (id: string) =>
    grants.some((g) => {
      if (g.permission === '*') return true;
      if (g.permission === 'manageActions' && verbs.includes(id)) return reaches(g);
      return g.permission === id && reaches(g);
    });
  if (permission === 'addActions' || permission === 'deleteActions') return has(permission) && has('editActions');
  return has(permission);
};

/** A tenant with so many roles, a user in all of them, and a rule of each type that nobody owns. */
const tenantOf = (
  sets: readonly (readonly Grant[])[],
  newRules: readonly { view: boolean; edit: boolean; delete: boolean }[],
) => {
  const keeper = new Bookkeeper();
  keeper.createRole();
  const [creator] = keeper.roles as [RoleId];
  for (const _ of sets) keeper.createRole();
  const roles = keeper.roles.slice(1);
  for (const [i, role] of roles.entries()) keeper.setNewRules(role, newRules[i % newRules.length] ?? {});
  for (const type of ruleTypes) keeper.createRule(creator, type);
  const access = {
    ...{ id: userId(1), life: '00000a', rev: 1, kind: 'person', state: 'active', source: 'local' },
    ...{ groups: new Set(), personal: [], stamp: 0 },
  } as unknown as Access;
  const book = keeper.world.book.with(
    roles.flatMap((role, i): BookRecord[] => {
      const record = keeper.world.book.roles.get(role)?.record;
      if (!record) throw new Error('no role');
      const users = new Set([userRef(access.id, access.life)]);
      return [
        { ...record, grants: [...(sets[i] as Grant[])] },
        { kind: 'members', rev: 0, role, chunk: 0, users },
      ];
    }),
  );
  return {
    keeper,
    book,
    roles,
    access,
    rules: keeper.order,
    hands: { rights: Rights.of(book, access), onRules: ruleRightsOf(book, access) },
  };
};

const rightsOn = fc.record({ view: fc.boolean(), edit: fc.boolean(), delete: fc.boolean() }, { noNullPrototype: true });
const action = (id: number, type: string, n: number): RuleAction => ({
  id: `a${String(id).padStart(12, '0')}` as RuleAction['id'],
  type,
  properties: { n },
});
const actionList = fc
  .uniqueArray(fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 1 })), { selector: ([id]) => id, maxLength: 5 })
  .map((list) => list.map(([id, n]) => action(id, actionTypes[id % actionTypes.length] as string, n)));
const named = (bits: readonly Bit[]) => bits.map((bit) => JSON.stringify(bit)).sort();

describe('what an edit needs, against grants read word by word', () => {
  it('sections and Edit: each bit OR-ed over the roles, all that are missing named (CT-43, CT-66, CT-69, CT-78, Q-08)', () => {
    const sections = fc.record(
      {
        name: fc.constant('New'),
        description: fc.constant(''),
        enabled: fc.boolean(),
        categories: fc.constant([]),
        conditions: fc.constant([]),
        exceptions: fc.constant([]),
        options: fc.constant({}),
      },
      { requiredKeys: [], noNullPrototype: true },
    );
    fc.assert(
      fc.property(
        roleSets,
        fc.array(rightsOn, { minLength: 1, maxLength: 3 }),
        sections,
        fc.nat(),
        (sets, newRules, wanted, n) => {
          const { book, hands, roles, rules } = tenantOf(sets, newRules);
          const rule = book.rules.byId.get(rules[n % rules.length] as RuleId);
          if (!rule) throw new Error('no rule');
          const expected: Bit[] = [];
          if (!roles.some((_, i) => newRules[i % newRules.length]?.edit)) expected.push({ right: 'edit' });
          const need = (permission: string, ...fields: string[]) => {
            if (!fields.some((field) => field in wanted)) return;
            if (!sets.some((set) => gives(set, permission, rule.type))) expected.push({ permission });
          };
          need('manageRulesOrder', 'name', 'description', 'enabled', 'categories');
          need('manageConditions', 'conditions', 'exceptions');
          need('manageOptions', 'options');
          expect(named(lacking(hands, rule, bitsFor(wanted as WantedContent)))).toEqual(named(expected));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('actions: per type and verb, bounded inside each role (CT-70..77)', () => {
    fc.assert(
      fc.property(roleSets, actionList, actionList, fc.nat(), (sets, before, after, n) => {
        const { book, hands, rules } = tenantOf(sets, [{ view: true, edit: true, delete: false }]);
        const rule = book.rules.byId.get(rules[n % rules.length] as RuleId);
        if (!rule) throw new Error('no rule');
        const expected = new Set<string>();
        const need = (permission: string, actionType: string) => {
          if (!sets.some((set) => gives(set, permission, rule.type, actionType)))
            expected.add(JSON.stringify({ permission, actionType }));
        };
        for (const one of before) {
          const is = after.find(({ id }) => id === one.id);
          if (!is) need('deleteActions', one.type);
          else if (is.properties.n !== one.properties.n) need('editActions', one.type);
        }
        for (const one of after) if (!before.some(({ id }) => id === one.id)) need('addActions', one.type);
        expect(named(lacking(hands, rule, actionBits(before, after)))).toEqual([...expected].sort());
      }),
      { numRuns: 2_000 },
    );
  });

  it('actions are moved when those that stay change places, or a new one comes before one that stays', () => {
    fc.assert(
      fc.property(actionList, actionList, (before, after) => {
        const stay = before.filter(({ id }) => after.some((one) => one.id === id)).map(({ id }) => id);
        const then = after.map(({ id }) => id);
        expect(movesActions(before, after)).toBe(then.slice(0, stay.length).join() !== stay.join());
      }),
    );
  });

  it('moving actions: every verb, type and configured rule, and Edit on each rule (CT-52..54)', () => {
    const generous = fc.oneof(
      { weight: 3, arbitrary: fc.constant<Grant>({ permission: 'manageActions' }) },
      { weight: 2, arbitrary: grant },
      {
        weight: 1,
        arbitrary: fc.subarray(ruleTypes).map((of): Grant => ({ permission: 'manageActions', ruleTypes: of })),
      },
    );
    fc.assert(
      fc.property(
        fc.array(fc.array(generous, { maxLength: 3 }), { minLength: 1, maxLength: 3 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        (sets, edits, view) => {
          const { book, hands, rules } = tenantOf(
            sets,
            edits.map((edit) => ({ view, edit, delete: false })),
          );
          const all = data.actionTypes.map(({ id }) => id);
          const verbs = ['editActions', 'addActions', 'deleteActions'].every((verb) =>
            all.every((type) => ruleTypes.every((rule) => sets.some((set) => gives(set, verb, rule, type)))),
          );
          const edit = sets.some((_, i) => edits[i % edits.length]);
          expect(lackingToMove(hands, book).length === 0).toBe(verbs && edit && view);
          expect(rules).toHaveLength(3);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('the owner of a new rule is one of the roles that by themselves let create it (CT-92..94)', () => {
    fc.assert(
      fc.property(roleSets, fc.constantFrom(...ruleTypes), fc.nat({ max: 4 }), fc.boolean(), (sets, type, n, names) => {
        const { book, access, roles } = tenantOf(sets, [{ view: true, edit: true, delete: false }]);
        const able = roles.filter((_, i) => gives(sets[i] as Grant[], 'createRules', type));
        const wanted = names ? ((roles[n] ?? 'r000000000009') as RoleId) : undefined;
        const code = () => {
          try {
            return ownerAmong(book, ownersFor(book, access, type), wanted);
          } catch (error) {
            return (error as { code: string }).code;
          }
        };
        if (able.length === 0) expect(code()).toBe('forbidden');
        else if (wanted !== undefined) expect(code()).toBe(able.includes(wanted) ? wanted : 'invalid-request');
        else expect(code()).toBe(able.length === 1 ? able[0] : 'owner-needed');
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('checks on a rule', () => {
  it('a permission on a rule is the permission for its type, and View and Edit on it; a hidden rule is as none (CT-86)', () => {
    fc.assert(
      fc.property(
        roleSets,
        fc.array(rightsOn, { minLength: 1, maxLength: 3 }),
        fc.nat(),
        fc.constantFrom(...actionTypes),
        (sets, newRules, n, actionType) => {
          const { book, access, rules, roles } = tenantOf(sets, newRules);
          const rule = rules[n % rules.length] as RuleId;
          const type = book.rules.byId.get(rule)?.type as string;
          const right = (column: 'view' | 'edit' | 'delete') =>
            roles.some((_, i) => newRules[i % newRules.length]?.[column]);
          const held = sets.some((set) => gives(set, 'editActions', type, actionType));
          const decided = decide(book, access, { permission: 'editActions', actionType, rule });
          expect(decided.allowed).toBe(held && right('view') && right('edit'));
          expect(decided.reason === 'unknown-rule').toBe(!right('view'));
          for (const column of ['view', 'edit', 'delete'] as const)
            expect(decide(book, access, { right: column, rule }).allowed).toBe(right('view') && right(column));
          const other = 'l0000000000zz' as RuleId;
          expect(decide(book, access, { right: 'view', rule: other })).toEqual(
            decide(book, access, { right: 'view', rule: right('view') ? other : rule }),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it('personal grants carry no right on any rule, and whoever is not active has none', () => {
    const { book, access, rules } = tenantOf([[{ permission: '*' }]], [{ view: true, edit: true, delete: true }]);
    const rule = book.rules.byId.get(rules[0] as RuleId);
    if (!rule) throw new Error('no rule');
    expect(ruleRightsOf(book, access).sees(rule)).toBe(true);
    expect(ruleRightsOf(book, { ...access, state: 'disabled' }).sees(rule)).toBe(false);
    const alone = { ...access, id: userId(2), personal: [{ permission: '*' }] };
    expect(ruleRightsOf(book, alone).sees(rule)).toBe(false);
    expect(new RuleRights(book, []).visible()).toEqual([]);
  });
});
