// Role groups of the catalogue secure-exchanges: SE-04..SE-32 as far as permissions decide them.
import { expect } from 'vitest';
import * as roles from '../../../shared/domain/plan/roles.ts';
import type { Scenario } from './language.ts';

const catalogue = 'secure-exchanges';
/** Open to every active user, and what any permission at all opens. */
const forAll = ['readOwnLog', 'sendSecureMessage'];
const withAny = [...forAll, 'usageStatistics'];

const alone = (permission: string, opens: readonly string[], title: string): Scenario => ({
  title,
  facts: { catalogue, users: { ann: {} }, roles: { team: { grants: [permission], members: ['ann'] } } },
  after: [{ user: 'ann', opens: [...opens, ...withAny], holds: { [permission]: 'account' } }],
});

export const secureExchanges: Scenario[] = [
  {
    title: 'SE-04, SE-06, SE-07: a new role group has no permission, and its members gain nothing',
    facts: { catalogue, users: { ann: {} } },
    when: [
      (at) => roles.createRole(at.world, { name: 'Help desk', description: '' }, at.tools),
      (at) => {
        const [role] = [...at.world.book.roles.values()];
        expect(role?.record.grants).toEqual([]);
        return roles.addMembers(at.world, role?.record.id as never, [at.user('ann')]);
      },
    ],
    after: [{ user: 'ann', holds: {}, opens: forAll }],
  },
  {
    title: 'SE-05: an empty name is refused',
    facts: { catalogue },
    when: [(at) => roles.createRole(at.world, { name: ' \t ', description: '' }, at.tools)],
    refused: { code: 'invalid-request', field: '/name' },
  },
  {
    title: 'SE-05, Q-13: and so is one that another role group has, whatever its case and form',
    facts: { catalogue, roles: { 'Straße ﬁne': {} } },
    when: [(at) => roles.createRole(at.world, { name: 'STRASSE FINE', description: '' }, at.tools)],
    refused: { code: 'name-taken' },
  },
  {
    title: 'SE-09: permissions are switched on one by one',
    facts: { catalogue, users: { ann: {} }, roles: { team: { members: ['ann'] } } },
    when: [
      (at) => roles.addRoleGrant(at.world, at.role('team'), { permission: 'billing' }),
      (at) => roles.addRoleGrant(at.world, at.role('team'), { permission: 'userLogs' }),
      (at) => roles.removeRoleGrant(at.world, at.role('team'), { permission: 'billing' }),
      (at) => roles.addRoleGrant(at.world, at.role('team'), { permission: 'purchase' }),
    ],
    after: [{ user: 'ann', holds: { purchase: 'account', userLogs: 'account' } }],
  },
  alone(
    'businessManagement',
    ['customiseColours', 'customiseLogo', 'customiseEmailSending', 'whiteLabelling'],
    'SE-10, SE-11, SE-12, SE-13: what Business management opens, and no more',
  ),
  alone('billing', ['viewBills', 'manageCreditCard', 'managePlan'], 'SE-14: what Billing opens, and no more'),
  alone(
    'purchase',
    ['managePurchases', 'manageLicences', 'changeLicenceType', 'withdrawLicence', 'transferLicence'],
    'SE-15, SE-26, SE-27, SE-28: what Purchase opens, licences of users included, and no more',
  ),
  alone('userLogs', ['readUserLogs'], "SE-16, SE-17: Logs opens other users' logs, not those of administrators"),
  alone(
    'administratorLogs',
    ['readAdministratorLogs'],
    "SE-17: Administrator Logs opens administrators' logs, not those of others",
  ),
  alone('domainManagement', ['manageDomains'], 'SE-19: what Domain management opens, and no more'),
  alone('activationRules', ['manageActivationRules'], 'SE-20: what Activation rules opens, and no more'),
  alone(
    'rolesAndAuthorizations',
    ['manageRoleGroups', 'editUserProfile'],
    "SE-21, SE-31: Roles and authorizations opens role groups and other users' profiles, and no more",
  ),
  {
    title: 'SE-18: a user reads the own log without any permission',
    facts: { catalogue, users: { ann: {} } },
    after: [
      {
        user: 'ann',
        may: ['readOwnLog'],
        mayNot: ['readUserLogs', 'readAdministratorLogs'],
        says: { of: 'readOwnLog', reason: 'open-to-oneself' },
      },
    ],
  },
  {
    title: 'SE-23: several users are put into a role group at once',
    facts: {
      catalogue,
      users: { ann: {}, bob: {}, eve: {} },
      roles: { team: { grants: ['billing'], members: ['eve'] } },
    },
    when: [(at) => roles.addMembers(at.world, at.role('team'), [at.user('ann'), at.user('bob'), at.user('eve')])],
    after: ['ann', 'bob', 'eve'].map((user) => ({ user, may: ['viewBills'] })),
    also: (at) => expect(roles.addMembers(at.world, at.role('team'), [at.user('ann')]).book).toEqual([]),
  },
  {
    title: 'SE-29, Q-16: usage statistics need some permission, whichever',
    facts: {
      catalogue,
      users: { ann: {}, bob: {} },
      roles: { team: { grants: ['activationRules'], members: ['ann'] } },
    },
    after: [
      { user: 'ann', may: ['usageStatistics'], ways: { of: 'usageStatistics', are: [['team']] } },
      { user: 'bob', mayNot: ['usageStatistics'] },
    ],
  },
  {
    title: 'SE-30: a secure message is sent without any administrative permission',
    facts: { catalogue, users: { ann: {}, gone: { state: 'disabled' } } },
    after: [
      { user: 'ann', may: ['sendSecureMessage'], opens: forAll },
      { user: 'gone', mayNot: ['sendSecureMessage'] },
    ],
  },
  {
    title: 'SE-32, Q-16: without a permission, none of the related pages is open but those of every user',
    facts: { catalogue, users: { ann: {} } },
    after: [
      {
        user: 'ann',
        mayNot: ['changeLicenceType', 'withdrawLicence', 'transferLicence', 'usageStatistics', 'editUserProfile'],
        may: ['sendSecureMessage', 'readOwnLog'],
      },
    ],
  },
];
