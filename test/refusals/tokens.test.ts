// Tokens that are none, or not for this: the same answers on every operation of the table, and nothing written but the
// event. What the gateway itself refuses is in http.test.ts.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProblemCode } from '../../shared/domain/base/refusal.ts';
import { type OperationId, operation, operationIds } from '../../shared/routes/operations.ts';
import { operatorsRoom } from '../../shared/store/keys.ts';
import { freshIds, implemented } from '../support/facts.ts';
import { type As, boot, type Harness, person, type Tenant } from '../support/harness.ts';
import { auditedCodes, differing, expectProblem, momentOf, refusedBetween } from '../support/problems.ts';
import { samples, Targets } from '../support/samples.ts';

let harness: Harness;
let tenant: Tenant;
let shared: Targets;
let close: () => Promise<void>;

beforeAll(async () => {
  const booted = await boot();
  harness = booted.harness;
  close = () => booted.engine.close();
  tenant = await harness.tenant();
  shared = Targets.shared(tenant);
});
afterAll(() => close());

const ofTenant = operationIds.filter(
  (id) => operation(id).callers.length > 0 && !(operation(id).callers as string[]).includes('operator'),
);

/** A token, what it must be told, and whether the tenant can know of it. */
const tokens = (): [name: string, as: As | undefined, code: ProblemCode, known: boolean][] => {
  const { admin } = tenant;
  const with_ = (claims: Record<string, unknown>): As => ({ ...admin, claims });
  return [
    ['no claims', undefined, 'unauthenticated', false],
    ['no issuer', with_({ iss: undefined }), 'unauthenticated', false],
    ['an empty issuer', with_({ iss: '' }), 'unauthenticated', false],
    ['no subject', with_({ sub: undefined }), 'unauthenticated', false],
    ['an issuer that is no text', with_({ iss: ['https://issuer.test'] }), 'unauthenticated', false],
    ['an ID token', with_({ token_use: 'id' }), 'access-token-needed', false],
    ['a token that does not say its use', with_({ token_use: undefined }), 'access-token-needed', false],
    ['no tenant', { subject: 'admin', scope: 'holdfast/admin' }, 'unknown-user', false],
    ['a tenant that does not exist', person(freshIds.next('tenant'), 'admin'), 'unknown-user', false],
    ['a tenant that is no id', person('T#x', 'admin'), 'unknown-user', false],
    ['a tenant in capitals', person(tenant.id.toUpperCase(), 'admin'), 'unknown-user', false],
    ['a list of tenants', with_({ tenant: [tenant.id, freshIds.next('tenant')] }), 'unknown-user', false],
    ['a scope of another API', { ...admin, scope: 'other/admin admin' }, 'insufficient-scope', true],
  ];
};

/** Somebody whom the tenant does not know: on the operation by which one becomes known that is as it should be. */
const strangers = (): [name: string, as: As, code: ProblemCode, known: boolean][] => [
  ['a subject that nobody is bound to', person(tenant.id, 'nobody'), 'unknown-user', true],
  ['another issuer', { ...tenant.admin, claims: { iss: 'https://other.test' } }, 'unknown-user', true],
  ['another case', person(tenant.id, 'Admin'), 'unknown-user', true],
  ['the mail of a user', person(tenant.id, 'ada@mail.test'), 'unknown-user', true],
];

describe.each(ofTenant)('%s', (id) => {
  it.skipIf(!implemented(id))('admits no token that is not one of a user of the tenant', async () => {
    const request = await samples[id](shared);
    const before = await momentOf(harness, tenant.id);
    let events = 0;
    for (const [name, as, code, known] of id === 'acceptInvitation' ? tokens() : [...tokens(), ...strangers()]) {
      expectProblem(await harness.call(id, { ...request, as }), code, `${name} on ${id}`);
      if (known && auditedCodes.includes(code)) events += 1;
    }
    const after = await momentOf(harness, tenant.id);
    expect(differing(before, after)).toEqual([]);
    expect([after.changes, after.once]).toEqual([before.changes, before.once]);
    // An ID token names a tenant too, but nothing that it says is believed.
    expect(
      refusedBetween(before, after)
        .map(({ code }) => code)
        .sort(),
    ).toHaveLength(events);
  });
});

it('keeps nothing of tenants that do not exist', async () => {
  const tenants = new Set((await harness.store.db.scan('T#')).map((item) => String(item.PK).split('#')[1]));
  // The tenant of this suite is in the operators' audit, because an operator has created it.
  expect(tenants).toEqual(new Set([tenant.id, operatorsRoom]));
});

it('needs the permission of the tenant that the token names, whatever the user may do elsewhere', async () => {
  const other = await harness.tenant();
  const user = await other.user('Elsewhere nobody', 'elsewhere');
  await other.setGrants(user, [{ permission: '*' }]);
  for (const id of ofTenant.filter((one) => one !== 'acceptInvitation' && implemented(one)) as OperationId[]) {
    const reply = await harness.call(id, { ...(await samples[id](shared)), as: person(tenant.id, 'elsewhere') });
    expectProblem(reply, 'unknown-user', id);
  }
});
