// The client: a method for each operation of the table, and what goes beyond single requests.
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

/** How often an update is tried on what others keep changing. */
const updateAttempts = 5;

export interface Client extends Methods {
  /** Calls an operation and resolves to its answer with status and ETag; rehearsed, to a preview. */
  call<Id extends WriteId>(id: Id, request: RehearsalOf<Id>): Promise<Reply<Id, PreviewOf<Id>>>;
  call<Id extends OperationId>(id: Id, ...args: Arguments<RequestOf<Id>>): Promise<Reply<Id>>;
  /** The pages of a list, one after the other. */
  pages<Id extends PagedId>(id: Id, ...args: Arguments<RequestOf<Id>>): AsyncGenerator<AnswerOf<Id>, void, undefined>;
  /** Everything in a list, page by page behind the scenes. */
  items<Id extends PagedId>(id: Id, ...args: Arguments<RequestOf<Id>>): AsyncGenerator<ItemOf<Id>, void, undefined>;
  /**
   * Reads a resource, changes what was read, and writes it on the condition that nobody else did meanwhile; reads again
   * when somebody did, at most five times. Of a list in pages, `change` is given all items.
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

/** A request for the page that a cursor leads to. */
const turned = ({ pages }: Route, request: AnyRequest, cursor: string | undefined): AnyRequest => {
  if (cursor === undefined) return request;
  if (pages === 'body') return { ...request, body: { ...(request.body as object), cursor } };
  return { ...request, query: { ...request.query, cursor } };
};

/** Makes a client. It keeps nothing between calls, so one is enough, and many do no harm. */
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

  /** The resource with its ETag; all pages of a list, with the tag of the first: later ones that differ make a 412. */
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
  // The one place where types are taken on trust: the table's, for what is built from the table's own routes.
  return { ...methods, call, pages, items, update } as unknown as Client;
};
