// Items as values, and as the table's protocol writes them: each attribute is an object of one field, which names its type.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
import type { Item } from './db.ts';

/** `{ S: 'text' }`, `{ N: '1' }` and so on. */
type Attribute = Readonly<Record<string, unknown>>;
type Attributes = Readonly<Record<string, Attribute>>;

/** The value of an attribute. @throws Error for a type that DynamoDB does not have */
const valueIn = (attribute: Attribute): unknown => {
  for (const type in attribute) {
    const value = attribute[type];
    switch (type) {
      case 'S':
      case 'BOOL':
        return value;
      case 'N':
        return numberOf(value as string);
      case 'M':
        return itemOf(value as Attributes);
      case 'L':
        return (value as Attribute[]).map(valueIn);
      case 'SS':
        return new Set(value as string[]);
      case 'NULL':
        return null;
      case 'B':
        return bytesOf(value as string);
      case 'NS':
        return new Set((value as string[]).map(numberOf));
      case 'BS':
        return new Set((value as string[]).map(bytesOf));
    }
  }
  throw new Error(`no attribute of DynamoDB: ${Object.keys(attribute)}`);
};

/** A number; a bigint where a number would lose digits. */
const numberOf = (text: string): number | bigint => {
  const number = Number(text);
  return Math.abs(number) > Number.MAX_SAFE_INTEGER ? BigInt(text) : number;
};

const bytesOf = (text: string): Uint8Array => {
  const { buffer, byteOffset, length } = Buffer.from(text, 'base64');
  return new Uint8Array(buffer, byteOffset, length);
};

/** The item with these attributes. */
export const itemOf = (attributes: Attributes): Item => {
  const item: Item = {};
  for (const name of Object.keys(attributes).sort()) item[name] = valueIn(attributes[name] as Attribute);
  return item;
};

/** The attribute of a value. @throws TypeError for a value that DynamoDB cannot store */
const attributeOf = (value: unknown): Attribute => {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number' || typeof value === 'bigint') return { N: digitsOf(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (value === null) return { NULL: true };
  if (Array.isArray(value)) return { L: value.filter((one) => one !== undefined).map(attributeOf) };
  if (value instanceof Set) return setOf(value);
  if (value instanceof Uint8Array) return { B: base64Of(value) };
  if (isPlain(value)) return { M: attributesOf(value) };
  throw new TypeError(`the table cannot store ${value === undefined ? value : Object.prototype.toString.call(value)}`);
};

const isPlain = (value: unknown): value is Item => {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

const digitsOf = (value: number | bigint): string => {
  if (typeof value === 'number' && !(Math.abs(value) <= Number.MAX_SAFE_INTEGER))
    throw new TypeError(`the table cannot store the number ${value}`);
  return String(value);
};

const base64Of = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

const setOf = (set: ReadonlySet<unknown>): Attribute => {
  const values = [...set];
  if (values.length === 0) throw new TypeError('the table cannot store an empty set');
  if (values.every((one) => typeof one === 'string')) return { SS: values };
  if (values.every((one) => typeof one === 'number' || typeof one === 'bigint')) return { NS: values.map(digitsOf) };
  if (values.every((one) => one instanceof Uint8Array)) return { BS: values.map(base64Of) };
  throw new TypeError('the table cannot store a set of several types');
};

/** The attributes of an item, without what is undefined. */
export const attributesOf = (item: Item): Attributes => {
  const attributes: Record<string, Attribute> = {};
  for (const [name, value] of Object.entries(item)) if (value !== undefined) attributes[name] = attributeOf(value);
  return attributes;
};
