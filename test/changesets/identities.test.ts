// Sign-in identities and external ids belong to one user at a time, and within a change set too: what an earlier operation
// gives somebody is taken, what it takes away is free.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Change, merged, noChange } from '../../shared/domain/change.ts';
import { boot, type Harness, issuer, service, type Tenant } from '../support/harness.ts';
import type { Listed } from './moves.ts';

let harness: Harness;
let tenant: Tenant;
let close: () => Promise<void>;
beforeAll(async () => {
  const booted = await boot();
  harness = booted.harness;
  close = () => booted.engine.close();
  tenant = await harness.tenant();
});
afterAll(() => close());

type Named = Listed & { readonly as?: string };
const submit = (operations: readonly Named[]) => tenant.call('submitChangeSet', { body: { operations } });
const rehearse = async (operations: readonly Named[]) =>
  (await tenant.ok('submitChangeSet', { body: { operations }, query: { dryRun: 'true' } })).body;

const client = (subject: string): Named => ({
  operation: 'createUser',
  body: { kind: 'machine', name: `Client ${subject}`, identity: { issuer, subject } },
});
const outside = (externalId: string): Named => ({
  operation: 'createUser',
  body: { kind: 'person', name: `Known as ${externalId}`, externalId },
});
const del = (userId: string): Named => ({ operation: 'deleteUser', params: { userId } });

it.each([
  ['identity-taken', client],
  ['external-id-taken', outside],
] as const)('%s: two users of one set cannot have the same, nor have what somebody has', async (code, create) => {
  const before = await harness.facts(tenant.id);
  for (const twice of [create(`${code}-1`), create(`${code}-1`)].map((one) => [one, one])) {
    expect((await rehearse(twice)).problem).toMatchObject({ code, operation: 1 });
    expect((await submit(twice)).body).toMatchObject({ code, status: 409, operation: 1 });
  }
  expect(await harness.facts(tenant.id)).toEqual(before);
  expect((await submit([create(`${code}-1`)])).status).toBe(200);
  expect((await submit([create(`${code}-2`), create(`${code}-1`)])).body).toMatchObject({ code, operation: 1 });
  expect((await rehearse([create(`${code}-1`)])).problem).toMatchObject({ code, operation: 0 });
});

it('alone, a rehearsal says what is taken', async () => {
  const body = outside('alone').body as object;
  await tenant.ok('createUser', { body });
  const rehearsed = await tenant.ok('createUser', { body, query: { dryRun: 'true' } });
  expect(rehearsed.body).toMatchObject({ outcome: 'refused', problem: { code: 'external-id-taken' } });
  const { body: user } = await tenant.ok('createUser', { body: { kind: 'person', name: 'Second' } });
  const { body: invited } = await tenant.ok('inviteUser', { params: { userId: user.id } });
  const accepted = await tenant.ok('acceptInvitation', {
    body: { invitation: invited.invitation },
    query: { dryRun: 'true' },
  });
  expect(accepted.body).toMatchObject({ outcome: 'refused', problem: { code: 'identity-taken' } });
});

it('what a deleted user had passes to a new one in the same set', async () => {
  const { body: old } = await tenant.ok('createUser', { body: outside('passed').body as object });
  const operations = [del(old.id), outside('passed')];
  expect((await rehearse(operations)).outcome).toBe('done');
  const { status, body } = await submit(operations);
  expect(status).toBe(200);
  const fresh = body.results[1].body.id;
  const ask = () => harness.call('check', { as: service(tenant.id), body: { externalId: 'passed', ability: 'logOn' } });
  expect((await ask()).body.user).toBe(fresh);
  // And on, and away.
  expect((await submit([del(fresh), outside('passed'), outside('other')])).status).toBe(200);
  const { body: last } = await ask();
  expect((await submit([del(last.user)])).status).toBe(200);
  expect((await submit([outside('passed')])).status).toBe(200);
});

it('whoever is created and deleted in one set leaves nothing behind', async () => {
  const { status } = await submit([
    { ...outside('brief'), as: 'brief' },
    del('$brief'),
    { ...outside('brief'), as: 'again' },
    del('$again'),
  ]);
  expect(status).toBe(200);
  expect((await submit([outside('brief')])).status).toBe(200);
});

it('the identity of somebody who is unbound can become that of a machine client', async () => {
  const user = await tenant.user('Was a person', 'shared');
  const unbind: Named = { operation: 'unbindUser', params: { userId: user } };
  const { body } = await submit([unbind, client('shared')]);
  expect(body.results).toHaveLength(2);
  expect((await submit([{ operation: 'deleteUser', params: { userId: body.results[1].body.id } }])).status).toBe(200);
});

it('changes that would give two users one alias are a fault, and are not joined', () => {
  const given = (user: string): Change => ({
    ...noChange(undefined),
    side: [{ kind: 'alias', digest: 'same', after: user as never }],
  });
  expect(() => merged([given('one'), given('two')])).toThrow('keeps its alias');
});
