// GET /v1/jwks
import { outside } from '../../shared/http/operation.ts';

export const handler = outside('getJwks', async ({ runtime }) => ({ body: await runtime.signer.jwks() }));
