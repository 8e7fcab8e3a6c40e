// Adds the tenant to an access token when Cognito issues it (pre token generation, event version V3_0). Cognito puts no
// tenant into access tokens by itself, and no scope of ours into tokens of users who sign in without a browser.
import { isId } from '../../shared/domain/base/ids.ts';
import type { TokenScope } from '../../shared/routes/entry.ts';
import { type Serves, servesByEnvironment } from '../../shared/store/clients.ts';

/** The part of Cognito's event that is read, and the answer that it asks for. */
export interface TokenEvent {
  readonly triggerSource: string;
  readonly callerContext: { readonly clientId: string };
  readonly request: {
    readonly userAttributes?: Readonly<Record<string, string>> | null;
    readonly scopes?: readonly string[] | null;
    readonly clientMetadata?: Readonly<Record<string, string>> | null;
  };
  response: unknown;
}

/** Scopes that a user who is a machine may have. */
const machineScopes: readonly TokenScope[] = ['directory', 'audit', 'export', 'check'];

/** The scope of Cognito's own, which lets a user change the own password and attributes. */
const ownAccount = 'aws.cognito.signin.user.admin';

/**
 * The tenant of a token: for a client with a secret, the one it asks for, which the table must allow; for a user, the
 * attribute that only an administrator of the pool can write. What a user asks for is ignored.
 */
const tenantOf = async ({ triggerSource, callerContext, request }: TokenEvent, serves: Serves) => {
  if (triggerSource !== 'TokenGeneration_ClientCredentials') return request.userAttributes?.['custom:tenant'];
  const tenant = request.clientMetadata?.tenant;
  if (tenant === undefined) return undefined;
  const { clientId } = callerContext;
  // Cognito refuses the token with an error, and the log shows this message.
  if (!isId('tenant', tenant) || !(await serves(clientId, tenant)))
    throw new Error(`The client ${clientId} may not act for the tenant that it asked for.`);
  return tenant;
};

/** A machine's scopes: the one of its attribute, and no other, by whatever client it signs in. */
const scopesOf = ({ request }: TokenEvent, prefix: string) => {
  const scope = request.userAttributes?.['custom:scope'];
  if (scope === undefined) return {};
  if (!(machineScopes as readonly string[]).includes(scope))
    throw new Error(`custom:scope of a machine is one of ${machineScopes.join(', ')}.`);
  const own = `${prefix}${scope}`;
  const others = [...new Set([ownAccount, ...(request.scopes ?? [])])].filter((one) => one !== own);
  return { scopesToAdd: [own], scopesToSuppress: others };
};

/** @throws Error when the token must not be issued */
export const tenantAdder =
  (serves: Serves, env: Readonly<Record<string, string | undefined>> = process.env) =>
  async (event: TokenEvent): Promise<TokenEvent> => {
    const tenant = await tenantOf(event, serves);
    const accessTokenGeneration = {
      ...(tenant !== undefined && { claimsToAddOrOverride: { [env.CLAIM_TENANT ?? 'tenant']: tenant } }),
      ...scopesOf(event, env.SCOPE_PREFIX ?? 'holdfast/'),
    };
    event.response = { claimsAndScopeOverrideDetails: { accessTokenGeneration } };
    return event;
  };

export const handler = tenantAdder(servesByEnvironment());
