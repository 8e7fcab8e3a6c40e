// GET /v1/openapi.json

import { outside } from '../../shared/http/operation.ts';
import { servedFile } from '../../shared/http/operations/files.ts';

export const handler = outside('getOpenApi', async () => ({ body: JSON.parse(await servedFile('openapi.json')) }));
