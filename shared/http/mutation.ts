// Makes handlers for operations that change something, and for those that carry out others or answer their dry run.
import type { OperationId } from '../routes/operations.ts';
import { carryOut, type Definition, requested, type Submission } from './changes/carry-out.ts';
import { previewOf } from './changes/preview.ts';
import { respond } from './gateway/answer.ts';
import type { Answer, Call, Handler, Internal } from './gateway/call.ts';
import { chain } from './gateway/chain.ts';

/** Carries out a submission, or answers its dry run. */
const submitted = async (submission: Submission, internal: Internal) => {
  const { call } = submission;
  if (call.dryRun) return respond(200, await previewOf(submission, internal));
  const { body } = await carryOut(submission, internal);
  return respond(call.operation.status, body);
};

/** The definition of an operation that changes something. */
export const define = <Id extends OperationId, R, P>(id: Id, own: Omit<Definition<Id, R, P>, 'id'>): Definition =>
  ({ id, ...own }) as unknown as Definition;

/** Makes the handler of an operation that changes something, as a submission of one step. */
export const mutation = (definition: Definition): Handler =>
  chain(definition.id, async (call, internal) => {
    const step = { definition, requested: requested(definition, call) };
    const tenant = definition.tenant?.(call);
    const answer = ([only = {}]: readonly Answer[]) => only;
    return submitted({ call, steps: [step], answer, ...(tenant && { tenant }) }, internal);
  });

/** Makes the handler of an operation that carries out others, all of them or none. */
export const combination = <Id extends OperationId>(
  id: Id,
  submission: (call: Call<Id>) => Promise<Submission> | Submission,
): Handler => chain(id, async (call, internal) => submitted(await submission(call as unknown as Call<Id>), internal));

/** Makes the handler of an operation that only answers the dry run of others. */
export const rehearsal = <Id extends OperationId>(
  id: Id,
  submission: (call: Call<Id>) => Promise<Submission> | Submission,
): Handler =>
  chain(id, async (call, internal) =>
    respond(200, await previewOf(await submission(call as unknown as Call<Id>), internal)),
  );
