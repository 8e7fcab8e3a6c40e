// The built functions as managed instances run them: several threads in one process, each with many requests at once, while
// another process changes rights. Every answer is the one for its own tenant, caller and version, and reads are shared.
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { handlerFile } from '../../functions/index.ts';
import { builtFile, bundle } from '../../infra/bundle/bundle.ts';
import { manageable, managedEnvironment } from '../../infra/stacks/managed.ts';
import { type OperationId, operations } from '../../shared/routes/operations.ts';
import { dice } from '../releases/both.ts';
import { type As, bootEngine, claimsOf, Harness, issuer, person, service, type Tenant } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { type Counting, counting } from './counting.ts';
import type { Returned, Sent, ThreadData } from './thread.ts';
import type { Change, Written } from './writer.ts';

vi.setConfig(longSuite);

const threads = 3;
/** Requests that each thread has under way at once, and in all. */
const lanes = 32;
const requests = 400;
/** Answers of each thread to a change of some tenant. */
const answersToAChange = 15;
const permission = 'viewQuarantine';

let folder: string;
let files: ThreadData;
let booted: Awaited<ReturnType<typeof bootEngine>>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-managed-'));
  const { folder: built } = await bundle(join(folder, 'dist'), manageable.map(handlerFile));
  files = Object.fromEntries(manageable.map((id) => [id, pathToFileURL(join(built, builtFile(handlerFile(id)))).href]));
  booted = await bootEngine('embedded');
});
afterAll(async () => {
  await booted?.engine.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What a thread writes about a request. */
interface Line {
  readonly message: string;
  readonly requestId: string;
  readonly traceId?: string;
  readonly tenant: string;
  readonly status: number;
  readonly operation: string;
}

/** A thread of Lambda's runtime, with what it asks of the engine and what it writes. */
class Thread {
  readonly lines: Line[] = [];
  readonly #worker: Worker;
  readonly #counting: Counting;
  readonly #open = new Map<string, (told: Returned) => void>();

  static async start(env: Readonly<Record<string, string>>): Promise<Thread> {
    const counted = await counting(booted.engine.endpoint);
    const worker = new Worker(new URL('./thread.ts', import.meta.url), {
      workerData: files,
      stdout: true,
      env: {
        DYNAMODB_ENDPOINT: counted.endpoint,
        TABLE_NAME: booted.table,
        TRUSTED_ISSUERS: issuer,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '4096',
        ...env,
      },
    });
    const thread = new Thread(worker, counted);
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    worker.on('message', (told: Returned) => thread.#open.get(told.id)?.(told));
    return thread;
  }

  private constructor(worker: Worker, counted: Counting) {
    this.#worker = worker;
    this.#counting = counted;
    createInterface(worker.stdout).on('line', (line) => this.lines.push(JSON.parse(line)));
  }

  run(sent: Sent): Promise<Returned> {
    return new Promise((resolve) => {
      this.#open.set(sent.id, resolve);
      this.#worker.postMessage(sent);
    });
  }

  /** Reads of items by their keys, and of ranges. */
  get reads(): { byKey: number; ranges: number } {
    const { BatchGetItem = 0, GetItem = 0, Query = 0 } = this.#counting.asked;
    return { byKey: BatchGetItem + GetItem, ranges: Query };
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
    this.#counting.close();
  }
}

/** A tenant whose people have the names, subjects and role of every other tenant's. */
interface Place extends Written {
  /** The user who manages access rights, and so holds every permission. */
  readonly keeper: string;
  /** What changes have made of it, the newest last. */
  readonly changes: Change[];
  /** A session that keeps the rights of its log-on, when nobody had any. */
  readonly session: string;
}

const people = ['ann', 'bob', 'cid', 'dan', 'eve'];

const place = async (): Promise<Place> => {
  const tenant: Tenant = await new Harness(booted.client, booted.table).tenant();
  const role = await tenant.role('Those who may', [{ permission }]);
  const users = [];
  for (const name of people) users.push(await tenant.user(name, name));
  await tenant.ok('updateTenant', { body: { changesTakeEffect: 'nextLogon' } });
  const as = service(tenant.id);
  const { body } = await tenant.ok('createSession', { as, body: { user: users[0] } });
  const version = (await tenant.harness.store.view(tenant.id))?.head.version as number;
  const { firstUser: keeper } = tenant;
  return {
    tenant: tenant.id,
    keeper,
    role,
    users,
    session: body.id,
    changes: [{ tenant: tenant.id, version, members: [] }],
  };
};

/** A request, and what is to be said of its answer once all changes are known. */
interface Asked {
  readonly at: Place;
  readonly operation: OperationId;
  readonly as: As;
  readonly body: object;
  readonly judge: (answer: Answer, known: Known) => void;
}
interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers are read freely
  readonly body: any;
}
/** The version that the tenant had when the request was sent, at least, and the one that it had after the answer. */
interface Known {
  readonly from: number;
  readonly to: number;
}

const membersAt = ({ changes }: Place, version: number): readonly string[] =>
  changes.find((one) => one.version === version)?.members ?? [`version ${version} was never made`];

/** The answer to one question is that of the version that it names, for the user that was meant. */
const rightly = (at: Place, user: string, version: number, answer: { allowed: boolean; user?: string }) =>
  expect([user, version, answer.allowed, answer.user]).toEqual([
    user,
    version,
    membersAt(at, version).includes(user),
    at.users.includes(user) ? user : undefined,
  ]);

/** A request of one kind or another, by the throws of the dice. */
const drawn = (places: readonly Place[], roll: ReturnType<typeof dice>): Asked => {
  const at = roll.of(places);
  const foreign = roll.of(roll.of(places.filter((one) => one !== at)).users);
  const i = roll.next(people.length);
  const user = at.users[i] as string;
  const product = service(at.tenant);
  const self = person(at.tenant, people[i] as string);
  const current = (version: number, { from }: Known) => expect(version).toBeGreaterThanOrEqual(from);
  const one = (as: As, body: object, asked: string, old = false): Asked => ({
    at,
    operation: 'check',
    as,
    body: { permission, ...body },
    judge: ({ status, body: answer }, known) => {
      expect([status, answer.code]).toEqual([200, undefined]);
      rightly(at, asked, answer.version, answer);
      if (!old) current(answer.version, known);
    },
  });
  const refused = (operation: OperationId, as: As, body: object, code: string): Asked => ({
    at,
    operation,
    as,
    body,
    judge: ({ body: answer }) => expect(answer.code).toBe(code),
  });
  const kinds: (() => Asked)[] = [
    () => one(product, { user }, user),
    () => one(product, { user: foreign }, foreign),
    () => one(product, { user, consistency: 'bounded' }, user, true),
    () => one(self, {}, user),
    () => one(self, { user }, user),
    () => refused('check', self, { permission, user: at.users[(i + 1) % people.length] }, 'forbidden'),
    () => refused('check', product, { permission: 'noSuchThing', user }, 'invalid-request'),
    () => refused('listHolders', self, { permission }, 'forbidden'),
    () => ({
      ...one(product, { session: at.session }, ''),
      judge: ({ status, body }) =>
        expect([status, body.allowed, body.user, body.session?.id]).toEqual([200, false, at.users[0], at.session]),
    }),
    () => {
      const asked = Array.from({ length: 1 + roll.next(20) }, () => (roll.next(5) === 0 ? foreign : roll.of(at.users)));
      return {
        at,
        operation: 'checkBatch',
        as: product,
        body: { checks: asked.map((one) => ({ user: one, permission })) },
        judge: ({ status, body }, known) => {
          expect([status, body.results?.length]).toEqual([200, asked.length]);
          for (const [n, one] of asked.entries()) rightly(at, one, body.version, body.results[n]);
          current(body.version, known);
        },
      };
    },
    () => ({
      at,
      operation: 'listHolders',
      as: product,
      body: { permission },
      judge: ({ status, body }, { from, to }) => {
        expect(status).toBe(200);
        const found: string[] = body.items.map((item: { user: string }) => item.user);
        expect(found).toContain(at.keeper);
        const then = at.changes.filter(({ version }) => version >= from && version <= to);
        // A list is no single moment: each user is in it as at some moment of the request.
        for (const one of new Set([...at.users, ...found]).difference(new Set([at.keeper])))
          expect([one, then.some(({ members }) => members.includes(one) === found.includes(one))]).toEqual([one, true]);
      },
    }),
  ];
  return roll.of(kinds)();
};

const eventOf = ({ operation, as, body }: Omit<Asked, 'judge'>, id: string, trace: string) => ({
  version: '2.0',
  routeKey: `${operations[operation].method} ${operations[operation].path}`,
  rawPath: operations[operation].path,
  headers: { 'content-type': 'application/json', 'x-amzn-trace-id': `Root=${trace}` },
  body: JSON.stringify(body),
  isBase64Encoded: false,
  requestContext: { requestId: id, authorizer: { jwt: { claims: claimsOf(as) } } },
});

/** The version of a tenant now. */
const versionOf = async (thread: Thread, at: Place): Promise<number> => {
  const asked = { at, operation: 'check', as: service(at.tenant), body: { permission, user: at.users[0] } } as const;
  const id = randomUUID();
  const { answer } = await thread.run({ id, operation: 'check', event: eventOf(asked, id, '') });
  return JSON.parse(answer?.body ?? '{}').version;
};

const newest = ({ changes }: Place): number => changes.at(-1)?.version as number;

/** Sends requests to a thread, `lanes` of them at once. @returns judgements, for when all changes are known */
const sending = async (
  thread: Thread,
  places: readonly Place[],
  roll: ReturnType<typeof dice>,
  answered: (number: number) => void,
) => {
  const judgements: (() => void)[] = [];
  let left = requests;
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      const asked = drawn(places, roll);
      const { at, operation } = asked;
      const id = randomUUID();
      const trace = `1-${id.slice(0, 8)}-${id.replaceAll('-', '').slice(8)}`;
      const from = newest(at);
      const { answer, error } = await thread.run({ id, operation, event: eventOf(asked, id, trace) });
      // A change is made before it is told, so the version after a list is asked for.
      const to = operation === 'listHolders' ? await versionOf(thread, at) : 0;
      judgements.push(() => {
        expect(error).toBeUndefined();
        const body = JSON.parse(answer?.body ?? '{}');
        const what = `${JSON.stringify({ ...asked, at: at.tenant })} was answered ${JSON.stringify(body)}`;
        try {
          asked.judge({ status: answer?.statusCode ?? 0, body }, { from, to });
        } catch (failure) {
          throw new Error(`${what}: ${(failure as Error).message}`);
        }
        const told = thread.lines.filter(({ requestId, message }) => requestId === id && message === 'request');
        const line = { operation, tenant: at.tenant, traceId: trace, status: answer?.statusCode };
        expect(told).toEqual([expect.objectContaining(line)]);
      });
      answered(judgements.length);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return judgements;
};

/** A process of its own, which changes rights in one place after the other whenever it is told to. */
const changing = (places: readonly Place[]) => {
  const child = fork(new URL('./writer.ts', import.meta.url), {
    execArgv: [],
    env: {
      DYNAMODB_ENDPOINT: booted.engine.endpoint,
      TABLE_NAME: booted.table,
      HOLDFAST_WRITTEN: JSON.stringify(places.map(({ tenant, role, users }) => ({ tenant, role, users }))),
    },
  });
  child.on('message', (change: Change) => places.find(({ tenant }) => tenant === change.tenant)?.changes.push(change));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    change: () => child.send('go'),
    stop: async () => {
      child.send('stop');
      expect(await ended).toBe(0);
    },
  };
};

test('threads with many requests at once answer each for its own tenant and caller, by the version it names', async () => {
  const places = [await place(), await place(), await place()];
  const all = await Promise.all(Array.from({ length: threads }, () => Thread.start({ ...managedEnvironment })));
  try {
    const writer = changing(places);
    const answered = (number: number) => {
      if (number % answersToAChange === 0) writer.change();
    };
    const runs = all.map((thread, i) => sending(thread, places, dice(1 + i), answered));
    const judgements = (await Promise.all(runs)).flat();
    await writer.stop();
    expect(judgements).toHaveLength(threads * requests);
    for (const judge of judgements) judge();
    // Rights were changed all the time.
    for (const { changes } of places) expect(changes.length).toBeGreaterThan(10);
  } finally {
    for (const thread of all) await thread.close();
  }
});

test('a thread asks the engine once for a check by itself, and less than half as often when checks share', async () => {
  const places = [await place(), await place()];
  const asked = 320;
  const reads = async (env: Readonly<Record<string, string>>) => {
    const thread = await Thread.start(env);
    try {
      for (const at of places) await versionOf(thread, at);
      const { byKey, ranges } = thread.reads;
      let left = asked;
      const lane = async (n: number) => {
        for (left -= 1; left >= 0; left -= 1) await versionOf(thread, places[n % places.length] as Place);
      };
      await Promise.all(Array.from({ length: lanes }, (_, n) => lane(n)));
      return { byKey: thread.reads.byKey - byKey, ranges: thread.reads.ranges - ranges };
    } finally {
      await thread.close();
    }
  };
  expect(await reads({})).toEqual({ byKey: asked, ranges: 0 });
  const shared = await reads(managedEnvironment);
  expect(shared.ranges).toBe(0);
  expect(shared.byKey).toBeLessThan(asked / 2);
});
