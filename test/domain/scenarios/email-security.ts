// Permissions of portal administrators in the catalogue email-security: FP-05..FP-49 as far as permissions decide them.
// The rules within a set of grants (FP-46 and later) are in email-sets.ts.
import { expect } from 'vitest';
import { createPolicy } from '../../../shared/domain/plan/policies.ts';
import { putPersonalGrants } from '../../../shared/domain/plan/users.ts';
import type { Ask, At, Facts, GrantFact, Scenario } from './language.ts';

const catalogue = 'email-security';
const policies = ['north', 'south'];
const perPolicy = [
  ...[
    'modifyConfiguration',
    'viewConfiguration',
    'viewConfigurationAuditTrail',
    'quarantineAdministration',
    'viewQuarantine',
  ],
  ...['viewAdministratorAuditTrail', 'viewDeliveredMessages', 'blockAndAllowLists', 'viewFilteredReports'],
];

const withGrants = (...personal: GrantFact[]): Facts => ({ catalogue, policies, users: { ann: { personal } } });
const put =
  (...grants: GrantFact[]) =>
  (at: At) =>
    putPersonalGrants(at.world, at.user('ann'), 'keeper', at.grants(grants));
const forPolicy = (policy: string, ...what: string[]): Ask[] => what.map((one) => ({ what: one, policy }));
const alone = (permission: string, opens: readonly string[], title: string): Scenario => ({
  title,
  facts: withGrants(permission),
  after: [{ user: 'ann', opens: ['logOn', ...opens], holds: { [permission]: 'account' } }],
});

