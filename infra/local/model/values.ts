// Native values in the document client's form: types, equality, order, size and wire form.
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type SetMember = string | number | Uint8Array;
export type ItemValue =
  | string
  | number
  | boolean
  | null
  | Uint8Array
  | Set<SetMember>
  | ItemValue[]
  | { [name: string]: ItemValue };
/** Stored items are never changed in place. Every write makes a new object, so a reference to an item is a snapshot. */
export type ModelItem = { [name: string]: ItemValue };
type TypeName = 'S' | 'N' | 'B' | 'BOOL' | 'NULL' | 'SS' | 'NS' | 'BS' | 'L' | 'M';

export const typeOf = (value: ItemValue): TypeName => {
  if (typeof value === 'string') return 'S';
  if (typeof value === 'number') return 'N';
  if (typeof value === 'boolean') return 'BOOL';
  if (value === null) return 'NULL';
  if (value instanceof Uint8Array) return 'B';
  if (Array.isArray(value)) return 'L';
  if (value instanceof Set) {
    const first = value.values().next().value;
    return typeof first === 'number' ? 'NS' : first instanceof Uint8Array ? 'BS' : 'SS';
  }
  return 'M';
};

export const isMap = (value: ItemValue | undefined): value is { [name: string]: ItemValue } =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Set) &&
  !(value instanceof Uint8Array);

/** Binary members are equal by content, but a JS Set compares them by identity. */
export const memberKey = (member: SetMember): string | number =>
  member instanceof Uint8Array ? Buffer.from(member).toString('hex') : member;

export const hasMember = (set: Set<SetMember>, member: SetMember): boolean => {
  if (!(member instanceof Uint8Array)) return set.has(member);
  const wanted = memberKey(member);
  return [...set].some((m) => m instanceof Uint8Array && memberKey(m) === wanted);
};

export const equals = (a: ItemValue, b: ItemValue): boolean => {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const type = typeOf(a);
  if (type !== typeOf(b)) return false;
  if (type === 'B') return Buffer.compare(a as Uint8Array, b as Uint8Array) === 0;
  if (a instanceof Set && b instanceof Set) return a.size === b.size && [...a].every((m) => hasMember(b, m));
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((element, i) => equals(element, b[i] as ItemValue));
  }
  const left = a as ModelItem;
  const right = b as ModelItem;
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && equals(left[name] as ItemValue, right[name] as ItemValue))
  );
};

/** The service orders strings by UTF-8 bytes. JS compares UTF-16 units, which differ beyond the basic plane. */
export const compareStrings = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const xHigh = x >= 0xd800 && x <= 0xdfff;
    const yHigh = y >= 0xd800 && y <= 0xdfff;
    if (xHigh !== yHigh) return xHigh ? 1 : -1;
    return x < y ? -1 : 1;
  }
  return a.length - b.length;
};

/** Undefined for two values without an order: of different types, or of types that have none. */
export const compare = (a: ItemValue, b: ItemValue): number | undefined => {
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  return undefined;
};

const bytes = (text: string): number => Buffer.byteLength(text);

const numberSize = (n: number): number => {
  if (n === 0) return 1;
  const digits = Math.abs(n).toExponential().split('e')[0]?.replace('.', '').length ?? 1;
  return Math.min(21, Math.ceil(digits / 2) + 1 + (n < 0 ? 1 : 0));
};

const sizeOf = (value: ItemValue): number => {
  if (typeof value === 'string') return bytes(value);
  if (typeof value === 'number') return numberSize(value);
  if (typeof value === 'boolean' || value === null) return 1;
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof Set) return [...value].reduce<number>((sum, m) => sum + sizeOf(m), 0);
  if (Array.isArray(value)) return value.reduce<number>((sum, element) => sum + 1 + sizeOf(element), 3);
  return Object.entries(value).reduce((sum, [name, element]) => sum + 1 + bytes(name) + sizeOf(element), 3);
};

// Stored items are immutable, so their size is computed once.
const itemSizes = new WeakMap<ModelItem, number>();

export const itemSize = (item: ModelItem | undefined): number => {
  if (item === undefined) return 0;
  const known = itemSizes.get(item);
  if (known !== undefined) return known;
  const size = Object.entries(item).reduce((sum, [name, value]) => sum + bytes(name) + sizeOf(value), 0);
  itemSizes.set(item, size);
  return size;
};

/** A deep copy for the caller, who may change it. */
const copyOut = (value: ItemValue): ItemValue => {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (value instanceof Set) return new Set([...value].map((m) => (m instanceof Uint8Array ? Uint8Array.from(m) : m)));
  if (Array.isArray(value)) return value.map(copyOut);
  return itemOut(value);
};

export const itemOut = (item: ModelItem): ModelItem => {
  const out: ModelItem = {};
  for (const name of Object.keys(item)) out[name] = copyOut(item[name] as ItemValue);
  return out;
};

const marshal = (value: ItemValue): AttributeValue => {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (value === null) return { NULL: true };
  if (value instanceof Uint8Array) return { B: Uint8Array.from(value) };
  if (value instanceof Set) {
    const type = typeOf(value);
    if (type === 'NS') return { NS: [...value].map(String) };
    if (type === 'BS') return { BS: [...value].map((m) => Uint8Array.from(m as Uint8Array)) };
    return { SS: [...value] as string[] };
  }
  if (Array.isArray(value)) return { L: value.map(marshal) };
  return { M: marshalItem(value) };
};

export const marshalItem = (item: ModelItem): Record<string, AttributeValue> =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, marshal(value)]));
