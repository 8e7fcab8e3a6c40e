// Carries out operations that change something, alone or as a change set. A single mutation is a change set of one, so
// there is only one way to authorise, compare If-Match, plan, answer and commit.

import type { TenantId } from '../../domain/base/ids.ts';
import { lazy } from '../../domain/base/lazy.ts';
import { problems, Refusal } from '../../domain/base/refusal.ts';
import { isDeleted } from '../../domain/book/records.ts';
import { applied, type Change, merged, type World } from '../../domain/change.ts';
import { Rights } from '../../domain/deciding/decide.ts';
import { refuseWayUp } from '../../domain/keeper/keeper.ts';
import { refuseBorrowedPower, signInMoves } from '../../domain/keeper/power.ts';
import type { OperationId } from '../../routes/operations.ts';
import { alone } from '../../routes/sets.ts';
import type { Authorised } from '../../store/authorised.ts';
import { compactionIsDue } from '../../store/compaction.ts';
import { distinct } from '../../store/db.ts';
import type { StepEvent } from '../../store/events.ts';
import { announcesImage } from '../../store/image.ts';
import type { Key } from '../../store/keys.ts';
import type { Mutation, Outcome, Planned } from '../../store/mutate.ts';
import type { View } from '../../store/view.ts';
import type { Authorise } from '../gateway/authorise.ts';
import type { Answer, Call, Internal, OperationContext } from '../gateway/call.ts';
import { authoriserOf, callerKeys, idempotencyOf, noTenant } from '../gateway/caller.ts';
import { needMatch } from '../gateway/etag.ts';
import type { Reminder, Work } from '../gateway/queue.ts';
import { warned, warningsOf } from '../operations/warnings.ts';

/** An operation that changes something: the lines that are particular to it. */
export interface Definition<Id extends OperationId = OperationId, R = unknown, P = unknown> {
  readonly id: Id;
  readonly alsoRead?: (call: Call<Id>) => readonly Key[];
  readonly tenant?: (call: Call<Id>) => TenantId;
  /** Prepares data that all attempts of a request share, such as a parsed file. Called once, before the first plan. */
  readonly prepare?: (call: Call<Id>) => P;
  /** Reads the resource's own fields before the change, for If-Match. @throws Refusal not-found */
  readonly current?: (context: OperationContext<Id>) => Promise<unknown> | unknown;
  /** Plans the change. It may read, and neither writes nor sends messages. */
  readonly plan: (context: OperationContext<Id>, prepared: P) => Promise<Change<R>> | Change<R>;
  /** Makes the answer from the world as it will be after the change. */
  readonly answer?: (result: R, context: OperationContext<Id>) => Promise<Answer> | Answer;
  /** Adds the operation's own grounds for admitting the caller. @throws Refusal */
  readonly by?: (by: Authorised, context: { readonly view: View; readonly call: Call<Id> }) => Authorised;
  /** The work to enqueue once the change is written. */
  readonly work?: (call: Call<Id>, answer: Answer) => Work | undefined;
  /**
   * The work to enqueue again after a refusal, because the message about work that blocks the operation may be lost.
   */
  readonly workInTheWay?: (call: Call<Id>, refusal: Refusal) => Promise<Reminder | undefined>;
}

/** A request with the keys and the prepared data that follow from it alone; each is computed once. */
export interface Requested {
  readonly call: Call;
  readonly alsoRead: () => readonly Key[];
  readonly prepared: () => unknown;
}
export const requested = (definition: Definition, call: Call): Requested => ({
  call,
  alsoRead: definition.alsoRead ? lazy(() => definition.alsoRead?.(call) ?? []) : () => [],
  prepared: definition.prepare ? lazy(() => definition.prepare?.(call)) : () => undefined,
});

/** One operation of a submission. */
export interface Step {
  readonly definition: Definition;
  /** The request, with placeholders for the ids of things that earlier operations create. */
  readonly requested: Requested;
  /** Makes the request from the ids of created things; absent when the operation refers to none. */
  readonly requestFor?: ((created: Created) => Requested) | undefined;
  /** The name by which later operations refer to the thing that this one creates. */
  readonly as?: string | undefined;
  /** Its index in the list of a change set, which a refusal names. */
  readonly at?: number;
  /** The path parameters, as the list gives them. */
  readonly params?: Readonly<Record<string, string>> | undefined;
}
/** The ids of created things, by the names that a change set gives them. */
export type Created = ReadonlyMap<string, string>;

