// docs/glossary.md: at most 44 words, each with one meaning, and one file for each exported name.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../../infra/bundle/bundle.ts';
import { sourceFiles } from '../support/imports.ts';

const text = readFileSync(join(root, 'docs/glossary.md'), 'utf8');

/** The rows of a table, by its heading: cells without their backticks. */
const rows = (heading: string): string[][] => {
  const [, section = ''] = text.split(`${heading}\n`);
  return [...section.split('\n## ')[0]!.matchAll(/^\|(?! word | name |-)(.*)\|$/gm)].map(([, row]) =>
    (row as string).split('|').map((cell) => cell.trim().replaceAll('`', '')),
  );
};

it('has at most 44 words, each once, each with its meaning', () => {
  const words = rows('# Glossary');
  expect(words.length).toBeGreaterThan(20);
  expect(words.length).toBeLessThanOrEqual(44);
  expect(new Set(words.map(([word]) => word)).size).toBe(words.length);
  for (const [word, , meaning] of words) expect([word, (meaning ?? '').length > 10]).toEqual([word, true]);
});

it('lets no two files export the same name', () => {
  const files = new Map<string, string[]>();
  for (const [path, { exports, imports }] of sourceFiles()) {
    // A name that is handed on is the same thing.
    const handed = new Set(imports.map(({ name }) => name));
    if (/^(shared|functions|infra)\//.test(path))
      for (const name of new Set(exports)) if (!handed.has(name)) files.set(name, [...(files.get(name) ?? []), path]);
  }
  // Every function exports these two, and the tools that read them find them by these names.
  for (const name of ['definition', 'handler', 'default']) files.delete(name);
  expect(files.size).toBeGreaterThan(500);
  expect([...files].filter(([, paths]) => paths.length > 1)).toEqual([]);
});
