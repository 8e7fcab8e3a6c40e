// Two tenants that are the same to a caller and differ in what the caller may not see. Ids come from one seed and time
// stands still, so that whatever is visible is equal to the byte.
import { vi } from 'vitest';
import { idsFrom } from '../../shared/domain/base/ids.ts';
import { setRuntime } from '../../shared/http/gateway/runtime.ts';
import type { OperationId } from '../../shared/routes/operations.ts';
import { seededBytes } from '../support/facts.ts';
import { type As, bootEngine, Harness, type Reply, type Request, type Tenant } from '../support/harness.ts';
import { Targets } from '../support/samples.ts';
import { SleepingClock } from '../support/wrapped.ts';

export interface World {
  readonly harness: Harness;
  readonly tenant: Tenant;
  readonly targets: Targets;
  /** What the caller can name: ids of things that are there in both worlds; under `H…` of those in the fuller one only. */
  readonly ids: Record<string, string>;
}

/** All ids from now on, in every world, are those of this seed. */
let bytes = seededBytes(1);
export const reseed = (seed: number): void => {
  bytes = seededBytes(seed);
};

const engines: { close(): Promise<void> }[] = [];
export const closeWorlds = async (): Promise<void> => {
  vi.restoreAllMocks();
  for (const engine of engines.splice(0)) await engine.close();
};

/** A world with a tenant of the catalogue, furnished. */
const world = async (catalogue: string, furnish: (world: World) => Promise<void>): Promise<World> => {
  const { engine, client, table } = await bootEngine();
  engines.push(engine);
  vi.spyOn(globalThis.crypto, 'getRandomValues').mockImplementation((array) => {
    (array as unknown as Uint8Array).set(bytes((array as unknown as Uint8Array).length));
    return array;
  });
  const clock = new SleepingClock();
  const harness = new Harness(client, table, { clock, ids: idsFrom((n) => bytes(n)) });
  reseed(1);
  const tenant = await harness.tenant(catalogue, 'World');
  const targets = Targets.shared(tenant);
  let names = 0;
  targets.name = () => {
    names += 1;
    return `Sample ${names}`;
  };
  const made: World = { harness, tenant, targets, ids: {} };
  await furnish(made);
  return made;
};

/** The two worlds: `hide` is done in the fuller one only. */
export const pair = async (
  catalogue: string,
  furnish: (world: World) => Promise<void>,
  hide: (world: World) => Promise<void>,
): Promise<readonly [plain: World, fuller: World]> => {
  const plain = await world(catalogue, furnish);
  const fuller = await world(catalogue, furnish);
  reseed(2);
  await hide(fuller);
  return [plain, fuller];
};

/** An answer as bytes, without what tells requests and moments apart: ids of requests, times, the book's version. */
const bytesOf = ({ status, body, etag }: Reply): string =>
  JSON.stringify([status, etag ?? null, body ?? null], (key, value) =>
    ['requestId', 'asOf', 'version'].includes(key) ? undefined : value,
  );

let seed = 1_000;
/** The same request in both worlds; the answers as bytes. */
export const inBoth = async (
  worlds: readonly [World, World],
  id: OperationId,
  request: Request,
  as: As,
): Promise<[string, string]> => {
  seed += 1;
  const answers: string[] = [];
  for (const { harness } of worlds) {
    reseed(seed);
    setRuntime(harness.runtime);
    answers.push(bytesOf(await harness.call(id, { ...request, as })));
  }
  return answers as [string, string];
};

/** Runs something in each world, as the only one there is. */
export const each = async (worlds: readonly [World, World], run: (world: World) => Promise<unknown>): Promise<void> => {
  seed += 1;
  for (const one of worlds) {
    reseed(seed);
    setRuntime(one.harness.runtime);
    await run(one);
  }
};
