// `npm run openapi`: writes the committed files that are derived from the table of operations. A test compares them.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { generated } from './generated.ts';

for (const { file, text } of generated()) {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  process.stdout.write(`${file}: ${text.length.toLocaleString('en')} characters\n`);
}
