// The examples of the API document, carried out in their order as the one story that they are.
import { existsSync } from 'node:fs';
import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sender } from '../../infra/openapi/example.ts';
import { exampleOf, examples, exampleTraceId } from '../../infra/openapi/examples.ts';
import type { TenantId } from '../../shared/domain/base/ids.ts';
import { setRuntime } from '../../shared/http/gateway/runtime.ts';
import { tokenConfig } from '../../shared/http/gateway/token.ts';
import { answers } from '../../shared/routes/answers.ts';
import { type OperationId, operation } from '../../shared/routes/operations.ts';
import { systemClock } from '../../shared/store/db.ts';
import { implemented, loseHolders, putHeldRun, putRecovery } from '../support/facts.ts';
import {
  type As,
  approver,
  boot,
  type Harness,
  operator,
  person,
  type Reply,
  service,
  Tenant,
} from '../support/harness.ts';
import { Likeness } from '../support/likeness.ts';
import { sealNow } from '../support/sealed.ts';

let close: () => Promise<void>;
let harness: Harness;
let tenant: string;
let tenantOwner: string;
/** Milliseconds that have passed in the story, besides those of the run. */
let later = 0;
const likeness = new Likeness();
beforeAll(async () => {
  const booted = await boot({ clock: { ...systemClock, now: () => Date.now() + later } });
  close = booted.engine.close;
  harness = booted.harness;
  setRuntime({ ...harness.runtime, token: tokenConfig({ TRUSTED_ISSUERS: issuer }) });
});
afterAll(() => close());

const issuer = 'https://sign-in.example.com';
const sender = (who: Sender): As | undefined => {
  if (who === 'anybody') return undefined;
  if (who === 'operator') return operator;
  if (who === 'otherOperator') return approver;
  if (who === 'product') return service(tenant);
  return { ...person(tenant, who), claims: { iss: issuer } };
};

/** The operation that reads what another one changes: on the same path. */
const readerOf = (id: OperationId): OperationId | undefined =>
  (Object.keys(examples) as OperationId[]).find(
    (one) => operation(one).method === 'GET' && operation(one).path === operation(id).path,
  );

const worker = new URL('../../functions/work/work.ts', import.meta.url);
/** What the work queue would have done by then. */
const work = async () => {
  const waiting = harness.work.splice(0);
  if (waiting.length === 0 || !existsSync(worker)) return;
  const { handler } = await import(worker.href);
  for (const item of waiting) await handler({ Records: [{ body: JSON.stringify(item) }] }, {} as Context);
};

const carryOut = async (id: OperationId): Promise<Reply> => {
  const example = exampleOf(id);
  const as = sender(example.as);
  if (example.given === 'keeperless') await loseHolders(harness, tenant as TenantId);
  if (example.given === 'recovery') {
    await loseHolders(harness, tenant as TenantId, false);
    await putRecovery(new Tenant(harness, tenant as TenantId, '' as never));
  }
  if (example.given === 'heldRun') await bindHeldRun(String(example.params?.runId));
  if (example.given === 'sealed') await sealNow(new Tenant(harness, tenant as TenantId, '' as never));
  later += (example.daysLater ?? 0) * 86_400_000;
  let sent = example.body as object | undefined;
  if (example.again) {
    // What removes something answers nothing.
    const { body = {} } = await carryOut(example.again);
    // A time in a request is the one that the story was told at.
    if (sent && 'requestedAt' in sent) sent = { ...sent, requestedAt: body.requestedAt };
    if (body.id) for (const shown of Object.values(example.params ?? {})) likeness.bind(String(shown), body.id);
  }
  const params = likeness.real(example.params ?? {}) as Record<string, string>;
  const query = Object.entries(likeness.real(example.query ?? {})).map(([name, value]) => [name, String(value)]);
  const reader = operation(id).etag === 'required' ? readerOf(id) : undefined;
  const { etag = '' } = reader ? await harness.ok(reader, { as, params }) : {};
  return harness.ok(id, {
    as,
    params,
    query: Object.fromEntries(query),
    ...(sent !== undefined && { body: likeness.real(sent) }),
    headers: { 'x-amzn-trace-id': `Root=${exampleTraceId}`, ...(reader && { 'if-match': etag }) },
  });
};

/** Puts a held run of the story, and lets the story's id of it mean that one. */
const bindHeldRun = async (shown: string): Promise<void> => {
  const run = await putHeldRun(new Tenant(harness, tenant as TenantId, tenantOwner as never));
  likeness.bind(shown, run);
};

describe('the examples', () => {
  // Groups come from the directory: without its operations there are none.
  const possible = (id: OperationId) => implemented(id) && (implemented('postDelta') || !/Group/.test(id));
  const story = Object.keys(examples).filter((id) => possible(id as OperationId)) as OperationId[];

  it.each(story)('%s', async (id) => {
    const { answer, abridged } = exampleOf(id);
    const reply = await carryOut(id);
    if (id === 'createTenant') {
      tenant = reply.body.id;
      tenantOwner = reply.body.firstUser;
    }
    if (answer !== undefined) expect(likeness.difference(answer, reply.body, abridged === true)).toBeUndefined();
    await work();
  });

  it.each(story)('%s shows an answer that its schema takes, where there is one', (id) => {
    const { answer } = exampleOf(id);
    const schema = operation(id).media ? null : answers[id];
    if (schema === null) expect(answer).toBeUndefined();
    else expect(schema.safeParse(answer).error).toBeUndefined();
  });

  it.each(story)('%s shows a request that its schemas take', (id) => {
    const { params, query, body, text } = operation(id);
    const example = exampleOf(id);
    expect(params?.safeParse(example.params).error).toBeUndefined();
    expect(query?.safeParse(example.query ?? {}).error).toBeUndefined();
    if (!text) expect(body?.safeParse(example.body).error).toBeUndefined();
  });
});

describe('the comparison', () => {
  const differs = (shown: unknown, real: unknown, part = false) => new Likeness().difference(shown, real, part);
  const [one, other] = ['rc4mpa7gn5edt', 'rc4mpa7gnabrd'];

  it('finds every kind of difference', () => {
    expect(differs({ a: 1 }, { a: 2 })).toMatch('/a is 2, not 1');
    expect(differs({ a: 1 }, { a: 1, b: 2 })).toMatch('/b');
    expect(differs({ a: 1, b: 2 }, { a: 1 }, true)).toMatch('/b');
    expect(differs([1], [1, 2])).toMatch('2 items');
    expect(differs([3], [1, 2], true)).toMatch('/0 is not 3');
    expect(differs({ at: '2026-03-02T12:00:00.000Z' }, { at: 'noon' })).toMatch('/at');
    expect(differs({ version: 1 }, { version: 'x' })).toMatch('/version');
    expect(differs({ id: one }, { id: `p${one.slice(1)}` })).toMatch('/id');
    expect(differs([one, one], [one, other])).toMatch('/1');
    expect(differs([one, other], [one, one])).toMatch('/1');
  });

  it('passes over what is new in every run', () => {
    expect(differs({ id: one, by: [one] }, { id: other, by: [other] })).toBeUndefined();
    expect(differs({ a: 1 }, { a: 1, b: 2 }, true)).toBeUndefined();
    expect(differs({ version: 1, cursor: 'x' }, { version: 7, cursor: 'y' })).toBeUndefined();
  });
});
