// Holdfast on one machine: engine, table, issuer, the real handlers behind an HTTP server, and the worker.
import { join } from 'node:path';
import { catalogues, defaultCatalogue } from '../../shared/catalogues/index.ts';
import type { Queue, Work } from '../../shared/http/gateway/queue.ts';
import type { Runtime } from '../../shared/http/gateway/runtime.ts';
import { tokenConfig } from '../../shared/http/gateway/token.ts';
import { operationIds, operations } from '../../shared/routes/operations.ts';
import type { Store } from '../../shared/store/store.ts';
import { workLeft } from '../../shared/store/sweep.ts';
import { tableDefinition } from '../../shared/store/table.ts';
import { type LocalRoute, type LocalServer, serve } from './adapter.ts';
import { connectEngine, type Engine, type EngineOptions, engineClient, ensureTable, startEngine } from './engine.ts';
import type { LocalEvent } from './event.ts';
import { FairShare } from './fair.ts';
import { type Functions, fromBuild, fromSource } from './functions.ts';
import { createIssuer, formerKeys, type Issuer, LOCAL_AUDIENCE, signingKey, verifier } from './issuer.ts';
import { LocalQueue } from './queue.ts';
import { type LocalState, readState, stateFolder, writeState } from './state.ts';
import { Threads } from './threads.ts';

export const tableName = process.env.TABLE_NAME ?? 'holdfast';

export interface InstanceOptions {
  /** Where data is kept over a restart; in memory without it. */
  readonly folder?: string | undefined;
  /** 0 takes any free port. */
  readonly port: number;
  /** Creates a tenant per catalogue on first start, and tells other commands where this instance is. */
  readonly demo?: boolean;
  /** Runs the functions as they are built for a deployment; from source without. */
  readonly built?: boolean | undefined;
  readonly log?: Runtime['log'];
  /** Where the embedded engine's binary is looked for: tests stand on platforms that have none. */
  readonly resolveBinary?: EngineOptions['resolveBinary'];
}

export interface Instance {
  readonly url: string;
  readonly issuer: Issuer;
  readonly tenants: LocalState['tenants'];
  /** Where data is: in a folder, in memory (of the embedded engine or of this process), or with another engine. */
  readonly keeps: 'folder' | 'memory' | 'process' | 'elsewhere';
  /** Resolves when the engine ends without having been asked to. */
  readonly died: Engine['died'];
  close(): Promise<void>;
}

/** What the demo tenants' first user signs in as. */
export const demoSubject = 'admin';

/** The scopes that tokens of the local issuer carry, by who asks. */
export const scopes = {
  person: 'holdfast/admin',
  service: 'holdfast/check',
  operator: 'holdfast/operator',
} as const;

/** Takes up what a former process left, beside the requests: finding it takes a pass over the whole table. */
const resume = async (store: Store, queue: Queue, log: Runtime['log'], goesOn: () => boolean): Promise<void> => {
  try {
    for await (const work of workLeft(store.db)) {
      if (!goesOn()) return;
      await queue.enqueue(work);
    }
  } catch (error) {
    if (goesOn()) log('error', 'resume-failed', { error: error instanceof Error ? error.stack : String(error) });
  }
};

/** Requests that this machine works on at once; more wait, the tenants in turn. */
const places = 32;

/** Files that are parsed at once as they come, and runs and sweeps that are worked on at once. */
const threads = { files: 2, work: 4 } as const;

/** Pages that this machine serves itself, a portal under development for one, may call from a browser. */
const isLoopback = (origin: string): boolean => /^https?:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/.test(origin);

/** The functions as routes; those that take a whole file run in threads of their own. */
const localRoutes = (functions: Functions, files: Threads): Promise<LocalRoute[]> => {
  const share = new FairShare(places);
  const claim = tokenConfig(process.env).tenantClaim;
  const tenantOf = (event: LocalEvent): string => String(event.requestContext.authorizer?.jwt?.claims?.[claim] ?? '');
  return Promise.all(
    operationIds.map(async (id): Promise<LocalRoute> => {
      const { method, path, callers } = operations[id];
      const inThread = (event: LocalEvent) =>
        files.run(tenantOf(event), id, event) as ReturnType<LocalRoute['handler']>;
      const handler = 'text' in operations[id] ? inThread : ((await functions.handler(id)) as LocalRoute['handler']);
      const auth = callers.length === 0 ? 'none' : 'jwt';
      return {
        id,
        method,
        path,
        auth,
        handler: (event, context) => share.run(tenantOf(event), () => handler(event, context)),
      };
    }),
  );
};

