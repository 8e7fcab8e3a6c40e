// POST /v1/names
import { query } from '../../shared/http/operation.ts';
import { nameKeys, namesSeen } from '../../shared/http/operations/names.ts';

export const handler = query('getNames', {
  alsoRead: ({ tenant, input }) => nameKeys(tenant, input.body.ids),
  run: async ({ view, by, input }) => ({ body: { names: await namesSeen(view, by, input.body.ids) } }),
});
