// Every path, file and link that a document names exists, so that a file that moves takes its mentions along.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../infra/bundle/bundle.ts';

/** Paths begin with one of these, whether or not it is there today. */
const rooms = ['bench', 'clients', 'console', 'docs', 'functions', 'infra', 'shared', 'test'];
const filesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`);
const top = readdirSync(root);
const files = [...top, ...rooms.filter((room) => top.includes(room)).flatMap(filesIn)].filter(
  (file) => !file.includes('node_modules'),
);
const names = new Set(files.map((file) => basename(file)));

/** The change log names what was. */
const documents = files.filter((file) => file.endsWith('.md') && /^(?!CHANGELOG)[^/]+$|^docs\//.test(file));

/** `a/{b,c}` stands for `a/b` and `a/c`. */
const expanded = (path: string): string[] => {
  const [, before, inside, after] = /^(.*?)\{(.*?)\}(.*)$/.exec(path) ?? [];
  return inside === undefined ? [path] : inside.split(',').flatMap((one) => expanded(`${before}${one}${after}`));
};

/** What a command builds is not in the tree; the test of the arrows between folders is described before it is there. */
const isMissingRightly = (path: string): boolean =>
  path.split('/').includes('dist') || path === 'test/architecture.test.ts';

const pathIn = new RegExp(String.raw`(?<![\w./-])(?:${rooms.join('|')})/[\w./{},*-]*`, 'g');
const pathsIn = (text: string): string[] =>
  [...text.matchAll(pathIn)]
    // The full stop that ends a sentence is no part of a path; before a star only the folder is told.
    .flatMap(([path]) => expanded(path.replace(/[.,]+$/, '').replace(/[^/]*\*.*$/, '')))
    .filter((path) => !isMissingRightly(path) && !existsSync(join(root, path)));

const filesNamedIn = (text: string): string[] =>
  [...text.matchAll(/`([\w-]+(?:\.[\w-]+)*\.(?:ts|mjs|md))`/g)]
    .map(([, file]) => file as string)
    .filter((file) => !names.has(file));

const linksIn = (text: string, document: string): string[] =>
  [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
    .map(([, link]) => link as string)
    .filter((link) => !/^[a-z]+:/.test(link) && !existsSync(join(root, dirname(document), link)));

test.each(documents)('%s names only paths that exist', (document) => {
  const text = readFileSync(join(root, document), 'utf8');
  expect([...pathsIn(text), ...filesNamedIn(text), ...linksIn(text, document)]).toEqual([]);
});
