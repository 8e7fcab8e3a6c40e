// The committed files that are derived from the table of operations: their paths and their contents.
import { fileURLToPath } from 'node:url';
import { operationsFile } from '../client/operations.ts';
import { routesFile } from '../client/routes.ts';
import { openApiDocument } from './document.ts';

interface GeneratedFile {
  readonly file: string;
  readonly text: string;
}

const inRepository = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export const generated = (): GeneratedFile[] => [
  { file: inRepository('docs/openapi.json'), text: `${JSON.stringify(openApiDocument(), null, 2)}\n` },
  { file: inRepository('clients/typescript/routes.ts'), text: routesFile() },
  { file: inRepository('clients/typescript/operations.ts'), text: operationsFile() },
];