/** Everything that one request asks for. */
export interface Submission {
  readonly call: Call;
  readonly tenant?: TenantId;
  readonly steps: readonly Step[];
  /** True for a change set, in which each operation has its own audit event. */
  readonly set?: boolean;
  /** For a change set: the operations as the caller listed them. */
  readonly listed?: readonly unknown[];
  /** For a change set: the complete answer that each operation would get alone. */
  readonly results?: (answers: readonly Answer[]) => readonly OperationResult[];
  /** Makes the answer to the request from the answers to its operations. */
  readonly answer: (answers: readonly Answer[]) => Answer;
  /** Inspects the plan before it is judged. @throws Refusal to stop the submission */
  readonly inspect?: (plan: Plan) => Promise<void>;
}

/** The answer to one operation of a change set. */
export interface OperationResult {
  readonly operation: string;
  readonly as?: string;
  readonly status: number;
  readonly body?: unknown;
  readonly etag?: string;
}

/** The plan of one attempt. */
export interface Plan {
  readonly view: View;
  readonly by: Authorised;
  readonly change: Change;
  readonly calls: readonly Call[];
  readonly answers: readonly Answer[];
}

/** The plan of one attempt, in the form that the store takes. */
interface Whole extends Planned<Answer> {
  readonly plan: Plan;
}

/** The caller as authorised for the request, and for each of its operations. */
interface Admitted extends Authorised {
  readonly each: readonly Authorised[];
}

interface Done {
  readonly call: Call;
  readonly change: Change;
  readonly answer: Answer;
  /** The state on which the operation was planned. */
  readonly at: View;
  /** The world that the operation leaves. */
  readonly after: World;
}

/**
 * The context of an operation: the caller's grants are from before the set, on the book as earlier operations leave it.
 */
export const contextOf = (call: Call, view: View, by: Authorised): OperationContext => {
  const { world, book, tools } = view;
  const rights = by.rights && by.rights.book !== book ? new Rights(book, by.rights.sets) : by.rights;
  return { ...call, view, world, book, tools, by: { ...by, rights } };
};

/**
 * Compares If-Match, which guards against a lost update. It is compared with the resource as it was before the set, or,
 * for a resource that the set itself creates, as the earlier operations leave it.
 * @throws Refusal precondition-failed
 */
const needCurrent = async (
  { current }: Definition,
  call: Call,
  base: View,
  by: Authorised,
  context: OperationContext,
) => {
  if (!current) return;
  if (base !== context.view && call.ifMatch !== undefined) {
    const own = await found(() => current(contextOf(call, base, by)));
    if (own) return needMatch(call.ifMatch, own.value);
  }
  needMatch(call.ifMatch, await current(context));
};

const found = async <T>(read: () => Promise<T> | T): Promise<{ value: T } | undefined> => {
  try {
    return { value: await read() };
  } catch (error) {
    if (error instanceof Refusal && error.code === 'not-found') return undefined;
    throw error;
  }
};

/** Plans one operation on the state that the earlier ones leave. @throws Refusal */
export const planned = async (step: Step, created: Created, base: View, at: View, by: Authorised): Promise<Done> => {
  const { definition, requestFor } = step;
  const { call, alsoRead, prepared } = requestFor?.(created) ?? step.requested;
  if (base !== at) await at.items(alsoRead());
  const context = contextOf(call, at, by);
  await needCurrent(definition, call, base, by, context);
  const change = await definition.plan(context, prepared());
  const after = applied(at.world, change);
  const answer = (await definition.answer?.(change.result, { ...context, world: after, book: after.book })) ?? {};
  return { call, change, answer, at, after };
};

/**
 * Refuses an operation that gives power which the caller may not give. Each operation of a set is judged by itself,
 * because the set's final state does not show what a later operation takes back.
 * @throws Refusal keeper-needed, not-held
 */
export const needNoWayUp = ({ at, after, change }: Done, { access, keeper, exempt }: Authorised): void => {
  if (keeper) return;
  refuseWayUp(at.world, after, change, exempt);
  refuseBorrowedPower(at.world, after, signInMoves(at.world, change, access, exempt), exempt);
};

