// The caller, and what is open to the caller: the menu of a console follows from it, so it is held against what every
// operation really answers.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type OperationId, operation, operationIds } from '../../shared/routes/operations.ts';
import { implemented } from '../support/facts.ts';
import { type As, boot, type Harness, issuer, machine, person, type Request, type Tenant } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { samples, Targets } from '../support/samples.ts';

vi.setConfig(longSuite);

const inTenant = operationIds.filter(
  (id) => implemented(id) && operation(id).callers.length > 0 && !operation(id).callers.includes('guest'),
);

let harness: Harness;
/** Requests that are understood, about things of another tenant: to who may, they are not found. */
const requests = new Map<OperationId, Request>();
let close: () => Promise<void>;
beforeAll(async () => {
  const booted = await boot();
  harness = booted.harness;
  close = booted.engine.close;
  const elsewhere = Targets.shared(await harness.tenant());
  for (const id of inTenant) requests.set(id, await samples[id](elsewhere));
});
afterAll(() => close());

const open = async (tenant: Tenant, as: As = tenant.admin): Promise<string[]> =>
  (await harness.ok('getMe', { as })).body.operations;

/** A user with these grants: own ones, or by a role where the catalogue has none. */
const holding = async (tenant: Tenant, subject: string, permissions: readonly string[]): Promise<As> => {
  const user = await tenant.user(subject, subject);
  const grants = permissions.map((permission) => ({ permission }));
  const { personalGrants } = (await tenant.ok('getCatalogue')).body;
  if (personalGrants) await tenant.setGrants(user, grants);
  else if (grants.length > 0) await tenant.role(subject, grants, [user]);
  return person(tenant.id, subject);
};

const client = async (tenant: Tenant, subject: string, scope: string): Promise<As> => {
  await tenant.ok('createUser', { body: { kind: 'machine', name: subject, identity: { issuer, subject } } });
  return machine(tenant.id, subject, scope);
};

/** Refusals that say: not for you, or not in this tenant. */
const closed = new Set(['forbidden', 'caller-kind', 'insufficient-scope', 'rules-off', 'personal-grants-off']);

/** Operations that ask for more than the table says, by what is in the request, so that they may refuse. */
const alike: readonly OperationId[] = ['listHolders', 'createPolicy', 'deletePolicy'];
const finer = (id: OperationId) => operation(id).needs === 'own' && !alike.includes(id);

interface Case {
  readonly catalogue: string;
  readonly who: string;
  readonly as: (tenant: Tenant) => Promise<As> | As;
}
const cases: Case[] = ['exchange-rules', 'email-security', 'secure-exchanges', 'complete'].flatMap((catalogue) => [
  { catalogue, who: 'the first user', as: ({ admin }) => admin },
  { catalogue, who: 'who holds nothing', as: (tenant) => holding(tenant, 'bare', []) },
  {
    catalogue,
    who: 'a client that synchronises',
    as: (tenant) => client(tenant, 'sync', 'admin holdfast/directory'),
  },
  ...{
    'exchange-rules': ['manageProgramFeatures', 'createRules', 'manageAccessRights'],
    'email-security': ['manageUsers', 'modifyConfiguration', 'logExport', 'viewAllReports'],
    'secure-exchanges': ['domainManagement', 'administratorLogs', 'userLogs'],
    complete: ['manageUsers', 'directorySynchronization', 'administratorLogs', 'logExport', 'manageAccessRights'],
  }[catalogue as 'complete'].map((permission) => ({
    catalogue,
    who: `who holds ${permission}`,
    as: (tenant: Tenant) => holding(tenant, permission, [permission]),
  })),
]);

describe.each(cases)('$catalogue: $who', ({ catalogue, as }) => {
  it('is told exactly the operations that are not refused', async () => {
    const tenant = await harness.tenant(catalogue);
    const caller = await as(tenant);
    const told = await open(tenant, caller);
    const wrong: string[] = [];
    for (const id of inTenant) {
      const found = requests.get(id) as Request;
      // Whether there are own grants is told of a user who is there.
      const target = found.params?.userId && { userId: await tenant.user('Target') };
      const request = { ...found, params: { ...found.params, ...target } };
      const { status, body } = await harness.call(id, { ...request, as: caller });
      const listed = told.includes(id);
      const refused = closed.has(body?.code) || body?.code === 'policies-not-applicable';
      if (listed && refused && !finer(id)) wrong.push(`${id} is listed, and answers ${body.code}`);
      // Without permissions for policies there are none: reading them is no refusal.
      const isEmpty = operation(id).area === 'policies' && (status === 404 || body?.total === 0);
      if (!listed && !refused && !isEmpty) wrong.push(`${id} is not listed, and answers ${status} ${body?.code}`);
    }
    expect(wrong).toEqual([]);
  });
});
