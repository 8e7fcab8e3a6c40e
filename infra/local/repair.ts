// `npm run repair`: verifies a tenant against a full scan of its items, and with --fix sets right what does not match.
import type { TenantId } from '../../shared/domain/ids.ts';
import { isId } from '../../shared/domain/ids.ts';
import { documentClient } from '../../shared/http/runtime.ts';
import { Db } from '../../shared/store/db.ts';
import { repair, verify } from '../../shared/store/repair.ts';
import { argumentsOf, CommandError, run } from './command.ts';
import { connectEngine } from './engine.ts';
import { tableName } from './instance.ts';
import { readState, stateFolder } from './state.ts';

const usage = `usage: npm run repair -- --tenant ID [--fix] [--data FOLDER]
Works on the engine that DYNAMODB_ENDPOINT names (table: TABLE_NAME), else on the one that npm start runs.`;

await run(async () => {
  const options = argumentsOf(
    { tenant: { type: 'string' }, fix: { type: 'boolean' }, data: { type: 'string' } },
    usage,
  );
  const state = await readState(stateFolder(options.data ?? process.env.HOLDFAST_DATA));
  const named = state?.tenants.find((tenant) => tenant.catalogue === options.tenant)?.id ?? options.tenant;
  if (!named || !isId('tenant', named)) throw new CommandError(`--tenant takes the id of a tenant.\n${usage}`);
  const endpoint = process.env.DYNAMODB_ENDPOINT ?? state?.endpoint;
  if (!endpoint) throw new CommandError('No engine to work on: run npm start, or set DYNAMODB_ENDPOINT.');
  await connectEngine(endpoint);
  const db = new Db(documentClient(endpoint), tableName);
  const tenant: TenantId = named;
  const report = await (options.fix ? repair(db, tenant) : verify(db, tenant));
  if (!report) throw new CommandError(`There is no tenant ${tenant}.`);
  const { users, records, holders, findings } = report;
  process.stdout.write(`${users} users, ${records} records of the book, ${holders} who manage access rights\n`);
  for (const { what, detail } of findings) process.stdout.write(`${what}: ${detail}\n`);
  if (findings.length === 0) process.stdout.write('head, witness, pins and listings agree with a full scan\n');
  else if (options.fix) {
    const left = await verify(db, tenant);
    process.stdout.write(`repaired; ${left?.findings.length ?? 0} findings are left\n`);
    if (left && left.findings.length > 0) process.exitCode = 1;
  } else {
    process.stdout.write(`${findings.length} findings: run again with --fix\n`);
    process.exitCode = 1;
  }
});
