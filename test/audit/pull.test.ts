// The command `pull` against a trail in memory: what it writes, where it goes on after any end, and what it refuses to
// believe.
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exits } from '../../clients/audit/exits.ts';
import { pagesOf } from '../../clients/audit/pull/api.ts';
import { type PullTools, pullNew } from '../../clients/audit/pull/puller.ts';
import type { OwnFiles, PullState } from '../../clients/audit/pull/state.ts';
import { signedCheckpoint } from '../../shared/audit/checkpoint.ts';
import { hashedSegment } from '../../shared/audit/segment.ts';
import type { ExportStore } from '../../shared/exports/port.ts';
import { takeLock } from '../../shared/files/lock.ts';
import { Kill, Killed, never } from '../support/kill.ts';
import { quiet } from '../sync/troubles.ts';
import { called } from './called.ts';
import { type AnyPage, type Lie, newNotary, refusal, serving, Trail } from './trail.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-pull-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

let folders = 0;
const newFolder = (): string => {
  folders += 1;
  return join(root, `f${folders}`);
};

/** Seven segments of two days; two of them are covered by the checkpoint of a later one. */
const trailOf = async (mark = ''): Promise<Trail> => {
  const trail = new Trail();
  await trail.seal(3, { mark });
  await trail.seal(1, { mark, signs: false });
  await trail.seal(6, { mark });
  await trail.seal(2, { mark, day: '2026-11-30', signs: false });
  return trail.seal(5, { mark, day: '2026-11-30' });
};
let trail: Trail;
beforeAll(async () => {
  trail = await trailOf();
});

const env = { HOLDFAST_TOKEN: 'token' };
const pull = (folder: string, fetch: typeof globalThis.fetch, ...more: string[]) =>
  called(['pull', folder, '--url', 'http://service.test', ...more], { env, fetch });

/** Everything that stands in a folder, drafts and locks included: parts as their lines. */
const contentOf = async (folder: string): Promise<Record<string, string>> => {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const read = async (path: string) => {
    const bytes = await readFile(path);
    return [path.slice(folder.length + 1), String(path.endsWith('.gz') ? gunzipSync(bytes) : bytes)] as const;
  };
  return Object.fromEntries(await Promise.all(names.sort().map(read)));
};

const digits = (n: number) => String(n).padStart(12, '0');
const partsOf = ({ tenant, segments }: Trail) =>
  segments.map(({ segment: { day, first, last }, lines }) => [
    `tenant=${tenant}/dt=${day}/part-${digits(first)}-${digits(last)}.ndjson.gz`,
    lines.map((line) => `${line}\n`).join(''),
  ]);

