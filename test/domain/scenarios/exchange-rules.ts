// Roles and their rights in the catalogue exchange-rules: CT-03..CT-84 as far as permissions decide them.
import { expect } from 'vitest';
import { rolesGranting } from '../../../shared/domain/deciding/explain.ts';
import * as roles from '../../../shared/domain/plan/roles.ts';
import type { Facts, Scenario } from './language.ts';

const catalogue = 'exchange-rules';
const program = [
  'settingsTabs',
  'importExport',
  'collectDiagnostics',
  'openLicensing',
  'activateLicence',
  'changeNotifications',
];
const order = ['categoriesTab', 'reorderRules', 'editGeneralProperties', 'manageCategories'];
const conditions = ['editConditions', 'editExceptions'];
const forAll = ['logonSettingsTab', 'connectionTab'];
const everything = [
  ...program,
  ...order,
  ...conditions,
  ...forAll,
  'modifyAccessRoles',
  'addRule',
  'actionsTab',
  'editOptions',
];
const allActions = {
  manageActions: 'account',
  editActions: 'account',
  addActions: 'account',
  deleteActions: 'account',
} as const;
const rulesRights = {
  createRules: 'account',
  manageRulesOrder: 'account',
  manageConditions: 'account',
  ...allActions,
  manageOptions: 'account',
} as const;

/** One user, in roles with these grants. */
const inRoles = (...grants: string[][]): Facts => ({
  catalogue,
  users: { ann: {} },
  roles: Object.fromEntries(grants.map((list, i) => [`role ${i + 1}`, { grants: list, members: ['ann'] }])),
});
const alone = (permission: string, opens: readonly string[], title: string): Scenario => ({
  title,
  facts: inRoles([permission]),
  after: [{ user: 'ann', opens: [...opens, ...forAll], may: [permission] }],
});

