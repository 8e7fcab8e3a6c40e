// The harness's handlers behind real HTTP, for those who call as callers do. Tokens are not signed: what a token says is
// believed, since what is tested is not the gateway's check of it.
import { loadHandler } from '../../functions/index.ts';
import { type LocalRoute, serve } from '../../infra/local/adapter.ts';
import { operation } from '../../shared/routes/operations.ts';
import { builtOperations } from './facts.ts';
import { type As, claimsOf } from './harness.ts';

/** A token that says who calls. */
export const tokenFor = (as: As): string => Buffer.from(JSON.stringify(claimsOf(as))).toString('base64url');

export const serveRoutes = (routes: readonly LocalRoute[]) => {
  const verify = async (token: string) => ({ claims: JSON.parse(Buffer.from(token, 'base64url').toString()) });
  return serve({ routes, verify, port: 0, log: () => {} });
};

/** The routes of the handlers as their sources are. */
export const sourceRoutes = (): Promise<LocalRoute[]> =>
  Promise.all(
    builtOperations.map(async (id): Promise<LocalRoute> => {
      const { method, path, callers } = operation(id);
      const handler = (await loadHandler(id)) as LocalRoute['handler'];
      return { id, method, path, auth: callers.length === 0 ? 'none' : 'jwt', handler };
    }),
  );

export const startServer = async () => serveRoutes(await sourceRoutes());