describe('what is pulled', () => {
  it('has the names, lines, checkpoints and keys of the pushed export, and no manifest', async () => {
    const folder = newFolder();
    expect(await pull(folder, serving(trail))).toMatchObject({ code: exits.done, err: '' });
    const { '.pull/state.json': state, ...files } = await contentOf(folder);
    const { jwk } = await trail.notary.key();
    expect(files).toEqual({
      ...Object.fromEntries(partsOf(trail)),
      ...Object.fromEntries(
        [...trail.checkpoints].map(([size, jws]) => [`tenant=${trail.tenant}/checkpoint-${digits(size)}.jws`, jws]),
      ),
      [`tenant=${trail.tenant}/keys-${jwk.kid}.json`]: expect.stringContaining(jwk.x),
    });
    expect(JSON.parse(state as string)).toMatchObject({
      v: 1,
      files: ['parts', 'checkpoints', 'keys'],
      tenant: trail.tenant,
      size: 17,
    });
  });

  it('grows by what is new, and says what it has done without a name', async () => {
    const [folder, growing] = [newFolder(), await trailOf()];
    expect((await pull(folder, serving(growing), '--json')).out).toMatch(/"event":"pulled","events":17,"size":17/);
    const before = await contentOf(folder);
    expect((await pull(folder, serving(growing))).out).toMatch('Nothing is new: the folder has 17.');
    expect(await contentOf(folder)).toEqual(before);
    await growing.seal(4, { day: '2026-12-01' });
    expect(await pull(folder, serving(growing))).toMatchObject({
      code: exits.done,
      out: '4 events taken away and checked: the folder has 21.\n',
    });
    expect(Object.keys(await contentOf(folder)).filter((name) => name.includes('part-')).length).toBe(6);
  });

  it('keeps personal values apart, in files that only their owner reads', async () => {
    const [folder, values] = [newFolder(), newFolder()];
    await pull(folder, serving(trail), '--values', values);
    const files = await contentOf(values);
    expect(Object.keys(files)).toEqual(
      [1, 5, 11, 13].map((first, i) => `values-${digits(first)}-${digits([3, 10, 12, 17][i] as number)}.ndjson`),
    );
    expect(Object.values(files)[0]).toBe(
      '{"after":{"name":"Name 3"},"event":"e00000000000000000003","user":"u00000000000000000003"}\n',
    );
    expect((await stat(join(values, Object.keys(files)[0] as string))).mode & 0o077).toBe(0);
    expect(JSON.stringify(await contentOf(folder))).not.toContain('Name 3');
  });

  it('is the same when pages end within segments', async () => {
    const [whole, cut] = [newFolder(), newFolder()];
    const [valuesOfWhole, valuesOfCut] = [newFolder(), newFolder()];
    await pull(whole, serving(trail), '--values', valuesOfWhole);
    await pull(cut, serving(trail, { most: 2 }), '--values', valuesOfCut);
    expect(await contentOf(cut)).toEqual(await contentOf(whole));
    expect(await contentOf(valuesOfCut)).toEqual(await contentOf(valuesOfWhole));
  });
});

/** A folder in memory, since what a real one promises is tested with it: files stand there whole or not at all. */
class Memory implements ExportStore, OwnFiles {
  readonly files = new Map<string, string>();
  readonly put = async (name: string, bytes: Uint8Array) => {
    if (this.files.has(name)) return 'exists' as const;
    this.files.set(name, Buffer.from(bytes).toString('base64'));
    return 'written' as const;
  };
  readonly get = async (name: string) => {
    const text = this.files.get(name);
    return text === undefined ? undefined : Buffer.from(text, 'base64');
  };
  async *list(prefix: string) {
    yield* [...this.files.keys()].filter((name) => name.startsWith(prefix)).sort();
  }
  readonly read = async () => JSON.parse(this.files.get('.state') ?? 'null') ?? undefined;
  readonly write = async (state: PullState) => void this.files.set('.state', JSON.stringify(state));
  readonly writeValues = async (...[name, lines]: [string, readonly string[]]) =>
    void this.files.set(`.values/${name}`, lines.join());

  content(): Record<string, string> {
    return Object.fromEntries([...this.files].sort(([one], [other]) => (one < other ? -1 : 1)));
  }
}

/** The tools of a process that may end before or after any request and any access to its folder. */
const toolsOf = (folder: Memory, kill: Kill, fetch: typeof globalThis.fetch): PullTools => {
  const killed = {
    put: (...args: Parameters<Memory['put']>) => kill.step(() => folder.put(...args)),
    get: (name: string) => kill.step(() => folder.get(name)),
    list: (prefix: string) => folder.list(prefix),
    read: () => kill.step(() => folder.read()),
    write: (state: PullState) => kill.step(() => folder.write(state)),
    writeValues: (...args: Parameters<Memory['writeValues']>) => kill.step(() => folder.writeValues(...args)),
  };
  const page = pagesOf({
    url: 'http://service.test',
    token: async () => 'token',
    fetch,
    signal: new AbortController().signal,
    pause: async () => {},
    values: true,
  });
  return { page: (after) => kill.step(() => page(after)), store: killed, own: killed, report: quiet };
};

