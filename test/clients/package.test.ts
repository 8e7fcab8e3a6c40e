// The client as its users get it: built, packed, installed into an empty project, checked by the compiler, run on the oldest
// and the newest Node that it is for, and bundled for a browser. What runs are the examples of its README.
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { root } from '../../infra/bundle/bundle.ts';
import { buildClient, clientFolder } from '../../infra/client/build.ts';
import type { LocalServer } from '../../infra/local/adapter.ts';
import { catalogues } from '../../shared/catalogues/index.ts';
import { boot, type Harness, service } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { startServer, tokenFor } from '../support/server.ts';

vi.setConfig(longSuite);

const execute = promisify(execFile);
const json = async (file: string) => JSON.parse(await readFile(file, 'utf8'));
/** Without what npm tells its scripts: it would take the new project for a part of this one. */
const bare = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));

let folder: string;
let project: string;
let packed: { filename: string; files: { path: string }[] };
let harness: Harness;
let server: LocalServer;
let closeEngine: () => Promise<void>;

const npm = (args: readonly string[], cwd: string) => {
  const env = { ...bare, npm_config_cache: join(folder, 'cache'), npm_config_update_notifier: 'false' };
  return execute('npm', [...args, '--ignore-scripts', '--offline'], { cwd, env });
};

/** The examples of the README: each block of TypeScript says in its first line which file it is. */
const examples = async (): Promise<Map<string, string>> => {
  const blocks = (await readFile(join(clientFolder, 'README.md'), 'utf8')).matchAll(
    /```ts\n\/\/ (\S+)\n([\s\S]*?)```/g,
  );
  return new Map([...blocks].map(([, name = '', text = '']) => [name, text]));
};

const strictest = {
  strict: true,
  exactOptionalPropertyTypes: true,
  isolatedModules: true,
  noFallthroughCasesInSwitch: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noPropertyAccessFromIndexSignature: true,
  noUncheckedIndexedAccess: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  verbatimModuleSyntax: true,
  skipLibCheck: false,
  target: 'es2022',
  module: 'nodenext',
};

/** Compiles files of the project. @throws Error with what the compiler says */
const compile = async (name: string, files: Record<string, string>, options: object): Promise<string> => {
  const source = join(project, name);
  await mkdir(source);
  for (const [file, text] of Object.entries(files)) await writeFile(join(source, file), text);
  const compilerOptions = { ...strictest, outDir: 'out', ...options };
  await writeFile(join(source, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: Object.keys(files) }));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  await execute(process.execPath, [tsc, '--project', source]).catch(({ stdout }) => {
    throw new Error(stdout);
  });
  return join(source, 'out');
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-package-'));
  const source = join(folder, 'source');
  await buildClient(join(source, 'dist'));
  for (const file of ['package.json', 'README.md']) await copyFile(join(clientFolder, file), join(source, file));
  [packed] = JSON.parse((await npm(['pack', '--json', '--pack-destination', folder], source)).stdout);
  project = join(folder, 'project');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{"name":"consumer","private":true,"type":"module"}');
  await npm(['install', '--no-audit', '--no-fund', `../${packed.filename}`], project);
  const booted = await boot();
  harness = booted.harness;
  closeEngine = booted.engine.close;
  server = await startServer();
});
afterAll(async () => {
  await server?.close();
  await closeEngine?.();
  await rm(folder, { recursive: true, force: true });
});

describe('the package', () => {
  it('has the version of the service', async () => {
    const { version } = await json(join(root, 'package.json'));
    const lock = await json(join(root, 'package-lock.json'));
    const document = await json(join(root, 'docs/openapi.json'));
    const client = await json(join(clientFolder, 'package.json'));
    expect([client.version, lock.version, document.info.version]).toEqual([version, version, version]);
  });

  it('has two modules with their declarations, and installs nothing else', async () => {
    expect(packed.files.map(({ path }) => path).sort()).toEqual([
      'README.md',
      'dist/index.d.ts',
      'dist/index.js',
      'dist/snapshot.d.ts',
      'dist/snapshot.js',
      'package.json',
    ]);
    expect((await readdir(join(project, 'node_modules'))).filter((name) => !name.startsWith('.'))).toEqual([
      '@holdfast',
    ]);
    expect(await readdir(join(project, 'node_modules/@holdfast'))).toEqual(['client']);
  });

  it('refers to nothing outside of itself', async () => {
    const dist = join(project, 'node_modules/@holdfast/client/dist');
    for (const file of await readdir(dist)) {
      const text = await readFile(join(dist, file), 'utf8');
      expect([file, ...(text.match(/\bimport\b.*|\brequire\(.*|node:.*|\bzod\b.*|reference types.*/g) ?? [])]).toEqual([
        file,
      ]);
    }
  });
});

/** The Node on the PATH that is not the one of this project's packages. */
const installedNode = (): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter((one) => one !== '' && !one.includes('node_modules'))
    .map((one) => join(one, 'node'))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });

