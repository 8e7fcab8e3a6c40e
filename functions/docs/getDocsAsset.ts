// GET /v1/docs/{asset}

import { outside } from '../../shared/http/operation.ts';
import { servedFile } from '../../shared/http/operations/files.ts';
import { securityHeaders } from '../../shared/http/security-headers.ts';

/** Starts the viewer. The browser stores nothing, least of all tokens, and no other host validates the document. */
const start = `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#api',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  persistAuthorization: false,
  validatorUrl: null,
});
`;

export const handler = outside('getDocsAsset', async ({ input: { params } }) => {
  const { asset } = params;
  const type = asset.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8';
  const content = asset === 'start.js' ? start : await servedFile(asset);
  return { text: { type, content, headers: { 'cache-control': 'public, max-age=3600', ...securityHeaders() } } };
});
