// Joins the declarations that the compiler emits for the modules of an entry into one file: whatever the entry exports, and
// all that this refers to. It reads the compiler's own output, where each statement starts at the beginning of a line.
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

interface Statement {
  readonly name: string;
  readonly text: string;
  readonly exported: boolean;
}
interface Module {
  readonly statements: readonly Statement[];
  /** What the entry hands on: names of its own or of other modules. */
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

/** The names between the braces of `export { type A, B } from …`. */
const named = (code: string): string[] =>
  (/\{([^}]*)\}/.exec(code)?.[1] ?? '')
    .split(',')
    .map((one) => one.trim().replace(/^type /, ''))
    .filter((one) => one !== '');

const read = async (file: string, entry: boolean, all: Map<string, Module>): Promise<Module> => {
  const known = all.get(file);
  if (known) return known;
  const statements: Statement[] = [];
  const exported = new Set<string>();
  const module = { statements, exported };
  all.set(file, module);
  for (const text of split(await readFile(file, 'utf8'))) {
    const code = withoutComments(text).trim();
    const path = from.exec(code)?.[1];
    if (path !== undefined) {
      if (/\bas\b/.test(named(code).join(' '))) throw new Error(`${file}: a name must be the same everywhere: ${code}`);
      if (!/^\.\/[\w-]+\.ts$/.test(path))
        throw new Error(`${file}: a declaration refers to ${path}, outside of the client`);
      const other = await read(resolve(dirname(file), path.replace(/\.ts$/, '.d.ts')), false, all);
      const handedOn = code.startsWith('export type *')
        ? other.statements.flatMap(({ name, exported }) => (exported ? [name] : []))
        : code.startsWith('export ')
          ? named(code)
          : [];
      for (const name of handedOn) exported.add(name);
      continue;
    }
    if (code === 'export {};') continue;
    const [, isExported, name] = declaration.exec(code) ?? [];
    if (name === undefined) throw new Error(`${file}: this statement is not understood: ${code.slice(0, 80)}`);
    statements.push({ name, text, exported: isExported !== undefined });
    if (isExported !== undefined && entry) exported.add(name);
  }
  return module;
};

/** Everything that the names refer to, themselves included. */
const reached = (names: Iterable<string>, by: ReadonlyMap<string, Statement>): Set<string> => {
  const seen = new Set(names);
  for (const name of seen)
    for (const [word] of withoutComments(by.get(name)?.text ?? '').matchAll(/\w+/g)) if (by.has(word)) seen.add(word);
  return seen;
};

/** One file that declares what the entry exports. */
export const joined = async (entry: string): Promise<string> => {
  const modules = new Map<string, Module>();
  const { exported } = await read(entry, true, modules);
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
  // Without it a declaration file exports all that it declares.
  return `${[...texts, 'export {};'].join('\n\n')}\n`;
};
