// The types of requests and answers as callers see them, derived from the schemas for the typed client, the examples
// and the tests. Nothing here exists at run time.
import type * as z from 'zod';
import type { answers } from './answers.ts';
import type { OperationId, operations } from './operations.ts';

type Operations = typeof operations;

/** Replaces branded ids by plain strings, as callers see them; keeps the literals of an enumeration. */
type Plain<T> = T extends string
  ? keyof T extends keyof string
    ? T
    : string
  : T extends (infer Item)[]
    ? Plain<Item>[]
    : T extends object
      ? { [K in keyof T]: Plain<T[K]> }
      : T;

type Sent<O, K extends string> = O extends { readonly [P in K]: () => infer Schema extends z.ZodType }
  ? Plain<z.input<Schema>>
  : never;
/** A part of a request: required when the operation has the part and any of its fields is required, else optional. */
type Part<K extends string, T> = [T] extends [never] ? unknown : object extends T ? { [P in K]?: T } : { [P in K]: T };

/** The parts of an operation's request. */
export type RequestOf<Id extends OperationId> = Part<'params', Sent<Operations[Id], 'params'>> &
  Part<'query', Sent<Operations[Id], 'query'>> &
  (Operations[Id] extends { readonly text: object } ? { body: string } : Part<'body', Sent<Operations[Id], 'body'>>);

/** The body of an operation's answer; undefined for a 204. */
export type AnswerOf<Id extends OperationId> = (typeof answers)[Id] extends infer Schema extends z.ZodType
  ? Plain<z.output<Schema>>
  : undefined;
