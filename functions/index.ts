// Finds every operation's handler by its id, for the local server and the tests. A Lambda's entry is its own file.
import type { Handler } from '../shared/http/operation.ts';
import { type OperationId, operations } from '../shared/routes/operations.ts';

/** The path of an operation's handler, from the root of the repository. */
export const handlerFile = (id: OperationId): string => `functions/${operations[id].area}/${id}.ts`;

export const loadHandler = async (id: OperationId): Promise<Handler> => {
  const module = (await import(`./${operations[id].area}/${id}.ts`)) as { handler: Handler };
  return module.handler;
};