export const exchangeRules: Scenario[] = [
  {
    title: 'CT-03: while the feature is off, roles restrict nobody',
    facts: { catalogue, off: true, users: { ann: {}, bob: { state: 'disabled' } } },
    after: [
      {
        user: 'ann',
        opens: everything,
        may: ['manageAccessRights'],
        says: { of: 'manageAccessRights', reason: 'not-enforced', enforced: false },
      },
      {
        user: 'bob',
        mayNot: ['manageOptions'],
        says: { of: 'manageOptions', reason: 'user-disabled', enforced: false },
      },
    ],
  },
  {
    title: 'CT-09: a member of a role has exactly the rights of that role',
    facts: inRoles(['createRules', 'manageOptions']),
    after: [
      {
        user: 'ann',
        holds: { createRules: 'account', manageOptions: 'account' },
        opens: ['addRule', 'editOptions', ...forAll],
      },
    ],
  },
  {
    title: 'CT-10, CT-11: rights of several roles are added together',
    facts: inRoles(['createRules'], ['manageOptions', 'createRules'], []),
    after: [{ user: 'ann', holds: { createRules: 'account', manageOptions: 'account' } }],
  },
  {
    title: 'CT-13: a role can be added; it gives its members nothing before it is granted something',
    facts: { catalogue, users: { ann: {} } },
    when: [
      (at) => roles.createRole(at.world, { name: ' Editors ', description: 'x' }, at.tools),
      (at) => roles.addMembers(at.world, [...at.world.book.roles.keys()][0] as never, [at.user('ann')]),
    ],
    after: [{ user: 'ann', holds: {} }],
    also: (at) => expect([...at.world.book.roles.values()].map((role) => role.record.name)).toEqual(['Editors']),
  },
  {
    title: 'CT-14, CT-43: a predefined role can be edited; its rights are switched on and off one by one',
    facts: { catalogue, users: { ann: {} }, roles: { rulesAdministrators: { members: ['ann'] } } },
    when: [
      (at) => roles.updateRole(at.world, at.role('rulesAdministrators'), { name: 'Rule people' }),
      (at) => roles.removeRoleGrant(at.world, at.role('rulesAdministrators'), { permission: 'createRules' }),
      (at) => roles.removeRoleGrant(at.world, at.role('rulesAdministrators'), { permission: 'manageActions' }),
      (at) =>
        roles.addRoleGrant(at.world, at.role('rulesAdministrators'), {
          permission: 'manageConditions',
          ruleTypes: ['routingRule'],
        }),
      (at) =>
        roles.addRoleGrant(at.world, at.role('rulesAdministrators'), {
          permission: 'editActions',
          actionTypes: ['insertBanner'],
        }),
      (at) => roles.addRoleGrant(at.world, at.role('rulesAdministrators'), { permission: 'addActions' }),
    ],
    after: [
      {
        user: 'ann',
        holds: {
          manageRulesOrder: 'account',
          manageConditions: 'account',
          manageOptions: 'account',
          editActions: { actionTypes: ['insertBanner'] },
          addActions: { actionTypes: ['insertBanner'] },
        },
      },
    ],
    also: (at) => expect(at.world.book.roles.get(at.role('rulesAdministrators'))?.record.name).toBe('Rule people'),
  },
  {
    title: 'CT-43, Q-06: a right on rules can be limited to rule types; the default is all of them',
    facts: {
      catalogue,
      users: { ann: {}, bob: {} },
      roles: {
        some: {
          grants: [{ permission: 'manageConditions', ruleTypes: ['routingRule', 'complianceRule'] }],
          members: ['ann'],
        },
        all: { grants: ['manageConditions'], members: ['bob'] },
      },
    },
    after: [
      {
        user: 'ann',
        may: [
          { what: 'editConditions', ruleType: 'routingRule' },
          { what: 'editExceptions', ruleType: 'complianceRule' },
          'editConditions',
        ],
        mayNot: ['manageConditions', { what: 'editConditions', ruleType: 'signatureRule' }],
        holds: { manageConditions: { ruleTypes: ['routingRule', 'complianceRule'] } },
      },
      { user: 'bob', may: ['editConditions', { what: 'editConditions', ruleType: 'signatureRule' }] },
    ],
  },
  {
    title: 'CT-15, Q-03: a clone has the same rights, no members, and is independent afterwards',
    facts: {
      catalogue,
      users: { ann: {}, bob: {} },
      roles: { rulesAdministrators: { members: ['ann', 'staff'] } },
      groups: { staff: [] },
    },
    when: [
      (at) => roles.cloneRole(at.world, at.role('rulesAdministrators'), { name: 'Copy' }, at.tools),
      (at) => {
        const clone = [...at.world.book.roles.values()].find((role) => role.record.name === 'Copy');
        expect(clone?.record.groups.size).toBe(0);
        expect(clone?.chunks).toEqual([]);
        expect(clone?.record.predefined).toBeUndefined();
        expect(clone?.record.newRules).toEqual({ view: true, edit: true, delete: true });
        return roles.addMembers(at.world, clone?.record.id as never, [at.user('bob')]);
      },
      (at) => roles.putRoleGrants(at.world, at.role('rulesAdministrators'), at.grants(['createRules'])),
    ],
    after: [
      { user: 'ann', holds: { createRules: 'account' } },
      { user: 'bob', holds: rulesRights },
    ],
  },
  {
    title: 'CT-16: a role can be removed, a predefined one too; its members lose what it gave',
    facts: {
      catalogue,
      users: { ann: {} },
      roles: { rulesAdministrators: { members: ['ann'] }, other: { grants: ['createRules'], members: ['ann'] } },
    },
    when: [(at) => roles.deleteRole(at.world, at.role('rulesAdministrators'))],
    after: [{ user: 'ann', holds: { createRules: 'account' } }],
  },
  {
    title: 'CT-17: the order of roles changes no decision',
    facts: inRoles([], ['manageOptions'], []),
    after: [{ user: 'ann', may: ['manageOptions'], mayNot: ['createRules'] }],
    also: (at) => {
      const turned = new Map([...at.world.book.records].reverse());
      const other = new (at.world.book.constructor as new (v: number, r: typeof turned) => typeof at.world.book)(
        1,
        turned,
      );
      expect([...other.roles.keys()]).not.toEqual([...at.world.book.roles.keys()]);
      expect(rolesGranting(other, { permission: 'manageOptions' }).map((role) => role.record.name)).toEqual(['role 2']);
    },
  },
  {
    title: 'CT-18, CT-20: users of the directory and external ones can be members',
    facts: {
      catalogue,
      sources: ['directory'],
      users: { dora: { source: 'directory' }, eve: { source: 'external' } },
      roles: { editors: { grants: ['manageOptions'] } },
    },
    when: [(at) => roles.addMembers(at.world, at.role('editors'), [at.user('dora'), at.user('eve')])],
    after: [
      { user: 'dora', may: ['manageOptions'] },
      { user: 'eve', may: ['manageOptions'] },
    ],
  },
  {
    title: 'CT-19: a group can be a member; everyone in it then has the role',
    facts: {
      catalogue,
      users: { ann: { groups: ['staff'] }, bob: {} },
      groups: { staff: [] },
      roles: { editors: { grants: ['manageOptions'] } },
    },
    when: [(at) => roles.addMembers(at.world, at.role('editors'), [at.group('staff')])],
    after: [
      { user: 'ann', may: ['manageOptions'], ways: { of: 'manageOptions', are: [['staff', 'editors']] } },
      { user: 'bob', mayNot: ['manageOptions'] },
    ],
  },
  {
    title: 'CT-29: Program and rules administrators have everything',
    facts: { catalogue, users: { ann: {} }, roles: { programAndRulesAdministrators: { members: ['ann'] } } },
    after: [
      {
        user: 'ann',
        opens: everything,
        holds: { manageAccessRights: 'account', manageProgramFeatures: 'account', ...rulesRights },
      },
    ],
    holders: ['ann'],
  },
  {
    title:
      'CT-33, CT-34, CT-35: Rules administrators have all of rule configuration, neither access rights nor the program',
    facts: { catalogue, users: { ann: {} }, roles: { rulesAdministrators: { members: ['ann'] } } },
    after: [
      {
        user: 'ann',
        holds: rulesRights,
        opens: ['addRule', ...order, ...conditions, 'actionsTab', 'editOptions', ...forAll],
        mayNot: ['manageAccessRights', 'modifyAccessRoles', 'manageProgramFeatures', ...program],
      },
    ],
    holders: [],
  },
  {
    title: 'CT-51: a keeper role without members, or with an empty group, makes no holder',
    facts: {
      catalogue,
      users: { ann: { groups: ['staff'] } },
      groups: { empty: [], staff: [] },
      roles: { programAndRulesAdministrators: { members: ['empty'] }, keepers: { grants: ['manageAccessRights'] } },
    },
    holders: [],
  },
  {
    title: 'CT-56: the Categories tab follows the order of rules, not the administrative features',
    facts: {
      catalogue,
      users: { ann: {}, bob: {} },
      roles: {
        program: { grants: ['manageProgramFeatures'], members: ['ann'] },
        order: { grants: ['manageRulesOrder'], members: ['bob'] },
      },
    },
    after: [
      { user: 'ann', may: ['settingsTabs'], mayNot: ['categoriesTab'] },
      { user: 'bob', may: ['categoriesTab'], mayNot: ['settingsTabs'] },
    ],
  },
  {
    title: 'CT-57: the Logon Settings and Connection tabs are open to anyone, also to those in no role',
    facts: { catalogue, users: { ann: {} } },
    after: [{ user: 'ann', opens: forAll, says: { of: 'connectionTab', reason: 'open-to-everyone' } }],
  },
  alone(
    'manageProgramFeatures',
    program,
    'CT-55, CT-58, CT-59, CT-60, CT-61: what Manage program administrative features opens, and no more',
  ),
  alone(
    'manageAccessRights',
    ['modifyAccessRoles'],
    'CT-62: Manage access rights opens the modification of roles, and no more',
  ),
  alone('createRules', ['addRule'], 'CT-64: Create new rules opens adding a rule, and no later edit'),
  alone('manageRulesOrder', order, 'CT-65, CT-66, CT-67, CT-68: what Manage rules order opens, and no more'),
  alone('manageConditions', conditions, 'CT-69: one right for conditions and exceptions, and no more'),
  alone('manageActions', ['actionsTab'], 'CT-70: Manage rules Actions opens the Actions tab, and no more'),
  alone('manageOptions', ['editOptions'], 'CT-78: Manage rules Options opens the Options tab, and no more'),
  {
    title: 'CT-79, CT-80: grants only; a role that does not grant a right takes it from nobody',
    facts: inRoles(['createRules'], []),
    after: [{ user: 'ann', may: ['addRule'], ways: { of: 'createRules', are: [['role 1']] } }],
  },
  {
    title: 'CT-81: every role that grants a right can be listed, and every way by which it reaches a user',
    facts: {
      catalogue,
      users: { ann: { groups: ['inner'] } },
      groups: { inner: ['outer'], outer: [] },
      roles: {
        direct: { grants: ['createRules'], members: ['ann'] },
        through: { grants: ['*'], members: ['outer'] },
        both: { grants: ['createRules'], members: ['ann', 'inner'] },
        none: { grants: ['manageOptions'], members: ['ann'] },
      },
    },
    after: [
      {
        user: 'ann',
        ways: { of: 'createRules', are: [['direct'], ['both'], ['inner', 'both'], ['inner', 'outer', 'through']] },
      },
    ],
    also: (at) =>
      expect(
        rolesGranting(at.world.book, { permission: 'createRules' })
          .map((role) => role.record.name)
          .sort(),
      ).toEqual(['both', 'direct', 'through']),
  },
  {
    title: 'CT-82: what none of the roles grants is denied',
    facts: inRoles(['createRules'], ['manageOptions']),
    after: [{ user: 'ann', mayNot: ['manageConditions'], says: { of: 'manageConditions', reason: 'not-granted' } }],
  },
  {
    title: 'CT-83: a right taken from one granting role is denied only once no other role grants it',
    facts: inRoles(['createRules'], ['createRules']),
    when: [
      (at) => roles.removeRoleGrant(at.world, at.role('role 1'), { permission: 'createRules' }),
      (at) => {
        expect(at.world.book.roles.get(at.role('role 2'))?.record.grants).toEqual([{ permission: 'createRules' }]);
        return roles.removeRoleGrant(at.world, at.role('role 2'), { permission: 'createRules' });
      },
    ],
    after: [{ user: 'ann', mayNot: ['addRule'] }],
  },
  {
    title: 'CT-83, CT-84: while another role grants it, neither remedy denies it',
    facts: inRoles(['createRules'], ['createRules'], ['createRules']),
    when: [
      (at) => roles.removeRoleGrant(at.world, at.role('role 1'), { permission: 'createRules' }),
      (at) => roles.removeMembers(at.world, at.role('role 2'), [at.user('ann')]),
    ],
    after: [{ user: 'ann', may: ['addRule'], ways: { of: 'createRules', are: [['role 3']] } }],
  },
  {
    title: 'CT-84: a user taken out of the granting role is denied once no other role grants it',
    facts: inRoles(['createRules'], []),
    when: [(at) => roles.removeMembers(at.world, at.role('role 1'), [at.user('ann')])],
    after: [{ user: 'ann', mayNot: ['addRule'] }],
  },
];
