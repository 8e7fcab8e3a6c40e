// `npm run bench -- init`: measures how long functions take to load, each in a fresh process, one after the other in
// turns. The floor is an empty module; a second reference is a module with only the SDK's document client, zod and
// middy, with which any function of this kind begins. Times differ from machine to machine, but the time that a
// function adds does not. On a shared machine, read the least processor time of all rounds, because it contains no
// waiting.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { build } from 'esbuild';
import { builtFile, bundle, root, settings } from '../infra/bundle/bundle.ts';

const { rounds } = parseArgs({ options: { rounds: { type: 'string', default: '21' } } }).values;

/** One function of each kind: nothing, a check, a list, a change, a file, and work that no request waits for. */
const measured = [
  'functions/health/getHealth.ts',
  'functions/checks/check.ts',
  'functions/users/listUsers.ts',
  'functions/roles/putRoleGrants.ts',
  'functions/directory/postDelta.ts',
  'functions/work/work.ts',
  'functions/events/publish.ts',
];

const beginning = `
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import middy from '@middy/core';
import * as z from 'zod';
const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const key = z.strictObject({ PK: z.string() });
export const handler = middy().handler(async (event) => client.send(new GetCommand({ TableName: 't', Key: key.parse(event) })));
`;

const run = promisify(execFile);
const timed = async (file: string): Promise<{ ms: number; cpu: number }> => {
  const script = `const t = performance.now(), c = process.cpuUsage(); await import(${JSON.stringify(pathToFileURL(file).href)});
const { user, system } = process.cpuUsage(c); console.log(JSON.stringify({ ms: performance.now() - t, cpu: (user + system) / 1000 }));`;
  const env = { ...process.env, AWS_REGION: 'eu-central-1' };
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { env });
  return JSON.parse(stdout);
};

const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
try {
  const { loaded, folder: dist } = await bundle(join(folder, 'dist'));
  const empty = join(folder, 'empty.mjs');
  await writeFile(empty, 'export const handler = async () => {};\n');
  const base = join(folder, 'base.mjs');
  const stdin = { contents: beginning, resolveDir: root };
  await build({ ...settings, splitting: false, stdin, outfile: base, sourcemap: false });
  const files = new Map([
    ['an empty module', empty],
    ['SDK, zod and middy alone', base],
    ...measured.map((source) => [source, join(dist, builtFile(source))] as const),
  ]);
  const times = new Map([...files.keys()].map((name) => [name, [] as { ms: number; cpu: number }[]]));
  for (let round = 0; round < Number(rounds); round += 1)
    for (const [name, file] of files) times.get(name)?.push(await timed(file));
  const sorted = (name: string, by: 'ms' | 'cpu') =>
    (times.get(name) ?? []).map((time) => time[by]).toSorted((a, b) => a - b);
  const median = (name: string) => sorted(name, 'ms')[Math.floor(Number(rounds) / 2)] ?? 0;
  const least = (name: string) => sorted(name, 'cpu')[0] ?? 0;
  const reference = 'SDK, zod and middy alone';
  process.stdout.write('median ms   of SDK, zod, middy   least cpu ms   of SDK, zod, middy       bytes\n');
  for (const name of files.keys()) {
    const bytes = loaded.get(name)?.toLocaleString('en') ?? '';
    const part = (of: (name: string) => number) => `${Math.round((100 * of(name)) / of(reference))} %`.padStart(18);
    const ms = (time: number, width: number) => time.toFixed(1).padStart(width);
    process.stdout.write(
      `${ms(median(name), 9)}   ${part(median)}   ${ms(least(name), 12)}   ${part(least)}   ${bytes.padStart(9)}   ${name}\n`,
    );
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
