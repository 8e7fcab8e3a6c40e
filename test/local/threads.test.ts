// Threads for whole files: the server goes on while one parses, tenants are served in turn, and a thread that ends takes
// nothing but its own work with it.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { demoSubject, type Instance, scopes, startInstance } from '../../infra/local/instance.ts';
import { Threads } from '../../infra/local/threads.ts';
import { longSuite } from '../support/patience.ts';
import { temporaryFolder } from './support.ts';

vi.setConfig(longSuite);

const setup = { endpoint: 'http://127.0.0.1:9', table: 'none' };
const module = new URL('./threads-double.ts', import.meta.url);

const open: Threads[] = [];
afterEach(async () => {
  for (const threads of open.splice(0)) await threads.close();
});

const made = (most: number) => {
  const logged: string[] = [];
  const enqueued: string[] = [];
  const threads = new Threads({
    setup,
    most,
    module,
    log: (_, message) => logged.push(message),
    queue: {
      enqueue: async ({ id }, once) => {
        enqueued.push(once === undefined ? id : `${id} once ${once}`);
      },
      enqueueAll: async () => {},
      postpone: async (receipt, seconds) => {
        enqueued.push(`${receipt} in ${seconds} s`);
      },
    },
  });
  open.push(threads);
  return { threads, logged, enqueued };
};

describe('threads', () => {
  it('hand on what a function logs and enqueues before it returns, and what it throws', async () => {
    const { threads, logged, enqueued } = made(1);
    expect(await threads.run('a', 'work', { say: 'hello' })).toBe('hello');
    expect([logged, enqueued]).toEqual([['hello'], ['hello', 'hello once today', 'receipt in 5 s']]);
    await expect(threads.run('a', 'work', { fail: 'no table' })).rejects.toThrow('no table');
    expect(await threads.run('a', 'work', { say: 'again' })).toBe('again');
  });

  it('work side by side: two that wait for each other both end', async () => {
    const { threads } = made(2);
    const meeting = new SharedArrayBuffer(4);
    const both = ['a', 'b'].map((tenant) => threads.run(tenant, 'work', { meet: meeting }));
    expect(await Promise.all(both)).toEqual(['met', 'met']);
  });

  it('leave this thread free while one of them is busy', async () => {
    const { threads } = made(1);
    const gate = new SharedArrayBuffer(4);
    const busy = threads.run('a', 'work', { blockUntilOpen: gate });
    // Were it done on this thread, nobody could open the gate.
    Atomics.store(new Int32Array(gate), 0, 1);
    Atomics.notify(new Int32Array(gate), 0);
    expect(await busy).toBe('open');
  });

  it('are replaced when they end: only the work of the one that ended fails', async () => {
    const { threads } = made(1);
    await expect(threads.run('a', 'work', { exit: 3 })).rejects.toThrow('the thread ended with exit code 3');
    await expect(threads.run('a', 'work', { crash: 'out of luck' })).rejects.toThrow('out of luck');
    expect(await threads.run('a', 'work', { say: 'hello' })).toBe('hello');
  });

  it('are replaced when they end without work, too', async () => {
    const { threads, logged } = made(1);
    await threads.run('a', 'work', { say: 'ends soon', thenExit: true });
    // Work that it was given as it ended fails; what comes after goes to another.
    await threads.run('a', 'work', { say: 'lost' }).catch(() => {});
    expect(await threads.run('a', 'work', { say: 'hello' })).toBe('hello');
    expect(logged.at(-1)).toBe('hello');
  });
});

/** A file of so many bytes in few entries, neither users nor groups: long to read, with next to nothing to look up. */
const fileOf = (bytes: number): string => {
  const lines = ['version: 1'];
  for (let size = 0, i = 0; size < bytes; i += 1) {
    const line =
      i % 9_000 === 0
        ? `\ndn: ou=d${i},dc=example,dc=com\nobjectClass: organizationalUnit`
        : `l: Anytown, room ${i} of the upper floor`;
    lines.push(line);
    size += line.length + 1;
  }
  return `${lines.join('\n')}\n`;
};

/** The longest that this thread has worked without a pause, in milliseconds of its own time: a busy machine adds nothing. */
const longestTurn = async (during: () => Promise<unknown>): Promise<number> => {
  const used = () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1_000;
  };
  let longest = 0;
  let over = false;
  const end = during().finally(() => {
    over = true;
  });
  for (let before = used(); !over; ) {
    await new Promise<void>((next) => setImmediate(next));
    const now = used();
    longest = Math.max(longest, now - before);
    before = now;
  }
  await end;
  return longest;
};

describe('a file of 5 MB', () => {
  let instance: Instance;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeAll(async () => {
    folder = await temporaryFolder();
    instance = await startInstance({ port: 0, demo: true, folder: folder.path });
  });
  afterAll(async () => {
    await instance?.close();
    await folder?.[Symbol.asyncDispose]();
  });

  it('keeps the server from others for less than 100 ms at a time, as it comes and as it is taken in', async () => {
    const [tenant] = instance.tenants;
    const token = await instance.issuer.token({ subject: demoSubject, scope: scopes.person, tenant: tenant!.id });
    const authorization = `Bearer ${token}`;
    // biome-ignore lint/suspicious/noExplicitAny: looked into freely
    const ask = async (path: string, type?: string, body?: string): Promise<any> => {
      const sent = body === undefined ? {} : { method: 'POST', body };
      const headers = { authorization, ...(type && { 'content-type': type }) };
      return (await fetch(instance.url + path, { headers, ...sent })).json();
    };
    const source = await ask('/v1/directory/sources', 'application/json', '{"name":"Large"}');

    const takenIn = async (file: string) => {
      const { id } = await ask(`/v1/directory/sources/${source.id}/deltas`, 'text/ldif', file);
      for (;;) {
        const { state, records } = await ask(`/v1/directory/runs/${id}`);
        if (state === 'done') return records;
      }
    };
    // The first time, code is loaded and compiled.
    await takenIn(fileOf(10_000));
    const large = fileOf(4_900_000);
    let records = 0;
    const longest = await longestTurn(async () => {
      records = await takenIn(large);
    });
    expect(records).toBeGreaterThan(10);
    expect(longest).toBeLessThan(100);
  });
});