describe('a process that ends', () => {
  const options = { values: true, pinned: [] };

  it('at any request or write is followed by one that goes on, without loss and without anything twice', async () => {
    const whole = new Memory();
    const fetch = serving(trail, { most: 4 });
    await pullNew(toolsOf(whole, never(), fetch), options);
    expect(whole.files.size).toBe(14);
    let ends = 0;
    for (const after of [false, true])
      for (let step = 1; ; step += 1) {
        const folder = new Memory();
        const isKilled = await pullNew(toolsOf(folder, new Kill(step, after), fetch), options).then(
          () => false,
          (error) => error instanceof Killed,
        );
        if (!isKilled) break;
        ends += 1;
        await pullNew(toolsOf(folder, never(), fetch), options);
        expect(folder.content()).toEqual(whole.content());
      }
    expect(ends).toBeGreaterThan(50);
  });

  it('whose state is lost as well is followed by one that goes on from the files', async () => {
    const [folder, growing] = [new Memory(), await trailOf()];
    await pullNew(toolsOf(folder, never(), serving(growing)), options);
    folder.files.delete('.state');
    await growing.seal(3, { signs: false });
    await growing.seal(3);
    for (let step = 1; step < 12; step += 1) {
      await pullNew(toolsOf(folder, new Kill(step, false), serving(growing)), options).catch(() => {});
      folder.files.delete('.state');
    }
    await pullNew(toolsOf(folder, never(), serving(growing)), options);
    const whole = new Memory();
    await pullNew(toolsOf(whole, never(), serving(growing)), options);
    expect(folder.content()).toEqual(whole.content());
  });

  it('two at once write the same', async () => {
    const [folder, whole] = [new Memory(), new Memory()];
    const two = [1, 2].map(() => pullNew(toolsOf(folder, never(), serving(trail)), options));
    await Promise.all(two);
    await pullNew(toolsOf(whole, never(), serving(trail)), options);
    expect(folder.content()).toEqual(whole.content());
  });

  it('leaves a lock that the next one takes over; while it lives, another is refused', async () => {
    const folder = newFolder();
    const release = await takeLock(join(folder, '.pull/lock'));
    expect(await pull(folder, serving(trail))).toMatchObject({
      code: exits.locked,
      err: expect.stringContaining(`Process ${process.pid} pulls into this folder already`),
    });
    await release();
    await writeFile(join(folder, '.pull/lock'), JSON.stringify({ pid: 2 ** 22 + 1, since: 'long ago' }));
    expect((await pull(folder, serving(trail))).code).toBe(exits.done);
  });
});

describe('without its state', () => {
  it('a folder says itself how far it is: up to its newest checkpoint', async () => {
    const [folder, growing] = [newFolder(), await trailOf()];
    await pull(folder, serving(growing));
    const before = await contentOf(folder);
    for (const state of [undefined, '{"v":1,"size":12', '{"v":2}']) {
      const path = join(folder, '.pull/state.json');
      await (state === undefined ? rm(path) : writeFile(path, state));
      const again = await pull(folder, serving(growing));
      expect(again).toMatchObject({ code: exits.done, out: expect.stringContaining('The folder has 17 events') });
    }
    await growing.seal(2, { day: '2026-12-02' });
    expect((await pull(folder, serving(growing))).out).toMatch('2 events taken away');
    expect(await contentOf(folder)).toMatchObject({ ...before, '.pull/state.json': expect.anything() });
  });

  it('a folder with damaged or foreign files is refused, and says which', async () => {
    const [growing, other] = [await trailOf(), await new Trail('t00000000000000000001').seal(1)];
    const broken = async (change: (folder: string, part: string) => Promise<unknown>) => {
      const folder = newFolder();
      await pull(folder, serving(growing));
      await rm(join(folder, '.pull'), { recursive: true });
      await change(folder, join(folder, partsOf(growing)[0]?.[0] as string));
      const { code, err } = await pull(folder, serving(growing));
      expect(code).toBe(exits.wrong);
      return err;
    };
    expect(await broken((_, part) => writeFile(part, 'no gzip'))).toMatch(
      /part-000000000001-000000000003.* cannot be read/,
    );
    const elsewhere = newFolder();
    await pull(elsewhere, serving(other));
    const foreign = (folder: string) =>
      cp(elsewhere, folder, { recursive: true, filter: (path) => !path.includes('.pull') });
    expect(await broken(foreign)).toMatch(/of the tenants t0{20} and t0{19}1, and a pull is of one/);
    const key = `tenant=${growing.tenant}/keys-${(await growing.notary.key()).jwk.kid}.json`;
    expect(await broken((folder) => rm(join(folder, key)))).toMatch(/is not signed by a key of this folder/);
  });
});

