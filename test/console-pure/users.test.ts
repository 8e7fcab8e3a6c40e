// The table of policy permissions: which boxes are ticked, which are dimmed and why, and what a tick changes.
import { describe, expect, test } from 'vitest';
import type { GrantSet } from '../../console/src/catalogue/grants.ts';
import {
  account,
  addsTo,
  type Holding,
  holdingOf,
  policiesIn,
  tickOf,
  withTick,
} from '../../console/src/features/users/columns.ts';
import { emailSecurity } from '../../shared/catalogues/email-security.ts';

const { permissions } = emailSecurity;
const permission = (id: string) => permissions.find((one) => one.id === id)!;
const sales = 'psales';
const support = 'psupport';

const tick = (grants: GrantSet, id: string, column: string, holding: Holding = 'everything') =>
  tickOf({ permissions, holding, grants }, permission(id), column);

describe('a box', () => {
  test('FP-47: images need View Quarantine in the same or a wider scope', () => {
    const needs = { ticked: false, dimmed: { why: 'requires', permissions: ['viewQuarantine'] } };
    expect(tick([], 'viewQuarantinedImages', account)).toEqual(needs);
    const forSales = [{ permission: 'viewQuarantine', policies: [sales] }];
    expect(tick(forSales, 'viewQuarantinedImages', sales)).toEqual({ ticked: false });
    expect(tick(forSales, 'viewQuarantinedImages', support)).toEqual(needs);
    expect(tick(forSales, 'viewQuarantinedImages', account)).toEqual(needs);
    expect(tick([{ permission: 'viewQuarantine' }], 'viewQuarantinedImages', support)).toEqual({ ticked: false });
  });
  test('FP-52: View Filtered Reports is dimmed beside View All Reports, in every column', () => {
    const against = { ticked: false, dimmed: { why: 'excluded', permissions: ['viewAllReports'] } };
    const grants = [{ permission: 'viewAllReports' }];
    expect(tick(grants, 'viewFilteredReports', account)).toEqual(against);
    expect(tick(grants, 'viewFilteredReports', sales)).toEqual(against);
    expect(tick([], 'viewFilteredReports', sales)).toEqual({ ticked: false });
  });
  test('FP-14: one ticks only what one holds, where one holds it', () => {
    const holding = holdingOf(
      {
        accessManager: false,
        permissions: [
          { permission: 'viewQuarantine', scope: [sales] },
          { permission: 'viewConfiguration', scope: 'account' },
        ],
      },
      { grantOnlyWhatYouHold: true },
    );
    expect(tick([], 'viewQuarantine', sales, holding)).toEqual({ ticked: false });
    for (const column of [support, account])
      expect(tick([], 'viewQuarantine', column, holding)).toEqual({ ticked: false, dimmed: { why: 'notHeld' } });
    for (const column of [support, account])
      expect(tick([], 'viewConfiguration', column, holding)).toEqual({ ticked: false });
    expect(tick([], 'modifyConfiguration', account, holding).dimmed).toEqual({ why: 'notHeld' });
  });
  test('who holds a permission for some types only grants nothing of it', () => {
    const permissionsHeld = [{ permission: 'viewQuarantine', scope: 'account', ruleTypes: ['x'] } as const];
    const holding = holdingOf({ accessManager: false, permissions: permissionsHeld }, { grantOnlyWhatYouHold: true });
    expect(tick([], 'viewQuarantine', account, holding).dimmed).toEqual({ why: 'notHeld' });
  });
  test('who manages access rights grants everything, and so does anybody where one may grant more than one holds', () => {
    expect(holdingOf({ accessManager: true, permissions: [] }, { grantOnlyWhatYouHold: true })).toBe('everything');
    expect(holdingOf({ accessManager: false, permissions: [] }, { grantOnlyWhatYouHold: false })).toBe('everything');
  });
  test('a grant for the account, and a wider permission, tick a box and say so', () => {
    expect(tick([{ permission: 'viewQuarantine' }], 'viewQuarantine', sales)).toEqual({
      ticked: true,
      dimmed: { why: 'account' },
    });
    expect(tick([{ permission: '*' }], 'viewQuarantine', account)).toEqual({
      ticked: true,
      dimmed: { why: 'included', permissions: ['*'] },
    });
    expect(tick([{ permission: 'superAdministrator' }], 'viewQuarantine', sales)).toEqual({
      ticked: true,
      dimmed: { why: 'included', permissions: ['superAdministrator'] },
    });
  });
  test('FP-34: a permission for the account only has no box for a policy', () => {
    expect(tick([], 'manageEdgeDevices', sales)).toEqual({ ticked: false, dimmed: { why: 'level' } });
  });
});

describe('a tick', () => {
  test('FP-23: in a policy joins the policies that are granted already', () => {
    const one = withTick(
      permissions,
      [{ permission: 'viewQuarantine', policies: [sales] }],
      'viewQuarantine',
      support,
      true,
    );
    expect(one).toEqual([{ permission: 'viewQuarantine', policies: [sales, support] }]);
    expect(withTick(permissions, one, 'viewQuarantine', sales, false)).toEqual([
      { permission: 'viewQuarantine', policies: [support] },
    ]);
  });
  test('Q-12: what requires the cleared one is cleared with it, where it stands on it alone', () => {
    const set = [
      { permission: 'viewQuarantine', policies: [sales, support] },
      { permission: 'viewQuarantinedImages', policies: [sales, support] },
    ];
    expect(withTick(permissions, set, 'viewQuarantine', sales, false)).toEqual([
      { permission: 'viewQuarantine', policies: [support] },
      { permission: 'viewQuarantinedImages', policies: [support] },
    ]);
    const wide = [{ permission: 'viewQuarantine' }, ...set];
    expect(withTick(permissions, wide, 'viewQuarantine', sales, false)).toContainEqual({
      permission: 'viewQuarantinedImages',
      policies: [sales, support],
    });
    expect(
      withTick(
        permissions,
        [{ permission: 'viewQuarantine' }, { permission: 'viewQuarantinedImages' }],
        'viewQuarantine',
        account,
        false,
      ),
    ).toEqual([]);
  });
  test('leaves grants with limits as they are', () => {
    const limited = { permission: 'viewQuarantine', policies: [sales], ruleTypes: ['x'] };
    expect(withTick(permissions, [limited], 'viewQuarantine', support, true)).toEqual([
      limited,
      { permission: 'viewQuarantine', policies: [support] },
    ]);
  });
});

test('tells whether a set gives by name what another one does not', () => {
  const both = [{ permission: 'viewQuarantine', policies: [sales, support] }];
  const one = [{ permission: 'viewQuarantine', policies: [sales] }];
  expect(addsTo(one, both)).toBe(true);
  expect(addsTo(both, one)).toBe(false);
  expect(addsTo(one, [{ permission: 'viewQuarantine' }])).toBe(true);
  expect(policiesIn([...both, { permission: 'viewConfiguration', policies: ['pother'] }])).toEqual([
    sales,
    support,
    'pother',
  ]);
  expect(policiesIn(both, 'viewConfiguration')).toEqual([]);
});
