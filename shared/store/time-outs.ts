// Time-outs of every client of a service. The SDK's own are 300 seconds for an answer and 30 for a connection, which
// outlast the function: it would end without an answer, and lose what it has cached.

/** Milliseconds. A new connection takes some 50; the rest is for a processor that is busy with a book. */
const toConnect = 1_000;

/**
 * The `requestHandler` of an SDK client. What takes longer ends with `TimeoutError`, which is `unclear` to
 * `failureOf`: the request may have been carried out.
 * @param toAnswer milliseconds from the request to the start of its answer
 */
export const timeOuts = (toAnswer: number) => ({
  connectionTimeout: toConnect,
  requestTimeout: toAnswer,
  // Without it the SDK only warns.
  throwOnRequestTimeout: true,
});
