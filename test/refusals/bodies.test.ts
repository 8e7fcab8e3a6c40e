// Bodies and queries that are not what the table says: unknown fields, wrong types, texts too long, no JSON at all. Each
// is refused naming the field, and nothing is written, an event least of all.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { mayLackBody } from '../../shared/routes/entry.ts';
import { type OperationId, operation, operationIds } from '../../shared/routes/operations.ts';
import { implemented } from '../support/facts.ts';
import { boot, type Harness, operator, type Reply, type Request, type Tenant } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { differing, expectProblem, type Moment, momentOf, refusedBetween } from '../support/problems.ts';
import { otherBodies, samples, Targets } from '../support/samples.ts';

vi.setConfig(longSuite);

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

const built = operationIds.filter((id) => implemented(id) && operation(id).callers.length > 0);
const withBody = built.filter((id) => operation(id).body !== undefined);

const send = (id: OperationId, request: Request): Promise<Reply> => {
  const callers = operation(id).callers as string[];
  const as = callers.includes('operator') ? operator : callers.includes('guest') ? guest() : tenant.admin;
  return harness.call(id, { ...request, as });
};
const guest = () => ({ tenant: tenant.id, subject: 'somebody', scope: 'holdfast/admin' });

const requestsOf = async (id: OperationId): Promise<Request[]> => [
  await samples[id](shared),
  ...(otherBodies[id] ? [await otherBodies[id](shared)] : []),
];

const expectNothing = (before: Moment, after: Moment): void => {
  expect(differing(before, after)).toEqual([]);
  expect([after.changes, after.once, refusedBetween(before, after)]).toEqual([before.changes, before.once, []]);
};

type Path = readonly (string | number)[];
type Holder = Record<string | number, unknown>;
const at = (value: unknown, path: Path): unknown => path.reduce((inner, key) => (inner as Holder)[key], value);

/** A body with another value at a place of it. */
const withAt = (body: unknown, path: Path, value: unknown): unknown => {
  if (path.length === 0) return value;
  const copy = structuredClone(body);
  (at(copy, path.slice(0, -1)) as Holder)[path.at(-1) as string] = value;
  return copy;
};

/** The places of a body, the whole of it first. */
const places = (body: unknown, path: Path = []): Path[] => {
  if (body === null || typeof body !== 'object' || isFree(path)) return [path];
  const keys = Array.isArray(body) ? [...body.keys()] : Object.keys(body);
  return [path, ...keys.flatMap((key) => places((body as Holder)[key], [...path, key]))];
};

const pointer = (path: Path): string => `/${path.join('/')}`;

/** True for objects that a product keeps in a rule, where every field is allowed. */
const isFree = (path: Path): boolean => /\/(properties|options|(conditions|exceptions)\/\d+)$/.test(pointer(path));

/** Matches messages of the schema library. */
const ofTheLibrary =
  /invalid (input|option|string|key|element|iso|url|email|union|discriminator)|expected .*received|too (big|small)|unrecogni[sz]ed|must match|>=|<=|zod/i;

/** Expects a reply without a message of the schema library. */
const expectOurWords = (reply: Reply, about: string): void => {
  for (const { message } of reply.body.errors ?? []) expect(message, about).not.toMatch(ofTheLibrary);
  expect(reply.body.detail ?? '', about).not.toMatch(ofTheLibrary);
};

it('says in own words what is wrong with whatever is sent, in every operation', async () => {
  for (const id of built) {
    const request = await samples[id](shared);
    const odd = [undefined, null, 0, -1, 1.5, true, '', 'x', 'x'.repeat(9_000), [], [null], {}, { surprise: 1 }];
    for (const path of operation(id).body ? places(request.body) : [])
      for (const bad of odd) {
        const reply = await send(id, { ...request, body: withAt(request.body, path, bad) });
        expectOurWords(reply, `${id} ${pointer(path)} = ${JSON.stringify(bad)?.slice(0, 20)}`);
      }
    for (const name of [...Object.keys(operation(id).query?.shape ?? {}), 'dryRun', 'surprise'])
      for (const bad of ['', 'x', '-1', '1e99', 'x'.repeat(3_000)])
        expectOurWords(
          await send(id, { ...request, query: { ...request.query, [name]: bad } }),
          `${id} ?${name}=${bad.slice(0, 9)}`,
        );
    for (const name of Object.keys(request.params ?? {}))
      expectOurWords(await send(id, { ...request, params: { ...request.params, [name]: 'x' } }), `${id} {${name}}`);
  }
}, 120_000);

