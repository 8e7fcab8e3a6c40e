// What a request's log line says about its process: whether this was its first request, and how full its memory is. The
// service's own lines about that are switched off (docs/decisions, 0011). Where a process has several threads, each has
// this module, its heap and its caches for itself.
import { getHeapStatistics } from 'node:v8';

let served = false;

/** True for the first request of the thread, which is a cold start. */
export const isFirst = (): boolean => {
  const first = !served;
  served = true;
  return first;
};

/** Share of a function's memory, or of a thread's heap, above which somebody should look. */
const much = 0.85;

interface Occupied {
  /** Bytes of the whole process. */
  readonly bytes: number;
  /** The part of its heap that this thread uses. A thread whose heap is full ends, however much memory is left. */
  readonly heap: number;
}

let read = { at: Number.NEGATIVE_INFINITY, bytes: 0, heap: 0 };
/** What was occupied within the last second: asking the system each time would cost more than deciding. */
const occupied = (): Occupied => {
  const at = performance.now();
  if (at - read.at <= 1_000) return read;
  const { used_heap_size, heap_size_limit } = getHeapStatistics();
  read = { at, bytes: process.memoryUsage.rss(), heap: used_heap_size / heap_size_limit };
  return read;
};

/** Megabytes that the process occupies, and true when they or the thread's heap are nearly all that there is. */
export const memoryNow = (
  { bytes, heap }: Occupied = occupied(),
  megabytes = Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE),
): { readonly rss: number; readonly full: boolean } => {
  const rss = Math.round(bytes / 2 ** 20);
  return { rss, full: megabytes > 0 && (rss > much * megabytes || heap > much) };
};
