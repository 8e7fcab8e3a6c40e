// Large bodies are parsed only for callers whom the operation admits.
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Engine } from '../../infra/local/engine.ts';
import { operation, operationIds } from '../../shared/routes/operations.ts';
import { boot, type Harness, person, type Tenant } from '../support/harness.ts';
import { expectProblem } from '../support/problems.ts';
import { samples, Targets } from '../support/samples.ts';

let engine: Engine;
let harness: Harness;
let tenant: Tenant;
beforeAll(async () => {
  ({ engine, harness } = await boot());
  tenant = await harness.tenant();
});
afterAll(() => engine.close());

const takesBody = operationIds.filter((id) => {
  const { callers, body } = operation(id);
  return body !== undefined && !callers.includes('operator');
});

it('no body of 1 MB is parsed for a token that is bound to nobody', async () => {
  expect(takesBody.length).toBeGreaterThan(20);
  const shared = Targets.shared(tenant);
  const raw = JSON.stringify({ surprise: 'x'.repeat(1_000_000) });
  const requests = await Promise.all(takesBody.map(async (id) => [id, await samples[id](shared)] as const));
  const parse = vi.spyOn(JSON, 'parse');
  const parsed = () => parse.mock.calls.filter(([text]) => text === raw).length;
  try {
    for (const [id, request] of requests) {
      const reply = await harness.call(id, { ...request, raw, as: person(tenant.id, 'stranger') });
      expectProblem(reply, operation(id).callers.includes('guest') ? 'payload-too-large' : 'unknown-user', id);
    }
    expect(parsed()).toBe(0);
    const [[id, request]] = requests as [(typeof requests)[number]];
    expectProblem(await harness.call(id, { ...request, raw, as: tenant.admin }), 'invalid-request');
    expect(parsed()).toBe(1);
  } finally {
    parse.mockRestore();
  }
});
