// Reads the claims of an access token that the gateway has verified. The names of the claims are configuration.
import * as z from 'zod';
import { isId, type TenantId } from '../../domain/base/ids.ts';
import { lazy } from '../../domain/base/lazy.ts';
import { Refusal } from '../../domain/base/refusal.ts';
import type { TokenScope } from '../../routes/entry.ts';
import { isWhole, wholeOnly } from '../../text/text.ts';

export interface TokenConfig {
  /** The claim that carries the tenant's id. */
  readonly tenantClaim: string;
  /** The claim, and its value below, that distinguish access tokens from ID tokens. */
  readonly useClaim: string;
  readonly useValue: string;
  /** The prefix of Holdfast's scopes. */
  readonly scopePrefix: string;
  /** The issuers whose tokens the gateway accepts; a sign-in of any other issuer could never be used. */
  readonly issuers: readonly string[];
}

/** Reads the configuration from the environment. */
export const tokenConfig = (env: Readonly<Record<string, string | undefined>>): TokenConfig => ({
  tenantClaim: env.CLAIM_TENANT ?? 'tenant',
  useClaim: env.CLAIM_TOKEN_USE ?? 'token_use',
  useValue: env.TOKEN_USE ?? 'access',
  scopePrefix: env.SCOPE_PREFIX ?? 'holdfast/',
  issuers: (env.TRUSTED_ISSUERS ?? '').split(' ').filter((one) => one !== ''),
});

export interface Token {
  /** The kind of caller that the scopes name, independent of the operation. */
  readonly kind: 'user' | 'service' | 'operator';
  readonly issuer: string;
  readonly subject: string;
  readonly client: string;
  readonly tenant: TenantId | undefined;
  readonly scopes: ReadonlySet<TokenScope>;
  readonly claims: Readonly<Record<string, string>>;
}

/**
 * A claim without U+FFFD and lone surrogates, which replace invalid bytes, so that two subjects could look the same.
 */
const whole = () => z.string().min(1).refine(isWhole);
const claimsSchema = lazy(() => z.looseObject({ iss: whole(), sub: whole() }));

const kindOf = (scopes: Token['scopes']): Token['kind'] => {
  if (scopes.has('operator') || scopes.has('recovery')) return 'operator';
  return scopes.has('check') && !scopes.has('admin') ? 'service' : 'user';
};

/** The token with these claims. @throws Refusal unauthenticated, access-token-needed */
export const tokenOf = (claims: unknown, config: TokenConfig): Token => {
  const parsed = claimsSchema().safeParse(claims);
  if (!parsed.success) throw new Refusal('unauthenticated');
  const all = wholeOnly(parsed.data);
  if (all[config.useClaim] !== config.useValue)
    throw new Refusal('access-token-needed', 'Send the access token, not the ID token.');
  const tenant = all[config.tenantClaim];
  // Entra ID names the rights of a token that an application got for itself `roles`.
  const scopes = (all.scope ?? all.scp ?? all.roles ?? '')
    .split(/[\s,[\]]+/)
    .filter((scope) => scope.startsWith(config.scopePrefix));
  const granted = new Set(scopes.map((scope) => scope.slice(config.scopePrefix.length) as TokenScope));
  return {
    kind: kindOf(granted),
    issuer: parsed.data.iss,
    subject: parsed.data.sub,
    client: all.client_id ?? all.azp ?? parsed.data.sub,
    tenant: tenant !== undefined && isId('tenant', tenant) ? tenant : undefined,
    scopes: granted,
    claims: all,
  };
};