describe('a service that lies', () => {
  const falsified =
    (change: (lines: string[], page: AnyPage) => void): Lie =>
    (lines, page) => {
      if (page.segment) change(lines, page);
      return [lines, page];
    };
  const other = newNotary();
  const lies: [string, number, RegExp, Lie][] = [
    [
      'a changed line',
      exits.wrong,
      /the lines 1 to 3 are others than those of their segment/,
      falsified((lines) => lines.splice(1, 1, (lines[1] as string).replace('"done"', '"none"'))),
    ],
    ['lines in another order', exits.wrong, /the lines 1 to 3 are others/, falsified((lines) => lines.reverse())],
    [
      'a line too few',
      exits.wrong,
      /its lines are said to be 1 to 3 of 17, and 1 was asked for/,
      falsified((lines) => lines.pop()),
    ],
    [
      'another root',
      exits.wrong,
      /the segment 1 to 3 has another hash/,
      falsified((_, { segment }) => Object.assign(segment, { root: 'ab'.repeat(32) })),
    ],
    [
      'another checkpoint',
      exits.wrong,
      /the checkpoint of 10 events is of another tree/,
      falsified((_, page) => Object.assign(page, { checkpoint: trail.checkpoints.get(10) })),
    ],
    [
      'a signature of somebody else',
      exits.wrong,
      /the signature of its checkpoint does not hold/,
      (lines, page) => [lines, { ...page, checkpoint: `${page.checkpoint.slice(0, -4)}AAAA` }],
    ],
    [
      'a day that leads out of the folder',
      exits.wrong,
      /name no file of an export/,
      falsified((_, page) =>
        Object.assign(page, { segment: hashedSegment(trail.tenant, { ...page.segment, day: '../../2026-11-29' }) }),
      ),
    ],
    [
      'a proof of another shape',
      exits.wrong,
      /cannot be read/,
      falsified((_, page) => Object.assign(page, { checkpoint: trail.checkpoints.get(10), consistency: 1 })),
    ],
    ['a key of another shape', exits.wrong, /is not believed/, (lines, page) => [lines, { ...page, key: { kid: 1 } }]],
    [
      'no page of this release',
      exits.wrong,
      /its last line has no next and size/,
      (lines) => [lines, { following: 1 }],
    ],
    [
      'lines that do not come',
      exits.wrong,
      /has no lines, and says that they are 1 to 3/,
      falsified((lines) => lines.splice(0)),
    ],
    [
      'events that it does not give',
      exits.wrong,
      /has no lines, and says that 17 events are sealed/,
      (_, { size }) => [[], { next: 0, size }],
    ],
  ];
  it.each(lies)('with %s is not believed, and nothing of it is kept', async (_, code, message, lie) => {
    const folder = newFolder();
    expect(await pull(folder, serving(trail, { lie }))).toMatchObject({ code, err: expect.stringMatching(message) });
    expect(await contentOf(folder)).toEqual({});
  });

  it('with a tenant that leads out of the folder is not believed', async () => {
    const [folder, evil] = [newFolder(), await new Trail('../../evil').seal(2)];
    expect((await pull(folder, serving(evil))).code).toBe(exits.wrong);
    expect(await contentOf(folder)).toEqual({});
  });

  it('does not fill the memory: with an answer or a segment that never ends', async () => {
    const chunk = new Uint8Array(8_000_000).fill(0x20);
    let sent = 0;
    const more = (to: ReadableStreamDefaultController) => {
      sent += 1;
      to.enqueue(chunk);
    };
    const endless = async () =>
      new Response(new ReadableStream({ pull: more }), { headers: { 'content-type': 'application/x-ndjson' } });
    expect(await pull(newFolder(), endless)).toMatchObject({
      code: exits.wrong,
      err: expect.stringContaining('more than 67108864 bytes at once'),
    });
    expect(sent).toBeLessThan(20);
    const line = 'x'.repeat(40_000_000);
    const page = async (after: number) => {
      const [first, segment] = [after + 1, { first: 1, last: 1e9 }];
      return { lines: [line], page: { first, last: first, next: first, size: 1e9, segment } } as never;
    };
    const folder = new Memory();
    const tools = { ...toolsOf(folder, never(), serving(trail)), page };
    await expect(pullNew(tools, { values: false, pinned: [] })).rejects.toThrow('does not end');
    expect(folder.files.size).toBe(0);
  });

  it('with another root, to which its hashes and its signature fit, is not believed by the tree', async () => {
    const [{ segment, lines }] = trail.segments as [(typeof trail.segments)[0]];
    const { hash: segmentOf, root, ...content } = hashedSegment(trail.tenant, { ...segment, root: 'ab'.repeat(32) });
    const { tenant, notary } = trail;
    const checkpoint = await signedCheckpoint(notary, { tenant, size: 3, root, segment: segmentOf, at: segment.at });
    const lie: Lie = (_, page) => [[...lines], { ...page, segment: { ...content, root, hash: segmentOf }, checkpoint }];
    expect(await pull(newFolder(), serving(trail, { lie }))).toMatchObject({
      code: exits.wrong,
      err: expect.stringContaining('the tree of 3 events has another root than the segment 1 to 3 says'),
    });
  });

  it('with a key that is not pinned is not believed', async () => {
    const { kid } = (await trail.notary.key()).jwk;
    expect((await pull(newFolder(), serving(trail), '--key', kid)).code).toBe(exits.done);
    const { jwk } = await other.key();
    expect(await pull(newFolder(), serving(trail), '--key', jwk.kid)).toMatchObject({
      code: exits.wrong,
      err: expect.stringContaining(`signed by the key ${kid}, which --key does not name`),
    });
  });

  const begun = async (): Promise<string> => {
    const folder = newFolder();
    await pull(folder, serving(trail));
    return folder;
  };
  const histories: [string, RegExp, () => Promise<Trail>][] = [
    ['fewer events', /it has 3 sealed events, and here are 17/, () => new Trail(trail.tenant, trail.notary).seal(3)],
    ['other events, as many', /its checkpoint of 17 events is of others/, () => trailOf('x')],
    [
      'other events, and more',
      /follows a segment [0-9a-f]{64}, and the last one here is/,
      async () => (await trailOf('x')).seal(1),
    ],
    [
      'the events of another tenant',
      /of the tenant t00000000000000000001, and the files here are of t00000000000000000000/,
      () => new Trail('t00000000000000000001').seal(17),
    ],
  ];
  it.each(histories)('with %s is told apart from the folder, which stays as it is', async (_, message, made) => {
    const folder = await begun();
    const before = await contentOf(folder);
    const { code, err } = await pull(folder, serving(await made()));
    expect([code, err]).toEqual([exits.differs, expect.stringMatching(message)]);
    expect(await contentOf(folder)).toEqual(before);
  });

  it('with other lines than a part that is there is refused, whatever the state says', async () => {
    const folder = await begun();
    await rm(join(folder, '.pull'), { recursive: true });
    for (const name of await readdir(join(folder, `tenant=${trail.tenant}`)))
      if (name.startsWith('checkpoint')) await rm(join(folder, `tenant=${trail.tenant}`, name));
    const { code, err } = await pull(folder, serving(await trailOf('x')));
    expect([code, err]).toEqual([exits.differs, expect.stringMatching(/part-000000000001-000000000003.* other lines/)]);
  });
});

