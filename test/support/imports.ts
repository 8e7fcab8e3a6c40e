// What imports what in this repository, types included, as the parser reads it.
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { parseAst } from 'vitest/node';

/** One name that a file takes from another; `*` is all of them. */
interface Import {
  readonly from: string;
  /** A path in the repository, or a package. */
  readonly to: string;
  readonly name: string;
}

interface SourceFile {
  readonly imports: readonly Import[];
  readonly exports: readonly string[];
}

interface Node {
  readonly type: string;
  readonly [property: string]: unknown;
}

const isNode = (value: unknown): value is Node => typeof (value as Node | null)?.type === 'string';

/** The node and all below it. */
function* within(node: Node): Generator<Node> {
  yield node;
  for (const value of Object.values(node))
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) yield* within(child);
}

const text = (node: unknown): string => {
  const { name, value } = node as { name?: string; value?: string };
  return name ?? value ?? '';
};

const nodes = (value: unknown): Node[] => (value ?? []) as Node[];

/** The names that a pattern of a declaration binds. */
const bound = (pattern: Node): string[] =>
  pattern.type === 'Identifier'
    ? [text(pattern)]
    : [...within(pattern)].filter((node) => node.type === 'Property').flatMap((node) => bound(node.value as Node));

const declared = (declaration: Node): string[] =>
  declaration.type === 'VariableDeclaration'
    ? nodes(declaration.declarations).flatMap(({ id }) => bound(id as Node))
    : [text(declaration.id)];

/** The names that are read of a namespace, or all when it goes somewhere as a whole. */
const membersOf = (program: Node, namespace: string): string[] => {
  const uses = [...within(program)];
  const members = uses.flatMap((node) =>
    node.type === 'MemberExpression' && !node.computed && text(node.object) === namespace
      ? [text(node.property)]
      : node.type === 'TSQualifiedName' && text(node.left) === namespace
        ? [text(node.right)]
        : [],
  );
  const named = uses.filter((node) => node.type === 'Identifier' && text(node) === namespace).length;
  // The import itself names it once.
  return named > members.length + 1 ? ['*'] : members;
};

const taken = (program: Node, statement: Node): string[] =>
  statement.type === 'ExportAllDeclaration'
    ? ['*']
    : nodes(statement.specifiers).flatMap((specifier) => {
        if (specifier.type === 'ImportDefaultSpecifier') return ['default'];
        if (specifier.type === 'ImportNamespaceSpecifier') return membersOf(program, text(specifier.local));
        return [text(statement.type === 'ImportDeclaration' ? specifier.imported : specifier.local)];
      });

const read = (path: string): SourceFile => {
  const program = parseAst(readFileSync(path, 'utf8'), {
    lang: path.endsWith('.tsx') ? 'tsx' : 'ts',
    sourceType: 'module',
  }) as unknown as Node;
  const imports: Import[] = [];
  const exports: string[] = [];
  for (const node of within(program)) {
    if (isNode(node.source)) {
      const source = text(node.source);
      const to = source.startsWith('.') ? posix.join(posix.dirname(path), source) : source;
      const names = node.type.startsWith('TS') || node.type === 'ImportExpression' ? ['*'] : taken(program, node);
      // A file that is imported for what it does alone is imported all the same.
      for (const name of names.length > 0 ? names : ['']) imports.push({ from: path, to, name });
    }
    if (node.type === 'ExportNamedDeclaration')
      exports.push(
        ...(isNode(node.declaration)
          ? declared(node.declaration)
          : nodes(node.specifiers).map(({ exported }) => text(exported))),
      );
    if (node.type === 'ExportDefaultDeclaration') exports.push('default');
  }
  return { imports, exports };
};

/** All files of ours by path, without what is built or installed. */
export const sourceFiles = (): ReadonlyMap<string, SourceFile> => {
  const paths = ['bench', 'clients', 'console', 'functions', 'infra', 'shared', 'test']
    .flatMap((room) => readdirSync(room, { recursive: true, encoding: 'utf8' }).map((path) => `${room}/${path}`))
    .filter((path) => /\.tsx?$/.test(path) && !/node_modules|\/dist\//.test(path));
  return new Map(paths.sort().map((path) => [path, read(path)]));
};

/** Groups of files each of which leads back to itself by its imports (Tarjan's strongly connected components). */
export const circles = (graph: ReadonlyMap<string, readonly string[]>): string[][] => {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (path: string): number => {
    order.set(path, order.size);
    let low = order.get(path)!;
    stack.push(path);
    for (const to of graph.get(path) ?? [])
      if (!order.has(to)) low = Math.min(low, visit(to));
      else if (stack.includes(to)) low = Math.min(low, order.get(to)!);
    lowest.set(path, low);
    if (low === order.get(path)) {
      const circle = stack.splice(stack.indexOf(path));
      if (circle.length > 1) found.push(circle);
    }
    return low;
  };
  for (const path of graph.keys()) if (!order.has(path)) visit(path);
  return found;
};
