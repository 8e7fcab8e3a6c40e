// Every kind of caller on every operation of the table: admitted or refused as the table says, and a refusal writes
// nothing but its event.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ProblemCode, problems } from '../../shared/domain/base/refusal.ts';
import { identityDigest } from '../../shared/http/gateway/authorise.ts';
import { auditActionOf } from '../../shared/routes/actions.ts';
import { type OperationId, operation, operationIds } from '../../shared/routes/operations.ts';
import { type Caller, callersOf, expected, own } from '../support/callers.ts';
import { implemented } from '../support/facts.ts';
import { boot, type Harness, issuer, onNewTable, type Request, type Tenant } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { auditedCodes, differing, expectProblem, momentOf, refusedBetween } from '../support/problems.ts';
import { samples, Targets } from '../support/samples.ts';

vi.setConfig(longSuite);

let harness: Harness;
let tenant: Tenant;
let callers: Caller[];
let shared: Targets;
let booted: Awaited<ReturnType<typeof boot>>;

beforeAll(async () => {
  booted = await boot();
});
afterAll(() => booted.engine.close());

/** A tenant for each area, because every test reads and compares all items of its tenant. */
const logs: Harness['logs'][] = [];
const newTenant = async () => {
  harness = await onNewTable(booted.engine, booted.harness.client);
  logs.push(harness.logs);
  tenant = await harness.tenant();
  callers = await callersOf(tenant);
  shared = Targets.shared(tenant);
};
const areas = Map.groupBy(operationIds, (id) => operation(id).area);

/** Who the event of a refusal must say was refused: unknown where the token alone sufficed to refuse a user's. */
const actorOf = ({ scopes, is, user, as }: Caller, id: OperationId) => {
  const { callers: admitted, scope, orScope = scope } = operation(id);
  if (scopes.includes('operator') || scopes.includes('recovery')) return { kind: 'operator', id: as.subject };
  if (scopes.includes('check') && !scopes.includes('admin')) return { kind: 'service', id: as.subject };
  const byToken =
    admitted.includes('operator') || !scopes.some((one) => one === 'admin' || one === scope || one === orScope);
  if (byToken || admitted.includes('guest') || is === 'nobody')
    return { kind: 'unknown', id: identityDigest(issuer, as.subject) };
  return { kind: is === 'client' ? 'client' : 'person', id: user };
};

/** What the event names: of a change set, the operation that one may not do. */
const refusedAs = (id: OperationId, code: string, body: unknown): string | undefined => {
  if (id !== 'submitChangeSet' || code !== 'forbidden') return auditActionOf(id);
  return auditActionOf((body as { operations: { operation: string }[] }).operations[0]?.operation ?? id);
};

/** The target of the event of a refusal. Targets that strangers name are counted as one, because they could name any. */
const told = (target: string, { kind }: { readonly kind: string }, understood: boolean): string => {
  const known = kind === 'person' || kind === 'client';
  // Ids of the book are known without a read; a user is read only for a request that is understood.
  const there = understood ? /^[ulrgps]/ : /^[lrgps]/;
  return target === 'tenant' || (known && there.test(target)) ? target : 'unknown';
};

const ordered = (list: readonly object[]) =>
  list.map((one) => JSON.stringify(one, Object.keys(one).concat('kind', 'id').sort())).sort();

/** What an operation needs of its own, its plan knows, and that only for a request that is understood. */
const knowsBeforeParsing = (id: OperationId, code: ProblemCode): boolean =>
  problems[code][0] === 403 &&
  !operation(id).callers.includes('guest') &&
  (code !== 'forbidden' || !['own', 'member'].includes(operation(id).needs));

/** The same request, not to be understood. */
const broken = (id: OperationId, request: Request): Request =>
  operation(id).body ? { ...request, raw: '{"cut off' } : { ...request, query: { ...request.query, surprise: '1' } };

describe.each([...areas])('%s', (_, ids) => {
  beforeAll(newTenant);

  it.each(ids.filter(implemented))('%s answers every kind of caller as the table says', async (id) => {
    const outcomes = callers.map((caller) => ({
      caller,
      wanted: expected(id, caller),
      about: `${caller.name} on ${id}`,
    }));
    // A caller whom every operation admits, or none, would make this a test that cannot fail.
    if (operation(id).callers.length > 0) expect(new Set(outcomes.map(({ wanted }) => wanted)).size).toBeGreaterThan(1);

    const request = await samples[id](shared);
    // A deleted user is there for nobody.
    const target = ['restoreUser', 'eraseUser'].includes(id)
      ? 'unknown'
      : (Object.values(request.params ?? {})[0] ?? 'tenant');
    const before = await momentOf(harness, tenant.id);
    const events: object[] = [];
    for (const { caller, wanted, about } of outcomes) {
      if (wanted === 'ok') continue;
      // A caller whom the operation does not admit does not learn what is wrong with the request.
      for (const asked of knowsBeforeParsing(id, wanted) ? [request, broken(id, request)] : [request]) {
        expectProblem(await harness.call(id, { ...asked, as: caller.as }), wanted, about);
        // A token that names no tenant leaves no event: there is no tenant to keep it in.
        if (caller.as.tenant !== undefined && auditedCodes.includes(wanted))
          events.push({
            action: refusedAs(id, wanted, request.body),
            target: told(target, actorOf(caller, id), asked === request),
            code: wanted,
            actor: actorOf(caller, id),
          });
      }
    }
    const after = await momentOf(harness, tenant.id);
    expect(differing(before, after), `refusals of ${id} must write nothing`).toEqual([]);
    expect([after.changes, after.once]).toEqual([before.changes, before.once]);
    const recorded = refusedBetween(before, after).map(({ action, target, code, actor }) => ({
      action,
      target,
      code,
      actor,
    }));
    expect(ordered(recorded)).toEqual(ordered(events));

    for (const { caller, wanted, about } of outcomes) {
      if (wanted !== 'ok') continue;
      const fresh = await samples[id](Targets.fresh(tenant));
      const as = caller.name === 'a guest' ? { ...caller.as, subject: randomUUID() } : caller.as;
      const reply = await harness.call(id, { ...fresh, as });
      expect(reply.status, `${about}: ${JSON.stringify(reply.body)}`).toBe(operation(id).status);
    }
  });
});

it('tells in one place what each operation with needs of its own must say', () => {
  const left = operationIds.filter((id) => operation(id).needs === 'own');
  expect(Object.keys(own).sort()).toEqual([...left].sort());
});

it('never answered with a fault of ours', () => {
  const all = logs.flat();
  const statuses = all.filter((log) => log.message === 'request').map((log) => Number(log.fields.status));
  expect(statuses.length).toBeGreaterThan(500);
  expect(statuses.filter((status) => status >= 500)).toEqual([]);
  expect(all.filter((log) => log.level === 'error')).toEqual([]);
});

it('what a product service is told that it may do is what the table of operations lets it do', async () => {
  const open = operationIds.filter((id) => (operation(id).callers as string[]).includes('service'));
  expect([...new Set(open.map((id) => operation(id).area))].sort()).toEqual(['checks', 'sessions']);
  const as = { tenant: tenant.id, subject: 'product', scope: 'holdfast/check' };
  const { body } = await harness.call('listRoles', { as });
  expect(body.detail).toBe(
    'A product service asks for checks and holders and keeps sessions, and can do nothing else.',
  );
});
