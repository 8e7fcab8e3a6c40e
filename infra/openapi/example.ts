// The shape of an example, and the time at which the story happens.
import type { OperationId } from '../../shared/routes/operations.ts';
import type { AnswerOf, RequestOf } from '../../shared/routes/types.ts';

/** The caller: an operator, another operator, the first user, an invited user, a product's server, or anybody without a token. */
export type Sender = 'operator' | 'otherOperator' | 'ada' | 'otto' | 'product' | 'anybody';

export type Example<Id extends OperationId> = RequestOf<Id> & {
  readonly as: Sender;
  /** Absent when the operation has no answer, or none in JSON. */
  readonly answer?: AnswerOf<Id>;
  /** An operation of an earlier example that runs once more before this one, to create its target anew. */
  readonly again?: OperationId;
  /** What has been done past the operations: the example needs a state that none leads to. */
  readonly given?: 'keeperless' | 'recovery' | 'heldRun' | 'sealed';
  /** Days that pass in the story before this example. */
  readonly daysLater?: number;
  /** The example leaves out parts of the real answer. */
  readonly abridged?: true;
};

/** The time at which everything in the story happens. */
export const noon = '2026-03-02T12:00:00.000Z';
