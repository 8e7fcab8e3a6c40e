// GET /v1/openapi.json

import { outside } from '../../shared/http/operation.ts';
import { servedFile } from '../../shared/http/operations/files.ts';

/** Seconds for which clients may cache the document. */
const keptFor = 300;

export const handler = outside('getOpenApi', async () => ({
  body: JSON.parse(await servedFile('openapi.json')),
  keptFor,
}));
