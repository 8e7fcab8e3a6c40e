// Dry runs: the same plan and the same judgement as the real thing, answered instead of written.

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

/** Who may not ask at all is refused as ever; so is what cannot be answered just now. */
const stays = (code: ProblemCode): boolean => {
  const [status] = problems[code];
  const judged: readonly ProblemCode[] = ['keeper-needed', 'not-held'];
  return status === 401 || status === 429 || status >= 500 || (status === 403 && !judged.includes(code));
};

interface Told {
  readonly effect: Effect;
  readonly digest?: string;
}

/** What is told of a request that is only rehearsed: what would be answered, or why it would be refused. */
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

/** Bytes of the users, and of the things, that a preview names. */
const mostUsers = 2_000_000;
const mostThings = 700_000;

/** As much of an effect as fits an answer. */
const shownEffect = ({ users, more, things }: Effect) => {
  const room = new Room(mostUsers);
  const named = room.first(users);
  const next = users[named.length];
  // Of the first who does not fit, as much as does.
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

/** What a submission would come to. Nothing is written, whatever it says. @throws Refusal for those who may not ask */
export const preview = (submission: Submission, internal: Internal): Promise<Answer> => {
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
    // Where there is nothing to rehearse, such as no such draft, it is not an operation of the set that is refused.
    ({ code, details }) => set === true && code === 'not-found' && details.more?.operation === undefined,
  );
};

/** The same for a request outside of any tenant, where nobody has anything yet. */
export const previewOutside = (call: Call, answer: () => Answer): Promise<Answer> =>
  rehearsal(
    call,
    async () => ({ changed: true, answer: answer() }),
    () => ({ effect: noEffect }),
  );

/** The effect of a plan as far as the caller may see it; of several operations as one, with the digest to agree by. */
export const outlook = async (submission: Submission, plan: Plan): Promise<Told> => {
  const { call, set = false } = submission;
  const { db } = call.runtime.store;
  const whole = await effectOf(db, plan.unit, plan.change, seenBy(plan), set);
  return { effect: whole.effect, ...(set && { digest: digestOf(submission, plan, whole) }) };
};

/**
 * Over the operations as they are listed and over what is shown. For who manages access rights, and may see all, also over
 * all that is left behind. For others it must not move with what they do not see: it would tell of that.
 */
const digestOf = ({ listed, results }: Submission, plan: Plan, { effect, beyond, cut }: WholeEffect): string => {
  const { unit, by, change } = plan;
  const drawn = { ids: unit.tools.drawn?.() ?? [], now: unit.tools.now };
  // Thousands of users may gain and lose the same thousands of policies, which is looked at once.
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
    left: by.keeper ? leftBehind(unit.book, change) : undefined,
    // Of those whom nobody has looked at it is known that they are as they were while the book is.
    version: by.keeper && cut ? unit.book.version : undefined,
  };
  return digestOfAll(agreed, drawn);
};

const isGrants = (body: unknown): body is { readonly grants: GrantSet } =>
  Array.isArray((body as { readonly grants?: unknown } | undefined)?.grants);

/** What a user gains and loses with the policies in it in no order: theirs is that of ids. */
const unorderedSpans = (gained: readonly Difference[], lost: readonly Difference[]) => {
  const bare = ({ scope, ...span }: Span) => ({ ...span, scope: scope === 'account' ? scope : new Set(scope) });
  const all = (list: readonly Difference[]) =>
    list.map(({ except, ...one }) => ({ ...bare(one), ...(except && { except: except.map(bare) }) }));
  return { gained: all(gained), lost: all(lost) };
};
