// GET /v1/jwks
import { outside } from '../../shared/http/operation.ts';

/** A key is published for longer than that before it signs: see docs/deploy.md. */
const keptFor = 300;

export const handler = outside('getJwks', async ({ runtime }) => ({ body: await runtime.signer.jwks(), keptFor }));
