// GET /v1/jwks
import { outside } from '../../shared/http/operation.ts';

/** Seconds for which clients may cache the keys. A new key is published for longer before it signs. */
const keptFor = 300;

export const handler = outside('getJwks', async ({ runtime }) => ({ body: await runtime.signer.jwks(), keptFor }));
