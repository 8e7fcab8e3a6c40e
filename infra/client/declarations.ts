// Joins the declarations that the compiler emits for an entry's modules into one file that holds everything the entry
// exports or refers to. It relies on the compiler's format, in which each statement starts at the beginning of a line.
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { utf8 } from '../../shared/text/text.ts';

interface Statement {
  readonly name: string;
  readonly text: string;
}
interface Module {
  readonly statements: readonly Statement[];
  /** Names that the module exports, its own and those of other modules. */
  readonly exported: ReadonlySet<string>;
}

const start = /^(?:import|export|declare|interface|type|abstract|const|class|function)\b/;
const declaration = /^(export )?(?:declare )?(?:interface|type|class|const|function|abstract class) (\w+)/;
const from = / from '(.+)';$/;

/** The statements of a file, each with the comment above it. */
const split = (text: string): string[] => {
  const found: string[] = [];
  let comment = '';
  let inComment = false;
  for (const line of text.split('\n')) {
    if (line.startsWith('/**')) inComment = true;
    if (inComment) comment += `${line}\n`;
    else if (start.test(line)) {
      found.push(`${comment}${line}`);
      comment = '';
    } else if (found.length > 0) found.push(`${found.pop()}\n${line}`);
    if (inComment && line.includes('*/')) inComment = false;
  }
  return found.map((one) => one.trimEnd());
};

const withoutComments = (text: string): string => text.replaceAll(/\/\*\*[\s\S]*?\*\//g, '');

const nameOf = (code: string): string | undefined => declaration.exec(code)?.[2];

/** The names between the braces of `export { type A, B } from …`. */
const listed = (code: string): string[] =>
  (/\{([^}]*)\}/.exec(code)?.[1] ?? '')
    .split(',')
    .map((one) => one.trim().replace(/^type /, ''))
    .filter((one) => one !== '');

const read = async (file: string, all: Map<string, Module>): Promise<Module> => {
  const known = all.get(file);
  if (known) return known;
  const statements: Statement[] = [];
  const exported = new Set<string>();
  const module = { statements, exported };
  all.set(file, module);
  for (const text of split(utf8(await readFile(file)))) {
    const code = withoutComments(text).trim();
    const name = nameOf(code);
    const exports = code.startsWith('export ');
    if (name !== undefined) {
      statements.push({ name, text });
      if (exports) exported.add(name);
      continue;
    }
    const path = from.exec(code)?.[1];
    const other = path === undefined ? undefined : await read(moduleAt(file, path), all);
    const names = code.startsWith('export type * ') ? [...(other?.exported ?? [])] : listed(code);
    if (names.some((one) => one.includes(' ')))
      throw new Error(`${file}: a name cannot be exported under another one: ${code}`);
    if (exports) for (const one of names) exported.add(one);
  }
  return module;
};

/** The module that a declaration refers to by a path. */
const moduleAt = (file: string, path: string): string => {
  if (!/^\.\/[\w-]+\.ts$/.test(path))
    throw new Error(`${file}: a declaration refers to ${path}, outside of the client`);
  return resolve(dirname(file), path.replace(/\.ts$/, '.d.ts'));
};

/** Everything that the names refer to, directly or through others, themselves included. */
const reached = (names: Iterable<string>, by: ReadonlyMap<string, Statement>): Set<string> => {
  const seen = new Set(names);
  for (const name of seen)
    for (const [word] of withoutComments(by.get(name)?.text ?? '').matchAll(/\w+/g)) if (by.has(word)) seen.add(word);
  return seen;
};

/** One file with the declarations of everything that the entry exports. */
export const joined = async (entry: string): Promise<string> => {
  const modules = new Map<string, Module>();
  const { exported } = await read(entry, modules);
  const by = new Map<string, Statement>();
  for (const { statements } of modules.values())
    for (const one of statements) {
      if (by.has(one.name)) throw new Error(`${one.name} is declared in two modules of ${entry}`);
      by.set(one.name, one);
    }
  const missing = [...exported].find((name) => !by.has(name));
  if (missing !== undefined) throw new Error(`${entry} exports ${missing}, which nothing declares`);
  const used = reached(exported, by);
  const texts = [...by.values()]
    .filter(({ name }) => used.has(name))
    .map(({ name, text }) =>
      text.replace(/^(?:export )?(?=(?:declare|interface|type)\b)/m, exported.has(name) ? 'export ' : ''),
    );
  // Without `export {}`, a declaration file exports everything that it declares.
  return `${[...texts, 'export {};'].join('\n\n')}\n`;
};
