// Conditions, filters and projections: a parsed tree is bound to the names and values of one request, checked as the
// service checks it before it reads any item, and then evaluated against an item.
import { validation } from './errors.ts';
import {
  type Condition,
  ExpressionError,
  type Operand,
  type Parsed,
  type PathNode,
  parseCondition,
  parseProjection,
  parseUpdate,
  type SetValue,
  type UpdateAction,
} from './parse.ts';
import { compare, equals, hasMember, type ItemValue, isMap, type ModelItem, type SetMember, typeOf } from './values.ts';

export type DocumentPath = (string | number)[];

const typeNames = new Set(['S', 'N', 'B', 'BOOL', 'NULL', 'SS', 'NS', 'BS', 'L', 'M']);
const ordered = new Set(['S', 'N', 'B']);

const showPath = (path: DocumentPath): string =>
  `[${path.map((p) => (typeof p === 'number' ? `[${p}]` : p)).join(', ')}]`;

const samePath = (a: DocumentPath, b: DocumentPath): boolean =>
  a.length === b.length && a.every((part, i) => part === b[i]);

/** The names and values that one request (or one member of a transaction) supplies to all its expressions. */
export class Bindings {
  readonly #names: Record<string, string>;
  readonly #values: ModelItem;
  readonly #unusedNames: Set<string>;
  readonly #unusedValues: Set<string>;
  #expressions = 0;

  constructor(names: Record<string, string> | undefined, values: ModelItem | undefined) {
    this.#names = names ?? {};
    this.#values = values ?? {};
    this.#unusedNames = new Set(Object.keys(this.#names));
    this.#unusedValues = new Set(Object.keys(this.#values));
    if (names !== undefined && this.#unusedNames.size === 0) {
      throw validation('ExpressionAttributeNames must not be empty');
    }
    if (values !== undefined && this.#unusedValues.size === 0) {
      throw validation('ExpressionAttributeValues must not be empty');
    }
    for (const name of this.#unusedNames) {
      if (!/^#[A-Za-z0-9_]+$/.test(name)) {
        throw validation(`ExpressionAttributeNames contains invalid key: Syntax error; key: "${name}"`);
      }
    }
    for (const value of this.#unusedValues) {
      if (!/^:[A-Za-z0-9_]+$/.test(value)) {
        throw validation(`ExpressionAttributeValues contains invalid key: Syntax error; key: "${value}"`);
      }
    }
  }

