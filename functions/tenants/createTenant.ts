// POST /v1/tenants
import { catalogues } from '../../shared/catalogues/index.ts';
import { inLanguage, ownLanguage } from '../../shared/catalogues/translate.ts';
import { translationsOf } from '../../shared/catalogues/translations.ts';
import type { TenantId } from '../../shared/domain/base/ids.ts';
import { invalid } from '../../shared/domain/base/refusal.ts';
import type { IdsAndTime } from '../../shared/domain/change.ts';
import { needTrusted } from '../../shared/domain/plan/sources.ts';
import { createTenant } from '../../shared/domain/plan/tenant.ts';
import { previewOutside } from '../../shared/http/changes/preview.ts';
import { actorOf, identityDigest } from '../../shared/http/gateway/authorise.ts';
import { idempotencyOf, outside } from '../../shared/http/operation.ts';

export const handler = outside('createTenant', async (call) => {
  const { body } = call.input;
  const { store } = call.runtime;
  const known = catalogues.get(body.catalogue);
  if (!known) throw invalid('/catalogue', `is not known: choose one of ${[...catalogues.keys()].join(', ')}`);
  const { identity } = body.firstUser;
  needTrusted(call.runtime.token.issuers, identity.issuer, '/firstUser/identity/issuer');
  const digest = identityDigest(identity.issuer, identity.subject);
  const { predefinedRoles } = inLanguage(known.data, translationsOf(known.data), body.language ?? ownLanguage);
  const plan = (tenant: TenantId, tools: IdsAndTime) => {
    const { change, witness } = createTenant(body, digest, tools, predefinedRoles);
    const { catalogue } = body;
    return { change, witness, body: { id: tenant, name: body.name.trim(), catalogue, ...change.result } };
  };
  const create = async () => {
    const { body } = await store.createTenant({
      requestId: call.requestId,
      traceId: call.traceId,
      operation: call.id,
      actor: actorOf(call.token),
      dry: call.dryRun,
      idempotency: call.dryRun ? undefined : idempotencyOf(call),
      plan,
    });
    return { body };
  };
  return call.dryRun ? previewOutside(call, create) : create();
});