/** Adds the place of an operation in its set to a refusal; any other error is returned as it is. */
export const inStep = (
  error: unknown,
  { at, id, params = {} }: Pick<Step, 'at' | 'params'> & { readonly id: string },
): unknown => {
  if (at === undefined || !(error instanceof Refusal)) return error;
  const { detail, errors, more } = error.details;
  return new Refusal(error.code, {
    step: { operation: id, target: Object.values(params)[0] },
    detail: `Operation ${at} (${id}): ${detail ?? error.message}`,
    ...(errors && { errors: errors.map((fault) => ({ ...fault, field: fieldIn(at, fault.field) })) }),
    more: { ...more, operation: at },
  });
};

const fieldIn = (at: number, field: string): string => {
  const [part = '', ...rest] = field.split('.');
  const inside = rest.join('/');
  const place = `/operations/${at}`;
  if (field === 'operation' || field === 'as' || field === 'ifMatch' || field === 'params' || field === 'body')
    return `${place}/${field}`;
  if (field.startsWith('/')) return field === '/' ? `${place}/body` : `${place}/body${field}`;
  if (part === 'header') return `${place}/ifMatch`;
  return `${place}/${part === 'path' ? 'params' : part}${inside ? `/${inside}` : ''}`;
};

/** Runs a part of one operation. @throws Refusal as `run` does, with the place of the operation */
const inPlace = async <T>({ definition: { id }, at, params }: Step, run: () => Promise<T> | T): Promise<T> => {
  try {
    return await run();
  } catch (error) {
    throw inStep(error, { id, params, ...(at !== undefined && { at }) });
  }
};

/** One operation of a submission, planned, with its caller. */
interface Carried extends Done {
  readonly by: Authorised;
  readonly step: Step;
}

/** Plans all operations in order, each on the world that the earlier ones leave. */
const planAll = async ({ steps }: Submission, view: View, each: readonly Authorised[]): Promise<Carried[]> => {
  const created = new Map<string, string>();
  const done: Carried[] = [];
  for (const [i, step] of steps.entries()) {
    const by = each[i] as Authorised;
    const last = done.at(-1);
    const at = last ? last.at.after(last.change) : view;
    const one = await inPlace(step, () => planned(step, created, view, at, by));
    if (step.as !== undefined) created.set(step.as, idIn(one.answer));
    done.push({ ...one, by, step });
  }
  return done;
};

/** The id of a created thing, from the answer of the operation. @throws Error for an answer without an id */
export const idIn = ({ body }: Answer): string => {
  const { id } = (body ?? {}) as { id?: unknown };
  if (typeof id !== 'string') throw new Error('an operation that creates something answers its id');
  return id;
};

/** The audit events of a change set: one for each operation that changes something. */
export const eventsOf = (
  done: readonly { readonly call: Pick<Call, 'id'>; readonly by: Authorised; readonly change: Change }[],
): StepEvent[] =>
  done.flatMap(({ change: { audit }, by: { authority }, call }) =>
    audit ? [{ operation: call.id, authority, audit }] : [],
  );

/** The caller as authorised for one operation, on the state before the set. @throws Refusal */
export const admittedTo = async (
  { definition, requested: { call } }: Step,
  view: View,
  authorise: Authorise,
): Promise<Authorised> => {
  const by = await authorise(call.operation);
  return definition.by?.(by, { view, call }) ?? by;
};

/** Authorises the caller for every operation. @throws Refusal */
const admit = async ({ call, steps, set }: Submission, view: View, internal: Internal): Promise<Admitted> => {
  const authorise = authoriserOf(view, call.token, internal);
  if (set) await authorise(call.operation);
  const each: Authorised[] = [];
  for (const step of steps) each.push(await inPlace(step, () => admittedTo(step, view, authorise)));
  return { ...(each[0] as Authorised), each };
};

/**
 * Checks, before a stored answer is replayed, that the caller may still do everything. Each operation is planned by
 * itself, because only its plan checks the rights on its own resource. Other refusals do not count: an operation that
 * is already done is often refused now.
 * @throws Refusal when the caller may no longer do one of the operations
 */
const refuseLost = async ({ steps }: Submission, view: View, { each }: Admitted): Promise<void> => {
  for (const [i, step] of steps.entries()) {
    const { call, prepared } = step.requested;
    const plan = () => step.definition.plan(contextOf(call, view, each[i] as Authorised), prepared());
    try {
      await inPlace(step, plan);
    } catch (error) {
      if (!(error instanceof Refusal) || problems[error.code][0] === 403) throw error;
    }
  }
};

/** Most distinct items that the operations of one set may read along. */
const mostRead = 10_000;

const allAlsoRead = (steps: readonly Step[]): Key[] => steps.flatMap(({ requested }) => requested.alsoRead());

