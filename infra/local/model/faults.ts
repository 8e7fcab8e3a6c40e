// Faults that the model makes on purpose, and how long things take. The service makes all of these faults too, but
// rarely.

/** Probabilities per request, 0 to 1. */
export interface Faults {
  /** A write or transactional read is refused as if another transaction held one of its items. */
  conflict: number;
  /** A request is refused for its rate, before any effect. */
  throttle: number;
  /** BatchGet, Query and Scan read each item at a moment of its own. */
  tornReads: number;
  /** Query and Scan end their page after a few items. */
  smallPages: number;
  /** BatchGet leaves some keys unprocessed. */
  unprocessed: number;
  /** A committed transaction becomes visible to ordinary readers item by item; its items stay locked until it is. */
  halfVisible: number;
  /** A read that does not ask for consistency sees an older version. */
  staleReads: number;
  /** A read of an index sees each of its entries as of some moment before. */
  indexLag: number;
  /** The effect happens, but the caller gets an error that does not say so. */
  lostAnswers: number;
  /** No effect happens, and the caller gets the same errors. */
  lostRequests: number;
  /** The caller gets the same errors first, and the effect happens later because the request was still under way. */
  lateEffects: number;
  /** A request is delivered once more, at any later time. */
  duplicates: number;
  /** The sending worker dies before the request leaves, or before its answer arrives. */
  deaths: number;
}

export const calm: Faults = {
  conflict: 0,
  throttle: 0,
  tornReads: 0,
  smallPages: 0,
  unprocessed: 0,
  halfVisible: 0,
  staleReads: 0,
  indexLag: 0,
  lostAnswers: 0,
  lostRequests: 0,
  lateEffects: 0,
  duplicates: 0,
  deaths: 0,
};

export const hostile: Faults = {
  conflict: 0.05,
  throttle: 0.02,
  tornReads: 0.7,
  smallPages: 0.3,
  unprocessed: 0.1,
  halfVisible: 0.6,
  staleReads: 0.5,
  indexLag: 0.5,
  lostAnswers: 0.02,
  lostRequests: 0.01,
  lateEffects: 0.01,
  duplicates: 0.03,
  deaths: 0.001,
};

/** Ranges in virtual ms. */
export interface Timing {
  /** A request's way to the service. */
  before: readonly [number, number];
  /** An answer's way back. */
  after: readonly [number, number];
  /** Time for which a transaction holds its items, from arrival to commit. */
  prepare: readonly [number, number];
  /** Time until a half-visible commit is wholly visible. */
  reveal: readonly [number, number];
  /** Time over which a torn read reads its items. */
  spread: readonly [number, number];
  /** Greatest age of a stale read. */
  stale: readonly [number, number];
  indexLag: readonly [number, number];
  /** Time for which a caller waits for an answer that does not come. */
  timeout: readonly [number, number];
  /** Delay of a duplicate or a late effect. */
  late: readonly [number, number];
}

export const defaultTiming: Timing = {
  before: [1, 6],
  after: [1, 6],
  prepare: [1, 8],
  reveal: [1, 30],
  spread: [1, 20],
  stale: [1, 1_000],
  indexLag: [1, 3_000],
  timeout: [500, 3_000],
  late: [1, 60_000],
};

/** Time for which a client token is remembered. */
export const tokenMemoryMs = 10 * 60_000;
