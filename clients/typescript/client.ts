// The client: a method for each operation, and methods that send several requests.
import { HoldfastProblem } from './problem.ts';
import { routes } from './routes.ts';
import { type AnyReply, type AnyRequest, type ClientOptions, send } from './transport.ts';
import type {
  AnswerOf,
  Arguments,
  BodyOf,
  ItemOf,
  Methods,
  OperationId,
  PagedId,
  PreviewOf,
  ReaderOf,
  RehearsalOf,
  Reply,
  RequestOf,
  Route,
  TargetOf,
  UpdateId,
  WriteId,
} from './types.ts';

/** The most often that an update is tried while others change the same resource. */
const updateAttempts = 5;

export interface Client extends Methods {
  /** Calls an operation and resolves to its answer with status and ETag; rehearsed, to a preview. */
  call<Id extends WriteId>(id: Id, request: RehearsalOf<Id>): Promise<Reply<Id, PreviewOf<Id>>>;
  call<Id extends OperationId>(id: Id, ...args: Arguments<RequestOf<Id>>): Promise<Reply<Id>>;
  /** Yields the pages of a list, one after the other. */
  pages<Id extends PagedId>(id: Id, ...args: Arguments<RequestOf<Id>>): AsyncGenerator<AnswerOf<Id>, void, undefined>;
  /** Yields the items of a list; the next page is fetched when it is needed. */
  items<Id extends PagedId>(id: Id, ...args: Arguments<RequestOf<Id>>): AsyncGenerator<ItemOf<Id>, void, undefined>;
  /**
   * Reads a resource, and writes what `change` makes of it on the condition that nobody else wrote meanwhile. After a lost
   * update it starts again, five times at most. `change` is given all items of a list in pages.
   */
  update<Id extends UpdateId>(
    id: Id,
    target: TargetOf<Id>,
    change: (current: AnswerOf<ReaderOf<Id>>) => BodyOf<Id> | Promise<BodyOf<Id>>,
  ): Promise<AnswerOf<Id>>;
}

const all: Readonly<Record<string, Route>> = routes;
const routeOf = (id: string): Route => {
  const route = all[id];
  if (!route) throw new TypeError(`There is no operation ${id}.`);
  return route;
};

const readerOf = (id: string): string => {
  const { path } = routeOf(id);
  const reader = Object.keys(all).find((one) => routeOf(one).method === 'GET' && routeOf(one).path === path);
  if (reader === undefined) throw new TypeError(`Nothing reads what ${id} changes.`);
  return reader;
};

interface Page {
  readonly items: readonly unknown[];
  readonly cursor?: string;
}

/** The request for the page of a cursor. */
const turned = ({ pages }: Route, request: AnyRequest, cursor: string | undefined): AnyRequest => {
  if (cursor === undefined) return request;
  if (pages === 'body') return { ...request, body: { ...(request.body as object), cursor } };
  return { ...request, query: { ...request.query, cursor } };
};

/** Makes a client. It keeps nothing between calls, so one is enough and many do no harm. */
export const createClient = (options: ClientOptions): Client => {
  const call = (id: string, request: AnyRequest = {}): Promise<AnyReply> => send(options, id, routeOf(id), request);

  async function* replies(id: string, request: AnyRequest = {}): AsyncGenerator<AnyReply, void, undefined> {
    let cursor: string | undefined;
    do {
      const reply = await call(id, turned(routeOf(id), request, cursor));
      yield reply;
      const { cursor: next } = reply.body as Page;
      if (next !== undefined && next === cursor) throw new Error(`${id} answers the same page again and again.`);
      cursor = next;
    } while (cursor !== undefined);
  }

  async function* pages(id: string, request?: AnyRequest) {
    for await (const { body } of replies(id, request)) yield body;
  }

  async function* items(id: string, request?: AnyRequest) {
    for await (const { body } of replies(id, request)) yield* (body as Page).items;
  }

  /** Reads a resource with its ETag. All pages of a list get the ETag of the first, so a change between pages makes a 412. */
  const read = async (id: string, target: AnyRequest): Promise<AnyReply> => {
    if (!routeOf(id).pages) return call(id, target);
    const read: AnyReply[] = [];
    for await (const reply of replies(id, { ...target, query: { limit: 200 } })) read.push(reply);
    const [first] = read as [AnyReply];
    return { ...first, body: { items: read.flatMap(({ body }) => (body as Page).items) } };
  };

  const update = async (id: string, target: AnyRequest, change: (current: unknown) => unknown): Promise<unknown> => {
    const reader = readerOf(id);
    for (let n = 1; ; n += 1) {
      const { body: current, etag } = await read(reader, target);
      const body = await change(current);
      try {
        return (await call(id, { ...target, body, ifMatch: etag })).body;
      } catch (error) {
        const overtaken = error instanceof HoldfastProblem && error.code === 'precondition-failed';
        if (!overtaken || n === updateAttempts) throw error;
      }
    }
  };

  const methods = Object.fromEntries(
    Object.keys(routes).map((id) => [id, async (request?: AnyRequest) => (await call(id, request)).body]),
  );
  // The methods are made from the routes at run time, so the compiler cannot see that they have these types.
  return { ...methods, call, pages, items, update } as unknown as Client;
};