describe('the examples of the README', () => {
  let out: string;
  beforeAll(async () => {
    const files = Object.fromEntries(await examples());
    expect(Object.keys(files)).toEqual(['holdfast.ts', 'needs.ts', 'menu.ts', 'offline.ts', 'grant.ts', 'members.ts']);
    const node = { lib: ['es2022'], types: ['node'], typeRoots: [join(root, 'node_modules/@types')] };
    out = await compile('examples', files, node);
    await copyFile(new URL('consumer.mjs', import.meta.url), join(out, 'consumer.mjs'));
  });

  /** Runs what uses all examples, in a tenant of its own. */
  const seenOn = async (node: string) => {
    const tenant = await harness.tenant('complete');
    const body = { kind: 'person', name: 'Bo', externalId: 'bo#1' };
    const { id } = (await tenant.ok('createUser', { body })).body;
    const role = await tenant.role('Bookkeepers', [{ permission: 'billing' }], [id]);
    await tenant.ok('updateTenant', { body: { changesTakeEffect: 'nextLogon' } });
    const env = {
      ...bare,
      HOLDFAST_URL: server.url,
      CHECK_TOKEN: tokenFor(service(tenant.id)),
      ADMIN_TOKEN: tokenFor(tenant.admin),
      ROLE: role,
      TENANT: tenant.id,
      ABILITIES: JSON.stringify(catalogues.get('complete')?.data.abilities.map((one) => one.id)),
    };
    return JSON.parse((await execute(node, [join(out, 'consumer.mjs')], { env })).stdout);
  };
  const expected = {
    middleware: [204, 403, 500],
    menu: ['billing', 'viewAllReports'],
    offline: [true, false, true, []],
    granted: [null, 'viewQuarantine'],
    menuAfter: ['billing', 'purchase', 'viewAllReports'],
    members: ['Bo'],
  };

  it('run on the Node of this project', async () => {
    expect(await seenOn(process.execPath)).toEqual(expected);
  });

  it('run on Node 20', async ({ skip }) => {
    const node = installedNode();
    const version = node && (await execute(node, ['--version'])).stdout;
    if (!node || !version?.startsWith('v20.')) skip('there is no Node 20 on the PATH');
    expect(await seenOn(node as string)).toEqual(expected);
  });
});

describe('in a browser', () => {
  const page = `
    import { createClient, HoldfastProblem, type Role } from '@holdfast/client';
    import { SnapshotRefused, verifySnapshot } from '@holdfast/client/snapshot';
    export const look = async (url: string, token: string): Promise<unknown[]> => {
      const client = createClient({ url, token });
      const roles: Role[] = [];
      for await (const role of client.items('listRoles', { query: { limit: 1 } })) roles.push(role);
      const refused = await client.getRole({ params: { roleId: 'r000000000000' } }).catch((error: unknown) => error);
      const { keys } = await client.getJwks();
      const forged = await verifySnapshot('a.b.c', { keys }, { issuer: '', tenant: '' }).catch((error: unknown) => error);
      return [
        roles.map(({ name }) => name),
        refused instanceof HoldfastProblem && refused.code,
        forged instanceof SnapshotRefused && forged.reason,
      ];
    };
    // @ts-expect-error: a role needs a name
    export const wrong = () => createClient({ url: '' }).createRole({ body: {} });
  `;

  it('it is typed without the types of Node, bundles, and runs with what a browser has', async () => {
    const out = await compile('page', { 'page.ts': page }, { lib: ['es2022', 'dom', 'dom.iterable'], types: [] });
    const { outputFiles, metafile } = await build({
      entryPoints: [join(out, 'page.js')],
      absWorkingDir: project,
      bundle: true,
      format: 'iife',
      globalName: 'page',
      platform: 'browser',
      target: 'es2022',
      minify: true,
      write: false,
      metafile: true,
    });
    expect(Object.keys(metafile.inputs).sort()).toEqual([
      'node_modules/@holdfast/client/dist/index.js',
      'node_modules/@holdfast/client/dist/snapshot.js',
      'page/out/page.js',
    ]);
    const [bundle] = outputFiles;
    expect(bundle?.contents.length).toBeLessThan(22_700);
    const { AbortController, AbortSignal, Blob, crypto, DecompressionStream, fetch, Headers, Response } = globalThis;
    const { TextDecoder, TextEncoder, URLSearchParams, setTimeout, clearTimeout, atob } = globalThis;
    const context = createContext({
      ...{ AbortController, AbortSignal, Blob, crypto, DecompressionStream, fetch, Headers, Response },
      ...{ TextDecoder, TextEncoder, URLSearchParams, setTimeout, clearTimeout, atob },
    });
    runInContext(`${bundle?.text}; globalThis.look = page.look;`, context);
    const tenant = await harness.tenant('complete');
    await tenant.role('Readers');
    const [names, ...rest] = await context.look(server.url, tokenFor(tenant.admin));
    expect(names).toContain('Readers');
    expect(names.length).toBeGreaterThan(1);
    expect(rest).toEqual(['not-found', 'malformed']);
  });
});
