// The free JSON that a product keeps in a rule, as rows to edit: a name, a kind, and a text. A value that no row can
// show otherwise is edited as JSON, and one that nobody touches stays exactly as it was. Pure.

export type Properties = Readonly<Record<string, unknown>>;

/** How a value is edited. `list`: texts, one a line. `json`: anything else. */
export const kinds = ['text', 'number', 'boolean', 'list', 'json'] as const;
export type Kind = (typeof kinds)[number];

export interface Row {
  /** Tells rows apart while they are edited. */
  readonly key: number;
  readonly name: string;
  readonly kind: Kind;
  readonly text: string;
  /** The value as it was read, until the row's kind or text is edited. */
  readonly kept?: { readonly value: unknown };
}

type NameFault = 'missing' | 'long' | 'twice';
type ValueFault = 'number' | 'json';

const longestName = 100;

/** A list that its lines give back: every text has something in it, and no line break. */
const isLines = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '' && !/[\r\n]/.test(one));

const kindOf = (value: unknown): Kind => {
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  return isLines(value) ? 'list' : 'json';
};

const textIn = (kind: Kind, value: unknown): string => {
  if (kind === 'json') return JSON.stringify(value, null, 2);
  if (kind === 'list') return (Array.isArray(value) ? value : [value]).map(String).join('\n');
  return typeof value === 'object' ? '' : String(value);
};

let keys = 0;
const row = (name: string, value: unknown): Row => {
  const kind = kindOf(value);
  keys += 1;
  return { key: keys, name, kind, text: textIn(kind, value), kept: { value } };
};

export const rowsOf = (properties: Properties): Row[] =>
  Object.entries(properties).map(([name, value]) => row(name, value));

export const newRow = (): Row => row('', '');

/** The value of a row, or what is wrong with its text. */
const valueIn = ({ kind, text, kept }: Row): { readonly value: unknown } | { readonly fault: ValueFault } => {
  if (kept) return kept;
  if (kind === 'text') return { value: text };
  if (kind === 'boolean') return { value: text === 'true' };
  if (kind === 'list') return { value: text.split('\n').filter((line) => line !== '') };
  if (kind === 'number') {
    const value = Number(text);
    return text.trim() !== '' && Number.isFinite(value) ? { value } : { fault: 'number' };
  }
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return { fault: 'json' };
  }
};

export const withText = ({ kept: _, ...rest }: Row, text: string): Row => ({ ...rest, text });

/** The row edited in another way; its value is taken along as far as that way can have it. */
export const withKind = (before: Row, kind: Kind): Row => {
  const { kept: _, ...rest } = before;
  const found = valueIn(before);
  return { ...rest, kind, text: 'fault' in found ? before.text : textIn(kind, found.value) };
};

const nameFault = (rows: readonly Row[], { key, name }: Row): NameFault | undefined => {
  if (name === '') return 'missing';
  if (name.length > longestName) return 'long';
  return rows.some((one) => one.key !== key && one.name === name) ? 'twice' : undefined;
};

interface Fault {
  readonly name?: NameFault | undefined;
  readonly value?: ValueFault | undefined;
}

/** What is wrong with each row; empty when nothing is. */
export const faultsIn = (rows: readonly Row[]): ReadonlyMap<number, Fault> =>
  new Map(
    rows.flatMap((one) => {
      const name = nameFault(rows, one);
      const found = valueIn(one);
      const value = 'fault' in found ? found.fault : undefined;
      return name === undefined && value === undefined ? [] : [[one.key, { name, value }] as const];
    }),
  );

/** The properties that rows without a fault stand for. */
export const propertiesIn = (rows: readonly Row[]): Properties =>
  Object.fromEntries(
    rows.flatMap((one) => {
      const found = valueIn(one);
      return 'value' in found ? [[one.name, found.value]] : [];
    }),
  );

/** Whether two values are the same JSON, whatever the order of their names. */
export const isSame = (a: unknown, b: unknown): boolean => {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [of, other] = [a as Properties, b as Properties];
  const names = Object.keys(of);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && isSame(of[name], other[name]))
  );
};
