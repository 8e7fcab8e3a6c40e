// The trigger that puts the tenant into Cognito's access tokens, with the events that Cognito sends (pre token generation,
// V3_0), and the table of clients and tenants on the engine.
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { type TokenEvent, tenantAdder } from '../../functions/identity/addTenant.ts';
import { derivedId } from '../../shared/domain/base/ids.ts';
import { tokenConfig, tokenOf } from '../../shared/http/gateway/token.ts';
import { servesFrom } from '../../shared/store/clients.ts';
import { bootEngine } from '../support/harness.ts';

const product = '3n4b5urk1ft4fl3mg5e62d9ado';
const portal = '57cbishk4j24pabc1234567890';
const machines = '1example23456789abcdefghij';
const tenant = derivedId('tenant', 'ours');
const other = derivedId('tenant', 'other');

/** What every event has. */
const common = {
  version: '3',
  region: 'eu-central-1',
  userPoolId: 'eu-central-1_AbCdEfGhI',
  response: { claimsAndScopeOverrideDetails: null },
};

const ofClient = (clientMetadata?: Record<string, string>, clientId = product) => ({
  ...common,
  triggerSource: 'TokenGeneration_ClientCredentials',
  userName: clientId,
  callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId },
  request: {
    userAttributes: {},
    groupConfiguration: { groupsToOverride: [], iamRolesToOverride: [], preferredRole: null },
    scopes: ['holdfast/check'],
    ...(clientMetadata && { clientMetadata }),
  },
});

const ofUser = (
  attributes: Record<string, string>,
  changes: object = {},
  triggerSource = 'TokenGeneration_HostedAuth',
) => ({
  ...common,
  triggerSource,
  userName: '9f3c7a10-5e0b-4a3e-8f0e-0d7c6b1f2a33',
  callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: portal },
  request: {
    userAttributes: {
      sub: '9f3c7a10-5e0b-4a3e-8f0e-0d7c6b1f2a33',
      email_verified: 'true',
      'cognito:user_status': 'CONFIRMED',
      email: 'ada@contoso.com',
      ...attributes,
    },
    groupConfiguration: { groupsToOverride: [], iamRolesToOverride: [], preferredRole: null },
    scopes: ['openid', 'holdfast/admin'],
    ...changes,
  },
});

const serves = async (client: string, one: string) => client === product && one === tenant;
const asked = async (event: TokenEvent) =>
  (await tenantAdder(serves, {})(event)).response as {
    claimsAndScopeOverrideDetails: { accessTokenGeneration: object };
  };
const changed = async (event: TokenEvent) => (await asked(event)).claimsAndScopeOverrideDetails.accessTokenGeneration;

describe('a token of a client with a secret', () => {
  test('has the tenant that it asks for, if the table lets the client act for it', async () => {
    expect(await changed(ofClient({ tenant }))).toEqual({ claimsToAddOrOverride: { tenant } });
  });

  test('is refused for any other tenant, and for what is none', async () => {
    for (const wrong of [other, '', 'x', `${tenant}\n`, '__proto__'])
      await expect(asked(ofClient({ tenant: wrong })), wrong).rejects.toThrow(`The client ${product} may not act for`);
    await expect(asked(ofClient({ tenant }, portal))).rejects.toThrow('may not act for');
  });

  test('has none when it asks for none: an operator’s', async () => {
    expect(await changed(ofClient())).toEqual({});
    expect(await changed(ofClient({ other: 'x' }))).toEqual({});
  });

  test('is not issued when the table does not answer', async () => {
    const broken = tenantAdder(() => Promise.reject(new Error('no answer')), {});
    await expect(broken(ofClient({ tenant }))).rejects.toThrow('no answer');
  });
});

describe('a token of a user', () => {
  const sources = ['HostedAuth', 'Authentication', 'NewPasswordChallenge', 'RefreshTokens', 'AuthenticateDevice'];

  test.each(sources)('has the tenant of the attribute, whatever the caller says: %s', async (source) => {
    const event = ofUser(
      { 'custom:tenant': tenant },
      { clientMetadata: { tenant: other } },
      `TokenGeneration_${source}`,
    );
    expect(await changed(event)).toEqual({ claimsToAddOrOverride: { tenant } });
  });

  test('has no tenant without the attribute, even if the caller names one that the client may act for', async () => {
    const event = { ...ofUser({}, { clientMetadata: { tenant } }), callerContext: { clientId: product } };
    expect(await changed(event)).toEqual({});
  });

  test('who is a machine has the one scope of the attribute and no other', async () => {
    const attributes = { 'custom:tenant': tenant, 'custom:scope': 'directory' };
    const scopesToSuppress = ['aws.cognito.signin.user.admin', 'openid', 'holdfast/admin'];
    for (const clientId of [machines, portal])
      expect(await changed({ ...ofUser(attributes), callerContext: { clientId } })).toEqual({
        claimsToAddOrOverride: { tenant },
        scopesToAdd: ['holdfast/directory'],
        scopesToSuppress,
      });
    for (const scope of ['admin', 'operator', 'holdfast/operator', ''])
      await expect(asked(ofUser({ 'custom:scope': scope })), scope).rejects.toThrow(
        'custom:scope of a machine is one of',
      );
  });
});

test('names the claim and the scopes as the stage does', async () => {
  const add = tenantAdder(serves, { CLAIM_TENANT: 'org', SCOPE_PREFIX: 'rights/' });
  const event = await add(ofUser({ 'custom:tenant': tenant, 'custom:scope': 'audit' }));
  expect(event.response).toMatchObject({
    claimsAndScopeOverrideDetails: {
      accessTokenGeneration: { claimsToAddOrOverride: { org: tenant }, scopesToAdd: ['rights/audit'] },
    },
  });
});

test('Holdfast reads the tenant and the scope from a token made so', async () => {
  const claims = {
    iss: `https://cognito-idp.eu-central-1.amazonaws.com/${common.userPoolId}`,
    sub: product,
    client_id: product,
    token_use: 'access',
    scope: 'holdfast/check',
    ...((await changed(ofClient({ tenant }))) as { claimsToAddOrOverride: object }).claimsToAddOrOverride,
  };
  expect(tokenOf(claims, tokenConfig({}))).toMatchObject({ tenant, client: product, scopes: new Set(['check']) });
});

test('the rights that Entra ID gives an application stand in "roles", and count only without scopes', () => {
  const claims = {
    iss: 'https://login.microsoftonline.com/d/v2.0',
    sub: 'app',
    token_use: 'access',
    roles: '[holdfast/check Other]',
  };
  const scopesOf = (more: object) => [...tokenOf({ ...claims, ...more }, tokenConfig({})).scopes];
  expect(scopesOf({})).toEqual(['check']);
  expect(scopesOf({ scp: 'holdfast/admin' })).toEqual(['admin']);
  expect(scopesOf({ scope: 'openid' })).toEqual([]);
});

test('the table says which client may act for which tenant', async () => {
  const { engine, client, table } = await bootEngine();
  try {
    await client.send(new PutCommand({ TableName: table, Item: { PK: product, SK: tenant } }));
    const inTable = servesFrom(table, client);
    const asked = [inTable(product, tenant), inTable(product, other), inTable(portal, tenant)];
    expect(await Promise.all(asked)).toEqual([true, false, false]);
  } finally {
    await engine.close();
  }
});