/** To replace the key without a gap, its file is renamed to that of the former one: the next start makes a new one. */
const snapshotSigner = async (localSigner: Functions['parts']['localSigner'], folder: string | undefined) => {
  if (folder === undefined) return localSigner();
  const key = await signingKey(join(folder, 'snapshot-key.json'));
  return localSigner(key, undefined, await formerKeys(join(folder, 'snapshot-key.former.json')));
};

/**
 * Starts everything. @throws EngineError, AdapterError, IssuerError, StateError: each with one clear sentence
 */
export const startInstance = async (options: InstanceOptions): Promise<Instance> => {
  const log = options.log ?? (() => {});
  const endpoint = process.env.DYNAMODB_ENDPOINT;
  const { folder: dataFolder, resolveBinary } = options;
  const engine = endpoint
    ? await connectEngine(endpoint)
    : await startEngine({ folder: dataFolder, ...(resolveBinary && { resolveBinary }) });
  const keeps = endpoint ? 'elsewhere' : engine.inProcess ? 'process' : dataFolder ? 'folder' : 'memory';
  const closing: (() => Promise<void>)[] = [engine.close];
  const close = async () => {
    for (const one of closing.reverse().splice(0)) await one();
  };
  try {
    await ensureTable(engineClient(engine.endpoint), tableName, tableDefinition as never);
    const folder = stateFolder(options.folder);
    const statePath = options.demo ? join(folder, 'issuer.json') : undefined;
    const issuer = await createIssuer(statePath ? { statePath } : {});
    const functions = await (options.built ? fromBuild() : fromSource());
    closing.push(functions.close);
    const { alarmTo, Buckets, documentClient, localSigner, Store, setRuntime } = functions.parts;
    const store = new Store({ client: documentClient(engine.endpoint), table: tableName, alarm: alarmTo(log) });
    const setup = { endpoint: engine.endpoint, table: tableName, built: functions.folder };
    const enqueue = (item: Work) => queue.enqueue(item);
    const working = new Threads({ setup, most: threads.work, log, enqueue });
    const files = new Threads({ setup, most: threads.files, log, enqueue });
    closing.push(working.close, files.close);
    const queue: Queue & { close(): Promise<void> } = new LocalQueue(
      (item) => working.run(item.tenant, 'work', { Records: [{ body: JSON.stringify(item) }] }),
      log,
    );
    const signer = await snapshotSigner(localSigner, options.demo ? folder : undefined);
    const token = tokenConfig({ ...process.env, TRUSTED_ISSUERS: issuer.issuer });
    setRuntime({ store, queue, signer, log, token, buckets: new Buckets() });
    const verify = verifier({ issuer: issuer.issuer, audience: LOCAL_AUDIENCE, jwks: issuer.jwks() });
    const server = await serve({
      routes: await localRoutes(functions, files),
      verify,
      port: options.port,
      allowsOrigin: isLoopback,
      home: '/v1/docs',
    });
    closing.push(
      () => queue.close(),
      () => server.close(),
    );
    let open = true;
    closing.push(async () => {
      open = false;
    });
    void resume(store, queue, log, () => open);
    const tenants = options.demo ? await demoTenants(store, server, issuer, folder) : [];
    if (options.demo && statePath)
      await writeState(folder, { url: server.url, endpoint: engine.endpoint, tenants, issuerKey: statePath });
    return { url: server.url, issuer, tenants, keeps, died: engine.died, close };
  } catch (error) {
    await close();
    throw error;
  }
};

/** One tenant per catalogue, the default one first; those of an earlier start are kept where their data is. */
const demoTenants = async (
  store: Store,
  server: LocalServer,
  issuer: Issuer,
  folder: string,
): Promise<LocalState['tenants']> => {
  const known = (await readState(folder))?.tenants ?? [];
  const kept: LocalState['tenants'] = [];
  for (const tenant of known) if (await store.exists(tenant.id as never)) kept.push(tenant);
  const token = await issuer.token({ subject: 'local-operator', scope: scopes.operator });
  const ids = [defaultCatalogue, ...[...catalogues.keys()].filter((id) => id !== defaultCatalogue)];
  const tenants: LocalState['tenants'] = [];
  for (const catalogue of ids) {
    const old = kept.find((tenant) => tenant.catalogue === catalogue);
    tenants.push(old ?? (await createDemo(server, token, issuer.issuer, catalogue)));
  }
  return tenants;
};

const createDemo = async (server: LocalServer, token: string, issuer: string, catalogue: string) => {
  const name = `Demo (${catalogue})`;
  const firstUser = { name: 'Ada Admin', identity: { issuer, subject: demoSubject } };
  const response = await fetch(`${server.url}/v1/tenants`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name, catalogue, firstUser }),
  });
  if (!response.ok) throw new Error(`the demo tenant for ${catalogue} was refused: ${await response.text()}`);
  const { id } = (await response.json()) as { id: string };
  return { name, id, catalogue };
};
