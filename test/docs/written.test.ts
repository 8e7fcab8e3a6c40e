// Files that are written by scripts and committed: the pictures and the notice of what is bundled.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { root } from '../../infra/bundle/bundle.ts';
import { notice } from '../../infra/notice.ts';
import { drawn, pictures } from '../../infra/pictures.ts';
import { longSuite } from '../support/patience.ts';

// The notice knows the console's packages by its build.
vi.setConfig(longSuite);

it('the pictures are drawn from their text', async () => {
  const all = await pictures();
  expect(all.length).toBeGreaterThan(0);
  for (const { file, text } of all) expect(await readFile(file, 'utf8'), `${file}: npm run pictures`).toBe(text);
});

it('a picture that cannot be read names its line, and what callers write is text', () => {
  expect(() => drawn('box a 0 0 "A"\nline a b')).toThrow('line 2: "line" is not box, frame or arrow');
  expect(() => drawn('arrow a -> b')).toThrow('line 1: an arrow must join two boxes');
  expect(drawn('box a 0 0 "<b>&"')).toContain('&lt;b&gt;&amp;');
});

it('the notice names what is bundled today', async () => {
  expect(await readFile(join(root, 'NOTICE'), 'utf8'), 'npm run notice').toBe(await notice());
});