it('says of an id of the wrong form what is expected, and where an own id belongs', async () => {
  const member = await send('addRoleMembers', {
    ...(await samples.addRoleMembers(shared)),
    body: { members: ['EMP-7'] },
  });
  expectProblem(member, 'invalid-request');
  const asked = await send('check', { body: { user: 'EMP-7', permission: 'billing' } });
  expectProblem(asked, 'invalid-request');
  expect(asked.body.detail).toBe(
    '/user: is no id of a user: Holdfast makes these ids, the letter u and 20 letters and digits; put an id of your own in externalId',
  );
  const got = await send('getUser', { params: { userId: 'EMP-7' } });
  expectProblem(got, 'not-found');
  expect(got.body.detail).toContain('externalId');
});

it('says of an id that is missing that it is missing', async () => {
  const reply = await send('putRuleOwner', { ...(await samples.putRuleOwner(shared)), body: {} });
  expectProblem(reply, 'invalid-request');
  expect(reply.body.errors).toEqual([{ field: '/owner', message: 'is missing: give the id of a role' }]);
});

it('names the same limit, however much too long a name is', async () => {
  for (const length of [101, 401, 5000]) {
    const reply = await send('createRole', { body: { name: 'x'.repeat(length) } });
    expectProblem(reply, 'invalid-request');
    expect(reply.body.errors, `${length}`).toEqual([
      { field: '/name', message: 'is too long: at most 100 characters' },
    ]);
  }
});

describe.each(withBody)('%s', (id) => {
  it('refuses fields that it does not know, at every depth', async () => {
    const requests = await requestsOf(id);
    const before = await momentOf(harness, tenant.id);
    for (const request of requests) {
      for (const path of places(request.body)) {
        const inner = at(request.body, path);
        if (inner === null || typeof inner !== 'object' || Array.isArray(inner) || isFree(path)) continue;
        for (const name of ['surprise', 'constructor', 'tenant', 'x'.repeat(10_000)]) {
          const reply = await send(id, { ...request, body: withAt(request.body, path, { ...inner, [name]: 1 }) });
          expectProblem(reply, 'invalid-request', `${id} ${pointer(path)} ${name.slice(0, 20)}`);
          expect(JSON.stringify(reply.body).length).toBeLessThan(2_000);
        }
      }
      // An own property of that name, as JSON makes one.
      const raw = JSON.stringify(request.body).replace('{', '{"__proto__":{"enforced":true},');
      if (raw.startsWith('{')) expectProblem(await send(id, { ...request, raw }), 'invalid-request', `${id} __proto__`);
    }
    expectNothing(before, await momentOf(harness, tenant.id));
  });

  it('refuses values of another type in every field, and names the field', async () => {
    const requests = await requestsOf(id);
    const before = await momentOf(harness, tenant.id);
    for (const request of requests) {
      for (const path of places(request.body)) {
        const good = at(request.body, path);
        for (const bad of wrongFor(good, id, pointer(path).replaceAll(/\d+/g, '*'))) {
          if (isFree(path) && isPlain(bad)) continue;
          const reply = await send(id, { ...request, body: withAt(request.body, path, bad) });
          const about = `${id} ${pointer(path)} = ${JSON.stringify(bad)}`;
          expectProblem(reply, 'invalid-request', about);
          const fields = reply.body.errors.map((error: { field: string }) => error.field);
          expect(
            fields.some((field: string) => pointer(path).startsWith(field) || field.startsWith(pointer(path))),
            `${about}: ${fields}`,
          ).toBe(true);
        }
      }
    }
    expectNothing(before, await momentOf(harness, tenant.id));
  });

  it('refuses texts and lists that are too long', async () => {
    const requests = await requestsOf(id);
    const before = await momentOf(harness, tenant.id);
    for (const request of requests) {
      for (const path of places(request.body)) {
        const good = at(request.body, path);
        if (typeof good !== 'string' && !Array.isArray(good)) continue;
        const long = Array.isArray(good) ? Array.from({ length: 5_001 }, () => good[0] ?? {}) : 'x'.repeat(10_000);
        const reply = await send(id, { ...request, body: withAt(request.body, path, long) });
        // A long text can be no invitation.
        expectProblem(reply, 'invalid-request', `${id} ${pointer(path)}`);
        expect(JSON.stringify(reply.body).length).toBeLessThan(20_000);
      }
    }
    expectNothing(before, await momentOf(harness, tenant.id));
  });

  it('has samples that use every field of its body', async () => {
    const used = new Set<string>();
    const name = (path: Path) => path.filter((key) => typeof key === 'string').join('.');
    for (const request of await requestsOf(id)) for (const path of places(request.body)) used.add(name(path));
    const schema = z.toJSONSchema(operation(id).body as z.ZodType, { io: 'input', unrepresentable: 'any' });
    const missing = fieldsOf(schema).filter((field) => !used.has(field) && !unsampled.includes(`${id} ${field}`));
    expect(missing).toEqual([]);
  });

  it('takes JSON only', async () => {
    const request = await samples[id](shared);
    const before = await momentOf(harness, tenant.id);
    const { body, ...rest } = request;
    const none = mayLackBody(operation(id)) ? [] : [''];
    for (const raw of [
      ...none,
      '{',
      'null',
      'true',
      '"text"',
      '[]',
      '[1]',
      '{}}',
      "{'a':1}",
      '\ufeff',
      '\u0000',
      '<a/>',
    ])
      expectProblem(await send(id, { ...rest, raw }), 'invalid-request', `${id} ${JSON.stringify(raw)}`);
    for (const type of [
      '',
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/jsonp',
      'xapplication/json',
    ]) {
      const headers = { ...request.headers, 'content-type': type };
      expectProblem(await send(id, { ...request, headers }), 'unsupported-media-type', `${id} ${type}`);
    }
    expectNothing(before, await momentOf(harness, tenant.id));
  });
});

