// GET /v1/tenants
import { sortForm } from '../../shared/domain/base/names.ts';
import { outside, pageAnswer, pageInput } from '../../shared/http/operation.ts';
import { accountView } from '../../shared/http/operations/views.ts';
import { listAccounts } from '../../shared/store/accounts.ts';

export const handler = outside('listTenants', async (call) => {
  const asked = pageInput(call, call.input.query);
  const { name } = call.input.query;
  const accounts = listAccounts(call.runtime.store.db, name && sortForm(name.trim()), asked.limit, asked.after);
  return pageAnswer(call, asked, accounts, { show: accountView });
});