export const emailSecurity: Scenario[] = [
  {
    title: 'FP-05: without any permission nobody can log on; with the default one can',
    facts: { catalogue, users: { none: {}, ann: { personal: ['viewAllReports'] } } },
    after: [
      { user: 'none', opens: [] },
      { user: 'ann', may: ['logOn'] },
    ],
  },
  alone(
    'viewAllReports',
    ['reportingTab', 'runAllReports', 'runFilteredReports'],
    'FP-06, FP-31: View All Reports opens reporting, and no more',
  ),
  {
    title: 'FP-07, FP-08: a help desk that isolates problems without control over configuration',
    facts: withGrants('viewConfiguration', 'viewQuarantine', 'viewDeliveredMessages', 'viewConfigurationAuditTrail'),
    after: [
      {
        user: 'ann',
        may: [
          'readConfiguration',
          'searchQuarantine',
          'viewMessageLogs',
          'searchConfigurationAuditTrail',
          'searchLists',
        ],
        mayNot: ['changeConfiguration', 'actOnQuarantine', 'manageLists', 'manageLogons', 'manageUserPermissions'],
      },
    ],
  },
  {
    title: 'FP-11, FP-12, FP-13: policies with administrators of their own, who control no other',
    facts: {
      catalogue,
      policies,
      users: {
        ann: { personal: [{ permission: 'modifyConfiguration', policies: ['north'] }] },
        bob: { personal: [{ permission: 'modifyConfiguration', policies: ['south'] }] },
        eve: { personal: ['modifyConfiguration'] },
      },
    },
    after: [
      {
        user: 'ann',
        may: [...forPolicy('north', 'changeConfiguration'), 'changeConfiguration'],
        mayNot: [...forPolicy('south', 'changeConfiguration'), 'modifyConfiguration'],
      },
      {
        user: 'bob',
        may: forPolicy('south', 'changeConfiguration'),
        mayNot: forPolicy('north', 'changeConfiguration'),
      },
      {
        user: 'eve',
        may: [
          ...forPolicy('north', 'changeConfiguration'),
          ...forPolicy('south', 'changeConfiguration'),
          'changeConfiguration',
        ],
      },
    ],
  },
  {
    title: 'FP-15, FP-16: without the account level one sees and modifies the settings of granted policies only',
    facts: withGrants(
      { permission: 'viewConfiguration', policies },
      { permission: 'modifyConfiguration', policies: ['north'] },
    ),
    after: [
      {
        user: 'ann',
        may: [
          ...forPolicy('north', 'readConfiguration', 'changeConfiguration'),
          ...forPolicy('south', 'readConfiguration'),
          'readConfiguration',
          'changeConfiguration',
        ],
        mayNot: [...forPolicy('south', 'changeConfiguration'), 'viewConfiguration', 'modifyConfiguration'],
        holds: { modifyConfiguration: ['north'], viewConfiguration: ['north', 'south'] },
      },
    ],
  },
  {
    title: 'FP-17, Q-17: the Global Custom Category list needs every configuration permission at account level',
    facts: {
      catalogue,
      policies,
      users: {
        all: { personal: ['modifyConfiguration', 'viewConfiguration', 'viewConfigurationAuditTrail'] },
        less: { personal: ['modifyConfiguration', 'viewConfiguration'] },
        narrow: {
          personal: [
            'modifyConfiguration',
            'viewConfiguration',
            { permission: 'viewConfigurationAuditTrail', policies },
          ],
        },
        wide: {
          personal: [
            'manageUsers',
            'modifyConfiguration',
            'viewConfiguration',
            { permission: 'viewConfigurationAuditTrail', policies },
          ],
        },
      },
    },
    after: [
      { user: 'all', may: ['globalCustomCategories', { what: 'globalCustomCategories', policy: 'north' }] },
      { user: 'less', mayNot: ['globalCustomCategories'] },
      { user: 'narrow', mayNot: ['globalCustomCategories', { what: 'globalCustomCategories', policy: 'north' }] },
      { user: 'wide', mayNot: ['globalCustomCategories'] },
    ],
  },
  {
    title: 'FP-17: all that was needed is explained, the nearest way first, however it comes',
    facts: {
      catalogue,
      policies,
      users: { ann: { groups: ['inner'], personal: ['viewConfigurationAuditTrail'] } },
      groups: { inner: ['outer'], outer: [] },
      roles: {
        far: { grants: ['modifyConfiguration'], members: ['outer'] },
        near: { grants: ['viewConfiguration'], members: ['inner'] },
        narrow: { grants: [{ permission: 'viewConfiguration', policies: ['north'] }], members: ['ann'] },
      },
    },
    after: [
      {
        user: 'ann',
        ways: {
          of: { what: 'globalCustomCategories', policy: 'north' },
          are: [['personal'], ['inner', 'near'], ['inner', 'outer', 'far']],
        },
      },
    ],
  },
  {
    title: 'FP-20, FP-23: permissions are added and removed one by one, and refined per policy',
    facts: withGrants('viewAllReports'),
    when: [
      put('viewAllReports', 'logExport'),
      put('viewAllReports', 'logExport', { permission: 'viewQuarantine', policies }),
      put('logExport', { permission: 'viewQuarantine', policies: ['south'] }),
    ],
    after: [{ user: 'ann', holds: { logExport: 'account', viewQuarantine: ['south'] } }],
  },
  {
    title: 'FP-25: selected permissions of a holder of Manage Users apply to all policies',
    facts: withGrants('manageUsers', { permission: 'viewQuarantine', policies: ['north'] }),
    after: [
      {
        user: 'ann',
        may: [...forPolicy('north', 'viewQuarantine'), ...forPolicy('south', 'viewQuarantine')],
        mayNot: ['viewQuarantine', ...forPolicy('south', 'blockAndAllowLists')],
        holds: { manageUsers: 'account', viewQuarantine: ['north', 'south'] },
      },
    ],
  },
  {
    title: 'FP-26: policies created later are covered automatically',
    facts: withGrants('manageUsers', { permission: 'viewQuarantine', policies: ['north'] }),
    when: [(at) => createPolicy(at.world, { name: 'west', description: '' }, at.tools)],
    also: (at) => {
      const west = [...at.world.book.policies.values()].find((policy) => policy.name === 'west');
      expect(at.world.book.policies.size).toBe(3);
      expect(west).toBeDefined();
    },
    after: [{ user: 'ann', holds: { manageUsers: 'account', viewQuarantine: ['north', 'south', 'west'] } }],
  },
  {
    title: 'FP-26, Q-10: a refinement is refused while Manage Users is held',
    facts: withGrants('manageUsers', { permission: 'viewQuarantine', policies: ['north'] }),
    when: [put('manageUsers', { permission: 'viewQuarantine', policies })],
    refused: { code: 'policies-not-applicable' },
  },
  {
    title: 'FP-26, Q-10: also together with Manage Users itself, and where a role gives it',
    facts: {
      catalogue,
      policies,
      users: { ann: {} },
      roles: { helpers: { grants: ['manageUsers'], members: ['ann'] } },
    },
    when: [put({ permission: 'viewQuarantine', policies: ['north'] })],
    refused: { code: 'policies-not-applicable' },
  },
  {
    title: 'Q-10: refinements are kept but inert while Manage Users is held, and apply again afterwards',
    facts: withGrants({ permission: 'viewQuarantine', policies: ['north'] }),
    when: [
      put('manageUsers', { permission: 'viewQuarantine', policies: ['north'] }),
      (at) => {
        expect(at.access('ann').personal).toContainEqual({
          permission: 'viewQuarantine',
          policies: [at.policy('north')],
        });
        return put({ permission: 'viewQuarantine', policies: ['north'] })(at);
      },
    ],
    after: [{ user: 'ann', holds: { viewQuarantine: ['north'] } }],
  },
  {
    title: 'Q-10: to take a refinement away or to widen it is not to add one',
    facts: withGrants('manageUsers', { permission: 'viewQuarantine', policies }),
    when: [
      put('manageUsers', { permission: 'viewQuarantine', policies: ['south'] }),
      put('manageUsers', 'viewQuarantine'),
    ],
    after: [{ user: 'ann', holds: { manageUsers: 'account', viewQuarantine: 'account' } }],
  },
  alone(
    'manageUsers',
    ['manageLogons', 'manageUserPermissions'],
    'FP-28, FP-29: Manage Users opens logons and their permissions, and no more',
  ),
  alone(
    'directorySynchronization',
    ['synchronizeDirectory'],
    'FP-30: what Directory Synchronization opens, and no more',
  ),
  alone('manageEdgeDevices', ['configureEdgeDevices'], 'FP-32: what Manage edge devices opens, and no more'),
  {
    title: 'FP-33, Q-11: full traffic logs need Log Export and the feature; exporting logs needs no feature',
    facts: { catalogue, features: ['fullTrafficLogging'], users: { ann: { personal: ['logExport'] }, bob: {} } },
    after: [
      { user: 'ann', may: ['exportLogs', 'downloadTrafficLogs'] },
      { user: 'bob', mayNot: ['exportLogs', 'downloadTrafficLogs'] },
    ],
  },
  {
    title: 'FP-33, Q-11: without the feature there is nothing to download, for anybody',
    facts: { catalogue, features: [], users: { ann: { personal: ['logExport'] }, all: { personal: ['*'] } } },
    after: [
      {
        user: 'ann',
        may: ['exportLogs'],
        mayNot: ['downloadTrafficLogs'],
        says: { of: 'downloadTrafficLogs', reason: 'feature-off' },
      },
      { user: 'all', mayNot: ['downloadTrafficLogs'] },
    ],
  },
  ...[
    'superAdministrator',
    'manageUsers',
    'directorySynchronization',
    'viewAllReports',
    'manageEdgeDevices',
    'logExport',
  ].map(
    (permission): Scenario => ({
      title: `FP-34: ${permission} cannot be granted for one policy`,
      facts: withGrants(),
      when: [put({ permission, policies: ['north'] })],
      refused: { code: 'invalid-request', field: '/grants/0/policies' },
    }),
  ),
  ...perPolicy.map(
    (permission): Scenario => ({
      title: `FP-35: ${permission} can be granted for single policies`,
      facts: withGrants(),
      when: [put({ permission, policies: ['north'] })],
      after: [{ user: 'ann', holds: { [permission]: ['north'] } }],
    }),
  ),
  ...perPolicy.map(
    (permission): Scenario => ({
      title: `FP-35: ${permission} can be granted for the account`,
      facts: withGrants(),
      when: [put(permission)],
      after: [{ user: 'ann', holds: { [permission]: 'account' } }],
    }),
  ),
  {
    title: 'FP-35: viewQuarantinedImages can be granted for single policies, or for the account',
    facts: withGrants(),
    when: [
      put(...['viewQuarantinedImages', 'viewQuarantine'].map((permission) => ({ permission, policies: ['north'] }))),
      put('viewQuarantinedImages', 'viewQuarantine'),
    ],
    after: [{ user: 'ann', holds: { viewQuarantine: 'account', viewQuarantinedImages: 'account' } }],
  },
  alone(
    'modifyConfiguration',
    ['readConfiguration', 'changeConfiguration'],
    'FP-36, FP-37: Modify Configuration changes all but the logons',
  ),
  alone('viewConfiguration', ['readConfiguration'], 'FP-38: View Configuration sees all and changes nothing'),
  alone(
    'viewConfigurationAuditTrail',
    ['searchConfigurationAuditTrail', 'searchLists'],
    'FP-39, FP-40, FP-50: the configuration audit trail, with a search of the lists that does not manage them',
  ),
  alone(
    'quarantineAdministration',
    ['searchQuarantine', 'actOnQuarantine'],
    'FP-41, FP-42: Quarantine Administration searches and acts',
  ),
  alone('viewQuarantine', ['searchQuarantine'], 'FP-43: View Quarantine searches, and every action is denied'),
  alone(
    'viewAdministratorAuditTrail',
    ['searchAdministratorAuditTrail', 'searchLists'],
    'FP-44, FP-45, FP-50: the administrator audit trail, with a search of the lists that does not manage them',
  ),
  alone(
    'viewDeliveredMessages',
    ['searchQuarantine', 'viewMessageLogs'],
    'FP-48: View Delivered Messages gives what View Quarantine gives, and message logs',
  ),
  alone(
    'blockAndAllowLists',
    ['searchLists', 'manageLists'],
    'FP-49: Block and Allow Lists searches and manages all lists',
  ),
];
