// `npm run repair`: verifies a tenant (with --all, every tenant of a table) against a full scan of its items. With
// --fix it mends the differences.
import { isId, type TenantId } from '../../shared/domain/base/ids.ts';
import { documentClient } from '../../shared/store/client.ts';
import { Db } from '../../shared/store/db.ts';
import { repair, verify } from '../../shared/store/repair.ts';
import { type SurveyOutcome, surveyed } from '../../shared/store/survey.ts';
import { counted } from '../../shared/text/counted.ts';
import { argumentsOf, CommandError, run } from './command.ts';
import { connectEngine } from './engine.ts';
import { tableName } from './instance.ts';
import { readState, stateFolder } from './state.ts';

const usage = `usage: npm run repair -- --tenant ID | --all [--after ID] [--memory MB] [--fix] [--data FOLDER]
--all prints a line for each tenant, in the order of their ids. Each pass over the table takes as many tenants as have
--memory megabytes of items that decide access, 100 by default; it needs some five times as much memory. To continue an earlier --all, give --after the last id
that it printed. The exit code is 0 when nothing is wrong, 2 when every finding is mended, and 1 otherwise. A tenant is
unproven when the only users who could manage its access rights come from a directory and have not signed in since an
upgrade: a sign-in mends that.
The command works on the engine that DYNAMODB_ENDPOINT names (table: TABLE_NAME), otherwise on the one of npm start.`;

/** Verifies all tenants and prints a line for each. */
const all = async (db: Db, options: Parameters<typeof surveyed>[1]): Promise<void> => {
  const counts: Record<SurveyOutcome, number> = {
    sound: 0,
    mended: 0,
    damaged: 0,
    unproven: 0,
    keeperless: 0,
    busy: 0,
  };
  for await (const { tenant, outcome, findings } of surveyed(db, options)) {
    counts[outcome] += 1;
    const told = findings.map(({ what, detail }) => ` ${what}: ${detail};`).join('');
    process.stdout.write(`${tenant} ${outcome}${told}\n`);
  }
  const sum = Object.entries(counts).map(([outcome, count]) => `${count} ${outcome}`);
  process.stdout.write(`${sum.join(', ')}\n`);
  if (counts.damaged + counts.unproven + counts.keeperless + counts.busy > 0) process.exitCode = 1;
  else if (counts.mended > 0) process.exitCode = 2;
};

await run(async () => {
  const options = argumentsOf(
    {
      tenant: { type: 'string' },
      all: { type: 'boolean' },
      after: { type: 'string' },
      memory: { type: 'string' },
      fix: { type: 'boolean' },
      data: { type: 'string' },
    },
    usage,
  );
  const { fix = false, after, memory } = options;
  if (options.all && options.tenant !== undefined)
    throw new CommandError(`Name --tenant or --all, not both.\n${usage}`);
  if (after !== undefined && !(options.all && isId('tenant', after)))
    throw new CommandError(`--after takes the id of a tenant, and works only with --all.\n${usage}`);
  if (memory !== undefined && !(options.all && /^[1-9]\d{0,5}$/.test(memory)))
    throw new CommandError(`--memory takes a whole number of megabytes, and works only with --all.\n${usage}`);
  const state = await readState(stateFolder(options.data ?? process.env.HOLDFAST_DATA));
  const named = state?.tenants.find((tenant) => tenant.catalogue === options.tenant)?.id ?? options.tenant;
  if (!options.all && !(named && isId('tenant', named)))
    throw new CommandError(`--tenant takes the id of a tenant, or the catalogue of a demo tenant.\n${usage}`);
  const endpoint = process.env.DYNAMODB_ENDPOINT ?? state?.endpoint;
  if (!endpoint) throw new CommandError('No engine is known: run npm start, or set DYNAMODB_ENDPOINT.');
  await connectEngine(endpoint);
  const db = new Db(documentClient(endpoint), tableName);
  if (options.all) return all(db, { fix, after, ...(memory && { mostBytes: Number(memory) * 1_000_000 }) });
  const tenant = named as TenantId;
  const report = await (fix ? repair(db, tenant) : verify(db, tenant));
  if (!report)
    throw new CommandError(`There is no tenant ${tenant}: check the id, and that the engine is the right one.`);
  const { users, records, holders, findings } = report;
  process.stdout.write(
    `${counted(users, 'user')}, ${counted(records, 'record')} of the book, ${counted(holders, 'who manages', 'who manage')} access rights\n`,
  );
  for (const { what, detail } of findings) process.stdout.write(`${what}: ${detail}\n`);
  if (findings.length === 0) process.stdout.write('head, witness, pins and listings agree with a full scan\n');
  else if (fix) {
    const left = (await verify(db, tenant))?.findings ?? [];
    process.stdout.write(
      left.length === 0 ? 'repaired; nothing is left\n' : 'repaired, but for what only people can do:\n',
    );
    for (const { what, detail } of left) process.stdout.write(`  ${what}: ${detail}\n`);
    if (left.some(({ what }) => what === 'keeperless'))
      process.stdout.write('Operators recover it now: see docs/deploy.md, When nobody can manage a tenant.\n');
    if (left.length > 0) process.exitCode = 1;
  } else {
    process.stdout.write(`${counted(findings.length, 'finding')}: run again with --fix\n`);
    process.exitCode = 1;
  }
});
