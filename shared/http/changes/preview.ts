// Dry runs: the plan and the judgement are those of the real request, and the result is answered instead of written.

import { type ProblemCode, problems, Refusal } from '../../domain/base/refusal.ts';
import { Room } from '../../domain/base/weight.ts';
import type { GrantSet } from '../../domain/book/records.ts';
import { digestOfAll, leftBehind, unordered } from '../../domain/previews/digest.ts';
import {
  type Difference,
  type Effect,
  noEffect,
  type Span,
  type UserEffect,
} from '../../domain/previews/effect-on-users.ts';
import { effectOf, type WholeEffect } from '../../store/effect.ts';
import type { RequestIds } from '../../store/events.ts';
import type { Answer, Call, Internal } from '../gateway/call.ts';
import { etagOf } from '../gateway/etag.ts';
import { problemOf } from '../gateway/problem.ts';
import { seenBy } from '../operations/seen.ts';
import { carryOut, type Plan, type Submission } from './carry-out.ts';

/** True for a refusal that a dry run answers as usual: the caller may not ask, or the service cannot answer now. */
const stays = (code: ProblemCode): boolean => {
  const [status] = problems[code];
  const judged: readonly ProblemCode[] = ['keeper-needed', 'not-held'];
  return status === 401 || status === 429 || status >= 500 || (status === 403 && !judged.includes(code));
};

interface Told {
  readonly effect: Effect;
  readonly digest?: string;
}

/** The answer to a dry run: the answer that the request would get, or the problem with which it would be refused. */
const rehearsal = async (
  call: Pick<Call, 'operation' | keyof RequestIds>,
  run: () => Promise<{ changed: boolean; answer: Answer }>,
  told: () => Told,
  isMissing: (error: Refusal) => boolean = () => false,
): Promise<Answer> => {
  try {
    const { changed, answer } = await run();
    const { body, own } = answer;
    return {
      body: {
        dryRun: true,
        outcome: changed ? 'done' : 'nothing',
        status: call.operation.status,
        ...(body !== undefined && { answer: body }),
        ...(own !== undefined && { etag: etagOf(own) }),
        ...told(),
      },
    };
  } catch (error) {
    if (!(error instanceof Refusal) || stays(error.code) || isMissing(error)) throw error;
    const problem = problemOf(error, call);
    return { body: { dryRun: true, outcome: 'refused', status: problem.status, problem, ...told() } };
  }
};

/** Most bytes of the users, and of the things, that a preview names. */
const mostUsers = 2_000_000;
const mostThings = 700_000;

/** The part of an effect that fits an answer. */
const shownEffect = ({ users, more, things }: Effect) => {
  const room = new Room(mostUsers);
  const named = room.first(users);
  const next = users[named.length];
  // The first user who does not fit is shown with as many differences as fit.
  const part = next && { user: next.user, gained: room.first(next.gained), lost: room.first(next.lost), more: true };
  const told = part && part.gained.length + part.lost.length > 0 ? [part] : [];
  const shown = new Room(mostThings).first(things);
  return {
    users: [...named, ...told],
    more: more || named.length + told.length < users.length,
    things: shown,
    ...(shown !== things && { moreThings: true }),
  };
};

/**
 * Answers what a submission would do; writes nothing, even without `dryRun`.
 * @throws Refusal when the caller may not ask
 */
export const previewOf = (submission: Submission, internal: Internal): Promise<Answer> => {
  let seen: Told | undefined;
  const inspect = async (plan: Plan) => {
    seen = await outlook(submission, plan);
    await submission.inspect?.(plan);
  };
  const { call, set } = submission;
  return rehearsal(
    call,
    async () => {
      const { changed, body } = await carryOut({ ...submission, call: { ...call, dryRun: true }, inspect }, internal);
      return { changed, answer: body };
    },
    () => (seen ? { ...seen, effect: shownEffect(seen.effect) } : { effect: noEffect }),
    // A draft that does not exist is answered not-found, because no operation of the set is refused.
    ({ code, details }) => set === true && code === 'not-found' && details.more?.operation === undefined,
  );
};

/** The dry run of a request outside of any tenant, where no user gains or loses anything. @param run writes nothing */
export const previewOutside = (call: Call, run: () => Promise<Answer>): Promise<Answer> =>
  rehearsal(
    call,
    async () => ({ changed: true, answer: await run() }),
    () => ({ effect: noEffect }),
  );

/**
 * The effect of a plan as far as the caller may see it; for a change set, with the digest that a submission can name.
 */
export const outlook = async (submission: Submission, plan: Plan): Promise<Told> => {
  const { call, set = false } = submission;
  const { db } = call.runtime.store;
  const whole = await effectOf(db, plan.view, plan.change, seenBy(plan), set);
  return { effect: whole.effect, ...(set && { digest: digestOf(submission, plan, whole) }) };
};

/**
 * The digest that binds a submission to its preview: a hash of the listed operations and of the shown effect. For a
 * keeper, who sees everything, it also covers everything that the change leaves behind. For other callers it must not
 * depend on hidden data, because a changed digest would reveal a hidden change.
 */
const digestOf = ({ listed, results }: Submission, plan: Plan, { effect, beyond, cut }: WholeEffect): string => {
  const { view, by, change } = plan;
  const drawn = { ids: view.tools.drawn?.() ?? [], now: view.tools.now };
  // Users with the same differences share one digest, because thousands of users may gain the same thousands of
  // policies.
  const moved = new Map<readonly Difference[], Map<readonly Difference[], string>>();
  const digestOfMoved = ({ gained, lost }: UserEffect): string => {
    const known = moved.get(gained) ?? new Map<readonly Difference[], string>();
    moved.set(gained, known);
    const digest = known.get(lost) ?? digestOfAll(unorderedSpans(gained, lost), drawn);
    known.set(lost, digest);
    return digest;
  };
  const agreed = {
    listed,
    results: results?.(plan.answers).map(({ etag: _, body, ...result }) => ({
      ...result,
      body: isGrants(body) ? unordered(body.grants) : body,
    })),
    users: new Set([...effect.users, ...beyond].map((one) => ({ user: one.user, moved: digestOfMoved(one) }))),
    things: new Set(effect.things),
    left: by.keeper ? leftBehind(view.book, change) : undefined,
    // Users that were not examined are unchanged as long as the version of the book is.
    version: by.keeper && cut ? view.book.version : undefined,
  };
  return digestOfAll(agreed, drawn);
};

const isGrants = (body: unknown): body is { readonly grants: GrantSet } =>
  Array.isArray((body as { readonly grants?: unknown } | undefined)?.grants);

/** A user's differences with policies as sets, because their order is that of ids, which differ between equal plans. */
const unorderedSpans = (gained: readonly Difference[], lost: readonly Difference[]) => {
  const bare = ({ scope, ...span }: Span) => ({ ...span, scope: scope === 'account' ? scope : new Set(scope) });
  const all = (list: readonly Difference[]) =>
    list.map(({ except, ...one }) => ({ ...bare(one), ...(except && { except: except.map(bare) }) }));
  return { gained: all(gained), lost: all(lost) };
};
