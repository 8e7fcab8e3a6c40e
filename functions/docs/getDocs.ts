// GET /v1/docs
import { outside } from '../../shared/http/operation.ts';
import { securityHeaders } from '../../shared/http/security-headers.ts';

/** Addresses are relative, so that the page works under any path at which the API is deployed. */
const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Holdfast API</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="docs/swagger-ui.css">
    <script src="docs/swagger-ui-bundle.js" defer></script>
    <script src="docs/start.js" defer></script>
  </head>
  <body>
    <noscript>The description itself: <a href="openapi.json">openapi.json</a></noscript>
    <div id="api"></div>
  </body>
</html>
`;

export const handler = outside('getDocs', async () => ({
  text: {
    type: 'text/html; charset=utf-8',
    content: page,
    headers: {
      'cache-control': 'public, max-age=300',
      ...securityHeaders(),
    },
  },
}));
