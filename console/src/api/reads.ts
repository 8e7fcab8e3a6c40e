// Reading in components. A query's key is the operation and its request, so two components that ask the same share one
// answer; after any change everything that is on the screen is read again.
import {
  keepPreviousData,
  QueryCache,
  QueryClient,
  type UseQueryResult,
  useInfiniteQuery,
  useQuery,
} from '@tanstack/react-query';
import { useState } from 'react';
import {
  type AnswerOf,
  HoldfastProblem,
  type ItemOf,
  type OperationId,
  type PagedId,
  type Reply,
  type RequestOf,
} from '../../../clients/typescript/index.ts';
import { api } from './client.ts';

export const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    // Who is disabled while a page is open learns it from the next reading, whatever that is.
    onError(error, { queryKey: [id] }) {
      if (id !== 'getMe' && error instanceof HoldfastProblem && error.code === 'user-disabled')
        void queries.invalidateQueries({ queryKey: ['getMe'] });
    },
  }),
  defaultOptions: { queries: { staleTime: 5_000, retry: false, refetchOnWindowFocus: true } },
});

/** Reads again whatever is on the screen. */
export const refresh = (): Promise<void> => queries.invalidateQueries();

interface When {
  /** False: not yet. */
  readonly when?: boolean | undefined;
  /** Milliseconds after which it is read again; false: not by itself. */
  readonly every?: number | false | undefined;
}

interface WhenOne extends When {
  /** Another request shows the answer of the one before until its own is there. */
  readonly keeps?: boolean | undefined;
}

type Call = (id: string, request: object) => Promise<unknown>;

/** One answer with its status and ETag. */
export const useRead = <Id extends OperationId>(
  id: Id,
  request: RequestOf<Id> | Record<string, never>,
  { when = true, every = false, keeps = false }: WhenOne = {},
): UseQueryResult<Reply<Id>> =>
  useQuery({
    queryKey: [id, request],
    queryFn: ({ signal }) => (api.call as unknown as Call)(id, { ...request, signal }) as Promise<Reply<Id>>,
    enabled: when,
    refetchInterval: every,
    // The compiler cannot tell that an answer is no function.
    ...(keeps && { placeholderData: keepPreviousData as never }),
  });

/** Every item of a list, for lists that the tenant's quotas keep short (roles, rules, policies, sources). */
export const useAll = <Id extends PagedId>(
  id: Id,
  request: RequestOf<Id> | Record<string, never>,
  { when = true, every = false }: When = {},
): UseQueryResult<readonly ItemOf<Id>[]> =>
  useQuery({
    queryKey: [id, 'all', request],
    queryFn: async ({ signal }) => {
      const { query = {} } = request as { query?: object };
      const all: ItemOf<Id>[] = [];
      const items = (api.items as unknown as (id: string, request: object) => AsyncGenerator<ItemOf<Id>>)(id, {
        ...request,
        query: { limit: 200, ...query },
        signal,
      });
      for await (const item of items) all.push(item);
      return all;
    },
    enabled: when,
    refetchInterval: every,
    placeholderData: keepPreviousData,
  });

export interface Pages<Item, Answer> {
  readonly items: readonly Item[];
  /** The answer of the page that is shown, for what it says beside its items. */
  readonly answer: Answer | undefined;
  readonly loading: boolean;
  readonly error: Error | null;
  /** From 1. */
  readonly page: number;
  /** Pages that are known. */
  readonly known: number;
  /** There are more. */
  readonly openEnd: boolean;
  go(page: number): void;
}

/** A long list, page by page: pages that were seen can be turned back to. */
export const usePages = <Id extends PagedId>(
  id: Id,
  request: RequestOf<Id> | Record<string, never>,
  { when = true, every = false }: When = {},
): Pages<ItemOf<Id>, AnswerOf<Id>> => {
  const key = JSON.stringify(request);
  const [place, setPlace] = useState({ key, page: 1 });
  // Another filter begins at its first page.
  const wanted = place.key === key ? place.page : 1;
  const list = useInfiniteQuery({
    queryKey: [id, 'pages', request],
    queryFn: async ({ pageParam, signal }) => {
      const { query = {}, body } = request as { query?: object; body?: object };
      const cursor = pageParam === undefined ? {} : { cursor: pageParam };
      const turned = body === undefined ? { query: { ...query, ...cursor } } : { body: { ...body, ...cursor } };
      const { body: answer } = (await (api.call as unknown as Call)(id, { ...request, ...turned, signal })) as {
        body: { items: ItemOf<Id>[]; cursor?: string };
      };
      return answer;
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ cursor }) => cursor,
    enabled: when,
    refetchInterval: every,
    placeholderData: keepPreviousData,
  });
  const pages = list.data?.pages ?? [];
  const page = Math.max(1, Math.min(wanted, pages.length));
  const answer = pages[page - 1];
  return {
    items: answer?.items ?? [],
    answer: answer as AnswerOf<Id> | undefined,
    loading: list.isPending || list.isFetchingNextPage,
    error: list.error,
    page,
    known: Math.max(1, pages.length),
    openEnd: list.hasNextPage,
    go(next) {
      setPlace({ key, page: next });
      if (next > pages.length && list.hasNextPage) void list.fetchNextPage();
    },
  };
};
