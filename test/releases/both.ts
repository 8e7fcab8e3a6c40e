// Two releases behind HTTP on one table: each with its own functions, its own caches and its own worker, as while functions
// are replaced one by one.
import { randomUUID } from 'node:crypto';
import { handler as todaysWorker } from '../../functions/work/work.ts';
import type { LocalRoute } from '../../infra/local/adapter.ts';
import type { OperationId } from '../../shared/routes/operations.ts';
import type { DocumentClient } from '../../shared/store/db.ts';
import { type As, bootEngine, Harness, issuer, operator, person } from '../support/harness.ts';
import { serveRoutes, sourceRoutes, tokenFor } from '../support/server.ts';
import { previous, unpacked, type Worker } from './kept.ts';

export interface Asked {
  readonly as?: As;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Told {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely by tests
  readonly body: any;
  readonly etag: string;
}

/** A release as its callers meet it. */
export class Release {
  readonly name: string;
  readonly worker: Worker;
  readonly #url: string;
  readonly #routes: ReadonlyMap<string, LocalRoute>;
  readonly #admin: As;

  constructor(name: string, url: string, routes: readonly LocalRoute[], worker: Worker, admin: As) {
    this.name = name;
    this.worker = worker;
    this.#url = url;
    this.#routes = new Map(routes.map((route) => [route.id, route]));
    this.#admin = admin;
  }

  /** Asks as a patient caller: who is told to wait waits. */
  async call(id: OperationId, asked: Asked = {}): Promise<Told> {
    const route = this.#routes.get(id);
    if (!route) throw new Error(`The release ${this.name} has no ${id}.`);
    const { as = this.#admin, params = {}, query, body, headers } = asked;
    const path = route.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(params[name] ?? ''));
    const search = query ? `?${new URLSearchParams(query)}` : '';
    const type = id === 'postDelta' ? 'text/ldif' : 'application/json';
    for (let attempt = 0; ; attempt += 1) {
      const response = await fetch(`${this.#url}${path}${search}`, {
        method: route.method,
        headers: {
          authorization: `Bearer ${tokenFor(as)}`,
          ...(body !== undefined && { 'content-type': type }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const told = {
        status: response.status,
        body: text && JSON.parse(text),
        etag: response.headers.get('etag') ?? '',
      };
      if ((told.status !== 429 && told.status !== 503) || attempt > 20) return told;
      await new Promise((done) => setTimeout(done, 300));
    }
  }

  /** Asks what must succeed. */
  async ok(id: OperationId, asked: Asked = {}): Promise<Told> {
    const told = await this.call(id, asked);
    if (told.status >= 300) throw new Error(`${this.name}: ${id} answered ${told.status} ${JSON.stringify(told.body)}`);
    return told;
  }

  work(kind: 'run' | 'sweep', tenant: string, id: string): Promise<unknown> {
    return this.worker({ Records: [{ body: JSON.stringify({ tenant, kind, id }) }] }, {});
  }
}

export interface Both {
  readonly old: Release;
  readonly today: Release;
  readonly releases: readonly [Release, Release];
  readonly harness: Harness;
  readonly client: DocumentClient;
  readonly table: string;
  readonly tenant: string;
  readonly firstUser: string;
  close(): Promise<void>;
}

/** Both releases, and a tenant that the old one has created. `env` sets what the old one reads of its environment. */
export const bothReleases = async (env: (name: string, value: string) => void): Promise<Both> => {
  const { engine, client, table } = await bootEngine('embedded');
  env('DYNAMODB_ENDPOINT', engine.endpoint);
  env('TABLE_NAME', table);
  env('LOG_LEVEL', 'silent');
  // As long as the older release is in use, which cannot read packed grants.
  const harness = new Harness(client, table, { packs: false });
  const kept = await unpacked(previous());
  const oldServer = await serveRoutes(kept.routes);
  const routes = await sourceRoutes();
  const server = await serveRoutes(routes);
  const start = new Release('old', oldServer.url, kept.routes, kept.worker, operator);
  const firstUser = { name: 'Ada Admin', identity: { issuer, subject: 'admin' } };
  const { body } = await start.ok('createTenant', { body: { name: randomUUID(), catalogue: 'complete', firstUser } });
  const admin = person(body.id, 'admin');
  const old = new Release('old', oldServer.url, kept.routes, kept.worker, admin);
  const today = new Release('today', server.url, routes, todaysWorker as Worker, admin);
  return {
    old,
    today,
    releases: [old, today],
    harness,
    client,
    table,
    tenant: body.id,
    firstUser: body.firstUser,
    close: async () => {
      await Promise.all([oldServer.close(), server.close()]);
      await kept.close();
      await engine.close();
    },
  };
};

/** What is another at every request. */
const fleeting = new Set(['requestId', 'traceId', 'asOf', 'cursor']);

/**
 * Where today's answer says something else than the old one's: that it has further fields is how an API grows. Nothing when
 * it says the same.
 */
export const difference = (old: unknown, today: unknown, at = ''): string | undefined => {
  if (Array.isArray(old) && Array.isArray(today)) {
    // A release with something new has a quota for it.
    if (at === '/quotas') return difference(byName(old), byName(today), at);
    // Equally short ways, and policies, were in no certain order once.
    if (/\/(paths|scope)$/.test(at) && !isSorted(old, today)) return difference(sorted(old), sorted(today), at);
    if (old.length !== today.length) return `${at} has ${old.length} and ${today.length} items`;
    return old.map((one, i) => difference(one, today[i], `${at}/${i}`)).find((found) => found !== undefined);
  }
  if (isObject(old) && isObject(today))
    return Object.keys(old)
      .filter((key) => !fleeting.has(key))
      .map((key) => difference(old[key], today[key], `${at}/${key}`))
      .find((found) => found !== undefined);
  // A release may let a tenant have more, never less.
  if (/^\/quotas\/\w+\/limit$/.test(at) && Number(today) > Number(old)) return undefined;
  // A text for readers may be put better.
  if (/^\/quotas\/\w+\/what$/.test(at)) return undefined;
  return Object.is(old, today) ? undefined : `${at} is ${JSON.stringify(old)} and ${JSON.stringify(today)}`;
};

const sorted = (list: readonly unknown[]) =>
  list
    .map((one) => JSON.stringify(one))
    .sort()
    .map((one) => JSON.parse(one) as unknown);
const isSorted = (...lists: readonly (readonly unknown[])[]) =>
  lists.every((list) => JSON.stringify(list) === JSON.stringify(sorted(list)));

const byName = (quotas: readonly { quota?: string }[]) => Object.fromEntries(quotas.map((one) => [one.quota, one]));

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Numbers that a seed always gives. */
export const dice = (seed: number) => {
  let state = (seed * 2654435761) >>> 0 || 1;
  const next = (sides: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % sides;
  };
  return { next, of: <T>(list: readonly T[]): T => list[next(list.length)] as T };
};
