// Every operation's handler, by its id: for the local server and the tests. A Lambda has its own file as its entry.
import type { Handler } from '../shared/http/operation.ts';
import { type OperationId, operations } from '../shared/routes/operations.ts';

/** Where an operation's handler is: a path tells the operation. */
export const handlerFile = (id: OperationId): string => `functions/${operations[id].area}/${id}.ts`;

/** An operation's handler. */
export const loadHandler = async (id: OperationId): Promise<Handler> => {
  const module = (await import(`./${operations[id].area}/${id}.ts`)) as { handler: Handler };
  return module.handler;
};
