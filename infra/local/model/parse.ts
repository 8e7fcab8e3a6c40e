// Parses the service's expressions from text to a tree. Trees are cached by text, because a run sends the same few
// dozen expressions many thousand times.
import { isReserved } from './reserved.ts';

/** A message without the prefix that names the parameter, because only the caller knows the parameter. */
export class ExpressionError extends Error {}

type Part = number | { name: string; alias: boolean };
export interface PathNode {
  kind: 'path';
  parts: Part[];
}
interface ValueNode {
  kind: 'value';
  ref: string;
}
export type Operand = PathNode | ValueNode | { kind: 'size'; of: Operand };
type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';
type FunctionName = 'attribute_exists' | 'attribute_not_exists' | 'attribute_type' | 'begins_with' | 'contains';
export type Condition =
  | { kind: 'and' | 'or'; left: Condition; right: Condition }
  | { kind: 'not'; of: Condition }
  | { kind: 'compare'; op: Comparator; left: Operand; right: Operand }
  | { kind: 'between'; of: Operand; low: Operand; high: Operand }
  | { kind: 'in'; of: Operand; options: Operand[] }
  | { kind: 'function'; name: FunctionName; args: Operand[] };
export type SetValue =
  | PathNode
  | ValueNode
  | { kind: 'if_not_exists'; path: PathNode; otherwise: SetValue }
  | { kind: 'list_append'; left: SetValue; right: SetValue }
  | { kind: 'plus' | 'minus'; left: SetValue; right: SetValue };
export type UpdateAction =
  | { kind: 'SET'; path: PathNode; value: SetValue }
  | { kind: 'REMOVE'; path: PathNode }
  | { kind: 'ADD' | 'DELETE'; path: PathNode; value: ValueNode };

export interface Parsed<T> {
  root: T;
  names: ReadonlySet<string>;
  values: ReadonlySet<string>;
}

const tokenPattern = /\s*(#[A-Za-z0-9_]+|:[A-Za-z0-9_]+|[A-Za-z_][A-Za-z0-9_]*|\d+|<>|<=|>=|[=<>(),.[\]+-])/y;
const functionArities: Record<string, number> = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
  size: 1,
};
const comparators = new Set(['=', '<>', '<', '<=', '>', '>=']);
const keywords = new Set(['AND', 'OR', 'NOT', 'BETWEEN', 'IN']);
const sections = new Set(['SET', 'REMOVE', 'ADD', 'DELETE']);

const tokenize = (text: string): string[] => {
  const tokens: string[] = [];
  const end = text.trimEnd().length;
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < end) {
    const at = tokenPattern.lastIndex;
    const match = tokenPattern.exec(text);
    if (match === null) {
      const rest = text.slice(at).trimStart();
      throw new ExpressionError(`Syntax error; token: "${rest[0]}", near: "${rest.slice(0, 10)}"`);
    }
    tokens.push(match[1] as string);
  }
  return tokens;
};

class Parser {
  readonly names = new Set<string>();
  readonly values = new Set<string>();
  readonly #tokens: string[];
  #at = 0;
  /** The condition inside the last closed pair of parentheses, to detect a redundant pair around a pair. */
  #bracketed: Condition | undefined;

  constructor(text: string) {
    if (text.trim() === '') throw new ExpressionError('The expression can not be empty;');
    this.#tokens = tokenize(text);
  }

