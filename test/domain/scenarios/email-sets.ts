// The rules within a set of grants in the catalogue email-security: what requires, excludes, or needs a feature or a policy
// that is there: FP-46, FP-47, FP-51..FP-53, FP-13.
import { expect } from 'vitest';
import { deletePolicy } from '../../../shared/domain/plan/policies.ts';
import * as roles from '../../../shared/domain/plan/roles.ts';
import { putPersonalGrants } from '../../../shared/domain/plan/users.ts';
import type { Ask, At, Facts, GrantFact, Scenario } from './language.ts';

const catalogue = 'email-security';
const policies = ['north', 'south'];

const withGrants = (...personal: GrantFact[]): Facts => ({ catalogue, policies, users: { ann: { personal } } });
const put =
  (...grants: GrantFact[]) =>
  (at: At) =>
    putPersonalGrants(at.world, at.user('ann'), 'keeper', at.grants(grants));
const forPolicy = (policy: string, ...what: string[]): Ask[] => what.map((one) => ({ what: one, policy }));

export const emailSets: Scenario[] = [
  {
    title: 'FP-46: View Quarantined Images opens the search of images',
    facts: withGrants('viewQuarantine', 'viewQuarantinedImages'),
    after: [{ user: 'ann', opens: ['logOn', 'searchQuarantine', 'searchQuarantinedImages'] }],
  },
  {
    title: 'FP-47: View Quarantined Images alone is refused',
    facts: withGrants(),
    when: [put('viewQuarantinedImages')],
    refused: { code: 'permission-missing' },
  },
  {
    title: 'FP-47, Q-12: so it is when View Quarantine is granted for less',
    facts: withGrants(),
    when: [put('viewQuarantinedImages', { permission: 'viewQuarantine', policies })],
    refused: { code: 'permission-missing' },
  },
  {
    title: 'FP-47, Q-12: or for another policy',
    facts: withGrants(),
    when: [
      put({ permission: 'viewQuarantinedImages', policies }, { permission: 'viewQuarantine', policies: ['north'] }),
    ],
    refused: { code: 'permission-missing' },
  },
  {
    title: 'FP-47, Q-12: a wider scope satisfies',
    facts: withGrants(),
    when: [put('viewQuarantine', { permission: 'viewQuarantinedImages', policies: ['north'] })],
    after: [{ user: 'ann', holds: { viewQuarantine: 'account', viewQuarantinedImages: ['north'] } }],
  },
  {
    title: 'FP-47, Q-12: View Quarantine of another set does not count',
    facts: {
      catalogue,
      policies,
      users: { ann: {} },
      roles: { viewers: { grants: ['viewQuarantine'], members: ['ann'] } },
    },
    when: [put('viewQuarantinedImages')],
    refused: { code: 'permission-missing' },
  },
  {
    title: 'FP-47, Q-12: removing View Quarantine while it is needed is refused',
    facts: withGrants('viewQuarantine', 'viewQuarantinedImages'),
    when: [put('viewQuarantinedImages')],
    refused: { code: 'permission-missing' },
    after: [{ user: 'ann', may: ['searchQuarantine', 'searchQuarantinedImages'] }],
  },
  {
    title: 'FP-47, Q-12: one request removes both',
    facts: withGrants('viewQuarantine', 'viewQuarantinedImages'),
    when: [put()],
    after: [{ user: 'ann', holds: {} }],
  },
  {
    title: 'FP-47, Q-12: in a role, for one policy only: refused while that policy needs it',
    facts: {
      catalogue,
      policies,
      users: { ann: {} },
      roles: {
        viewers: {
          grants: [
            { permission: 'viewQuarantine', policies },
            { permission: 'viewQuarantinedImages', policies: ['north'] },
          ],
        },
      },
    },
    when: [
      (at) =>
        roles.removeRoleGrant(at.world, at.role('viewers'), {
          permission: 'viewQuarantine',
          policy: at.policy('south'),
        }),
      (at) =>
        roles.removeRoleGrant(at.world, at.role('viewers'), {
          permission: 'viewQuarantine',
          policy: at.policy('north'),
        }),
    ],
    refused: { code: 'permission-missing' },
  },
  {
    title: 'FP-51: View Filtered Reports opens reports of the granted policies only',
    facts: withGrants({ permission: 'viewFilteredReports', policies: ['north'] }),
    after: [
      {
        user: 'ann',
        may: ['logOn', 'runFilteredReports', ...forPolicy('north', 'runFilteredReports', 'reportingTab')],
        mayNot: ['runAllReports', 'viewFilteredReports', ...forPolicy('south', 'runFilteredReports')],
      },
    ],
  },
  {
    title: 'FP-52: View Filtered Reports is not available beside View All Reports',
    facts: withGrants('viewAllReports'),
    when: [put('viewAllReports', { permission: 'viewFilteredReports', policies: ['north'] })],
    refused: { code: 'permission-excluded' },
  },
  {
    title: 'FP-52: once View All Reports is removed it is',
    facts: withGrants('viewAllReports'),
    when: [put({ permission: 'viewFilteredReports', policies: ['north'] })],
    after: [{ user: 'ann', holds: { viewFilteredReports: ['north'] } }],
  },
  {
    title: 'FP-52: across sets the union holds, and View All Reports wins',
    facts: {
      catalogue,
      policies,
      users: { ann: { personal: [{ permission: 'viewFilteredReports', policies: ['north'] }] } },
      roles: { reporters: { grants: ['viewAllReports'], members: ['ann'] } },
    },
    after: [{ user: 'ann', may: ['runAllReports', 'runFilteredReports', ...forPolicy('south', 'runFilteredReports')] }],
  },
  {
    title: 'FP-53: where the account has it disabled, it can not be granted',
    facts: { ...withGrants(), features: [] },
    when: [put('viewFilteredReports')],
    refused: { code: 'feature-off' },
  },
  {
    title: 'FP-53: what was granted before gives nothing, may stay, and may not be extended',
    facts: { ...withGrants({ permission: 'viewFilteredReports', policies: ['north'] }), features: [] },
    when: [
      put('logExport', { permission: 'viewFilteredReports', policies: ['north'] }),
      (at) => {
        expect(at.access('ann').personal).toHaveLength(2);
        return put('logExport', { permission: 'viewFilteredReports', policies })(at);
      },
    ],
    refused: { code: 'feature-off' },
    after: [{ user: 'ann', holds: { logExport: 'account' }, mayNot: forPolicy('north', 'runFilteredReports') }],
  },
  {
    title: 'FP-53, Q-09: a permission that does not exist here does not let anybody log on',
    facts: { ...withGrants('viewFilteredReports'), features: [] },
    after: [{ user: 'ann', mayNot: ['logOn'], holds: {} }],
  },
  {
    title: 'FP-13: a grant for a policy that is deleted gives nothing from then on',
    facts: withGrants({ permission: 'viewQuarantine', policies: ['north'] }),
    when: [(at) => deletePolicy(at.world, at.policy('north'))],
    after: [
      {
        user: 'ann',
        holds: {},
        mayNot: ['logOn', ...forPolicy('north', 'viewQuarantine')],
        says: { of: { what: 'viewQuarantine', policy: 'north' }, reason: 'unknown-policy' },
      },
    ],
  },
];