describe('a service that is in trouble', () => {
  const calling = async (before: (n: number) => Promise<Response | undefined>, ...more: string[]) =>
    pull(newFolder(), serving(trail, { before }), ...more);

  it('is asked again: busy, unreachable, an answer that is cut off', async () => {
    const troubles = [
      async () => refusal(503, 'busy'),
      async () => refusal(429, 'too-many-requests'),
      async () => Promise.reject(new TypeError('fetch failed')),
      async () => new Response('{"v":1}\n{"v"', { headers: { 'content-type': 'application/x-ndjson' } }),
      async () => new Response(''),
    ];
    const told = await calling(async (n) => (n % 2 === 1 ? troubles[(n - 1) / 2]?.() : undefined));
    // Only that there was no answer is told, because short waits of a service that answers are usual.
    const line = 'The API does not answer: exportEvents got no answer: fetch failed. The next attempt is in 1 s.\n';
    expect(told).toMatchObject({ code: exits.done, err: line });
  });

  it('ends the command when it stays so, and when it refuses', async () => {
    expect((await calling(async () => refusal(401, 'unauthenticated'))).code).toBe(exits.refused);
    const gone = await calling(async () => refusal(410, 'events-expired', { after: 5, detail: 'Gone up to 5.' }));
    expect(gone).toMatchObject({
      code: exits.refused,
      err: expect.stringMatching(/Gone up to 5.*Copy what was exported/),
    });
    const wait = new Response('{}', { status: 503, headers: { 'retry-after': '100000' } });
    expect((await calling(async () => wait.clone())).code).toBe(exits.unavailable);
  });

  it('is asked in rounds through what passes, and no further when something is wrong', async () => {
    const folder = newFolder();
    const ending = new AbortController();
    const before = async (n: number) => {
      if (n === 1) return refusal(403, 'forbidden');
      ending.abort(new Error('enough'));
      return undefined;
    };
    const words = ['pull', folder, '--url', 'http://service.test', '--every', '10s', '--json'];
    const rounds = called(words, { env, fetch: serving(trail, { before }), signal: ending.signal });
    // The pause between the rounds ends with the signal.
    ending.abort(new Error('enough'));
    expect((await rounds).code).toBe(exits.interrupted);
    const lie: Lie = (lines, page) => [lines.slice(1), page];
    expect((await pull(newFolder(), serving(trail, { lie }), '--every', '10s')).code).toBe(exits.wrong);
  });
});

