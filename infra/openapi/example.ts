// The shape of an example, and the time at which the story happens.
import type { OperationId } from '../../shared/routes/operations.ts';
import type { AnswerOf, RequestOf } from '../../shared/routes/types.ts';

/** The caller: the operator, the first user, an invited user, a product's server, or anybody without a token. */
export type Sender = 'operator' | 'ada' | 'otto' | 'product' | 'anybody';

export type Example<Id extends OperationId> = RequestOf<Id> & {
  readonly as: Sender;
  /** Absent when the operation has no answer, or none in JSON. */
  readonly answer?: AnswerOf<Id>;
  /** An operation of an earlier example that runs once more before this one, to create its target anew. */
  readonly again?: OperationId;
  /** The example leaves out parts of the real answer. */
  readonly abridged?: true;
};

/** The time at which everything in the story happens. */
export const noon = '2026-03-02T12:00:00.000Z';
