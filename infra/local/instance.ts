// Holdfast on one machine: engine, table, issuer, the real handlers behind an HTTP server, and the worker.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { WorkResult } from '../../functions/work/messages.ts';
import { catalogues, defaultCatalogue } from '../../shared/catalogues/index.ts';
import { exportFolder } from '../../shared/exports/folder.ts';
import { createPrivate, readIfPresent } from '../../shared/files/private.ts';
import type { Queue } from '../../shared/http/gateway/queue.ts';
import type { Runtime } from '../../shared/http/gateway/runtime.ts';
import { tokenConfig } from '../../shared/http/gateway/token.ts';
import { operationIds, operations } from '../../shared/routes/operations.ts';
import type { Store } from '../../shared/store/store.ts';
import { workLeft } from '../../shared/store/sweep.ts';
import { tableDefinition } from '../../shared/store/table.ts';
import { type LocalRoute, type LocalServer, serve } from './adapter.ts';
import { type AuditSchedule, notaryKey, scheduled } from './audit.ts';
import { connectEngine, type Engine, type EngineOptions, engineClient, ensureTable, startEngine } from './engine.ts';
import type { LocalEvent } from './event.ts';
import { FairShare } from './fair.ts';
import { type Functions, fromBuild, fromSource } from './functions.ts';
import { createIssuer, type Issuer, localAudience, remembering, verifier } from './issuer.ts';
import { isLoopbackOrigin } from './loopback.ts';
import { localSites } from './pages.ts';
import { LocalQueue } from './queue.ts';
import { type LocalState, readState, stateFolder, writeState } from './state.ts';
import { Threads } from './threads.ts';

export const tableName = process.env.TABLE_NAME ?? 'holdfast';

interface InstanceOptions {
  /** Folder in which data survives a restart. Without it, data lives in memory. */
  readonly folder?: string | undefined;
  /** Port 0 takes any free port. */
  readonly port: number;
  /** Creates a tenant per catalogue on first start, and writes the state file that the other commands read. */
  readonly demo?: boolean;
  /** Runs the functions as they are built for a deployment; by default they run from source. */
  readonly built?: boolean | undefined;
  /** Folder of the built console, which may be built beside the start. Without it, no console is served. */
  readonly console?: string | undefined | Promise<string | undefined>;
  /** Seals events, and exports them where a folder is named; nothing of that happens when absent. */
  readonly audit?: AuditSchedule | undefined;
  readonly log?: Runtime['log'];
  /** Finds the embedded engine's binary. Tests pass another function to play a platform without a binary. */
  readonly resolveBinary?: EngineOptions['resolveBinary'];
}

export interface Instance {
  readonly url: string;
  readonly issuer: Issuer;
  readonly tenants: LocalState['tenants'];
  readonly hasConsole: boolean;
  /** Where the data is: in a folder, in memory of the embedded engine, in this process, or with another engine. */
  readonly keeps: 'folder' | 'memory' | 'process' | 'elsewhere';
  /** Thumbprint of the key that signs checkpoints and manifests; absent when nothing is sealed. */
  readonly auditKey?: string | undefined;
  /** Resolves when the engine ends without a call of `close`. */
  readonly died: Engine['died'];
  close(): Promise<void>;
}

/** Subject by which the first user of each demo tenant signs in. */
export const demoSubject = 'admin';

/** Scopes of the local issuer's tokens, by kind of caller. */
export const scopes = {
  person: 'holdfast/admin',
  service: 'holdfast/check',
  operator: 'holdfast/operator',
} as const;

/** Enqueues the work that a former process left. It runs beside the requests, because it scans the whole table. */
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

/**
 * Requests that run at once, in all and of one tenant. Further requests wait, and their tenants take turns. They share
 * one processor, so more of one tenant at once would be no faster, and would slow down all others.
 */
const places = { all: 32, ofOne: 3 } as const;

/** Reads of checks and lists that are under way at once; the engine would carry out more of them one after the other. */
const readsAtOnce = 1;

