// PATCH /v1/tenant
import { updateTenant } from '../../shared/domain/plan/tenant.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { tenantOwn } from '../../shared/http/operations/views.ts';
import { hasActiveMember } from '../../shared/store/candidates.ts';

export const definition = define('updateTenant', {
  current: ({ book }) => tenantOwn(book.tenant),
  plan: ({ world, input }) => updateTenant(world, input.body),
  answer: async (after, { view, world, book, runtime, tenant }) => {
    const own = tenantOwn(after);
    // The first enabling succeeds without active administrators, with a warning (CT-32, Q-05).
    const first = after.enforced && !view.book.tenant.enabledBefore;
    const group = after.administratorsGroup && book.groups.get(after.administratorsGroup);
    const empty = first && !(group && (await hasActiveMember(runtime.store.db, tenant, book, group, world.users)));
    return { body: { ...own, ...(empty && { warnings: ['no-active-administrators-group'] }) }, own };
  },
});

export const handler = mutation(definition);