/** Cursors have their own suite; grants are sampled in full where a role's are replaced. */
const unsampled = [
  'listHolders cursor',
  'moveRule after',
  'moveAction before',
  'check right',
  'check rule',
  'explain ability',
  // A session says who the user is: the samples name another. See the tests of sessions.
  'check session',
  'checkBatch session',
  'createSession externalId',
].concat(
  ['putUserGrants', 'addRoleGrant'].flatMap((id) =>
    ['grants.', ''].flatMap((at) =>
      ['permission', 'policies', 'actionTypes', 'ruleTypes'].map((field) => `${id} ${at}${field}`),
    ),
  ),
);

type Schema = { properties?: Record<string, Schema>; items?: Schema; anyOf?: Schema[]; oneOf?: Schema[] };
const fieldsOf = (schema: object, at: readonly string[] = []): string[] => {
  const { properties = {}, items, anyOf = [], oneOf = [] } = schema as Schema;
  return [
    ...Object.entries(properties).flatMap(([name, inner]) => [
      [...at, name].join('.'),
      ...fieldsOf(inner, [...at, name]),
    ]),
    ...(items ? fieldsOf(items, at) : []),
    ...[...anyOf, ...oneOf].flatMap((inner) => fieldsOf(inner, at)),
  ];
};

/** Fields that `null` removes, or that have it as a value of their own. */
const nullable = ['/login', '/mail', '/administratorsGroup', '/owner', '/baseCursor', '/retentionDays', '/destination'];
/** The same of the operation that changes a source; the one that creates it has nothing to remove. */
const ofSource = ['/signIn', '/groupClasses', '/disabledMarkers', '/client', '/guards'];
const isNullable = (id: OperationId, where: string) =>
  nullable.includes(where) ||
  (id === 'updateUser' && where === '/externalId') ||
  (id === 'updateSource' && ofSource.includes(where));

const isPlain = (value: unknown) => value !== null && typeof value === 'object' && !Array.isArray(value);

const wrongFor = (good: unknown, id: OperationId, where: string): unknown[] => {
  const all: unknown[] = [null, true, 1, 1.5, -1, 'text', {}, [], [null], { toString: 1 }];
  const text = (value: unknown) => typeof value === 'string';
  return all.filter((bad) => {
    if (bad === null) return !isNullable(id, where);
    if (text(good)) return !text(bad);
    if (Array.isArray(good)) return !Array.isArray(bad) || bad.length > 0;
    if (isPlain(good) && isPlain(bad)) return Object.keys(bad as object).length > 0;
    if (typeof good === 'number') return bad !== 1;
    if (typeof good === 'boolean') return bad !== true;
    return true;
  });
};

describe.each(built)('%s', (id) => {
  it('refuses query parameters that it does not know, and values that are none', async () => {
    const request = await samples[id](shared);
    const before = await momentOf(harness, tenant.id);
    const bad: Record<string, string>[] = [{ surprise: '1' }, { dryrun: 'true' }, { __proto: '1' }, { LIMIT: '1' }];
    const known = operation(id).query;
    const fields = Object.keys(known ? known.shape : {});
    if (fields.includes('limit'))
      for (const limit of ['0', '-1', '201', '1.5', 'x', '', '1,2', '1e9', 'NaN']) bad.push({ limit });
    for (const field of fields) bad.push({ [field]: 'x'.repeat(10_000) });
    for (const query of bad) {
      const reply = await send(id, { ...request, query: { ...request.query, ...query } });
      const about = `${id} ?${Object.entries(query).join().slice(0, 40)}`;
      expectProblem(reply, 'invalid-request', about);
      expect(reply.body.errors[0].field, about).toBe(`query.${Object.keys(query)[0]}`);
    }
    expectNothing(before, await momentOf(harness, tenant.id));
  });
});