/** Threads for requests that carry whole files, for directory runs and sweeps, and for exports. */
const threads = { files: 2, work: 4, exports: 1 } as const;

/** Makes a route of each function. Functions that take a whole file run in threads of their own. */
const localRoutes = (functions: Functions, files: Threads): Promise<LocalRoute[]> => {
  const share = new FairShare(places.all, places.ofOne);
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

/** The secret that seals the keys of snapshot tokens: kept in the folder, else of this process. */
const snapshotSecret = async (folder: string | undefined): Promise<string> => {
  const secret = randomUUID();
  if (folder === undefined) return secret;
  const path = join(folder, 'snapshot-secret');
  return (await createPrivate(path, secret)) ? secret : ((await readIfPresent(path)) as string);
};

/**
 * Starts everything. @throws EngineError, AdapterError, IssuerError or StateError, each with one sentence for the
 * terminal
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
    // A folder that cannot be written is refused before anything else happens.
    if (options.audit?.folder !== undefined) await exportFolder(options.audit.folder);
    await ensureTable(engineClient(engine.endpoint), tableName, tableDefinition as never);
    const folder = stateFolder(options.folder);
    const statePath = options.demo ? join(folder, 'issuer.json') : undefined;
    const issuer = await createIssuer(statePath ? { statePath } : {});
    const functions = await (options.built ? fromBuild() : fromSource());
    closing.push(functions.close);
    const { alarmTo, Buckets, documentClient, localNotary, localVault, RingSigner, Store, setRuntime } =
      functions.parts;
    const client = documentClient(engine.endpoint);
    const store = new Store({ client, table: tableName, alarm: alarmTo(log), sharing: readsAtOnce });
    const setup = { endpoint: engine.endpoint, table: tableName, built: functions.folder };
    const queue: Queue & { close(): Promise<void> } = new LocalQueue({
      deliver: (event, { tenant, kind }) =>
        (kind === 'export'
          ? exporting.run(tenant, 'export', event)
          : working.run(tenant, 'work', event)) as Promise<WorkResult>,
      log,
    });
    const working = new Threads({ setup, most: threads.work, log, queue });
    const files = new Threads({ setup, most: threads.files, log, queue });
    const { audit } = options;
    const audited = audit && { ...audit, key: await notaryKey(options.demo ? folder : undefined) };
    const notary = audited && (await localNotary(store.db, audited.key).key());
    const exporting = new Threads({ setup: { ...setup, audit: audited }, most: threads.exports, log, queue });
    closing.push(working.close, files.close, exporting.close);
    const secret = await snapshotSecret(options.demo ? folder : undefined);
    const signer = new RingSigner(store.db, () => localVault(secret));
    const token = tokenConfig({ ...process.env, TRUSTED_ISSUERS: issuer.issuer });
    setRuntime({ store, queue, signer, log, token, buckets: new Buckets() });
    const verify = remembering(verifier({ issuer: issuer.issuer, audience: localAudience, jwks: issuer.jwks() }));
    let tenants: LocalState['tenants'] = [];
    const demos = () => tenants;
    const sites = await localSites({ issuer, db: store.db, demos, console: await options.console });
    const server = await serve({
      routes: await localRoutes(functions, files),
      verify,
      port: options.port,
      allowsOrigin: isLoopbackOrigin,
      sites,
      home: sites.has('console') ? '/console/' : '/v1/docs',
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
    if (audit) closing.push(scheduled(store, queue, log, audit));
    if (options.demo) tenants = await demoTenants(store, server, issuer, folder);
    if (options.demo && statePath)
      await writeState(folder, { url: server.url, endpoint: engine.endpoint, tenants, issuerKey: statePath });
    const { url } = server;
    const hasConsole = sites.has('console');
    return { url, issuer, tenants, hasConsole, keeps, auditKey: notary?.jwk.kid, died: engine.died, close };
  } catch (error) {
    await close();
    throw error;
  }
};

/**
 * Makes sure of one tenant per catalogue, the default catalogue first. Tenants of an earlier start stay when their data
 * is still there.
 */
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
