// The harness's handlers behind real HTTP, for tests that call as callers do. Tokens are not signed and their claims
// are believed, because these tests are not about the gateway's check.
import { loadHandler } from '../../functions/index.ts';
import { type LocalRoute, serve } from '../../infra/local/adapter.ts';
import { operation } from '../../shared/routes/operations.ts';
import { builtOperations } from './facts.ts';
import { type As, claimsOf } from './harness.ts';

/** A token with these claims. */
export const tokenFor = (as: As): string => Buffer.from(JSON.stringify(claimsOf(as))).toString('base64url');

export const serveRoutes = (routes: readonly LocalRoute[]) => {
  const verify = async (token: string) => ({ claims: JSON.parse(Buffer.from(token, 'base64url').toString()) });
  return serve({ routes, verify, port: 0, log: () => {} });
};

/** The routes of the handlers from their sources. */
export const sourceRoutes = (): Promise<LocalRoute[]> =>
  Promise.all(
    builtOperations.map(async (id): Promise<LocalRoute> => {
      const { method, path, callers } = operation(id);
      const handler = (await loadHandler(id)) as LocalRoute['handler'];
      return { id, method, path, auth: callers.length === 0 ? 'none' : 'jwt', handler };
    }),
  );

export const startServer = async () => serveRoutes(await sourceRoutes());
