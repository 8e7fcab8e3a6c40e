// The types of requests and answers as callers write and read them, derived from the schemas: for the typed client, the
// examples and the tests. Nothing here exists at run time.
import type * as z from 'zod';
import type { answers } from './answers.ts';
import type { OperationId, operations } from './operations.ts';

type Operations = typeof operations;

/** Ids are branded on our side; to callers they are strings. Words of a closed set stay what they are. */
export type Plain<T> = T extends string
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
/** A part of a request: needed where the operation has it and any of its fields is, else it may be left out. */
type Part<K extends string, T> = [T] extends [never] ? unknown : object extends T ? { [P in K]?: T } : { [P in K]: T };

/** What a request consists of. */
export type RequestOf<Id extends OperationId> = Part<'params', Sent<Operations[Id], 'params'>> &
  Part<'query', Sent<Operations[Id], 'query'>> &
  (Operations[Id] extends { readonly text: object } ? { body: string } : Part<'body', Sent<Operations[Id], 'body'>>);

/** What an operation answers; nothing for a 204. */
export type AnswerOf<Id extends OperationId> = (typeof answers)[Id] extends infer Schema extends z.ZodType
  ? Plain<z.output<Schema>>
  : undefined;
