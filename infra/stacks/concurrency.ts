// The account's concurrency, and the parts of it that are kept for single functions. A reserve is a floor, which no other
// function can take, and a ceiling. So the functions have one that must answer whatever else goes on: checks, log-ons to
// products, and operations that are open to callers without a token, who can take no more than that. All other functions
// share what is left.
import { type OperationId, operations } from '../../shared/routes/operations.ts';

/** Concurrent executions that are kept for a function of a stage, and are its most. */
const reserves: Partial<Record<OperationId, number>> = {
  // At 12 ms each, 100 copies answer 8,000 checks a second, more than a stage lets through.
  check: 100,
  checkBatch: 50,
  createSession: 10,
  createSnapshotToken: 10,
  // At 2 ms each, 10 copies hand out the keys 5,000 times a second, ten times what the route lets through.
  getJwks: 10,
  getHealth: 2,
  getReadiness: 2,
  getOpenApi: 2,
  getDocs: 2,
  getDocsAsset: 4,
};
export const reserveOf = (id: OperationId): number | undefined => reserves[id];

interface Throttle {
  /** Requests a second, and at once. */
  readonly rate: number;
  readonly burst: number;
}

/**
 * The limit of a route that is open to callers without a token, because these would else use up what the stage lets
 * through for all; `undefined` for routes that need a token.
 */
export const throttleOf = (id: OperationId): Throttle | undefined => {
  if (operations[id].callers.length > 0) return undefined;
  return id === 'getJwks' ? { rate: 500, burst: 500 } : { rate: 50, burst: 100 };
};

/** An account's concurrency unless AWS has raised it, and the part that the service keeps unreserved. */
export const accountConcurrency = 1_000;
export const unreserved = 100;

/** Megabytes. They also decide the share of a processor: 1,769 MB are a whole one. */
export const memoryOf = (id: OperationId): number => {
  const { area, data } = operations[id];
  if (area === 'checks') return 1_024;
  return data === 'none' ? 256 : 768;
};

/** Seconds. The gateway gives up after 30, and the store answers 503 after 20. */
export const requestSeconds = 29;
export const workSeconds = 120;
/** A pass over one tenant's audit ends by itself after 20. */
export const exportSeconds = 120;

/**
 * Concurrent executions of the function that exports, reserved and at most. A pass over a tenant in which little has
 * happened takes a third of a second, so eight copies see to 5,000 tenants in four minutes.
 */
export const exportReserve = 8;
