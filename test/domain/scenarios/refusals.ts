// What planners refuse: with which code, and which field is at fault.

import type { AccessChange, World } from '../../../shared/domain/change.ts';
import * as policies from '../../../shared/domain/plan/policies.ts';
import * as roles from '../../../shared/domain/plan/roles.ts';
import * as signIns from '../../../shared/domain/plan/sign-ins.ts';
import * as sources from '../../../shared/domain/plan/sources.ts';
import * as tenant from '../../../shared/domain/plan/tenant.ts';
import * as users from '../../../shared/domain/plan/users.ts';
import type { At, Facts, GrantFact, Refused, Scenario } from './language.ts';

export const rules: Facts = {
  catalogue: 'exchange-rules',
  users: { ann: {}, bob: {}, gone: { state: 'deleted' } },
  groups: { staff: [], old: [] },
  deletedGroups: ['old'],
  roles: { team: { members: ['ann'] } },
};
export const email: Facts = {
  catalogue: 'email-security',
  sources: ['directory'],
  policies: ['north'],
  deletedPolicies: ['old'],
  users: { ann: {}, dora: { source: 'directory' }, robot: { kind: 'machine' }, free: { unbound: true } },
  roles: { team: {} },
};

export const refusing = (
  title: string,
  facts: Facts,
  when: (at: At) => unknown,
  code: string,
  field?: string,
): Scenario => ({
  title,
  facts,
  when: [when as NonNullable<Scenario['when']>[0]],
  refused: { code, ...(field !== undefined && { field }) } satisfies Refused,
});
const grants = (title: string, facts: Facts, list: GrantFact[], code: string, field?: string): Scenario =>
  refusing(title, facts, (at) => roles.putRoleGrants(at.world, at.role('team'), at.grants(list)), code, field);
const profile = (at: At, name: string) => ({ id: at.user(name), rev: 1, name, createdAt: '' });

