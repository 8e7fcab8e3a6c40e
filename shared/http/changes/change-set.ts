// Reads a change set, whose operations are written like requests of their own, into the steps of one submission.
import { derivedId } from '../../domain/base/ids.ts';
import { invalid, Refusal } from '../../domain/base/refusal.ts';
import { Room } from '../../domain/base/weight.ts';
import { type OperationId, operation as operationOf } from '../../routes/operations.ts';
import { alone, createdBy } from '../../routes/sets.ts';
import type { Answer, Call } from '../gateway/call.ts';
import { etagOf } from '../gateway/etag.ts';
import { inputOf } from '../gateway/input.ts';
import {
  type Created,
  type Definition,
  inStep,
  type OperationResult,
  type Requested,
  requested,
  type Step,
  type Submission,
} from './carry-out.ts';
import { outlook } from './preview.ts';

/** An operation as a change set lists it. */
export interface ListedOperation {
  readonly operation: string;
  readonly params?: Readonly<Record<string, string>> | undefined;
  readonly query?: Readonly<Record<string, string>> | undefined;
  readonly body?: unknown;
  readonly ifMatch?: string | undefined;
  readonly as?: string | undefined;
}

/** The definitions of the operations that can be in a set, by the operation's id. */
export type Definitions = Readonly<Record<string, Definition>>;

/** A name that the set gives: the index of its operation, and the placeholder for an id that is not drawn yet. */
interface Name {
  readonly at: number;
  readonly placeholder: string;
}

const deepest = 64;

/**
 * A value with ids in place of the references (`$name`) in it; `$$` stands for a dollar sign.
 * @throws Refusal for too deep a value; and as `id` does, for a reference to a later operation
 */
const resolved = (value: unknown, id: (name: string) => string | undefined, depth = 0): unknown => {
  if (depth > deepest) throw invalid('/', `is nested too deeply: at most ${deepest} levels`);
  if (typeof value === 'string') {
    if (value.startsWith('$$')) return value.slice(1);
    return value.startsWith('$') ? (id(value.slice(1)) ?? value) : value;
  }
  if (Array.isArray(value)) return value.map((one) => resolved(one, id, depth + 1));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, resolved(one, id, depth + 1)]));
};

/** Reads one operation of the list as a step. @throws Refusal naming the field */
const stepOf = (
  outer: Call,
  one: ListedOperation,
  at: number,
  names: ReadonlyMap<string, Name>,
  definitions: Definitions,
): Step => {
  const id = one.operation as OperationId;
  if (Object.hasOwn(alone, id)) throw invalid('operation', `${alone[id as keyof typeof alone]}: it cannot be in a set`);
  const definition = Object.hasOwn(definitions, id) ? definitions[id] : undefined;
  if (!definition) throw invalid('operation', 'must be an operation that changes something');
  const operation = operationOf(id);
  for (const part of ['params', 'body'] as const)
    if (one[part] !== undefined && !operation[part]) throw invalid(part, 'is not known here: remove it');
  if (one.as !== undefined && !createdBy(id)) throw invalid('as', 'cannot be given: this operation creates nothing');
  if (one.as !== undefined && names.get(one.as)?.at !== at) throw invalid('as', 'is the name of an earlier operation');
  const versioned = operation.etag === 'accepted' || operation.etag === 'required';
  if (one.ifMatch !== undefined && !versioned) throw invalid('ifMatch', 'does not apply to this operation: remove it');
  const referred = { anywhere: new Set<string>(), inPath: new Set<string>() };
  const called = (created: Created): Requested => {
    const idIn = (part: keyof typeof referred) => (name: string) => {
      const known = names.get(name);
      if (known && known.at >= at) throw invalid('/', `$${name} is created by operation ${known.at}: list that first`);
      if (known) referred[part].add(name);
      return known && (created.get(name) ?? known.placeholder);
    };
    for (const [name, value] of Object.entries(one.params ?? {}))
      if (/^\$[^$]/.test(value) && !names.has(value.slice(1)))
        throw invalid(
          `path.${name}`,
          `${value} stands for what an operation with "as" creates, and none has this name`,
        );
    const params = resolved(one.params, idIn('inPath'));
    const { query, body } = resolved({ query: one.query, body: one.body }, idIn('anywhere')) as ListedOperation;
    const input = inputOf(operation, { params, query, body: () => body }, 'invalid-request');
    return requested(definition, { ...outer, id, operation, input, ifMatch: one.ifMatch, idempotencyKey: undefined });
  };
  const first = called(new Map());
  // A resource that the set itself creates has no ETag yet. Only a reference in the path names the resource.
  if (operation.etag === 'required' && one.ifMatch === undefined && referred.inPath.size === 0)
    throw new Refusal('precondition-required', 'Read it first, then give its ETag as ifMatch.');
  const { as, params } = one;
  const refers = [...referred.inPath, ...referred.anywhere];
  // All attempts draw the same ids, so the request is resolved and parsed once for them.
  const known = new Map<string, Requested>();
  const requestFor = (created: Created): Requested => {
    const ids = refers.map((name) => created.get(name) ?? '').join(' ');
    const request = known.get(ids) ?? called(created);
    known.set(ids, request);
    return request;
  };
  return {
    definition,
    at,
    params,
    requested: first,
    ...(refers.length > 0 && { requestFor }),
    ...(as !== undefined && { as }),
  };
};