it('takes hostile texts where text is free, and finds nothing by them', async () => {
  for (const text of ['#', 'T#x#0', '../', '\u0000', '__proto__', 'Ж', '🙂', "' OR 1=1", '%', 'a#1']) {
    for (const query of [{ target: text }, { actor: text }] as Record<string, string>[]) {
      const reply = await tenant.call('listEvents', { query });
      expect([reply.status, reply.body.items], `${JSON.stringify(query)}`).toEqual([200, []]);
    }
    const { body } = await tenant.ok('listUsers', { query: { name: `${text}${text}` } });
    expect(body.items, text).toEqual([]);
    const asked = await tenant.ok('check', { body: { externalId: text, permission: 'billing' } });
    expect(asked.body, text).toMatchObject({ allowed: false, reason: 'unknown-user' });
  }
});

it('refuses half characters wherever JSON can bring them: no engine stores them', async () => {
  const half = 'half \ud83d';
  const requests = await Promise.all(withBody.map(async (id) => [id, await samples[id](shared)] as const));
  const before = await momentOf(harness, tenant.id);
  for (const [id, request] of requests)
    for (const path of places(request.body)) {
      if (typeof at(request.body, path) !== 'string') continue;
      const reply = await send(id, { ...request, body: withAt(request.body, path, half) });
      expectProblem(reply, 'invalid-request', `${id} ${pointer(path)}`);
    }
  expectNothing(before, await momentOf(harness, tenant.id));
  // Whole ones are welcome, escaped or not.
  await tenant.ok('createRole', { raw: '{"name":"Smile \\ud83d\\ude00"}' });
  await tenant.ok('createRole', { body: { name: 'Laugh 😂' } });
});

it('refuses numbers that are too large for one, wherever JSON can bring them: they would be stored as null', async () => {
  const mark = 'zmark-number';
  const numbers = ['1e400', '-1E+309', `1${'0'.repeat(309)}`, `1${'0'.repeat(198)}e111`, `${'9'.repeat(250)}e60`];
  const requests = await Promise.all(withBody.map(async (id) => [id, await samples[id](shared)] as const));
  const rule: Request = {
    body: { ...((await samples.createRule(shared)).body as object), options: { deep: [1, { most: mark }] } },
  };
  const before = await momentOf(harness, tenant.id);
  const sends = async (id: OperationId, request: Request, path: Path, number: string) => {
    // Parts that a sample has in common are parts of their own in JSON.
    const own = JSON.parse(JSON.stringify(request.body));
    const raw = JSON.stringify(withAt(own, path, mark)).replace(`"${mark}"`, number);
    const reply = await send(id, { ...request, raw });
    expectProblem(reply, 'invalid-request', `${id} ${pointer(path)} ${number.slice(0, 9)}`);
    return reply.body.errors.map(({ field }: { field: string }) => field);
  };
  for (const [id, request] of requests)
    for (const path of places(request.body)) expect(await sends(id, request, path, '1e400')).toEqual([pointer(path)]);
  // Within what is free, and as a part of a change set.
  for (const number of numbers)
    expect(await sends('createRule', rule, ['options', 'deep', 1, 'most'], number)).toEqual(['/options/deep/1/most']);
  const set = { body: { operations: [{ operation: 'createRule', body: rule.body }] } };
  const within: Path = ['operations', 0, 'body', 'options', 'deep', 1, 'most'];
  expect(await sends('submitChangeSet', set, within, '1e400')).toEqual([pointer(within)]);
  expectNothing(before, await momentOf(harness, tenant.id));
  // The largest numbers are kept as they are.
  const { body } = await samples.createRule(Targets.fresh(tenant));
  const raw = JSON.stringify({ ...(body as object), options: { most: mark } }).replace(
    `"${mark}"`,
    '1.7976931348623157e308',
  );
  const { id } = (await tenant.ok('createRule', { raw })).body;
  const { options } = (await tenant.ok('getRule', { params: { ruleId: id } })).body;
  expect(options).toEqual({ most: Number.MAX_VALUE });
});
