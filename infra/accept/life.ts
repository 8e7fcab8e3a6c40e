// A tenant's life on a deployment, as operators decide it: found, renamed, suspended, resumed, closed, reopened, closed. A
// purge waits for 30 days and a recovery for a tenant that is lost, so here both must be refused.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { HoldfastProblem } from '../../clients/typescript/index.ts';
import { CommandError } from '../local/command.ts';
import { as, type Deployment } from './deployment.ts';

/** Waits for the list of tenants, which follows an index: so often, and so many milliseconds apart. */
const [mostLooks, betweenLooks] = [20, 500];

/** @throws CommandError when the request is not refused with this code */
const refused = async (code: string, act: () => Promise<unknown>): Promise<void> => {
  try {
    await act();
  } catch (error) {
    if (error instanceof HoldfastProblem && error.code === code) return;
    throw error;
  }
  throw new CommandError(`A request that must be refused with ${code} was carried out.`);
};

/** Lives through it. Returns the number of steps. @throws CommandError or HoldfastProblem where an answer is another */
export const live = async (deployment: Deployment): Promise<number> => {
  let steps = 0;
  const step = async <T>(act: () => Promise<T>): Promise<T> => {
    steps += 1;
    return act();
  };
  const operator = as(deployment, { subject: 'operator', scope: 'operator' });
  const recoverer = as(deployment, { subject: 'operator', scope: 'recovery' });
  const name = `Acceptance of a life ${randomUUID()}`;
  const firstUser = { name: 'ada', identity: { issuer: deployment.issuer, subject: 'ada' } };
  const { id, firstUser: user } = await operator.createTenant({ body: { name, firstUser } });
  const params = { tenantId: id };
  const ada = as(deployment, { subject: 'ada', tenant: id, scope: 'admin' });
  const product = as(deployment, { subject: 'product', tenant: id, scope: 'check' });
  const move = (state: 'active' | 'suspended' | 'closed') =>
    step(() => operator.updateTenantById({ params, body: { state, reason: 'Acceptance' } }));
  const isRefused = async (code: string) => {
    await step(() => refused(code, () => ada.getTenant({})));
    await step(() => refused(code, () => product.check({ body: { user, permission: 'billing' } })));
  };
  await move('suspended');
  await isRefused('tenant-suspended');
  await move('active');
  await step(() => ada.getTenant({}));
  await step(() => operator.updateTenantById({ params, body: { name: `${name}, renamed` } }));
  for (let looks = 1; ; looks += 1) {
    const { items } = await step(() => operator.listTenants({ query: { name: `${name}, renamed` } }));
    if (items.some((one) => one.id === id)) break;
    if (looks === mostLooks) throw new CommandError('The list of tenants does not show a tenant of some seconds ago.');
    await delay(betweenLooks);
  }
  await move('closed');
  await isRefused('tenant-closed');
  const purge = { params, body: { name: `${name}, renamed`, reason: 'Acceptance' } };
  await step(() => refused('too-early', () => operator.purgeTenant(purge)));
  await move('active');
  const recovery = { params, body: { reason: 'Acceptance', person: { name: 'Rita' } } };
  const requestedAt = '2026-01-01T00:00:00Z';
  await step(() => refused('insufficient-scope', () => operator.requestRecovery(recovery)));
  await step(() => refused('has-access-manager', () => recoverer.requestRecovery(recovery)));
  await step(() => refused('not-found', () => recoverer.approveRecovery({ params, body: { requestedAt } })));
  await step(() => refused('has-access-manager', () => recoverer.completeRecovery({ params })));
  await step(() => ada.getTenant({}));
  await move('closed');
  const { items } = await step(() => operator.listOperatorEvents({ query: { tenant: id } }));
  const moves = items.filter(({ action }) => action === 'tenant.state.changed').length;
  if (moves !== 5) throw new CommandError(`The operators' audit has ${moves} moves of the tenant's state and not 5.`);
  return steps;
};
