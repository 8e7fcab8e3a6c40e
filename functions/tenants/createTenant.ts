// POST /v1/tenants
import { catalogues } from '../../shared/catalogues/index.ts';
import { invalid } from '../../shared/domain/base/refusal.ts';
import type { Tools } from '../../shared/domain/change.ts';
import { needTrusted } from '../../shared/domain/plan/sources.ts';
import { createTenant } from '../../shared/domain/plan/tenant.ts';
import { previewOutside } from '../../shared/http/changes/preview.ts';
import { identityDigest } from '../../shared/http/gateway/authorise.ts';
import { idempotencyOf, outside } from '../../shared/http/operation.ts';

export const handler = outside('createTenant', async (call) => {
  const { body } = call.input;
  const { store } = call.runtime;
  if (!catalogues.has(body.catalogue))
    throw invalid('/catalogue', `is not known: choose one of ${[...catalogues.keys()].join(', ')}`);
  const { identity } = body.firstUser;
  needTrusted(call.runtime.token.issuers, identity.issuer, '/firstUser/identity/issuer');
  const plan = (tools: Tools) => createTenant(body, identityDigest(identity.issuer, identity.subject), tools);
  const answer = (id: string, change: ReturnType<typeof plan>['change']) => ({
    id,
    name: body.name.trim(),
    catalogue: body.catalogue,
    ...change.result,
  });
  if (call.dryRun) {
    const { ids, now } = store;
    return previewOutside(call, () => ({ body: answer(ids.next('tenant'), plan({ ids, now }).change) }));
  }
  const request = {
    requestId: call.requestId,
    traceId: call.traceId,
    operation: call.id,
    actor: { kind: 'operator', id: call.token.client },
  } as const;
  const created = await store.createTenant(plan, request, answer, idempotencyOf(call));
  return { body: created.body };
});