export const refusals: Scenario[] = [
  refusing('a role that is not there', rules, (at) => roles.updateRole(at.world, at.role('nowhere'), {}), 'not-found'),
  refusing('a policy that is not there', email, (at) => policies.deletePolicy(at.world, at.policy('old')), 'not-found'),
  refusing(
    'a group that is not there',
    rules,
    (at) => sources.updateGroup(at.world, at.group('old'), { confersAccessManagement: true }),
    'not-found',
  ),
  refusing(
    'a user that is not there',
    rules,
    (at) => users.updateUser(at.world, at.user('gone'), profile(at, 'gone'), { state: 'active' }),
    'not-found',
  ),
  refusing(
    'an unknown user as member',
    rules,
    (at) => roles.addMembers(at.world, at.role('team'), [at.user('ann'), at.user('nobody')]),
    'invalid-request',
    '/members/1',
  ),
  refusing(
    'a deleted user as member',
    rules,
    (at) => roles.addMembers(at.world, at.role('team'), [at.user('gone')]),
    'invalid-request',
    '/members/0',
  ),
  refusing(
    'a deleted group as member',
    rules,
    (at) => roles.replaceMembers(at.world, at.role('team'), [at.user('ann'), at.group('old')]),
    'invalid-request',
    '/members/1',
  ),
  refusing(
    'an id of neither kind as member',
    rules,
    (at) => roles.addMembers(at.world, at.role('team'), [at.role('team')]),
    'invalid-request',
    '/members/0',
  ),
  refusing(
    'an unknown administrators group',
    rules,
    (at) => tenant.updateTenant(at.world, { administratorsGroup: at.group('old') }),
    'invalid-request',
    '/administratorsGroup',
  ),
  refusing(
    'an unknown feature',
    email,
    (at) => tenant.putFeatures(at.world, ['filteredReports', 'x']),
    'invalid-request',
    '/features/1',
  ),

  grants('an unknown permission', rules, ['manageOptions', 'x'], 'invalid-request', '/grants/1/permission'),
  refusing(
    'an unknown permission alone',
    rules,
    (at) => roles.addRoleGrant(at.world, at.role('team'), { permission: 'x' }),
    'invalid-request',
    '/permission',
  ),
  refusing(
    'an unknown permission to take away',
    rules,
    (at) => roles.removeRoleGrant(at.world, at.role('team'), { permission: 'x' }),
    'not-found',
  ),
  grants(
    'everything, limited',
    rules,
    [{ permission: '*', actionTypes: ['insertBanner'] }],
    'invalid-request',
    '/grants/0',
  ),
  grants(
    'an unknown policy',
    email,
    ['logExport', { permission: 'viewQuarantine', policies: ['north', 'nowhere'] }],
    'invalid-request',
    '/grants/1/policies/1',
  ),
  grants(
    'a deleted policy',
    email,
    [{ permission: 'viewQuarantine', policies: ['old'] }],
    'invalid-request',
    '/grants/0/policies/0',
  ),
  grants(
    'no policy at all',
    email,
    [{ permission: 'viewQuarantine', policies: [] }],
    'invalid-request',
    '/grants/0/policies',
  ),
  grants(
    'policies for what is granted for the account only',
    email,
    [{ permission: 'logExport', policies: ['north'] }],
    'invalid-request',
    '/grants/0/policies',
  ),
  grants(
    'action types where they do not apply',
    rules,
    [{ permission: 'manageOptions', actionTypes: ['insertBanner'] }],
    'invalid-request',
    '/grants/0/actionTypes',
  ),
  grants(
    'rule types where they do not apply',
    rules,
    [{ permission: 'manageProgramFeatures', ruleTypes: ['routingRule'] }],
    'invalid-request',
    '/grants/0/ruleTypes',
  ),
  grants(
    'an unknown action type',
    rules,
    [{ permission: 'editActions', actionTypes: ['insertBanner', 'x'] }],
    'invalid-request',
    '/grants/0/actionTypes/1',
  ),
  grants(
    'an unknown rule type',
    rules,
    [{ permission: 'editActions', ruleTypes: ['x'] }],
    'invalid-request',
    '/grants/0/ruleTypes/0',
  ),
  grants('a permission that requires another', email, ['viewQuarantinedImages'], 'permission-missing'),
  grants(
    'permissions that exclude each other',
    email,
    ['viewAllReports', 'viewFilteredReports'],
    'permission-excluded',
  ),
  grants('a permission whose feature is off', { ...email, features: [] }, ['viewFilteredReports'], 'feature-off'),

  ...['exchange-rules', 'secure-exchanges'].map((catalogue) =>
    refusing(
      `X-3: personal grants in ${catalogue}`,
      { catalogue, users: { ann: {} } },
      (at) => users.putPersonalGrants(at.world, at.user('ann'), 'keeper', []),
      'personal-grants-off',
    ),
  ),
  ...['email-security', 'secure-exchanges', 'complete'].map((catalogue) =>
    refusing(
      `Q-01: switching access rights off in ${catalogue}`,
      { catalogue },
      (at) => tenant.updateTenant(at.world, { enforced: false }),
      'switch-fixed',
    ),
  ),
  ...['exchange-rules', 'secure-exchanges'].map((catalogue) =>
    refusing(
      `a policy in ${catalogue}, which has no permission for one`,
      { catalogue },
      (at) => policies.createPolicy(at.world, { name: 'x', description: '' }, at.tools),
      'policies-not-applicable',
    ),
  ),

  refusing(
    'what the directory owns of a user',
    email,
    (at) => users.updateUser(at.world, at.user('dora'), profile(at, 'dora'), { name: 'Dora B.' }),
    'owned-by-directory',
  ),
  refusing(
    'an invitation for somebody who is bound',
    email,
    (at) => signIns.inviteUser(at.world, at.user('ann'), 'd', { keeper: true }, at.tools),
    'not-invitable',
  ),
  ...[
    ['unknown', 'other', 0],
    ['expired', 'd', signIns.invitationDays * 86_400_000],
  ].map(([what, digest, later]) =>
    refusing(
      `an invitation that is ${what}`,
      email,
      (at) => {
        const id = at.user('free');
        const { after } = signIns.inviteUser(at.world, id, 'd', { keeper: true }, at.tools).users[0] as AccessChange;
        const world = { ...at.world, users: new Map([...at.world.users, [id, after]]) } as World;
        const tools = { ...at.tools, now: at.tools.now + Number(later) };
        return signIns.acceptInvitation(
          world,
          id,
          `${digest}`,
          { digest: 'i', issuer: 'i', subject: 's' },
          profile(at, 'free'),
          tools,
        );
      },
      'not-found',
    ),
  ),
];
