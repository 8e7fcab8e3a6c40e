// GET /v1/openapi.json
import { servedFile } from '../../shared/http/files.ts';
import { outside } from '../../shared/http/operation.ts';

export const handler = outside('getOpenApi', async () => ({ body: JSON.parse(await servedFile('openapi.json')) }));
