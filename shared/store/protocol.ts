// What commands and answers of DynamoDB look like on the wire, for a client whose commands and answers have items as
// values. The SDK would go through every answer by a schema of its own and once more to make values of it, which took a
// third of the processor time of a read. Errors are the SDK's.
import { AwsJson1_0Protocol } from '@aws-sdk/core/protocols';
import { utf8 } from '../text/text.ts';
import { attributesOf, itemOf } from './attributes.ts';

/** Fields of commands and answers that are an item or the key of one. */
const single = new Set([
  'Item',
  'Key',
  'Attributes',
  'ExclusiveStartKey',
  'LastEvaluatedKey',
  'ExpressionAttributeValues',
]);
/** Fields that are a list of them. */
const lists = new Set(['Items', 'Keys']);

type Convert = (item: never) => unknown;

/** A command or an answer with all items in it converted. */
const converted = (value: unknown, convert: Convert): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => converted(one, convert));
  const copy: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined || field === null) copy[name] = field;
    else if (single.has(name)) copy[name] = convert(field as never);
    else if (lists.has(name)) copy[name] = (field as never[]).map(convert);
    else if (name === 'Responses' && !Array.isArray(field)) copy[name] = byTable(field, convert);
    else copy[name] = converted(field, convert);
  }
  return copy;
};

/** The items that a batch has read, by their tables. */
const byTable = (tables: Record<string, never[]>, convert: Convert) =>
  Object.fromEntries(Object.entries(tables).map(([table, items]) => [table, items.map(convert)]));

/** The schema by which the SDK reads an error: any document. */
const anyDocument = 15;

export class ItemProtocol extends AwsJson1_0Protocol {
  constructor(settings: ConstructorParameters<typeof AwsJson1_0Protocol>[0]) {
    super(settings);
    let text = '';
    this.serializer = {
      write: (_schema, command) => {
        text = JSON.stringify(converted(command, attributesOf));
      },
      flush: () => text,
      setSerdeContext: () => {},
    };
    this.deserializer = {
      read: async (schema, bytes) => {
        const answer = JSON.parse(typeof bytes === 'string' ? bytes : utf8(bytes));
        return schema === anyDocument ? answer : converted(answer, itemOf);
      },
      setSerdeContext: () => {},
    };
  }
}
