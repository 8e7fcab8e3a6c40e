// GET /v1/tenants/{tenantId}
import type { TenantId } from '../../shared/domain/base/ids.ts';
import { Refusal } from '../../shared/domain/base/refusal.ts';
import { outside } from '../../shared/http/operation.ts';
import { accountAnswer } from '../../shared/http/operations/views.ts';
import { accountById } from '../../shared/store/accounts.ts';

export const handler = outside('getTenantById', async ({ input, runtime }) => {
  const account = await accountById(runtime.store.db, input.params.tenantId as TenantId);
  if (!account) throw new Refusal('not-found', 'There is no such tenant.');
  return accountAnswer(account);
});
