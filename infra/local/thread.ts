// The code of one thread of `Threads`: runs the functions, and passes log lines and work to the process.
import { parentPort, workerData } from 'node:worker_threads';
import type { Context } from 'aws-lambda';
import { tokenConfig } from '../../shared/http/gateway/token.ts';
import { type Functions, fromFolder, fromSource } from './functions.ts';
import type { Order, ThreadSetup, Told } from './threads.ts';

const { endpoint, table, built, audit } = workerData as ThreadSetup;
const tell = (told: Told): void => parentPort?.postMessage(told);

const functions: Functions = await (built === undefined ? fromSource() : fromFolder(built));
const { parts } = functions;
const { alarmTo, Buckets, documentClient, localVault, RingSigner, Store, setRuntime } = parts;

const log = (...line: Extract<Told, { tell: 'log' }>['line']) => tell({ tell: 'log', line });
const store = new Store({ client: documentClient(endpoint), table, alarm: alarmTo(log) });
setRuntime({
  store,
  queue: {
    enqueue: async (item, once) => tell({ tell: 'enqueue', work: item, once }),
    enqueueAll: async (reminders) => {
      for (const reminder of reminders) tell({ tell: 'enqueue', ...reminder });
    },
    postpone: async (receipt, seconds) => tell({ tell: 'postpone', receipt, seconds }),
  },
  // Signs nothing: tokens are made in the server's own thread.
  signer: new RingSigner(store.db, () => localVault('')),
  log,
  token: tokenConfig(process.env),
  buckets: new Buckets(),
});

if (audit) {
  const { key, margin, folder } = audit;
  const exports = folder === undefined ? undefined : await parts.exportFolder(folder);
  // A tenant's own bucket is for deployments: here, everything goes into one folder.
  parts.setExporter({ notary: parts.localNotary(store.db, key), margin, storeOf: async () => exports });
}
const workers = { work: parts.work, export: parts.exportWork };

parentPort?.on('message', async ({ name, event }: Order) => {
  try {
    const run = name === 'work' || name === 'export' ? workers[name] : await functions.handler(name);
    tell({ tell: 'returned', value: await run(event as never, {} as Context) });
  } catch (error) {
    tell({ tell: 'threw', error });
  }
});
