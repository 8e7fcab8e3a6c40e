// Translates the JSON of the DynamoDB API to native values and back: https://docs.aws.amazon.com/amazondynamodb (API
// reference, AttributeValue). Items and keys are found by the names of their fields.
import { type ItemValue, typeOf } from './values.ts';

type Wire = Record<string, unknown>;

/** Fields of requests and answers that hold a map of attribute values. */
const itemFields = new Set([
  'Key',
  'Item',
  'ExclusiveStartKey',
  'LastEvaluatedKey',
  'ExpressionAttributeValues',
  'Attributes',
]);
/** Fields that hold lists of such maps, directly or under a table's name. */
const listFields = new Set(['Keys', 'Items']);

const fromBase64 = (text: unknown): Uint8Array => Uint8Array.from(Buffer.from(String(text), 'base64'));
const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** A native value from its wire form. @throws TypeError for a form that the API does not have */
const valueFrom = (wire: unknown): ItemValue => {
  const [[type, value] = ['', undefined]] = Object.entries(wire as Wire);
  if (type === 'S') return String(value);
  if (type === 'N') return Number(value);
  if (type === 'B') return fromBase64(value);
  if (type === 'BOOL') return value === true;
  if (type === 'NULL') return null;
  if (type === 'SS') return new Set(value as string[]);
  if (type === 'NS') return new Set((value as string[]).map(Number));
  if (type === 'BS') return new Set((value as string[]).map(fromBase64));
  if (type === 'L') return (value as unknown[]).map(valueFrom);
  if (type === 'M') return mapFrom(value as Wire);
  throw new TypeError('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes');
};

const mapFrom = (wire: Wire): { [name: string]: ItemValue } =>
  Object.fromEntries(Object.entries(wire).map(([name, value]) => [name, valueFrom(value)]));

/** The wire form of a native value. */
const valueTo = (value: ItemValue): Wire => {
  const type = typeOf(value);
  if (type === 'N') return { N: String(value) };
  if (type === 'B') return { B: toBase64(value as Uint8Array) };
  if (type === 'NULL') return { NULL: true };
  if (type === 'NS') return { NS: [...(value as Set<number>)].map(String) };
  if (type === 'BS') return { BS: [...(value as Set<Uint8Array>)].map(toBase64) };
  if (type === 'SS') return { SS: [...(value as Set<string>)] };
  if (type === 'L') return { L: (value as ItemValue[]).map(valueTo) };
  if (type === 'M') return { M: mapTo(value as { [name: string]: ItemValue }) };
  return { [type]: value };
};

const mapTo = (item: { [name: string]: ItemValue }): Wire =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, valueTo(value)]));

type Translate = (map: never) => unknown;

/** Walks a request or an answer. `Responses` of a batch holds lists of items under the names of tables. */
const walked = (node: unknown, map: Translate, underTable = false): unknown => {
  if (Array.isArray(node)) return node.map((one) => (underTable ? map(one as never) : walked(one, map)));
  if (node === null || typeof node !== 'object') return node;
  return Object.fromEntries(
    Object.entries(node).map(([name, value]) => {
      if (value === undefined || value === null) return [name, value];
      if (itemFields.has(name)) return [name, map(value as never)];
      if (listFields.has(name)) return [name, (value as unknown[]).map((one) => map(one as never))];
      if (name === 'Responses' && !Array.isArray(value))
        return [
          name,
          Object.fromEntries(Object.entries(value).map(([table, items]) => [table, walked(items, map, true)])),
        ];
      return [name, walked(value, map)];
    }),
  );
};

/** A command's input for the document client, from a request's JSON. */
export const inputFrom = (body: unknown): Record<string, unknown> => walked(body, mapFrom as Translate) as never;

/** An answer's JSON, from a command's output of the document client. */
export const outputTo = (output: unknown): unknown => walked(output, mapTo as Translate);
