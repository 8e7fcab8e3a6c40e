// The bytes that deploy: every function is built, loads little, and does on the embedded engine what its source does.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FileSystem } from 'aws-cdk-lib';
import type { Plugin } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { handlerFile } from '../../functions/index.ts';
import { areaOf, type Bundle, backgroundFiles, builtFile, bundle, layOut } from '../../infra/bundle/bundle.ts';
import type { Handler } from '../../shared/http/operation.ts';
import { type OperationId, operationIds, operations } from '../../shared/routes/operations.ts';
import { type As, bootEngine, Harness, issuer, operator, person } from '../support/harness.ts';
import { long, longSuite } from '../support/patience.ts';
import { samples, Targets } from '../support/samples.ts';

vi.setConfig(longSuite);

/** What a function may load before its first request. The SDK is half of it, zod a fifth: see docs/decisions. */
const mostBytes = 630_000;
/** The directory's functions, and the restoration of its users, carry what reads its files as well. */
const mostBytesOfDirectory = 665_000;
/** Change sets and drafts carry every operation that can be in one. */
const mostBytesOfAll = 671_000;
/** Who reads carries nothing that plans a change: no function waits for a cold start as often as those of checks. */
const mostBytesOfReads = 628_000;
const reads = new Set(operationIds.filter((id) => operations[id].data === 'read').map(handlerFile));
const mostOf = (source: string) => {
  if (reads.has(source) && !source.includes('/drafts/')) return mostBytesOfReads;
  if (/\/(directory|work)\/|\/restoreUser\.ts$/.test(source)) return mostBytesOfDirectory;
  return /\/(changesets|drafts)\//.test(source) ? mostBytesOfAll : mostBytes;
};
/** A function's own file; the rest are chunks that it shares. */
const mostBytesOfEntry = 150_000;

let folder: string;
let built: Bundle;
/** What is uploaded. */
let areas: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-built-'));
  built = await bundle(join(folder, 'dist'));
  areas = await layOut(built);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const load = (source: string): Promise<{ handler: Handler }> =>
  import(/* @vite-ignore */ pathToFileURL(join(areas, areaOf(source) as string, builtFile(source))).href);

/** Calls the built functions, which get their settings from the environment only. */
class BuiltHarness extends Harness {
  protected override async handlerOf(id: OperationId): Promise<Handler> {
    return (await load(handlerFile(id))).handler;
  }
}

const callerOf = (id: OperationId, admin: As): As | undefined => {
  const callers: readonly string[] = operations[id].callers;
  if (callers.length === 0) return undefined;
  if (callers.includes('operator')) return operator;
  return callers.includes('guest') ? person(admin.tenant as string, 'guest') : admin;
};

test('every function is built, and none loads more than it may', () => {
  const sources = [...operationIds.map(handlerFile), ...backgroundFiles];
  expect([...built.loaded.keys()].sort()).toEqual(sources.sort());
  const large = [...built.loaded].filter(([source, bytes]) => bytes > mostOf(source));
  expect(large).toEqual([]);
  // The one that is built by itself shares nothing.
  for (const source of sources.filter((one) => one !== 'functions/work/export.ts')) {
    const { size } = statSync(join(built.folder, builtFile(source)));
    expect([source, size <= mostBytesOfEntry]).toEqual([source, true]);
  }
});

test('what only some functions use, no other loads', () => {
  const packages = (id: OperationId) => [...built.from(handlerFile(id)).keys()];
  const check = packages('check').join(' ');
  const others = ['client-sqs', 'client-eventbridge', 'credential-provider', 'shared/ldif', 'shared/runs'];
  for (const left of [...others, 'shared/http/changes', 'shared/domain/previews'])
    expect([left, check.includes(left)]).toEqual([left, false]);
  // postDelta loads the queue's client with its first message.
  expect(packages('postDelta').join(' ')).not.toContain('client-sqs');
  const translating = operationIds.filter((id) => packages(id).join(' ').includes('shared/catalogues/fr'));
  expect(translating).toEqual(['createTenant', 'getFeatures', 'getCatalogue']);
});

