// GET /v1/health/ready
import { Refusal } from '../../shared/domain/base/refusal.ts';
import { outside } from '../../shared/http/operation.ts';

export const handler = outside('getReadiness', async ({ runtime }) => {
  if (!(await runtime.store.answers())) throw new Refusal('busy', 'The table does not answer.');
  return { body: { status: 'ready' } };
});
