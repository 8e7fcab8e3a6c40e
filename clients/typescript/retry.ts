// When to send a request again, and how long to wait before.

/** The first wait is at most this long, each later one at most twice as long as the one before. In milliseconds. */
const firstWait = 100;
const longestWait = 5_000;
/** A longer Retry-After is not waited for: the caller gets the error at once. */
const longestAsked = 30_000;

/** Statuses of a service that cannot take the request now and may later. */
const passing = new Set([429, 502, 503, 504]);

/**
 * True when a request may be sent again after this status. A repeatable one may after each of them; any other only after
 * a 429, because the service says that before it does anything.
 */
export const mayRepeat = (status: number, repeatable: boolean): boolean =>
  passing.has(status) && (repeatable || status === 429);

/** Retry-After in milliseconds: seconds or a date (RFC 9110, section 10.2.3). */
const asked = (header: string | null, now: number): number => {
  if (header === null) return 0;
  const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(wait) ? Math.max(0, wait) : 0;
};

/** How long to wait, at random so that many clients do not come back at once; nothing when the wait would be too long. */
export const waitFor = (attempt: number, retryAfter: string | null, now = Date.now()): number | undefined => {
  const least = asked(retryAfter, now);
  if (least > longestAsked) return undefined;
  return least + Math.random() * Math.min(longestWait, firstWait * 2 ** attempt);
};

/** Waits, unless the caller gives up first. */
export const pause = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((done, fail) => {
    signal?.throwIfAborted();
    const end = () => {
      clearTimeout(timer);
      fail(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', end);
      done();
    }, ms);
    signal?.addEventListener('abort', end, { once: true });
  });
