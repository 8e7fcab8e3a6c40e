// The client's types, all of them derived from the operations as they are printed from the API document.
import type { Operations, Preview, Problem } from './operations.ts';

export type OperationId = keyof Operations;

/** An operation as the client knows it at run time. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Changes nothing, whatever its method is. */
  readonly safe?: boolean;
  /** Takes an Idempotency-Key. */
  readonly idempotent?: boolean;
  /** The media type of a body that is not JSON. */
  readonly text?: string;
  /** Answers in pages; where the cursor goes. */
  readonly pages?: 'query' | 'body';
}
export type Routes = {
  readonly [Id in OperationId]: Route & Pick<Operations[Id], 'method' | 'path'>;
};

type EtagOf<Id extends OperationId> = Operations[Id] extends { etag: infer Etag } ? Etag : 'none';
type Tagged<Id extends OperationId> =
  EtagOf<Id> extends 'required'
    ? { ifMatch: string }
    : EtagOf<Id> extends 'accepted'
      ? { ifMatch?: string | undefined }
      : EtagOf<Id> extends 'spent'
        ? { ifMatch: string } | { ifMatch?: undefined; body: { digest: string } }
        : unknown;
type Keyed<Id extends OperationId> = Operations[Id] extends { idempotent: true }
  ? {
      /** The client makes one by default. Name your own to repeat a request in another process. */
      idempotencyKey?: string | undefined;
    }
  : unknown;

/** The answer of an operation; undefined for a 204. */
export type AnswerOf<Id extends OperationId> = Operations[Id]['answer'];
/** The argument of a method: the request, and how to send it. */
export type RequestOf<Id extends OperationId> = Operations[Id]['request'] &
  Tagged<Id> &
  Keyed<Id> & { signal?: AbortSignal | undefined; dryRun?: false | undefined };

/** Operations that change something, so that they can be rehearsed. */
export type WriteId = {
  [Id in OperationId]: Operations[Id] extends { writes: true } ? Id : never;
}[OperationId];
/** A request that is only rehearsed: nothing is changed, and the answer is a preview. */
export type RehearsalOf<Id extends WriteId> = Omit<RequestOf<Id>, 'dryRun'> & { dryRun: true };
/** The answer to a rehearsal, whether the request would be done or refused. */
export type PreviewOf<Id extends WriteId> = Omit<Preview, 'answer'> & {
  answer?: AnswerOf<Id> | undefined;
};

/** The request may be left out where nothing of it is needed. */
export type Arguments<Request> = object extends Request ? [request?: Request] : [request: Request];

/** An answer with its status and ETag. */
export interface Reply<Id extends OperationId, Body = AnswerOf<Id>> {
  readonly status: number;
  readonly body: Body;
  readonly etag: string | undefined;
}

/** A method for each operation, which resolves to the answer. */
export type Methods = {
  readonly [Id in keyof Operations]: (Id extends WriteId
    ? (request: RehearsalOf<Id>) => Promise<PreviewOf<Id>>
    : unknown) &
    ((...args: Arguments<RequestOf<Id>>) => Promise<AnswerOf<Id>>);
};

/** Operations that answer in pages. */
export type PagedId = {
  [Id in OperationId]: AnswerOf<Id> extends { items: unknown[]; cursor?: string | undefined } ? Id : never;
}[OperationId];
export type ItemOf<Id extends PagedId> = AnswerOf<Id> extends { items: (infer Item)[] } ? Item : never;

/** The operation that reads what another one changes: on the same path, with an ETag. */
export type ReaderOf<Id extends OperationId> = {
  [R in OperationId]: Operations[R] extends { method: 'GET'; path: Operations[Id]['path'] }
    ? EtagOf<R> extends 'none'
      ? never
      : R
    : never;
}[OperationId];

/** Operations that change a resource which can be read. */
export type UpdateId = {
  [Id in OperationId]: Operations[Id]['method'] extends 'PUT' | 'PATCH'
    ? [ReaderOf<Id>] extends [never]
      ? never
      : Id
    : never;
}[OperationId];
export type BodyOf<Id extends OperationId> = Operations[Id]['request'] extends { body?: infer Body }
  ? NonNullable<Body>
  : never;
/** The resource that an update is about: the request without the parts that `update` fills in. */
export type TargetOf<Id extends OperationId> = Omit<RequestOf<Id>, 'body' | 'ifMatch' | 'query' | 'dryRun'>;

/** A problem document, as the API sends it. */
export type ProblemDocument = Problem;
/** The code by which programs tell refusals apart. */
export type ProblemCode = Problem['code'];
