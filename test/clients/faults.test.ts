// What the client does when the network or the service fails: a scripted fetch, and a clock that the test moves.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createClient } from '../../clients/typescript/index.ts';

const url = 'https://api.test';
type Step = (init: RequestInit) => Response | Promise<Response>;

/** Answers by the script, the last step again and again. */
const scripted = (...steps: Step[]) => {
  const sent: { at: number; method: string; headers: Headers; body?: unknown }[] = [];
  const go = async (_: unknown, init: RequestInit = {}) => {
    sent.push({ at: Date.now(), method: init.method ?? '', headers: new Headers(init.headers), body: init.body });
    // A client without an end fails its test, and does not hang it.
    if (sent.length > 50) throw new Error('too many requests');
    return (steps[sent.length - 1] ?? steps.at(-1))!(init);
  };
  return { sent, client: createClient({ url, token: 'secret', fetch: go as typeof fetch }) };
};
const json = (status: number, body: unknown, headers: Record<string, string> = {}): Step => {
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  return () => new Response(JSON.stringify(body), { status, headers: { 'content-type': type, ...headers } });
};
const ok = json(200, { status: 'up' });
const busy = (headers = {}) => json(503, { code: 'busy', title: 'Busy', status: 503 }, headers);
const limited = json(429, { code: 'too-many-requests' }, { 'retry-after': '1' });
const broken: Step = () => Promise.reject(new TypeError('fetch failed'));

