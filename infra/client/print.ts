// Prints JSON Schema as TypeScript, as far as the schemas of the API document need it. An unknown keyword is an error,
// because a type that ignores it would promise more than the API does.

export type JsonSchema = { readonly [keyword: string]: unknown };

/** Keywords that narrow a value further than a type can. */
const withoutType = new Set([
  'default',
  'description',
  'example',
  'exclusiveMinimum',
  'format',
  'maxItems',
  'maxLength',
  'maximum',
  'minItems',
  'minLength',
  'minimum',
  'param',
  'pattern',
  'propertyNames',
  'title',
]);
const withType = new Set([
  '$ref',
  'additionalProperties',
  'anyOf',
  'const',
  'enum',
  'items',
  'oneOf',
  'properties',
  'required',
  'type',
]);

const simple: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  integer: 'number',
  null: 'null',
  number: 'number',
  string: 'string',
};

export const literal = (value: unknown): string =>
  typeof value === 'string' ? `'${value.replaceAll(/['\\]/g, '\\$&')}'` : JSON.stringify(value);

const keyOf = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : literal(name));

const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, '  ');

/** Code with its description as a comment above it. */
export const commented = (description: unknown, code: string): string =>
  typeof description === 'string' && description !== ''
    ? `/** ${description.replaceAll('*/', '* /')} */\n${code}`
    : code;

/** The type of an object with these members, one per line. */
export const block = (members: readonly string[]): string =>
  members.length === 0 ? 'object' : `{\n${indented(members.join('\n'))}\n}`;

export const member = (name: string, type: string, needed: boolean): string => {
  if (needed) return `${keyOf(name)}: ${type};`;
  return `${keyOf(name)}?: ${type === 'unknown' ? type : `${type} | undefined`};`;
};

const object = ({ properties = {}, required = [], additionalProperties = false }: JsonSchema): string => {
  const named = Object.entries(properties as Readonly<Record<string, JsonSchema>>);
  const needed = new Set(required as readonly string[]);
  const members = named.map(([name, schema]) =>
    commented(schema.description, member(name, printed(schema), needed.has(name))),
  );
  const others =
    additionalProperties === false ? [] : [`[name: string]: ${printed(additionalProperties as JsonSchema)};`];
  return block([...members, ...others]);
};

const union = (types: readonly string[]): string => [...new Set(types)].join(' | ');

/** The alternatives of a schema that is a choice; undefined for other schemas. */
const alternativesOf = ({ enum: values, anyOf, oneOf = anyOf }: JsonSchema): string[] | undefined => {
  if (Array.isArray(values)) return values.map(literal);
  return Array.isArray(oneOf) ? oneOf.map(printed) : undefined;
};

const array = (items: JsonSchema): string => (alternativesOf(items) ? `(${printed(items)})[]` : `${printed(items)}[]`);

/** True for a schema whose type can be an interface. */
export const isObject = (schema: JsonSchema): boolean => schema.type === 'object' && !alternativesOf(schema);

/** The TypeScript type of a schema. A reference becomes the type of the same name. */
export const printed = (schema: JsonSchema): string => {
  const unknown = Object.keys(schema).find((keyword) => !withoutType.has(keyword) && !withType.has(keyword));
  if (unknown !== undefined) throw new Error(`the keyword ${unknown} of JSON Schema cannot be printed`);
  const { $ref, const: constant, type, items = {} } = schema;
  if (typeof $ref === 'string') return $ref.slice($ref.lastIndexOf('/') + 1);
  if (constant !== undefined) return literal(constant);
  const alternatives = alternativesOf(schema);
  if (alternatives) return union(alternatives);
  if (type === undefined) return 'unknown';
  if (Array.isArray(type)) return union(type.map((one: string) => printed({ ...schema, type: one })));
  if (type === 'object') return object(schema);
  if (type === 'array') return array(items as JsonSchema);
  const found = simple[String(type)];
  if (found === undefined) throw new Error(`the type ${JSON.stringify(type)} of JSON Schema cannot be printed`);
  return found;
};
