// A server in a process of its own, for the benchmark of checks: the whole of Holdfast as `npm start` serves it, its HTTP
// server alone with a constant answer, or the engine's own rate. It is told what to do by messages of its parent.
import { type Session as Inspector, Session } from 'node:inspector/promises';
import { BatchGetCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { serve } from '../infra/local/adapter.ts';
import { engineClient } from '../infra/local/engine.ts';
import { scopes, startInstance, tableName } from '../infra/local/instance.ts';
import type { Key } from '../shared/store/keys.ts';
import { type Parts, partsOf } from './parts.ts';

/** What a parent tells this process. */
export type Order =
  | { readonly order: 'holdfast'; readonly tenants: readonly string[]; readonly built: boolean }
  | { readonly order: 'constant'; readonly body: string }
  | {
      readonly order: 'engine';
      readonly keys: readonly (readonly Key[])[];
      readonly connections: number;
      readonly ms: number;
    }
  | { readonly order: 'profile' }
  | { readonly order: 'profiled' };

/** What it answers. */
export interface Report {
  readonly port?: number;
  /** Tokens of a product service, by tenant in the order of the tenants. */
  readonly tokens?: readonly string[];
  readonly rate?: number;
  readonly parts?: Parts;
}

let inspector: Inspector | undefined;

const carryOut = async (told: Order): Promise<Report> => {
  if (told.order === 'holdfast') {
    const instance = await startInstance({ port: 0, built: told.built });
    const tokens = await Promise.all(
      told.tenants.map((tenant) => instance.issuer.token({ subject: 'product', tenant, scope: scopes.service })),
    );
    return { port: Number(new URL(instance.url).port), tokens };
  }
  if (told.order === 'constant') {
    const answer = { statusCode: 200, headers: { 'content-type': 'application/json' }, body: told.body };
    const { url } = await serve({
      routes: [{ id: 'check', method: 'POST', path: '/v1/check', auth: 'none', handler: async () => answer }],
      verify: async () => ({ reason: 'malformed' }),
      port: 0,
    });
    return { port: Number(new URL(url).port) };
  }
  if (told.order === 'engine') return { rate: await engineRate(told) };
  if (told.order === 'profile') {
    inspector = new Session();
    inspector.connect();
    await inspector.post('Profiler.enable');
    await inspector.post('Profiler.setSamplingInterval', { interval: 200 });
    await inspector.post('Profiler.start');
    return {};
  }
  if (!inspector) throw new Error('nothing is profiled');
  const { profile } = await inspector.post('Profiler.stop');
  inspector.disconnect();
  return { parts: partsOf(profile) };
};

/** Reads of the same keys a second, by the SDK's client as it comes, so many at once. */
const engineRate = async ({ keys, connections, ms }: Extract<Order, { order: 'engine' }>): Promise<number> => {
  const client = DynamoDBDocumentClient.from(engineClient(process.env.DYNAMODB_ENDPOINT ?? ''));
  const began = performance.now();
  let [next, done] = [0, 0];
  const caller = async (): Promise<void> => {
    while (performance.now() < began + ms) {
      const Keys = keys[next % keys.length] as unknown as Record<string, string>[];
      next += 1;
      await client.send(new BatchGetCommand({ RequestItems: { [tableName]: { Keys, ConsistentRead: true } } }));
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, caller));
  return (1_000 * done) / (performance.now() - began);
};

process.on('message', (told: Order) => {
  carryOut(told).then(
    (report) => process.send?.(report),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.once('disconnect', () => process.exit());
