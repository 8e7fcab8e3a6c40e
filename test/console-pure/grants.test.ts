// Ticking boxes in the tree of permissions, against the catalogues as they are.
import { describe, expect, test } from 'vitest';
import type { AnswerOf } from '../../clients/typescript/index.ts';
import {
  isPartly,
  isTicked,
  sameGrants,
  settled,
  throughOthers,
  treeOf,
  whyNot,
  widenerIn,
  withoutTicked,
  withTicked,
} from '../../console/src/catalogue/grants.ts';
import { catalogue } from '../../shared/catalogues/index.ts';

const permissionsOf = (id: string) => catalogue(id).data.permissions as AnswerOf<'getCatalogue'>['permissions'];
const rules = permissionsOf('exchange-rules');
const mail = permissionsOf('email-security');

describe('the tree of permissions', () => {
  test('CT-71 what one permission includes stands below it', () => {
    const nodes = treeOf(rules).flatMap((area) => area.nodes);
    const actions = nodes.find(({ permission }) => permission.id === 'manageActions');
    expect(actions?.children.map(({ permission }) => permission.id)).toEqual([
      'editActions',
      'addActions',
      'deleteActions',
    ]);
    expect(nodes.map(({ permission }) => permission.id)).not.toContain('editActions');
  });

  test('every permission of every catalogue stands in it once', () => {
    for (const id of ['exchange-rules', 'email-security', 'secure-exchanges', 'complete']) {
      const permissions = permissionsOf(id);
      const ids = (nodes: ReturnType<typeof treeOf>[number]['nodes']): string[] =>
        nodes.flatMap(({ permission, children }) => [permission.id, ...ids(children)]);
      const listed = treeOf(permissions).flatMap(({ nodes }) => ids(nodes));
      expect(listed.toSorted()).toEqual(permissions.map((one) => one.id).toSorted());
    }
  });

  test('* and a permission that includes it tick everything (CT-29, Q-15)', () => {
    for (const { id } of rules) expect(isTicked(rules, [{ permission: '*' }], id)).toBe(true);
    for (const { id } of mail) expect(isTicked(mail, [{ permission: 'superAdministrator' }], id)).toBe(true);
    expect(throughOthers(rules, [{ permission: '*' }], 'editActions')).toEqual(['*']);
  });

  test('what includes everything is partly ticked while anything is, and wholly by itself', () => {
    for (const [permissions, all] of [
      [rules, '*'],
      [mail, 'superAdministrator'],
    ] as const) {
      const [one] = permissions.filter(({ id }) => id !== all);
      expect(isPartly(permissions, [{ permission: one!.id }], all)).toBe(true);
      expect(isPartly(permissions, [{ permission: all }], all)).toBe(false);
      expect(isPartly(permissions, [], all)).toBe(false);
    }
  });

  test('CT-71 a part that is taken leaves the other parts', () => {
    const left = withoutTicked(rules, [{ permission: 'manageActions', ruleTypes: ['routingRule'] }], 'deleteActions');
    expect(left).toEqual([{ permission: 'editActions', ruleTypes: ['routingRule'] }, { permission: 'addActions' }]);
    expect(isPartly(rules, left, 'manageActions')).toBe(true);
  });

  test('all parts without limits become the whole again', () => {
    const parts = withoutTicked(rules, [{ permission: 'manageActions' }], 'deleteActions');
    expect(withTicked(rules, parts, 'deleteActions')).toEqual([{ permission: 'manageActions' }]);
  });

  test('Q-19 taking one permission from everything leaves the others one by one', () => {
    const left = withoutTicked(rules, [{ permission: '*' }], 'manageAccessRights');
    expect(left.map(({ permission }) => permission)).toEqual([
      'manageProgramFeatures',
      'createRules',
      'manageRulesOrder',
      'manageConditions',
      'manageActions',
      'manageOptions',
    ]);
  });

  test('FP-53 what needs a feature that is off is not left over', () => {
    const left = withoutTicked(mail, [{ permission: '*' }], 'viewAllReports', ({ feature }) => feature === undefined);
    expect(left.map(({ permission }) => permission)).not.toContain('viewFilteredReports');
    expect(left.map(({ permission }) => permission)).toContain('viewQuarantine');
  });

  test('CT-77 what requires the edit selection goes with it, and cannot be ticked without it', () => {
    const set = withTicked(rules, [{ permission: 'editActions', actionTypes: ['insertDisclaimer'] }], 'deleteActions');
    expect(set).toHaveLength(2);
    expect(withoutTicked(rules, set, 'editActions')).toEqual([]);
    expect(settled(rules, [{ permission: 'editActions', actionTypes: [] }, { permission: 'addActions' }])).toEqual([]);
    expect(whyNot(rules, [], 'addActions')).toEqual({ why: 'requires', permissions: ['editActions'] });
    expect(whyNot(rules, set, 'addActions')).toBeUndefined();
  });

  test('FP-47 a permission is ticked for the policies for which it has what it requires', () => {
    const policies = ['p1', 'p2'] as never[];
    const set = withTicked(mail, [{ permission: 'viewQuarantine', policies }], 'viewQuarantinedImages');
    expect(set).toContainEqual({ permission: 'viewQuarantinedImages', policies });
    const fewer = settled(
      mail,
      set.map((grant) => (grant.permission === 'viewQuarantine' ? { ...grant, policies: policies.slice(1) } : grant)),
    );
    expect(fewer).toContainEqual({ permission: 'viewQuarantinedImages', policies: ['p2'] });
  });

  test('FP-52 what one excludes cannot stand beside it', () => {
    expect(whyNot(mail, [{ permission: 'viewAllReports' }], 'viewFilteredReports')).toEqual({
      why: 'excluded',
      permissions: ['viewAllReports'],
    });
    const left = withoutTicked(mail, [{ permission: '*' }], 'manageUsers');
    expect(left.map(({ permission }) => permission)).not.toContain('viewFilteredReports');
  });

  test('FP-24 the permission that widens is found, by whatever way it is held', () => {
    expect(widenerIn(mail, [{ permission: 'manageUsers' }])).toBe('manageUsers');
    expect(widenerIn(mail, [{ permission: '*' }])).toBe('manageUsers');
    expect(widenerIn(mail, [{ permission: 'viewQuarantine' }])).toBeUndefined();
  });

  test('two sets are the same whatever their order', () => {
    const a = { permission: 'editActions', actionTypes: ['x', 'y'] };
    const b = { permission: 'createRules' };
    expect(sameGrants([a, b], [b, { ...a, actionTypes: ['y', 'x'] }])).toBe(true);
    expect(sameGrants([a, b], [b])).toBe(false);
    expect(sameGrants([b], [{ ...b, ruleTypes: ['x'] }])).toBe(false);
  });
});
