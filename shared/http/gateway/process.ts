// What a request's log line says about its process: whether this was its first request, and how full its memory is. The
// service's own lines about that are switched off (docs/decisions, 0011).

let served = false;

/** True for the first request of the process, which is a cold start. */
export const isFirst = (): boolean => {
  const first = !served;
  served = true;
  return first;
};

/** Share of a function's memory above which somebody should look. */
const much = 0.85;

let read = { at: Number.NEGATIVE_INFINITY, bytes: 0 };
/** Bytes that the process occupied within the last second: asking the system each time would cost more than deciding. */
const occupied = (): number => {
  const at = performance.now();
  if (at - read.at > 1_000) read = { at, bytes: process.memoryUsage.rss() };
  return read.bytes;
};

/** Megabytes that the process occupies, and true when they are nearly all that its function has. */
export const memoryNow = (
  bytes = occupied(),
  megabytes = Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE),
): { readonly rss: number; readonly full: boolean } => {
  const rss = Math.round(bytes / 2 ** 20);
  return { rss, full: rss > much * megabytes };
};
