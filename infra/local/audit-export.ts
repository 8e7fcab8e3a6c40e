// `npm run audit:export`: seals and exports the audit of one tenant, or of all, into a folder, once.
import { isId, type TenantId } from '../../shared/domain/base/ids.ts';
import { exportFolder } from '../../shared/exports/folder.ts';
import { type PassDone, passOf } from '../../shared/exports/pass.ts';
import { localNotary } from '../../shared/http/signing/notary.ts';
import { documentClient } from '../../shared/store/client.ts';
import { Db } from '../../shared/store/db.ts';
import { everyExport } from '../../shared/store/exported.ts';
import { counted } from '../../shared/text/counted.ts';
import { localMargin, notaryKey } from './audit.ts';
import { argumentsOf, CommandError, run } from './command.ts';
import { connectEngine } from './engine.ts';
import { tableName } from './instance.ts';
import { readState, stateFolder } from './state.ts';

const usage = `usage: npm run audit:export -- --to FOLDER [--tenant ID] [--data FOLDER]
It exports what was not exported before, wherever to, up to a minute ago, and the manifests of days that have ended. The
exit code is 1 when a tenant's export has failed; the others are exported all the same.
The command works on the engine that DYNAMODB_ENDPOINT names (table: TABLE_NAME), otherwise on the one of npm start.`;

type Sum = Omit<PassDone, 'more'>;
const none: Sum = { sealed: 0, late: 0, exported: 0, days: 0, expired: 0 };

await run(async () => {
  const options = argumentsOf({ to: { type: 'string' }, tenant: { type: 'string' }, data: { type: 'string' } }, usage);
  const { to } = options;
  if (to === undefined) throw new CommandError(`--to names the folder of the exported files.\n${usage}`);
  const folder = stateFolder(options.data ?? process.env.HOLDFAST_DATA);
  const state = await readState(folder);
  const named = state?.tenants.find((tenant) => tenant.catalogue === options.tenant)?.id ?? options.tenant;
  if (named !== undefined && !isId('tenant', named))
    throw new CommandError(`--tenant takes the id of a tenant, or the catalogue of a demo tenant.\n${usage}`);
  const endpoint = process.env.DYNAMODB_ENDPOINT ?? state?.endpoint;
  if (!endpoint) throw new CommandError('No engine is known: run npm start, or set DYNAMODB_ENDPOINT.');
  await connectEngine(endpoint);
  const exports = await exportFolder(to);
  const db = new Db(documentClient(endpoint), tableName);
  const notary = localNotary(db, await notaryKey(folder));
  const tools = { db, notary, margin: localMargin, storeOf: async () => exports };
  for await (const { tenant } of named === undefined ? everyExport(db) : [{ tenant: named as TenantId }]) {
    try {
      const { sealed, late, exported, days, expired } = await passes(tools, tenant);
      const told = [
        `${sealed} sealed`,
        ...(late > 0 ? [`${late} late`] : []),
        `${exported} exported`,
        counted(days, 'day'),
        ...(expired > 0 ? [`${expired} removed`] : []),
      ];
      process.stdout.write(`${tenant} ${told.join(', ')}\n`);
    } catch (error) {
      process.stdout.write(`${tenant} failed: ${error instanceof Error ? error.message : error}\n`);
      process.exitCode = 1;
    }
  }
});

/** Passes over a tenant until none is needed. */
async function passes(tools: Parameters<typeof passOf>[0], tenant: TenantId): Promise<Sum> {
  let sum = none;
  for (let more = true; more; ) {
    const done = await passOf(tools, tenant);
    more = done.more;
    sum = {
      sealed: sum.sealed + done.sealed,
      late: sum.late + done.late,
      exported: sum.exported + done.exported,
      days: sum.days + done.days,
      expired: sum.expired + done.expired,
    };
  }
  return sum;
}
