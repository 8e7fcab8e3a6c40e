// A process that seals and exports a tenant into a folder, and asks its parent before and after each file, so that the
// parent can end it at any of them.
import { writeSync } from 'node:fs';
import type { TenantId } from '../../shared/domain/base/ids.ts';
import { exportFolder } from '../../shared/exports/folder.ts';
import { passOf } from '../../shared/exports/pass.ts';
import type { ExportStore } from '../../shared/exports/port.ts';
import { localNotary } from '../../shared/http/signing/notary.ts';
import { documentClient } from '../../shared/store/client.ts';
import { Db, systemClock } from '../../shared/store/db.ts';

/** What the parent hands over. */
export interface Dying {
  readonly endpoint: string;
  readonly table: string;
  readonly tenant: string;
  readonly folder: string;
  readonly key: string;
  /** Milliseconds by which the clock of this process is ahead, so that days end. */
  readonly ahead: number;
}

const { endpoint, table, tenant, folder, key, ahead } = JSON.parse(process.argv[2] ?? '{}') as Dying;
const clock = { ...systemClock, now: () => Date.now() + ahead };
const db = new Db(documentClient(endpoint), table, clock);

/** Goes on when the parent says so. */
const asked = (): Promise<void> =>
  new Promise((go) => {
    process.once('message', () => go());
    process.send?.('may I?');
  });

const files = await exportFolder(folder);
const store: ExportStore = {
  put: async (name, bytes) => {
    await asked();
    const answer = await files.put(name, bytes);
    await asked();
    return answer;
  },
  get: (name) => files.get(name),
  list: (prefix) => files.list(prefix),
};
const tools = { db, notary: localNotary(db, key), margin: 1_000, storeOf: async () => store };
while ((await passOf(tools, tenant as TenantId)).more);
writeSync(1, 'done\n');
process.exit(0);
