// What planners refuse by measure: names that no reader could tell apart or read, and what a quota does not allow.

import { quotas } from '../../../shared/domain/base/quotas.ts';
import type { BookRecord } from '../../../shared/domain/book/records.ts';
import type { World } from '../../../shared/domain/change.ts';
import * as policies from '../../../shared/domain/plan/policies.ts';
import * as roles from '../../../shared/domain/plan/roles.ts';
import * as sources from '../../../shared/domain/plan/sources.ts';
import * as tenant from '../../../shared/domain/plan/tenant.ts';
import * as users from '../../../shared/domain/plan/users.ts';
import type { Scenario } from './language.ts';
import { names } from './language.ts';
import { email, refusing, rules } from './refusals.ts';

/** The tenant with so many further records that only the quota can be in the way. */
const crowded = (world: World, more: readonly BookRecord[]): World => ({
  ...world,
  book: world.book.with(more),
});
const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
const manyRoles = times(
  quotas.roles[0],
  (i): BookRecord => ({
    ...{ kind: 'role', rev: 1, id: names.role(`${i}`), name: `${i}`, description: '', grants: [] },
    ...{ newRules: { view: true, edit: true, delete: false }, groups: new Set(), deleted: false },
  }),
);
const members = (role: string, n: number): BookRecord => ({
  kind: 'members',
  rev: 1,
  role: names.role(role),
  chunk: 0,
  users: new Set(times(n, (i) => `${names.user(`${role} ${i}`)}.00000a` as never)),
});
const manyPolicies = times(
  quotas.policies[0],
  (i): BookRecord => ({
    kind: 'policy',
    rev: 1,
    id: names.policy(`${i}`),
    name: `${i}`,
    description: '',
    deleted: false,
  }),
);
const manySources = times(
  quotas.sources[0],
  (i): BookRecord => ({ kind: 'source', rev: 1, id: names.source(`${i}`), name: `${i}`, deleted: false }),
);

export const limits: Scenario[] = [
  ...[
    ['of 101 characters', 'x'.repeat(101)],
    ['that is empty', ''],
    ['of blanks', '\u00a0 \n'],
    ['with a control character', 'a\u0007b'],
    ['with a line separator', 'a\u2028b'],
    ['with a control of writing direction', 'a\u202eb'],
    ['with an invisible character', 'a\u200bb'],
  ].flatMap(([what, name = '']) => [
    refusing(
      `Q-13: the name of a role ${what}`,
      rules,
      (at) => roles.createRole(at.world, { name, description: '' }, at.tools),
      'invalid-request',
      '/name',
    ),
    refusing(
      `Q-13: the new name of a role ${what}`,
      rules,
      (at) => roles.updateRole(at.world, at.role('team'), { name }),
      'invalid-request',
      '/name',
    ),
    refusing(
      `Q-13: the name of a policy ${what}`,
      email,
      (at) => policies.createPolicy(at.world, { name, description: '' }, at.tools),
      'invalid-request',
      '/name',
    ),
    refusing(
      `Q-13: the name of a source ${what}`,
      email,
      (at) => sources.createSource(at.world, { name }, at.tools),
      'invalid-request',
      '/name',
    ),
    refusing(
      `Q-13: the name of a user ${what}`,
      email,
      (at) => users.createUser(at.world, { kind: 'person', source: 'local', name }, {}, at.tools),
      'invalid-request',
      '/name',
    ),
    refusing(
      `Q-13: the name of the tenant ${what}`,
      email,
      (at) => tenant.updateTenant(at.world, { name }),
      'invalid-request',
      '/name',
    ),
  ]),
  refusing(
    'Q-13: the name of another role',
    { ...rules, roles: { team: {}, Other: {} } },
    (at) => roles.updateRole(at.world, at.role('team'), { name: 'OTHER ' }),
    'name-taken',
  ),
  refusing(
    'Q-13: the name of the original for its clone',
    rules,
    (at) => roles.cloneRole(at.world, at.role('team'), { name: 'Team' }, at.tools),
    'name-taken',
  ),
  refusing(
    'Q-13: the name of another policy',
    email,
    (at) => policies.createPolicy(at.world, { name: 'NORTH', description: '' }, at.tools),
    'name-taken',
  ),
  refusing(
    'Q-13: the name of another source',
    email,
    (at) => sources.createSource(at.world, { name: 'Directory' }, at.tools),
    'name-taken',
  ),

  refusing(
    'one role too many',
    rules,
    (at) => roles.createRole(crowded(at.world, manyRoles), { name: 'x', description: '' }, at.tools),
    'quota-exceeded',
  ),
  refusing(
    'one clone too many',
    rules,
    (at) => roles.cloneRole(crowded(at.world, manyRoles), at.role('team'), { name: 'x' }, at.tools),
    'quota-exceeded',
  ),
  refusing(
    'one policy too many',
    email,
    (at) => policies.createPolicy(crowded(at.world, manyPolicies), { name: 'x', description: '' }, at.tools),
    'quota-exceeded',
  ),
  refusing(
    'one source too many',
    email,
    (at) => sources.createSource(crowded(at.world, manySources), { name: 'x' }, at.tools),
    'quota-exceeded',
  ),
  refusing(
    'one member too many',
    rules,
    (at) =>
      roles.addMembers(crowded(at.world, [members('team', quotas.membersPerRole[0])]), at.role('team'), [
        at.user('ann'),
      ]),
    'quota-exceeded',
  ),
  refusing(
    'one membership too many in all',
    rules,
    (at) =>
      roles.addMembers(
        crowded(at.world, [...manyRoles.slice(0, 5), ...times(5, (i) => members(`${i}`, quotas.memberships[0] / 5))]),
        at.role('team'),
        [at.user('bob')],
      ),
    'quota-exceeded',
  ),
  refusing(
    'one grant too many in a set',
    email,
    (at) => {
      const policies = manyPolicies.map((_, i) => names.policy(`${i}`));
      const list = at.world.book.catalogue.policyPermissions.filter((id) => id !== 'viewFilteredReports').slice(0, 7);
      return roles.putRoleGrants(
        crowded(at.world, manyPolicies),
        at.role('team'),
        list.map((permission) => ({ permission, policies })),
      );
    },
    'quota-exceeded',
  ),
];