  #bind<T>(parameter: string, text: string, parse: (text: string) => Parsed<T>, check: (root: T) => void): T {
    this.#expressions += 1;
    try {
      const parsed = parse(text);
      for (const name of parsed.names) {
        if (!Object.hasOwn(this.#names, name)) {
          throw new ExpressionError(
            `An expression attribute name used in the document path is not defined; attribute name: ${name}`,
          );
        }
        this.#unusedNames.delete(name);
      }
      for (const value of parsed.values) {
        if (!Object.hasOwn(this.#values, value)) {
          throw new ExpressionError(
            `An expression attribute value used in expression is not defined; attribute value: ${value}`,
          );
        }
        this.#unusedValues.delete(value);
      }
      check(parsed.root);
      return parsed.root;
    } catch (error) {
      if (error instanceof ExpressionError) throw validation(`Invalid ${parameter}: ${error.message}`);
      throw error;
    }
  }

  condition(parameter: string, text: string): Condition {
    return this.#bind(parameter, text, parseCondition, (root) => this.#checkCondition(root));
  }

  update(text: string): UpdateAction[] {
    return this.#bind('UpdateExpression', text, parseUpdate, (actions) => {
      this.#checkOverlap(actions.map((a) => this.path(a.path)));
      for (const action of actions) this.#checkAction(action);
    });
  }

  projection(text: string): DocumentPath[] {
    const nodes = this.#bind('ProjectionExpression', text, parseProjection, (paths) =>
      this.#checkOverlap(paths.map((p) => this.path(p))),
    );
    return nodes.map((node) => this.path(node));
  }

  /** Checks for unused names and values; called once all expressions of a request are bound. */
  finish(): void {
    if (this.#expressions === 0 && this.#unusedNames.size > 0) {
      throw validation('ExpressionAttributeNames can only be specified when using expressions');
    }
    if (this.#expressions === 0 && this.#unusedValues.size > 0) {
      throw validation('ExpressionAttributeValues can only be specified when using expressions');
    }
    const unused = (parameter: string, keys: Set<string>) => {
      if (keys.size === 0) return;
      throw validation(`Value provided in ${parameter} unused in expressions: keys: {${[...keys].join(', ')}}`);
    };
    unused('ExpressionAttributeNames', this.#unusedNames);
    unused('ExpressionAttributeValues', this.#unusedValues);
  }

  path(node: PathNode): DocumentPath {
    return node.parts.map((part) =>
      typeof part === 'number' ? part : part.alias ? (this.#names[part.name] as string) : part.name,
    );
  }

  value(ref: string): ItemValue {
    return this.#values[ref] as ItemValue;
  }

  #literal(operand: Operand | SetValue): ItemValue | undefined {
    return operand.kind === 'value' ? this.value(operand.ref) : undefined;
  }

  #wrongType(name: string, value: ItemValue): never {
    const what = /^[a-z_]+$/.test(name) ? 'operator or function' : 'operator';
    throw new ExpressionError(
      `Incorrect operand type for operator or function; ${what}: ${name}, operand type: ${typeOf(value)}`,
    );
  }

  #checkDistinct(name: string, a: Operand | undefined, b: Operand | undefined): void {
    if (a?.kind !== 'path' || b?.kind !== 'path' || !samePath(this.path(a), this.path(b))) return;
    throw new ExpressionError(
      `The first operand must be distinct from the remaining operands for this operator or function; operator: ${name}, first operand: ${showPath(this.path(a))}`,
    );
  }

  #checkSize(operand: Operand): void {
    if (operand.kind !== 'size') return;
    const literal = this.#literal(operand.of);
    if (literal !== undefined && ['N', 'BOOL', 'NULL'].includes(typeOf(literal))) this.#wrongType('size', literal);
  }

  #checkCondition(node: Condition): void {
    switch (node.kind) {
      case 'and':
      case 'or':
        this.#checkCondition(node.left);
        this.#checkCondition(node.right);
        return;
      case 'not':
        this.#checkCondition(node.of);
        return;
      case 'compare':
        this.#checkSize(node.left);
        this.#checkSize(node.right);
        this.#checkDistinct(node.op, node.left, node.right);
        if (node.op !== '=' && node.op !== '<>') this.#checkOrdered(node.op, [node.left, node.right]);
        return;
      case 'between':
        this.#checkOrdered('BETWEEN', [node.of, node.low, node.high]);
        this.#checkBounds(this.#literal(node.low), this.#literal(node.high));
        return;
      case 'in':
        if (node.options.length > 100) throw new ExpressionError('Too many operands for operator; operator: IN');
        for (const option of node.options) this.#checkDistinct('IN', node.of, option);
        return;
      case 'function':
        this.#checkFunction(node.name, node.args[0] as Operand, node.args[1]);
    }
  }

  #checkOrdered(name: string, operands: Operand[]): void {
    for (const operand of operands) {
      const literal = this.#literal(operand);
      if (literal !== undefined && !ordered.has(typeOf(literal))) this.#wrongType(name, literal);
    }
  }

  #checkBounds(low: ItemValue | undefined, high: ItemValue | undefined): void {
    if (low === undefined || high === undefined) return;
    const order = compare(low, high);
    if (order === undefined) {
      throw new ExpressionError('The BETWEEN operator requires same data type for lower and upper bounds;');
    }
    if (order > 0) {
      throw new ExpressionError(
        'The BETWEEN operator requires upper bound to be greater than or equal to lower bound;',
      );
    }
  }

  #checkFunction(name: string, first: Operand, second: Operand | undefined): void {
    if (name === 'attribute_exists' || name === 'attribute_not_exists') {
      if (first.kind !== 'path') {
        throw new ExpressionError(`Operator or function requires a document path; operator or function: ${name}`);
      }
      return;
    }
    this.#checkDistinct(name, first, second);
    const literal = second === undefined ? undefined : this.#literal(second);
    if (name === 'begins_with') {
      for (const value of [this.#literal(first), literal]) {
        if (value !== undefined && !['S', 'B'].includes(typeOf(value))) this.#wrongType(name, value);
      }
    }
    if (name === 'attribute_type') {
      if (literal === undefined) {
        throw new ExpressionError(
          `Incorrect operand type for operator or function; operator or function: ${name}, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}`,
        );
      }
      if (typeof literal !== 'string') this.#wrongType(name, literal);
      if (!typeNames.has(literal as string)) {
        throw new ExpressionError(
          `Invalid attribute type name found; type: ${literal}, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}`,
        );
      }
    }
  }

  #checkOverlap(paths: DocumentPath[]): void {
    for (let i = 0; i < paths.length; i += 1) {
      for (let j = 0; j < i; j += 1) {
        const one = paths[j] as DocumentPath;
        const two = paths[i] as DocumentPath;
        const shared = Math.min(one.length, two.length);
        let at = 0;
        while (at < shared && one[at] === two[at]) at += 1;
        const conflict = at < shared && typeof one[at] !== typeof two[at];
        if (at < shared && !conflict) continue;
        throw new ExpressionError(
          `Two document paths ${conflict ? 'conflict' : 'overlap'} with each other; must remove or rewrite one of these paths; path one: ${showPath(one)}, path two: ${showPath(two)}`,
        );
      }
    }
  }

  #checkAction(action: UpdateAction): void {
    if (action.kind === 'REMOVE') return;
    if (action.kind === 'SET') {
      this.#checkSetValue(action.value);
      return;
    }
    const type = typeOf(this.value(action.value.ref));
    if (['SS', 'NS', 'BS'].includes(type) || (action.kind === 'ADD' && type === 'N')) return;
    this.#wrongType(action.kind, this.value(action.value.ref));
  }

  #checkSetValue(node: SetValue): void {
    if (node.kind === 'if_not_exists') this.#checkSetValue(node.otherwise);
    if (node.kind !== 'plus' && node.kind !== 'minus' && node.kind !== 'list_append') return;
    const wanted = node.kind === 'list_append' ? 'L' : 'N';
    const name = { plus: '+', minus: '-', list_append: 'list_append' }[node.kind];
    for (const operand of [node.left, node.right]) {
      this.#checkSetValue(operand);
      const literal = this.#literal(operand);
      if (literal !== undefined && typeOf(literal) !== wanted) this.#wrongType(name, literal);
    }
  }
}