/** Lets all timers run until the work is done. */
const settle = async <T>(work: Promise<T>): Promise<T> => {
  const caught = work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  await vi.runAllTimersAsync();
  const outcome = await caught;
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const changes = {
  'a POST without a key': (client: ReturnType<typeof createClient>) =>
    client.acceptInvitation({ body: { invitation: 'x' } }),
  'a PATCH': (client: ReturnType<typeof createClient>) => client.updateTenant({ body: { name: 'x' } }),
  'a PUT': (client: ReturnType<typeof createClient>) =>
    client.putFeatures({ params: { tenantId: 't' }, body: { features: [] }, ifMatch: '"x"' }),
  'a DELETE': (client: ReturnType<typeof createClient>) => client.deleteRole({ params: { roleId: 'r' } }),
} as const;

describe('a rehearsal', () => {
  it('changes nothing, so it is sent again whatever it rehearses, without a key', async () => {
    const { client, sent } = scripted(busy(), broken, json(200, { dryRun: true, outcome: 'nothing' }));
    const told = await settle(client.updateTenant({ body: { name: 'x' }, dryRun: true }));
    expect([told.outcome, sent.length]).toEqual(['nothing', 3]);
    const keyed = scripted(json(200, { dryRun: true }));
    await settle(keyed.client.createRole({ body: { name: 'x' }, dryRun: true }));
    expect(keyed.sent[0]?.headers.get('idempotency-key')).toBeNull();
  });
});

describe('a service that is busy', () => {
  it('is asked again, and not before the time that it named', async () => {
    const { client, sent } = scripted(busy({ 'retry-after': '2' }), busy({ 'retry-after': '3' }), ok);
    expect(await settle(client.getHealth())).toEqual({ status: 'up' });
    const [first, second, third] = sent.map(({ at }) => at) as [number, number, number];
    expect(second - first).toBeGreaterThanOrEqual(2000);
    expect(third - second).toBeGreaterThanOrEqual(3000);
  });

  it('is asked again at the date that it named', async () => {
    const later = new Date(Date.now() + 5_000);
    const { client, sent } = scripted(busy({ 'retry-after': later.toUTCString() }), ok);
    await settle(client.getHealth());
    expect(sent[1]?.at).toBeGreaterThanOrEqual(Math.floor(later.getTime() / 1000) * 1000);
  });

  it('is asked five times at most', async () => {
    const { client, sent } = scripted(busy());
    await expect(settle(client.getHealth())).rejects.toMatchObject({ code: 'busy', status: 503 });
    expect(sent).toHaveLength(5);
  });

  it('is asked as often as told', async () => {
    const { sent } = scripted(busy());
    const go = async () => {
      sent.push({ at: 0, method: 'GET', headers: new Headers() });
      return busy()({});
    };
    const client = createClient({ url, retries: 0, fetch: go as typeof fetch });
    await expect(settle(client.getHealth())).rejects.toMatchObject({ code: 'busy' });
    expect(sent).toHaveLength(1);
  });

  it('is left alone when it asks for more patience than is due', async () => {
    const { client, sent } = scripted(busy({ 'retry-after': '3600' }), ok);
    await expect(settle(client.getHealth())).rejects.toMatchObject({ code: 'busy' });
    expect(sent).toHaveLength(1);
  });

  it('is waited for longer and longer, at random', async () => {
    const waits = async () => {
      const { client, sent } = scripted(busy());
      await settle(client.getHealth()).catch(() => {});
      return sent.slice(1).map(({ at }, i) => at - (sent[i]?.at ?? 0));
    };
    const all = await Promise.all([waits(), waits(), waits()]);
    all.flat().forEach((wait, i) => {
      expect(wait).toBeLessThanOrEqual(100 * 2 ** (i % 4) + 1);
    });
    expect(new Set(all.map((list) => list.join())).size).toBeGreaterThan(1);
  });
});

describe('a request that changes something', () => {
  it('is sent again with the key that it had', async () => {
    const { client, sent } = scripted(broken, busy(), json(201, { id: 'r1' }));
    await settle(client.createRole({ body: { name: 'x' } }));
    const keys = sent.map(({ headers }) => headers.get('idempotency-key'));
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    await settle(client.createRole({ body: { name: 'x' } }));
    expect(sent.at(-1)?.headers.get('idempotency-key')).not.toBe(keys[0]);
  });

  it('has the key that the caller names', async () => {
    const { client, sent } = scripted(json(201, { id: 'r1' }));
    await settle(client.createRole({ body: { name: 'x' }, idempotencyKey: 'mine' }));
    expect(sent[0]?.headers.get('idempotency-key')).toBe('mine');
  });

  it.each(Object.entries(changes))('%s is not sent again when it may have been carried out', async (_, change) => {
    for (const [step, name] of [
      [broken, 'HoldfastUnreachable'],
      [busy(), 'HoldfastProblem'],
    ] as const) {
      const { client, sent } = scripted(step, json(200, {}));
      await expect(settle(change(client) as Promise<unknown>)).rejects.toMatchObject({ name });
      expect(sent).toHaveLength(1);
    }
  });

  it.each(Object.entries(changes))(
    '%s is sent again after a 429, which is said before anything is done',
    async (_, change) => {
      const { client, sent } = scripted(limited, json(200, {}));
      await settle(change(client) as Promise<unknown>);
      expect(sent).toHaveLength(2);
    },
  );

  it('is sent again when it only asks', async () => {
    const { client, sent } = scripted(broken, json(200, { allowed: false }));
    await settle(client.check({ body: { permission: 'billing' } }));
    expect(sent).toHaveLength(2);
  });
});

describe('what comes back', () => {
  it('is an error of the network when nothing does', async () => {
    const { client, sent } = scripted(broken);
    await expect(settle(client.getHealth())).rejects.toMatchObject({
      name: 'HoldfastUnreachable',
      message: 'getHealth got no answer: fetch failed',
    });
    expect(sent).toHaveLength(5);
  });

  it('may be bare, from the gateway', async () => {
    for (const [status, code] of [
      [401, 'unauthenticated'],
      [404, 'not-found'],
      [413, 'payload-too-large'],
      [500, 'internal'],
      [400, 'invalid-request'],
    ] as const) {
      const { client } = scripted(json(status, { message: 'So it is' }, { 'content-type': 'application/json' }));
      await expect(settle(client.getTenant())).rejects.toMatchObject({ code, status, detail: 'So it is' });
    }
  });

  it('may be no JSON at all, from a proxy', async () => {
    const page: Step = () =>
      new Response('<h1>Bad gateway</h1>', { status: 502, headers: { 'content-type': 'text/html' } });
    const { client, sent } = scripted(page);
    await expect(settle(client.getTenant())).rejects.toMatchObject({ code: 'busy', status: 502 });
    expect(sent).toHaveLength(5);
    const cut = scripted(
      () => new Response('{"code":', { status: 409, headers: { 'content-type': 'application/json' } }),
    );
    await expect(settle(cut.client.getTenant())).rejects.toMatchObject({ code: 'invalid-request', status: 409 });
  });

  it('is not waited for for ever', async () => {
    const never: Step = ({ signal }) =>
      new Promise((_, fail) => signal?.addEventListener('abort', () => fail(signal.reason)));
    vi.useRealTimers();
    const client = createClient({
      url,
      retries: 1,
      timeout: 20,
      fetch: ((_: unknown, init: RequestInit) => never(init)) as typeof fetch,
    });
    await expect(client.getHealth()).rejects.toMatchObject({ name: 'HoldfastUnreachable' });
  });

  it('is not waited for once the caller has given up', async () => {
    const stop = new AbortController();
    const { client, sent } = scripted(busy({ 'retry-after': '10' }), ok);
    const work = client.getHealth({ signal: stop.signal });
    const caught = work.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(1_000);
    stop.abort(new Error('enough'));
    await vi.runAllTimersAsync();
    expect(await caught).toMatchObject({ message: 'enough' });
    expect(sent).toHaveLength(1);
  });

  it('never ends when a list leads back to the same page, so the client does', async () => {
    const { client, sent } = scripted(json(200, { items: [], cursor: 'again' }));
    const all = async () => {
      for await (const _ of client.items('listRoles'));
    };
    await expect(settle(all())).rejects.toThrow('the same page');
    expect(sent).toHaveLength(2);
  });

  it('of a list in pages is all of it for an update, with the tag of its first page', async () => {
    const page = (id: string, tag: string, cursor?: string) => json(200, { items: [{ id }], cursor }, { etag: tag });
    const overtaken = json(412, { code: 'precondition-failed' });
    const { client, sent } = scripted(
      page('u1', '"one"', 'next'),
      page('u2', '"two"'),
      overtaken,
      page('u1', '"two"', 'next'),
      page('u3', '"two"'),
      json(200, { users: 2, groups: 0 }),
    );
    await settle(
      client.update('replaceRoleMembers', { params: { roleId: 'r' } }, ({ items }) => ({
        members: items.map(({ id }) => id),
      })),
    );
    const writes = sent.filter(({ method }) => method === 'PUT');
    expect(writes.map(({ headers, body }) => [headers.get('if-match'), body])).toEqual([
      ['"one"', '{"members":["u1","u2"]}'],
      ['"two"', '{"members":["u1","u3"]}'],
    ]);
  });

  it('may be an empty page in the midst of a list', async () => {
    const pages = [
      json(200, { items: [1], cursor: 'a' }),
      json(200, { items: [], cursor: 'b' }),
      json(200, { items: [2] }),
    ];
    const { client } = scripted(...pages);
    const seen: unknown[] = [];
    const all = async () => {
      for await (const one of client.items('listRoles')) seen.push(one);
    };
    await settle(all());
    expect(seen).toEqual([1, 2]);
  });
});

describe('the token', () => {
  it('is asked for anew at every attempt', async () => {
    let n = 0;
    const seen: (string | null)[] = [];
    const go = async (_: unknown, init: RequestInit) => {
      seen.push(new Headers(init.headers).get('authorization'));
      return seen.length === 1 ? busy()(init) : ok(init);
    };
    const client = createClient({ url, token: async () => `token-${n++}`, fetch: go as typeof fetch });
    await settle(client.getHealth());
    expect(seen).toEqual(['Bearer token-0', 'Bearer token-1']);
  });
});
