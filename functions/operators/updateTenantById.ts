// PATCH /v1/tenants/{tenantId}
import type { TenantId } from '../../shared/domain/base/ids.ts';
import { operateTenant } from '../../shared/domain/plan/lifecycle.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { accountAnswer } from '../../shared/http/operations/views.ts';

const definition = define('updateTenantById', {
  tenant: ({ input }) => input.params.tenantId as TenantId,
  current: ({ view, book }) => accountAnswer({ id: view.tenant, head: view.head, record: book.tenant }).own,
  plan: ({ world, view, input, tools }) => operateTenant(world, view.head, input.body, tools.now),
  answer: ({ record, lifecycle }, { view }) =>
    accountAnswer({ id: view.tenant, head: { ...view.head, lifecycle }, record }),
  // What rested while the tenant was suspended or closed goes on.
  work: ({ input }) => {
    const { tenantId } = input.params;
    return input.body.state === 'active' ? { tenant: tenantId, kind: 'wake', id: tenantId } : undefined;
  },
});

export const handler = mutation(definition);