describe('the words', () => {
  it.each([
    [[], /FOLDER is missing/],
    [['a'], /--url URL is missing/],
    [['a', '--url', 'http://x/v1'], /--url takes the address of the API without \/v1/],
    [['a', '--url', 'http://x', '--token-env', 'NONE'], /The access token: the variable NONE is not set/],
    [['a', '--url', 'http://x', '--once', '--every', '5m'], /exclude each other/],
    [['a', '--url', 'http://x', '--every', '5'], /--every takes a number/],
    [['a', '--url', 'http://x', '--key', 'short'], /--key takes a thumbprint or a file/],
    [['a', '--url', 'http://x', '--token-env', 'A', '--token-file', 'b'], /exclude each other/],
    [['a', '--url', 'http://x', '--token-oauth', '/none'], /--token-oauth: \/none/],
  ])('%j are refused', async (words, message) => {
    const { code, err } = await called(['pull', ...words], { env });
    expect([code, err]).toEqual([exits.usage, expect.stringMatching(message)]);
  });

  it('take the token from a variable, a file or a command', async () => {
    const asked: string[] = [];
    const fetch: typeof globalThis.fetch = async (address, init) => {
      asked.push(new Headers(init?.headers).get('authorization') as string);
      return serving(trail)(address, init);
    };
    const file = join(root, 'token');
    await writeFile(file, 'from-file\n', { mode: 0o600 });
    const run = (...more: string[]) =>
      called(['pull', newFolder(), '--url', 'http://x', ...more], {
        env: { ...process.env, A: 'from-env' } as never,
        fetch,
      });
    for (const more of [
      ['--token-env', 'A'],
      ['--token-file', file],
      ['--token-command', 'echo from-command'],
    ])
      expect((await run(...more)).code).toBe(exits.done);
    expect([...new Set(asked)]).toEqual(['Bearer from-env', 'Bearer from-file', 'Bearer from-command']);
    expect(await run('--token-command', 'echo secret >&2; exit 3')).toMatchObject({
      code: exits.unavailable,
      err: expect.stringMatching(/its command ended with 3/),
    });
    expect((await run()).code).toBe(exits.usage);
  });
});
