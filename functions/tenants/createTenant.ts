// POST /v1/tenants
import { catalogues } from '../../shared/catalogues/index.ts';
import { createTenant } from '../../shared/domain/plan/tenant.ts';
import { invalid } from '../../shared/domain/refusal.ts';
import { identityDigest } from '../../shared/http/authorise.ts';
import { idempotencyOf, outside } from '../../shared/http/operation.ts';

export const handler = outside('createTenant', async (call) => {
  const { body } = call.input;
  if (!catalogues.has(body.catalogue))
    throw invalid('/catalogue', `is not known: choose one of ${[...catalogues.keys()].join(', ')}`);
  const { identity } = body.firstUser;
  const created = await call.runtime.store.createTenant(
    (tools) => createTenant(body, identityDigest(identity.issuer, identity.subject), tools),
    { requestId: call.requestId, operation: call.id, actor: { kind: 'operator', id: call.token.client } },
    (tenant, change) => ({ id: tenant, name: body.name.trim(), catalogue: body.catalogue, ...change.result }),
    idempotencyOf(call),
  );
  return { body: created.body };
});
