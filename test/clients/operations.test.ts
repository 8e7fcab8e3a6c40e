// The printed types of requests and answers are those of the schemas. The compiler proves it: a difference is an error here.
import { describe, expect, it } from 'vitest';
import type { Operations, OperationId as PrintedId, Problem } from '../../clients/typescript/index.ts';
import { commented, printed } from '../../infra/client/print.ts';
import type { ProblemCode } from '../../shared/domain/base/refusal.ts';
import type { OperationId, operations } from '../../shared/routes/operations.ts';
import type { AnswerOf, RequestOf } from '../../shared/routes/types.ts';

/** The type with every field required, because a missing optional field would still be assignable. */
type Full<T> = T extends readonly (infer Item)[]
  ? Full<Item>[]
  : T extends object
    ? { [K in keyof T]-?: Full<T[K]> }
    : T;
/** A type whose optional fields may be undefined: JSON does not tell that from a field that is missing. */
type Loose<T> = T extends readonly (infer Item)[]
  ? Loose<Item>[]
  : T extends object
    ? { [K in keyof T]: Loose<T[K]> | (object extends Pick<T, K> ? undefined : never) }
    : T;
type Assignable<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Same<A, B> = Assignable<Loose<A>, Loose<B>> extends true ? Assignable<Full<Loose<A>>, Full<Loose<B>>> : false;

/** Those of the operations that differ in one of these. */
type Differing = {
  [Id in OperationId]:
    | Same<Operations[Id]['request'], RequestOf<Id> & object>
    | Same<Operations[Id]['answer'], AnswerOf<Id>>
    | Same<Operations[Id]['method'], (typeof operations)[Id]['method']>
    | Same<Operations[Id]['path'], (typeof operations)[Id]['path']>
    | Same<
        Operations[Id] extends { etag: infer Etag } ? Etag : undefined,
        (typeof operations)[Id] extends { etag: infer Etag } ? Etag : undefined
      >
    | Same<
        Operations[Id] extends { idempotent: true } ? true : false,
        (typeof operations)[Id] extends { idempotent: true } ? true : false
      >
    | Same<
        Operations[Id] extends { writes: true } ? true : false,
        (typeof operations)[Id] extends { data: 'write' } ? true : false
      > extends true
    ? never
    : Id;
}[OperationId];

describe('the printed types', () => {
  it('are those of the schemas for every operation, as the compiler sees', () => {
    const none: [Differing] extends [never] ? true : Differing = true;
    const ids: Same<PrintedId, OperationId> = true;
    const codes: Same<Problem['code'], ProblemCode> = true;
    expect([none, ids, codes]).toEqual([true, true, true]);
  });
});

describe('printing a schema', () => {
  it('tells choices, lists, maps and what may be missing', () => {
    const choice = { anyOf: [{ type: 'string' }, { type: 'null' }] };
    const properties = { 'a-b': choice, "it's": { const: "o'clock" }, c: { type: 'array', items: choice }, d: {} };
    expect(printed({ type: 'object', properties, required: ['c'] })).toBe(
      "{\n  'a-b'?: string | null | undefined;\n  'it\\'s'?: 'o\\'clock' | undefined;\n  c: (string | null)[];\n  d?: unknown;\n}",
    );
    expect(printed({ type: 'object', additionalProperties: { type: 'integer' } })).toBe(
      '{\n  [name: string]: number;\n}',
    );
    expect(printed({ enum: ['a', 1, null] })).toBe("'a' | 1 | null");
  });

  it('keeps a description within its comment', () => {
    expect(commented('Ends */ here', 'a: string;')).toBe('/** Ends * / here */\na: string;');
  });

  it('refuses what it does not know, since the type would promise too much', () => {
    expect(() => printed({ not: { type: 'string' } })).toThrow('not');
    expect(printed({ type: ['string', 'null'] })).toBe('string | null');
    expect(() => printed({ type: ['string', 'bytes'] })).toThrow('"bytes"');
  });
});
