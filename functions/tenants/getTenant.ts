// GET /v1/tenant

import { type Quota, quotas } from '../../shared/domain/base/quotas.ts';
import { memberCount } from '../../shared/domain/book/book.ts';
import { pairsIn } from '../../shared/domain/deciding/grants.ts';
import { type OperationContext, query } from '../../shared/http/operation.ts';
import { featuresOwn, tenantOwn } from '../../shared/http/operations/views.ts';
import { bytesAt } from '../../shared/store/bytes.ts';
import { someHolders } from '../../shared/store/candidates.ts';
import { crowdedNow } from '../../shared/store/crowded.ts';
import { countDrafts } from '../../shared/store/drafts.ts';

const most = (counts: readonly number[]): number => counts.reduce((a, b) => Math.max(a, b), 0);

/** The answer names at most this many holders, and as many who do not count. */
const mostHolders = 20;

/**
 * The use of each quota that the book, its head or the count of drafts tells. Of the quotas on single users, sessions and
 * rules' contents none is told, because each has its own item.
 */
const use = ({ book, view }: OperationContext<'getTenant'>, drafts: Awaited<ReturnType<typeof countDrafts>>) => {
  const members = [...book.roles.values()].map(memberCount);
  const rules = [...book.rules.byId.values()];
  const roles = [...book.roles.values()].map(({ record }) => record);
  const defaults = roles.map(({ id }) => book.rules.rightsOf(id).header?.newRules.length ?? 1);
  const used: Partial<Record<Quota, number>> = {
    bookBytes: bytesAt(view.head, book),
    roles: roles.length,
    groups: book.groups.size,
    policies: book.policies.size,
    sources: book.sources.size,
    memberships: members.reduce((sum, n) => sum + n, 0),
    membersPerRole: most(members),
    groupsPerRole: most(roles.map(({ groups }) => groups.size)),
    parentsPerGroup: most([...book.groups.values()].map((group) => group.parents.size)),
    grantsPerSet: most(roles.map(({ grants }) => pairsIn(grants))),
    newRulesChanges: most(defaults),
    rules: rules.length,
    categories: book.categories.length,
    categoriesPerRule: most(rules.map(({ entry }) => entry.categories.length)),
    drafts: drafts.all,
    draftsPerAuthor: drafts.most,
  };
  return Object.entries(quotas).map(([quota, [limit, what]]) => ({ quota, what, limit, used: used[quota as Quota] }));
};

export const handler = query('getTenant', {
  run: async (context) => {
    const { book, by, tenant, runtime } = context;
    const own = tenantOwn(book.tenant);
    const { id, version } = book.catalogue.data;
    const everybody = { id: tenant, ...own, catalogue: { id, version }, createdAt: book.tenant.createdAt };
    if (!by.keeper) return { body: everybody, own };
    const { db } = runtime.store;
    const { holders, more, near } = await someHolders(db, tenant, book, mostHolders);
    const drafts = await countDrafts(db, tenant);
    const warnings = holders.length === 1 && !more ? ['only-one-access-manager'] : [];
    if (!book.tenant.enforced) warnings.push('access-rights-not-enforced');
    warnings.push(...(await crowdedNow(db, tenant, book)));
    return {
      body: {
        ...everybody,
        ...featuresOwn(book.tenant),
        quotas: use(context, drafts),
        accessManagers: { users: holders.map((user) => user.id), more, wouldNotCount: near },
        warnings,
      },
      own,
    };
  },
});
