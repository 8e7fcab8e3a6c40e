// Schemas that nothing refers to are left out of the document; a twin takes the plain name that is free.
import { expect, it } from 'vitest';
import { tidied } from '../../infra/openapi/tidy.ts';

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const document = (uses: unknown, schemas: Record<string, unknown>) => ({ paths: uses, components: { schemas } });

it('leaves what is used, both sides of it included', () => {
  const whole = document([ref('A'), ref('AOutput')], { A: {}, AOutput: { b: ref('B') }, B: {} });
  expect(tidied(whole)).toEqual(whole);
});

it('gives the plain name to the side that is used', () => {
  const answered = { type: 'object', properties: { again: ref('AOutput') } };
  expect(tidied(document([ref('AOutput')], { A: {}, AOutput: answered }))).toEqual(
    document([ref('A')], { A: { type: 'object', properties: { again: ref('A') } } }),
  );
});

it('leaves out the side that is not, and what only that refers to', () => {
  expect(tidied(document([ref('A')], { A: {}, AOutput: { b: ref('B') }, B: {} }))).toEqual(
    document([ref('A')], { A: {} }),
  );
});
