// The one request of a pull, by the typed client.
import { repeating } from '../../command/repeating.ts';
import { createClient, HoldfastProblem } from '../../typescript/index.ts';
import { CutOff, type Page, parsedPage, shrunk } from './page.ts';

interface ApiOptions {
  readonly url: string;
  readonly token: () => Promise<string>;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
  /** Waits for so many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
  /** True to ask for personal values. */
  readonly values: boolean;
}

/** Asks for pages, again and again where the service may answer later. @throws HoldfastProblem, HoldfastUnreachable, AuditError, CutOff */
export const pagesOf = ({ url, token, fetch: go, signal, pause, values }: ApiOptions) => {
  const { fetch, again } = repeating({ fetch: go, pause });
  const client = createClient({ url, token, fetch, retries: 0 });
  return async (after: number): Promise<Page> => {
    try {
      return await again(
        async () =>
          parsedPage(await client.exportEvents({ query: { after, values: String(values) as 'true' }, signal })),
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
