// What an example is, and when it happens.
import type { OperationId } from '../../shared/routes/operations.ts';
import type { AnswerOf, RequestOf } from '../../shared/routes/types.ts';

/** Who sends it: the operator, the first user, somebody invited, a product's server, or whoever. */
export type Sender = 'operator' | 'ada' | 'otto' | 'product' | 'anybody';

export type Example<Id extends OperationId> = RequestOf<Id> & {
  readonly as: Sender;
  /** Absent where there is none, or none that is JSON. */
  readonly answer?: AnswerOf<Id>;
  /** An operation of an earlier example that is carried out once more before this one, for what it is to be about. */
  readonly again?: OperationId;
  /** The answer leaves things out. */
  readonly abridged?: true;
};

/** When everything in the story happens. */
export const noon = '2026-03-02T12:00:00.000Z';