/** Reads all operations of the list as steps. @throws Refusal naming the operation and the field */
export const stepsOf = (call: Call, list: readonly ListedOperation[], definitions: Definitions): Step[] => {
  const names = new Map<string, Name>();
  list.forEach(({ as, operation }, at) => {
    if (as === undefined || names.has(as)) return;
    const kind = createdBy(operation);
    if (kind) names.set(as, { at, placeholder: derivedId(kind, 'not yet created', as) });
  });
  return list.map((one, at) => {
    try {
      return stepOf(call, one, at, names, definitions);
    } catch (error) {
      throw inStep(error, { at, id: one.operation });
    }
  });
};

/** The answer that each operation would get alone. */
export const resultsOf = (steps: readonly Step[], answers: readonly Answer[]): OperationResult[] =>
  answers.map(({ body, own }, i) => {
    const { requested, as } = steps[i] as Step;
    const { id, operation } = requested.call;
    return {
      operation: id,
      ...(as !== undefined && { as }),
      status: operation.status,
      ...(body !== undefined && { body }),
      ...(own !== undefined && { etag: etagOf(own) }),
    };
  });

/**
 * Most bytes of bodies in an answer, because an answer with an Idempotency-Key is stored in one item of at most 400 KB.
 */
const mostBodies = 300_000;

/** The answer to a set: each operation's own answer, without the bodies for which there is no room. */
export const setAnswer = (results: readonly OperationResult[]): Answer => {
  const room = new Room(mostBodies);
  const short = results.map(({ body, ...result }) => {
    if (body === undefined) return result;
    return room.admits(body) ? { ...result, body } : { ...result, more: true };
  });
  return { body: { results: short } };
};

interface Wanted {
  readonly operations: readonly ListedOperation[];
  readonly digest?: string | undefined;
  /** The operations as the caller saw them, for the digest, when `operations` has further If-Match conditions. */
  readonly listed?: readonly unknown[];
}

/**
 * Makes one submission of the whole list, after the opening steps. With the digest of a preview, the submission is
 * refused if it would now do something else. @throws Refusal naming the operation and the field
 */
export const submissionOf = (
  call: Call,
  { operations, digest, listed = operations }: Wanted,
  definitions: Definitions,
  opening: readonly Step[] = [],
): Submission => {
  const steps = stepsOf(call, operations, definitions);
  const results = (answers: readonly Answer[]) => resultsOf(steps, answers.slice(opening.length));
  const submission: Submission = {
    call,
    steps: [...opening, ...steps],
    set: true,
    listed,
    results,
    answer: (answers) => setAnswer(results(answers)),
  };
  if (digest === undefined) return submission;
  return {
    ...submission,
    inspect: async (plan) => {
      if ((await outlook(submission, plan)).digest !== digest)
        throw new Refusal('preview-changed', 'Something has changed since: look at a new preview, then submit that.');
    },
  };
};