/**
 * The keys that the operations of a set read along. A set can name far more items than a single request, so they are
 * read only after the caller is authorised for every operation, and their number is limited. @throws Refusal
 * quota-exceeded
 */
const keysOf = (steps: readonly Step[]): Key[] => {
  const keys = distinct(allAlsoRead(steps));
  if (keys.length <= mostRead) return keys;
  const [limit, wanted] = [mostRead, keys.length].map((number) => number.toLocaleString('en'));
  throw new Refusal('quota-exceeded', `A change set reads ${limit} items at most; this would be ${wanted}: split it.`);
};

/** Plans the whole submission on the data that one attempt has read. @throws Refusal */
const planWhole = async (submission: Submission, view: View, by: Admitted): Promise<Whole> => {
  const { call, steps, set } = submission;
  if (set) await view.items(keysOf(steps));
  const done = await planAll(submission, view, by.each);
  const changes = done.map(({ change }) => change);
  const change: Change = changes.length === 1 ? (changes[0] as Change) : merged(changes);
  const answers = done.map(({ answer }) => answer);
  const plan = { view, by, change, answers, calls: done.map((one) => one.call) };
  await submission.inspect?.(plan);
  if (set) for (const one of done) await inPlace(one.step, () => needNoWayUp(one, one.by));
  const warnings = await warningsOf(call.runtime.store.db, plan);
  return { change, body: warned(submission.answer(answers), warnings), plan, ...(set && { steps: eventsOf(done) }) };
};

/** A submission in the form that the store carries out. */
const mutationOf = (submission: Submission, internal: Internal): Mutation<Whole, Admitted> => {
  const { call, steps, set, tenant = call.tenant } = submission;
  const { id, operation, requestId, traceId, dryRun } = call;
  return {
    tenant,
    operation: id,
    requestId,
    traceId,
    dry: dryRun,
    alsoRead: [...callerKeys(call), ...(set ? [] : allAlsoRead(steps))],
    keyed: set || operation.idempotent,
    shares: !set && !Object.hasOwn(alone, id),
    idempotency: dryRun ? undefined : idempotencyOf(call),
    authorise: (view) => admit(submission, view, internal),
    again: (view, by) => refuseLost(submission, view, by),
    plan: (view, by) => planWhole(submission, view, by),
  };
};

/**
 * Plans a submission and commits it in one transaction, or does nothing. A dry run is planned and judged, and not
 * written. Work that follows is enqueued after the commit. @throws Refusal
 */
export const carryOut = async (submission: Submission, internal: Internal): Promise<Outcome<Whole, Admitted>> => {
  const { runtime, dryRun } = submission.call;
  try {
    const outcome = await runtime.store.mutate(mutationOf(submission, internal));
    if (!outcome) throw submission.tenant ? new Refusal('not-found', 'There is no such tenant.') : noTenant();
    if (outcome.changed && !dryRun && outcome.attempt) await tellWork(submission, outcome.attempt);
    return outcome;
  } catch (error) {
    if (error instanceof Refusal && !dryRun) await tellInTheWay(submission, error);
    throw error;
  }
};

/** The attempt that was written. */
type Written = NonNullable<Outcome<Whole, Admitted>['attempt']>;

/**
 * Enqueues the work that follows from a change: of a deletion also what earlier deletions have left in the book, and now
 * and then the image of a large book.
 */
const tellWork = async ({ call, steps, tenant = call.tenant }: Submission, { view, planned }: Written) => {
  const { queue, store } = call.runtime;
  const { change, answers, calls } = planned.plan;
  const compacts = change.book.some(isDeleted) && compactionIsDue(view.head, store.now);
  const images = change.book.length > 0 && announcesImage(view.head, view.head.version + 1);
  if (images || compacts || change.side.some((side) => side.kind === 'sweep'))
    await queue.enqueue({ tenant, kind: 'sweep', id: call.requestId });
  for (const [i, { definition }] of steps.entries()) {
    const work = definition.work?.(calls[i] as Call, answers[i] as Answer);
    if (work) await queue.enqueue(work);
  }
};

/** Enqueues again the work that blocked a refused operation, because its message may have been lost. */
const tellInTheWay = async ({ call, steps }: Submission, refusal: Refusal): Promise<void> => {
  for (const { definition } of steps) {
    const reminder = await definition.workInTheWay?.(call, refusal);
    if (reminder) await call.runtime.queue.enqueue(reminder.work, reminder.once);
  }
};
