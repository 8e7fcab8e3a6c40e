// The entries that are open to everybody, without a token, in the table of operations.
import * as z from 'zod';
import type { OperationEntry } from './entry.ts';
import { open } from './parts.ts';

export const publicOperations = {
  getHealth: {
    ...open,
    area: 'health',
    method: 'GET',
    path: '/v1/health',
    summary: 'Is the service up?',
  },
  getReadiness: {
    ...open,
    area: 'health',
    method: 'GET',
    path: '/v1/health/ready',
    summary: 'Does the table answer? 503 when it does not',
  },
  getOpenApi: {
    ...open,
    area: 'docs',
    method: 'GET',
    path: '/v1/openapi.json',
    summary: 'This API as an OpenAPI 3.1 document',
  },
  getDocs: {
    ...open,
    area: 'docs',
    method: 'GET',
    path: '/v1/docs',
    summary: 'A page to read and try this API in a browser',
    media: ['text/html'],
  },
  getDocsAsset: {
    ...open,
    area: 'docs',
    method: 'GET',
    path: '/v1/docs/{asset}',
    summary: 'What that page loads',
    params: () => z.strictObject({ asset: z.enum(['swagger-ui.css', 'swagger-ui-bundle.js', 'start.js']) }),
    media: ['text/css', 'text/javascript'],
    problems: ['not-found'],
  },
} as const satisfies Record<string, OperationEntry>;
