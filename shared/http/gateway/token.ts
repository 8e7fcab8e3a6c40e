// What the access token says, after the gateway has verified it. Claim names are configuration.
import * as z from 'zod';
import { isId, type TenantId } from '../../domain/base/ids.ts';
import { once } from '../../domain/base/lazy.ts';
import { Refusal } from '../../domain/base/refusal.ts';
import type { Scope } from '../../routes/entry.ts';
import { isWhole } from '../../text/text.ts';

export interface TokenConfig {
  /** The claim that carries the tenant's id. */
  readonly tenantClaim: string;
  /** Claim and value by which access tokens are told from ID tokens. */
  readonly useClaim: string;
  readonly useValue: string;
  /** What scopes of ours start with. */
  readonly scopePrefix: string;
  /** The issuers whose tokens come in at all: whoever is to sign in with another's never could. */
  readonly issuers: readonly string[];
}

/** Parsed once, at cold start. */
export const tokenConfig = (env: Readonly<Record<string, string | undefined>>): TokenConfig => ({
  tenantClaim: env.CLAIM_TENANT ?? 'tenant',
  useClaim: env.CLAIM_TOKEN_USE ?? 'token_use',
  useValue: env.TOKEN_USE ?? 'access',
  scopePrefix: env.SCOPE_PREFIX ?? 'holdfast/',
  issuers: (env.TRUSTED_ISSUERS ?? '').split(' ').filter((one) => one !== ''),
});

export interface Token {
  readonly issuer: string;
  readonly subject: string;
  readonly client: string;
  readonly tenant: TenantId | undefined;
  readonly scopes: ReadonlySet<Scope>;
  readonly claims: Readonly<Record<string, string>>;
}

/** A claim with U+FFFD or half a character was other bytes once: two subjects could share it. */
const whole = () => z.string().min(1).refine(isWhole);
const claimsSchema = once(() => z.looseObject({ iss: whole(), sub: whole() }));

/** @throws Refusal unauthenticated, access-token-needed */
export const tokenOf = (claims: unknown, config: TokenConfig): Token => {
  const parsed = claimsSchema().safeParse(claims);
  if (!parsed.success) throw new Refusal('unauthenticated');
  const given = Object.entries(parsed.data).map(([name, value]): [string, string] => [name, String(value)]);
  const all = Object.fromEntries(given.filter(([, value]) => isWhole(value)));
  if (all[config.useClaim] !== config.useValue)
    throw new Refusal('access-token-needed', 'Send the access token, not the ID token.');
  const tenant = all[config.tenantClaim];
  const scopes = (all.scope ?? all.scp ?? '')
    .split(/[\s,[\]]+/)
    .filter((scope) => scope.startsWith(config.scopePrefix));
  return {
    issuer: parsed.data.iss,
    subject: parsed.data.sub,
    client: all.client_id ?? all.azp ?? parsed.data.sub,
    tenant: tenant !== undefined && isId('tenant', tenant) ? tenant : undefined,
    scopes: new Set(scopes.map((scope) => scope.slice(config.scopePrefix.length) as Scope)),
    claims: all,
  };
};