export const getAt = (item: ModelItem | undefined, path: DocumentPath): ItemValue | undefined => {
  let at: ItemValue | undefined = item;
  for (const part of path) {
    if (typeof part === 'number') at = Array.isArray(at) ? at[part] : undefined;
    else at = isMap(at) && Object.hasOwn(at, part) ? at[part] : undefined;
    if (at === undefined) return undefined;
  }
  return at;
};

const measure = (value: ItemValue | undefined): number | undefined => {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (value instanceof Uint8Array || Array.isArray(value)) return value.length;
  if (value instanceof Set) return value.size;
  return isMap(value) ? Object.keys(value).length : undefined;
};

const read = (node: Operand, item: ModelItem | undefined, env: Bindings): ItemValue | undefined => {
  if (node.kind === 'path') return getAt(item, env.path(node));
  if (node.kind === 'value') return env.value(node.ref);
  return measure(read(node.of, item, env));
};

const contains = (whole: ItemValue, part: ItemValue): boolean => {
  if (typeof whole === 'string') return typeof part === 'string' && whole.includes(part);
  if (whole instanceof Uint8Array) return part instanceof Uint8Array && Buffer.from(whole).includes(Buffer.from(part));
  if (whole instanceof Set) return hasMember(whole, part as SetMember);
  return Array.isArray(whole) && whole.some((element) => equals(element, part));
};

const beginsWith = (whole: ItemValue, part: ItemValue): boolean => {
  if (typeof whole === 'string') return typeof part === 'string' && whole.startsWith(part);
  if (!(whole instanceof Uint8Array && part instanceof Uint8Array)) return false;
  return Buffer.compare(whole.subarray(0, part.length), part) === 0;
};

const holds = (op: string, a: ItemValue | undefined, b: ItemValue | undefined): boolean => {
  // A missing attribute equals nothing, differs from everything, and has no order.
  if (a === undefined || b === undefined) return op === '<>';
  if (op === '=') return equals(a, b);
  if (op === '<>') return !equals(a, b);
  const order = compare(a, b);
  if (order === undefined) return false;
  if (op === '<') return order < 0;
  if (op === '<=') return order <= 0;
  return op === '>' ? order > 0 : order >= 0;
};

export const evaluate = (node: Condition, item: ModelItem | undefined, env: Bindings): boolean => {
  switch (node.kind) {
    case 'and':
      return evaluate(node.left, item, env) && evaluate(node.right, item, env);
    case 'or':
      return evaluate(node.left, item, env) || evaluate(node.right, item, env);
    case 'not':
      return !evaluate(node.of, item, env);
    case 'compare':
      return holds(node.op, read(node.left, item, env), read(node.right, item, env));
    case 'between': {
      const of = read(node.of, item, env);
      return holds('>=', of, read(node.low, item, env)) && holds('<=', of, read(node.high, item, env));
    }
    case 'in': {
      const of = read(node.of, item, env);
      return node.options.some((option) => holds('=', of, read(option, item, env)));
    }
    case 'function': {
      const first = read(node.args[0] as Operand, item, env);
      if (node.name === 'attribute_exists') return first !== undefined;
      if (node.name === 'attribute_not_exists') return first === undefined;
      const second = read(node.args[1] as Operand, item, env);
      if (first === undefined || second === undefined) return false;
      if (node.name === 'attribute_type') return typeOf(first) === second;
      return node.name === 'contains' ? contains(first, second) : beginsWith(first, second);
    }
  }
};

/** The part of an item that the paths name, in the item's own structure. */
export const project = (item: ModelItem, paths: DocumentPath[]): ModelItem => {
  const out: ModelItem = {};
  const sparse = new Set<ItemValue[]>();
  for (const path of paths) {
    const value = getAt(item, path);
    if (value === undefined) continue;
    let at: ItemValue = out;
    for (let i = 0; i < path.length; i += 1) {
      const container = at as Record<string | number, ItemValue>;
      const part = path[i] as string | number;
      if (Array.isArray(at)) sparse.add(at);
      if (i === path.length - 1) container[part] = value;
      else container[part] ??= typeof path[i + 1] === 'number' ? [] : {};
      at = container[part] as ItemValue;
    }
  }
  for (const list of sparse) list.splice(0, list.length, ...list.filter((element) => element !== undefined));
  return out;
};
