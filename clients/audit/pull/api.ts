// The one request of a pull, by the typed client.
import { type OnWait, repeating } from '../../command/repeating.ts';
import { createClient, HoldfastProblem } from '../../typescript/index.ts';
import { AuditError } from '../exits.ts';
import { mostBytes } from '../folder.ts';
import { CutOff, type Page, parsedPage, shrunk } from './page.ts';

interface ApiOptions {
  readonly url: string;
  readonly token: () => Promise<string>;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
  /** Waits for so many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
  /** Told before each wait. */
  readonly onWait?: OnWait | undefined;
  /** True to ask for personal values. */
  readonly values: boolean;
}

/** A fetch whose answers are read up to the most that a file may unpack to, because packed ones can become any size. */
const bounded = (go: typeof fetch): typeof fetch => {
  const counting = () => {
    let bytes = 0;
    return new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, out) => {
        bytes += chunk.byteLength;
        if (bytes <= mostBytes) return out.enqueue(chunk);
        out.error(
          new AuditError('wrong', `The service sends more than ${mostBytes} bytes at once: nothing of it is kept.`),
        );
      },
    });
  };
  return async (...sent) => {
    const answer = await go(...sent);
    const { body, status, headers } = answer;
    return body ? new Response(body.pipeThrough(counting()), { status, headers }) : answer;
  };
};

/** Asks for pages, again and again where the service may answer later. @throws HoldfastProblem, HoldfastUnreachable, AuditError, CutOff */
export const pagesOf = ({ url, token, fetch: go, signal, pause, onWait, values }: ApiOptions) => {
  const { fetch, again } = repeating({ fetch: bounded(go), pause, onWait });
  const client = createClient({ url, token, fetch, retries: 0 });
  return async (after: number): Promise<Page> => {
    try {
      return await again(
        async () => {
          const query = { after, values: String(values) as 'true' };
          const text = await client.exportEvents({ query, signal }).catch((error: unknown) => {
            const { cause } = error as { cause?: unknown };
            throw cause instanceof AuditError ? cause : error;
          });
          return parsedPage(text);
        },
        (error) => error instanceof CutOff,
      );
    } catch (error) {
      // Only a service with fewer events refuses a sequence that it has given out itself.
      const size = error instanceof HoldfastProblem ? error.document.size : undefined;
      if (size !== undefined && size < after) return shrunk(size, after);
      throw error;
    }
  };
};