/** What is deployed, by area: the digest by which the service knows whether the code is another one. */
const uploads = async (one: Bundle): Promise<Map<string, string>> => {
  const all = await layOut(one);
  return new Map(readdirSync(all).map((area) => [area, FileSystem.fingerprint(join(all, area))]));
};

describe('an area', () => {
  /** Another text of one source, as a change of it would be. */
  const changed = (source: string): Plugin => ({
    name: 'changed',
    setup: ({ onLoad }) => {
      onLoad({ filter: new RegExp(`/${source}$`) }, ({ path }) => ({
        contents: `${readFileSync(path, 'utf8')}\nprocess.stdout.write('changed');\n`,
        loader: 'ts',
      }));
    },
  });
  /** The areas whose upload another text of the source changes. */
  const cold = async (source: string) => {
    const before = await uploads(built);
    const after = await uploads(await bundle(join(folder, 'changed'), undefined, [changed(source)]));
    expect([...after.keys()]).toEqual([...before.keys()]);
    return [...before].flatMap(([area, digest]) => (after.get(area) === digest ? [] : area));
  };

  test('is uploaded alone: a change in one leaves the others as they are, and their caches warm', async () => {
    expect(await cold('functions/checks/check.ts')).toEqual(['checks']);
    // Change sets and drafts carry out every change.
    expect(await cold('functions/rules/createRule.ts')).toEqual(['changesets', 'drafts', 'rules']);
  });

  test('is uploaded anew when something changes that it shares, and only then', async () => {
    const planner = await cold('shared/domain/plan/rules.ts');
    expect(planner).toContain('rules');
    for (const other of ['checks', 'directory', 'sessions', 'users']) expect(planner).not.toContain(other);
    expect((await cold('shared/store/books.ts')).length).toBeGreaterThan(built.files.size / 2);
  });

  test('has the files that its functions load, and no others', () => {
    const served = [...built.files].filter(([, names]) => names.some((name) => name.startsWith('files/')));
    expect(served.map(([area]) => area)).toEqual(['docs']);
    const files = readdirSync(areas, { recursive: true, encoding: 'utf8' });
    expect(files.filter((name) => name.endsWith('.map'))).toEqual([]);
    // What is loaded only when it is needed is there as well.
    for (const name of files.filter((one) => one.endsWith('.mjs')))
      for (const [, to = ''] of readFileSync(join(areas, name), 'utf8').matchAll(/["'](\.{1,2}\/[\w./-]+\.mjs)["']/g))
        expect([name, files.includes(join(dirname(name), to))]).toEqual([name, true]);
  });
});

test(
  'every built function answers a request as its source does',
  async () => {
    const { engine, client, table } = await bootEngine('embedded');
    vi.stubEnv('DYNAMODB_ENDPOINT', engine.endpoint);
    vi.stubEnv('TABLE_NAME', table);
    vi.stubEnv('TRUSTED_ISSUERS', issuer);
    vi.stubEnv('LOG_LEVEL', 'silent');
    try {
      const tenant = await new BuiltHarness(client, table).tenant();
      const targets = Targets.fresh(tenant);
      for (const id of operationIds) {
        const as = callerOf(id, tenant.admin);
        const { status, body } = await tenant.harness.call(id, { ...(await samples[id](targets)), as });
        expect([id, status, body?.code]).toEqual([id, operations[id].status, undefined]);
      }
      const refused = await tenant.call('deleteUser', { params: { userId: tenant.firstUser } });
      expect([refused.status, refused.body.code]).toEqual([409, 'last-access-manager']);
    } finally {
      vi.unstubAllEnvs();
      await engine.close();
    }
  },
  long,
);

test('the worker and the publisher take what the services hand them', async () => {
  vi.stubEnv('LOG_LEVEL', 'silent');
  const event = { Records: [] };
  for (const source of backgroundFiles.slice(0, 2)) {
    const { handler } = await load(source);
    expect(await handler(event as never, {} as never)).toEqual({ batchItemFailures: [] });
  }
  vi.unstubAllEnvs();
});
