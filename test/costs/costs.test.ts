// What each operation costs on a warm process, in waves of requests to the table and in capacity units, compared with
// docs/costs.md. A change of the code that changes a price shows here; run with UPDATE_COSTS=1 to write the new prices.
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { type OperationId, operation, operationIds } from '../../shared/routes/operations.ts';
import { implemented } from '../support/facts.ts';
import { type As, bootEngine, Harness, operator, person, service, type Tenant } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { samples, Targets } from '../support/samples.ts';
import { type Spent, spentBy, Wrapped } from '../support/wrapped.ts';

vi.setConfig(longSuite);

const { engine, client, table } = await bootEngine();
afterAll(() => engine.close());
const wrapped = new Wrapped(client);
const harness = new Harness(wrapped, table);

const document = new URL('../../docs/costs.md', import.meta.url);
const row = (name: string, { roundTrips, readUnits, writeUnits }: Spent): string =>
  `| ${name} | ${roundTrips} | ${readUnits} | ${writeUnits} |`;

/** Who calls in production, for the most part. */
const callerOf = (id: OperationId, tenant: Tenant): As | undefined => {
  const callers = operation(id).callers as string[];
  if (callers.length === 0) return undefined;
  if (callers.includes('operator')) return operator;
  if (callers.includes('guest')) return person(tenant.id, 'newcomer');
  return callers.includes('service') ? service(tenant.id) : tenant.admin;
};

/** Prices of the whole table, each in a tenant of its own that this process has just used. */
const priceOf = async (id: OperationId): Promise<Spent> => {
  const tenant = await harness.tenant();
  const request = await samples[id](Targets.fresh(tenant));
  await tenant.ok('getCatalogue');
  // The deployment's key of today, which the first token makes.
  await harness.runtime.signer.key();
  const as = callerOf(id, tenant);
  return spentBy(wrapped, () => harness.ok(id, { ...request, as }));
};

describe.skipIf(process.env.DYNAMODB_ENDPOINT !== undefined)('prices', () => {
  const rows: string[] = [];

  it.each(operationIds.filter(implemented))(
    '%s',
    async (id) => {
      rows.push(row(`\`${id}\``, await priceOf(id)));
    },
    20_000,
  );

  it('are those that the document names', async () => {
    const text = await readFile(document, 'utf8');
    const start = text.indexOf('| Operation |');
    const end = text.indexOf('\n\n', start);
    const head = ['| Operation | Round trips | Read units | Write units |', '|---|---:|---:|---:|'];
    const priced = [...head, ...rows].join('\n');
    if (process.env.UPDATE_COSTS) await writeFile(document, text.slice(0, start) + priced + text.slice(end));
    else expect(text.slice(start, end), 'run with UPDATE_COSTS=1 and look at the difference').toBe(priced);
  });

  it('are known for every operation of the table', () => {
    expect(rows.length).toBe(operationIds.filter(implemented).length);
  });
});
