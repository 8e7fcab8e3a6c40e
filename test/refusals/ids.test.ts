// Ids that are not the tenant's: another tenant's answer exactly as ids that nobody has, in the path and in the body;
// and hostile texts in their place are answered in an orderly way.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IdKind, isId, shapes } from '../../shared/domain/base/ids.ts';
import { type OperationId, operation, operationIds } from '../../shared/routes/operations.ts';
import { freshIds, implemented } from '../support/facts.ts';
import { boot, type Harness, operator, type Reply, type Request, type Tenant } from '../support/harness.ts';
import { differing, expectProblem, momentOf } from '../support/problems.ts';
import { otherBodies, samples, Targets } from '../support/samples.ts';

let harness: Harness;
let tenant: Tenant;
let mine: Targets;
let theirs: Targets;
let close: () => Promise<void>;

beforeAll(async () => {
  const booted = await boot();
  harness = booted.harness;
  close = () => booted.engine.close();
  tenant = await harness.tenant();
  mine = Targets.shared(tenant);
  theirs = Targets.shared(await harness.tenant());
});
afterAll(() => close());

const kinds = Object.keys(shapes) as IdKind[];
const kindOf = (text: string): IdKind | undefined => kinds.find((kind) => isId(kind, text));

type Path = readonly (string | number)[];
interface Place {
  readonly path: Path;
  readonly kind: IdKind;
}

/** Every place of a request that names something by id. */
const placesOf = (request: Request): Place[] => {
  const places: Place[] = [];
  const walk = (value: unknown, path: Path): void => {
    if (typeof value === 'string') {
      const kind = kindOf(value);
      if (kind && kind !== 'tenant') places.push({ path, kind });
    } else if (value && typeof value === 'object')
      for (const [key, inner] of Object.entries(value))
        walk(inner, [...path, Array.isArray(value) ? Number(key) : key]);
  };
  walk({ params: request.params, body: request.body }, []);
  return places;
};

const at = (value: unknown, path: Path): unknown =>
  path.reduce((inner, key) => (inner as Record<string | number, unknown>)[key], value);

/** The request with another text at one place. */
const withAt = (request: Request, path: Path, text: unknown): Request => {
  const copy = structuredClone(request) as Request;
  const last = path.at(-1) as string | number;
  (at(copy, path.slice(0, -1)) as Record<string | number, unknown>)[last] = text;
  return copy;
};

const asOf = (id: OperationId) => ((operation(id).callers as string[]).includes('operator') ? operator : tenant.admin);

/** An answer without what every answer has of its own, and with the id in question taken out. */
const comparable = ({ status, body }: Reply, id: string) =>
  [status, JSON.stringify({ ...body, requestId: '', asOf: '', version: '' }).replaceAll(id, '<id>')] as const;

const gathering: readonly OperationId[] = ['createDraft', 'putDraft'];
const naming = operationIds.filter((id) => implemented(id));

describe.each(naming)('%s', (id) => {
  const requests = async (targets: Targets): Promise<Request[]> => [
    await samples[id](targets),
    ...(otherBodies[id] ? [await otherBodies[id](targets)] : []),
  ];

  // What a draft is to do is looked at when it is submitted.
  it.skipIf(gathering.includes(id))("answers another tenant's ids as ids that nobody has", async () => {
    const own = await requests(mine);
    const foreign = await requests(theirs);
    const before = await momentOf(harness, tenant.id);
    for (const [n, request] of own.entries()) {
      for (const { path, kind } of placesOf(request)) {
        // Of a set that does something, taking away what nobody has is refused no more than it is alone.
        if (path.includes('query')) continue;
        const about = `${id} ${path.join('/')}`;
        const of = at(foreign[n], path) as string;
        const nobodys = kind === 'event' ? freshIds.event(Date.now()) : freshIds.next(kind);
        const one = await harness.call(id, { ...withAt(request, path, of), as: asOf(id) });
        const other = await harness.call(id, { ...withAt(request, path, nobodys), as: asOf(id) });
        expect(comparable(one, of), about).toEqual(comparable(other, nobodys));
        if (path[0] === 'params') expectProblem(one, 'not-found', about);
        else if (id === 'submitChangeSet')
          expectProblem(one, path.includes('params') ? 'not-found' : 'invalid-request', about);
        // Nobody but products logs others on.
        else if (id === 'createSession') expectProblem(one, 'forbidden', about);
        else if (one.status !== 200) expectProblem(one, 'invalid-request', about);
        // Product checks answer about anybody; whom they do not know has nothing.
        else if (id === 'check' || id === 'explain') expect(one.body.allowed, about).toBe(false);
        else if (id === 'checkBatch')
          expect(one.body.results.every((r: { allowed: boolean }) => !r.allowed)).toBe(true);
        // Of several, those that nobody has are left out.
        else if (id === 'getNames') expect(JSON.stringify(one.body), about).not.toContain(of);
        else expect(['removeRoleMembers', 'removeGroupMembers'], about).toContain(id);
      }
    }
    expect(differing(before, await momentOf(harness, tenant.id))).toEqual([]);
  });

  it('answers hostile texts in the place of ids in an orderly way', async () => {
    const own = await requests(mine);
    const before = await momentOf(harness, tenant.id);
    for (const request of own) {
      for (const { path } of placesOf(request)) {
        const good = at(request, path) as string;
        for (const hostile of hostileIds(good)) {
          const about = `${id} ${path.join('/')} ${JSON.stringify(hostile).slice(0, 40)}`;
          const reply = await harness.call(id, { ...withAt(request, path, hostile), as: asOf(id) });
          expectProblem(reply, path[0] === 'params' ? 'not-found' : 'invalid-request', about);
          expect(reply.body.detail.length, about).toBeLessThan(300);
        }
      }
    }
    expect(differing(before, await momentOf(harness, tenant.id))).toEqual([]);
  });
});

/** Texts that are no ids, some of which look like one. */
const hostileIds = (good: string): unknown[] => [
  '',
  ' ',
  '#',
  '../',
  '..%2f',
  `T#${tenant.id}`,
  'T#x',
  `${good}#`,
  `${good}\u0000`,
  `${good} `,
  ` ${good}`,
  `${good}\n`,
  good.toUpperCase(),
  good.slice(0, -1),
  `${good}0`,
  `${good.slice(0, -1)}o`, // a letter that the alphabet leaves out
  `${good.slice(0, -1)}а`, // the Cyrillic a
  `${good.slice(0, -1)}０`, // a full-width zero, which NFKC folds
  'роль',
  'x'.repeat(10_000),
  '\ud800',
  '__proto__',
  'constructor',
  'ACCESS',
  'HEAD',
];

it('sends operators nowhere with a tenant id that is none', async () => {
  for (const id of ['getFeatures', 'putFeatures'] as const) {
    const request = await samples[id](mine);
    for (const hostile of [...hostileIds(tenant.id), freshIds.next('tenant')]) {
      const params = { tenantId: hostile as string };
      expectProblem(await harness.call(id, { ...request, params, as: operator }), 'not-found', `${id} ${hostile}`);
    }
  }
});

it('had something to compare: places with ids are found in most operations', async () => {
  const found = [];
  for (const id of naming) if (placesOf(await samples[id](mine)).length > 0) found.push(id);
  expect(found.length).toBeGreaterThan(25);
});
