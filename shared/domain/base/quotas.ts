// The limits of a tenant in one table. Planners enforce it, `GET /v1/tenant` shows it, tests compare the
// documents with it.
import { Refusal } from './refusal.ts';

export const quotas = {
  /** The bytes that a cold function reads and keeps of a tenant. */
  bookBytes: [48_000_000, 'bytes in roles, grants, members, groups, policies, rules and rights on rules together'],
  roles: [2_500, 'roles in a tenant'],
  groups: [60_000, 'groups in a tenant'],
  policies: [2_000, 'policies in a tenant'],
  sources: [20, 'directory sources in a tenant'],
  membersPerRole: [20_000, 'users who are direct members of a role'],
  groupsPerRole: [500, 'groups that are direct members of a role'],
  memberships: [250_000, 'direct memberships of users in all roles together'],
  /** As many as Active Directory allows. */
  groupsPerUser: [1_015, 'groups that a user is a direct member of'],
  parentsPerGroup: [200, 'groups that a group is a direct member of'],
  drafts: [1_000, 'drafts in a tenant'],
  draftsPerAuthor: [20, 'drafts of one author'],
  sessionsPerUser: [50, 'open sessions of a user'],
  grantsPerSet: [12_000, 'permissions times policies in one set of grants'],
  rules: [10_000, 'rules in a tenant'],
  categories: [200, 'categories of rules in a tenant'],
  categoriesPerRule: [20, 'categories of a rule'],
  conditionsPerRule: [100, 'conditions of a rule, and as many exceptions'],
  actionsPerRule: [100, 'actions of a rule'],
  bytesPerAction: [8_000, 'bytes in the properties of an action, as JSON'],
  bytesPerRule: [64_000, 'bytes in the content of a rule, as JSON'],
  newRulesChanges: [200, 'defaults of a role for new rules that still apply to a rule'],
} as const satisfies Record<string, readonly [number, string]>;
export type Quota = keyof typeof quotas;

/** True when four fifths of a quota are used. */
export const isNearlyUsed = (quota: Quota, used: number | undefined): boolean =>
  used !== undefined && used > 0.8 * quotas[quota][0];

/** @param fix a sentence about the remedy. @throws Refusal quota-exceeded when `used` is above the quota */
export const withinQuota = (quota: Quota, used: number, fix?: string): void => {
  const [limit, title] = quotas[quota];
  if (used > limit)
    throw new Refusal('quota-exceeded', {
      detail: `At most ${limit.toLocaleString('en')} ${title}; this would make ${used.toLocaleString('en')}.${fix ? ` ${fix}` : ''}`,
      more: { quota, limit, wouldBe: used },
    });
};
