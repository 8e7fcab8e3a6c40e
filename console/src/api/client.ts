// The product's own typed client. It retries by itself, so nothing above it does.
import { createClient } from '../../../clients/typescript/index.ts';
import { accessToken } from '../auth/session.ts';

export const api = createClient({ url: location.origin, token: accessToken });
