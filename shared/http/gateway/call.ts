// What the parts of the chain hand each other: the request as far as it is understood, and the answer.
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { TenantId } from '../../domain/base/ids.ts';
import type { ProblemCode } from '../../domain/base/refusal.ts';
import type { Tools, World } from '../../domain/change.ts';
import type { Operation } from '../../routes/entry.ts';
import type { InputOf, OperationId } from '../../routes/operations.ts';
import type { Authorised } from '../../store/authorised.ts';
import type { Unit } from '../../store/unit.ts';
import type { Runtime } from './runtime.ts';
import type { Token } from './token.ts';

export type Event = APIGatewayProxyEventV2 & {
  requestContext: { authorizer?: { jwt?: { claims?: Record<string, unknown> } } };
  /** What the chain's parts hand on. */
  internal?: Internal;
};
export type Result = APIGatewayProxyStructuredResultV2;

/** A request, as far as it is understood without reading a table. */
export interface Call<Id extends OperationId = OperationId> {
  readonly id: Id;
  readonly operation: Operation;
  readonly token: Token;
  /** Of tokens that admit to a tenant; operators' operations do not look at it. */
  readonly tenant: TenantId;
  readonly input: InputOf<Id>;
  readonly requestId: string;
  readonly traceId?: string | undefined;
  readonly ifMatch: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** Nothing is to be written: the answer says what would be. */
  readonly dryRun: boolean;
  readonly runtime: Runtime;
}

/** What an operation's own lines are given. */
export interface OperationContext<Id extends OperationId = OperationId> extends Call<Id> {
  readonly unit: Unit;
  readonly world: World;
  readonly book: World['book'];
  readonly by: Authorised;
  readonly tools: Tools;
}

export interface Answer {
  /** JSON of the answer; absent for 204. */
  readonly body?: unknown;
  /** The resource's own fields, over which its ETag is. */
  readonly own?: unknown;
  /** Seconds for which anybody may keep it; nobody may unless told. */
  readonly keptFor?: number;
  /** In place of JSON: a text that is sent as it is, with further headers. */
  readonly text?: {
    readonly type: string;
    readonly content: string;
    readonly headers?: Readonly<Record<string, string>>;
  };
}

/** What middlewares hand on. */
export interface Internal {
  call?: Call;
  token?: Token;
  actor?: Authorised['actor'];
  started?: number;
  traceId?: string | undefined;
  /** Records in the tenant's book, once it has been read. */
  records?: number;
  /** What has been read for the request. */
  unit?: Unit;
  /** Why the request was refused, when it was. */
  code?: ProblemCode;
}

export type Handler = (event: Event, context: Context) => Promise<Result>;
