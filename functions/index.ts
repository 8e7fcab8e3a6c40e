// Every operation's handler, by its id: for the local server and the tests. A Lambda has its own file as its entry.
import type { Handler } from '../shared/http/operation.ts';
import { type OperationId, operationIds, operations } from '../shared/routes/operations.ts';

/** Where an operation's handler is: a path tells the operation. */
export const handlerFile = (id: OperationId): string => `functions/${operations[id].area}/${id}.ts`;

/** All handlers. */
export const loadHandlers = async (): Promise<Record<OperationId, Handler>> => {
  const loaded = await Promise.all(
    operationIds.map(async (id) => {
      const module = (await import(`./${operations[id].area}/${id}.ts`)) as { handler: Handler };
      return [id, module.handler] as const;
    }),
  );
  return Object.fromEntries(loaded) as Record<OperationId, Handler>;
};
