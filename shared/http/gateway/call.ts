// The types that the parts of the chain pass on: the event, the parsed request and the answer.
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { TenantId } from '../../domain/base/ids.ts';
import type { ProblemCode } from '../../domain/base/refusal.ts';
import type { IdsAndTime, World } from '../../domain/change.ts';
import type { Operation } from '../../routes/entry.ts';
import type { InputOf, OperationId } from '../../routes/operations.ts';
import type { Authorised } from '../../store/authorised.ts';
import type { View } from '../../store/view.ts';
import type { Runtime } from './runtime.ts';
import type { Token } from './token.ts';

export type Event = APIGatewayProxyEventV2 & {
  requestContext: { authorizer?: { jwt?: { claims?: Record<string, unknown> } } };
};
export type Result = APIGatewayProxyStructuredResultV2;

/** A parsed request, before anything is read from the table. */
export interface Call<Id extends OperationId = OperationId> {
  readonly id: Id;
  readonly operation: Operation;
  readonly token: Token;
  /** The tenant that the token names; operations for operators ignore it. */
  readonly tenant: TenantId;
  readonly input: InputOf<Id>;
  /** The media type of a body that is not JSON. */
  readonly bodyType?: string | undefined;
  /** True when the caller takes an answer that is packed by gzip. */
  readonly takesGzip: boolean;
  readonly requestId: string;
  readonly traceId?: string | undefined;
  readonly ifMatch: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** True for a dry run, which writes nothing and answers what the request would do. */
  readonly dryRun: boolean;
  readonly runtime: Runtime;
}

/** The request, its caller and the data that was read, as an operation's own lines get them. */
export interface OperationContext<Id extends OperationId = OperationId> extends Call<Id> {
  readonly view: View;
  readonly world: World;
  readonly book: World['book'];
  readonly by: Authorised;
  readonly tools: IdsAndTime;
}

export interface Answer {
  /** JSON of the answer; absent for 204. */
  readonly body?: unknown;
  /** The resource's own fields, from which its ETag is made. */
  readonly own?: unknown;
  /** Seconds for which caches may keep the answer; without it, no cache may. */
  readonly keptFor?: number;
  /** A text, or bytes, that is sent unchanged instead of JSON, with further headers. */
  readonly text?: {
    readonly type: string;
    readonly content: string | Uint8Array;
    readonly headers?: Readonly<Record<string, string>>;
  };
}

/** The state that the middlewares share during one request. */
export interface Internal {
  readonly runtime: Runtime;
  call?: Call;
  token?: Token;
  actor?: Authorised['actor'];
  started?: number;
  traceId?: string | undefined;
  /** The number of records in the tenant's book, once it has been read. */
  records?: number;
  /** The data that was read for the request. */
  view?: View;
  /** The problem code, when the request was refused. */
  code?: ProblemCode;
  /** The counts of rates that this request makes for all processes. */
  counted?: Promise<void>;
}

export type Handler = (event: Event, context: Context) => Promise<Result>;