  #peek(offset = 0): string | undefined {
    return this.#tokens[this.#at + offset];
  }

  #upper(): string | undefined {
    return this.#peek()?.toUpperCase();
  }

  #fail(): never {
    const token = this.#peek() ?? '<EOF>';
    const near = this.#tokens.slice(Math.max(0, this.#at - 1), this.#at + 2).join(' ');
    throw new ExpressionError(`Syntax error; token: "${token}", near: "${near}"`);
  }

  #take(token: string): boolean {
    if (this.#peek() !== token) return false;
    this.#at += 1;
    return true;
  }

  #takeWord(word: string): boolean {
    if (this.#upper() !== word) return false;
    this.#at += 1;
    return true;
  }

  #expect(token: string): void {
    if (!this.#take(token)) this.#fail();
  }

  end(): void {
    if (this.#at < this.#tokens.length) this.#fail();
  }

  #part(): Part {
    const token = this.#peek();
    if (token === undefined || !/^[#A-Za-z_]/.test(token) || keywords.has(token.toUpperCase())) this.#fail();
    this.#at += 1;
    if (token.startsWith('#')) {
      this.names.add(token);
      return { name: token, alias: true };
    }
    if (isReserved(token)) {
      throw new ExpressionError(`Attribute name is a reserved keyword; reserved keyword: ${token}`);
    }
    return { name: token, alias: false };
  }

  path(): PathNode {
    const parts: Part[] = [this.#part()];
    for (;;) {
      if (this.#take('.')) parts.push(this.#part());
      else if (this.#take('[')) {
        const index = this.#peek();
        if (index === undefined || !/^\d+$/.test(index)) this.#fail();
        this.#at += 1;
        parts.push(Number(index));
        this.#expect(']');
      } else return { kind: 'path', parts };
    }
  }

  #value(): ValueNode {
    const token = this.#peek();
    if (!token?.startsWith(':')) this.#fail();
    this.#at += 1;
    this.values.add(token);
    return { kind: 'value', ref: token };
  }

  #operand(): Operand {
    if (this.#take('(')) {
      const inner = this.#operand();
      this.#expect(')');
      return inner;
    }
    if (this.#peek()?.startsWith(':')) return this.#value();
    if (this.#peek(1) === '(' && /^[A-Za-z_]/.test(this.#peek() ?? '')) {
      const call = this.#call();
      if (call.kind !== 'size') {
        throw new ExpressionError(
          `The function is not allowed to be used this way in an expression; function: ${call.name}`,
        );
      }
      return call;
    }
    return this.path();
  }

  #call(): (Condition & { kind: 'function' }) | (Operand & { kind: 'size' }) {
    const name = this.#peek() as string;
    const wanted = Object.hasOwn(functionArities, name) ? functionArities[name] : undefined;
    if (wanted === undefined) throw new ExpressionError(`Invalid function name; function: ${name}`);
    this.#at += 1;
    this.#expect('(');
    const args = [this.#operand()];
    while (this.#take(',')) args.push(this.#operand());
    this.#expect(')');
    if (args.length !== wanted) {
      throw new ExpressionError(
        `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${args.length}`,
      );
    }
    if (name === 'size') return { kind: 'size', of: args[0] as Operand };
    return { kind: 'function', name: name as FunctionName, args };
  }

  condition(): Condition {
    let left = this.#and();
    while (this.#takeWord('OR')) left = { kind: 'or', left, right: this.#and() };
    return left;
  }

  #and(): Condition {
    let left = this.#not();
    while (this.#takeWord('AND')) left = { kind: 'and', left, right: this.#not() };
    return left;
  }

  #not(): Condition {
    if (this.#takeWord('NOT')) return { kind: 'not', of: this.#not() };
    if (this.#peek() !== '(') return this.#simple();
    // A parenthesis opens a condition or an operand, and only the text behind its end shows which.
    const start = this.#at;
    this.#at += 1;
    const inner = this.#attempt(() => {
      const condition = this.condition();
      this.#expect(')');
      return condition;
    });
    if (!(inner instanceof ExpressionError)) {
      if (this.#bracketed === inner) throw new ExpressionError('The expression has redundant parentheses;');
      this.#bracketed = inner;
      return inner;
    }
    this.#at = start;
    const operand = this.#attempt(() => this.#simple());
    if (operand instanceof ExpressionError) throw inner;
    return operand;
  }

  #attempt(parse: () => Condition): Condition | ExpressionError {
    try {
      return parse();
    } catch (error) {
      if (error instanceof ExpressionError) return error;
      throw error;
    }
  }

  #simple(): Condition {
    if (this.#peek(1) === '(' && /^[A-Za-z_]/.test(this.#peek() ?? '') && this.#peek()?.toLowerCase() !== 'size') {
      const call = this.#call();
      if (call.kind === 'function') return call;
    }
    const left = this.#operand();
    const token = this.#peek();
    if (token !== undefined && comparators.has(token)) {
      this.#at += 1;
      return { kind: 'compare', op: token as Comparator, left, right: this.#operand() };
    }
    if (this.#takeWord('BETWEEN')) {
      const low = this.#operand();
      if (!this.#takeWord('AND')) this.#fail();
      return { kind: 'between', of: left, low, high: this.#operand() };
    }
    if (this.#takeWord('IN')) {
      this.#expect('(');
      const options = [this.#operand()];
      while (this.#take(',')) options.push(this.#operand());
      this.#expect(')');
      return { kind: 'in', of: left, options };
    }
    return this.#fail();
  }

  paths(): PathNode[] {
    const paths = [this.path()];
    while (this.#take(',')) paths.push(this.path());
    return paths;
  }

  actions(): UpdateAction[] {
    const actions: UpdateAction[] = [];
    const seen = new Set<string>();
    while (this.#peek() !== undefined) {
      const section = this.#upper() as string;
      if (!sections.has(section)) this.#fail();
      if (seen.has(section)) {
        throw new ExpressionError(`The "${section}" section can only be used once in an update expression;`);
      }
      seen.add(section);
      this.#at += 1;
      do actions.push(this.#action(section));
      while (this.#take(','));
    }
    return actions;
  }

  #action(section: string): UpdateAction {
    const path = this.path();
    if (section === 'REMOVE') return { kind: 'REMOVE', path };
    if (section === 'SET') {
      this.#expect('=');
      return { kind: 'SET', path, value: this.#sum() };
    }
    return { kind: section as 'ADD' | 'DELETE', path, value: this.#value() };
  }

  #sum(): SetValue {
    const left = this.#setValue();
    if (this.#take('+')) return { kind: 'plus', left, right: this.#setValue() };
    if (this.#take('-')) return { kind: 'minus', left, right: this.#setValue() };
    return left;
  }

  #setValue(): SetValue {
    if (this.#take('(')) {
      const inner = this.#sum();
      this.#expect(')');
      return inner;
    }
    const token = this.#peek();
    if (token?.startsWith(':')) return this.#value();
    if (this.#peek(1) !== '(' || token?.startsWith('#')) return this.path();
    if (token !== 'if_not_exists' && token !== 'list_append') {
      throw new ExpressionError(`Invalid function name; function: ${token}`);
    }
    this.#at += 2;
    const first = this.#setValue();
    this.#expect(',');
    const second = this.#setValue();
    this.#expect(')');
    if (token === 'list_append') return { kind: 'list_append', left: first, right: second };
    if (first.kind !== 'path') {
      throw new ExpressionError('Operator or function requires a document path; operator or function: if_not_exists');
    }
    return { kind: 'if_not_exists', path: first, otherwise: second };
  }
}

const cached = <T>(parse: (parser: Parser) => T): ((text: string) => Parsed<T>) => {
  const cache = new Map<string, Parsed<T>>();
  return (text) => {
    const known = cache.get(text);
    if (known !== undefined) return known;
    const parser = new Parser(text);
    const root = parse(parser);
    parser.end();
    const parsed = { root, names: parser.names, values: parser.values };
    // Expressions with generated placeholders never repeat, so the cache is cleared before they fill the memory of a
    // long run.
    if (cache.size > 5_000) cache.clear();
    cache.set(text, parsed);
    return parsed;
  };
};

export const parseCondition = cached((parser) => parser.condition());
export const parseUpdate = cached((parser) => parser.actions());
export const parseProjection = cached((parser) => parser.paths());
