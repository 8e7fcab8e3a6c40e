// POST /v1/tenants/{tenantId}/purge
import type { TenantId } from '../../shared/domain/base/ids.ts';
import { previewOutside } from '../../shared/http/changes/preview.ts';
import { actorOf } from '../../shared/http/gateway/authorise.ts';
import { outside } from '../../shared/http/operation.ts';
import { accountView } from '../../shared/http/operations/views.ts';
import { startPurge } from '../../shared/store/purge.ts';

export const handler = outside('purgeTenant', async (call) => {
  const { input, runtime, token, requestId, traceId, dryRun: dry } = call;
  const { store, queue } = runtime;
  const tenant = input.params.tenantId as TenantId;
  const request = { tenant, ...input.body, actor: actorOf(token), dry, requestId, traceId };
  const started = async () => ({ body: accountView(await startPurge(store, request)) });
  if (dry) return previewOutside(call, started);
  const answer = await started();
  // Also when it had begun before, because the message about it may be lost.
  await queue.enqueue({ tenant, kind: 'purge', id: tenant });
  return answer;
});
