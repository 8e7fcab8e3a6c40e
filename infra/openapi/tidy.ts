// Tidies the generator's output. It writes a schema that differs between requests and answers twice, as `X` and as
// `XOutput`, whether or not both are used. Readers get only the used one, under its plain name if that is free.

interface Document {
  readonly components?: { schemas?: Record<string, unknown> };
}

const prefix = '#/components/schemas/';

const usedIn = (document: unknown): Set<string> => {
  const used = new Set<string>();
  const look = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    if ('$ref' in part && typeof part.$ref === 'string' && part.$ref.startsWith(prefix))
      used.add(part.$ref.slice(prefix.length));
    for (const inside of Object.values(part)) look(inside);
  };
  look(document);
  return used;
};

const renamed = <T>(document: T, from: string, to: string): T =>
  JSON.parse(JSON.stringify(document), (key, value) =>
    key === '$ref' && value === `${prefix}${from}` ? `${prefix}${to}` : value,
  );

/** The document without schemas that nothing refers to. */
export const tidied = <T extends Document>(document: T): T => {
  const schemas = document.components?.schemas ?? {};
  const used = usedIn(document);
  const unused = Object.keys(schemas).find((name) => !used.has(name));
  if (unused === undefined) return document;
  const twin = `${unused}Output`;
  const { [unused]: _, [twin]: answered, ...rest } = schemas;
  const takesOver = answered !== undefined && used.has(twin);
  const left = takesOver
    ? { ...rest, [unused]: answered }
    : { ...rest, ...(answered !== undefined && { [twin]: answered }) };
  const next = { ...document, components: { ...document.components, schemas: left } };
  return tidied(takesOver ? renamed(next, twin, unused) : next);
};
