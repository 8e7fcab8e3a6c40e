// Dry runs: the same plan and the same judgement as the real thing, answered instead of written.
import { createHash } from 'node:crypto';
import { heldBy, Rights, ruleRightsOf } from '../domain/decide.ts';
import { type Effect, noEffect } from '../domain/effect.ts';
import { visiblePart } from '../domain/grants.ts';
import { type ProblemCode, problems, Refusal } from '../domain/refusal.ts';
import type { OperationId } from '../routes/operations.ts';
import { effectOf, type View } from '../store/effect.ts';
import type { RequestIds } from '../store/events.ts';
import type { Answer, Call, Internal } from './call.ts';
import { etagOf } from './etag.ts';
import { problemOf } from './problem.ts';
import { carryOut, type Plan, type Submission } from './steps.ts';

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
  call: Pick<Call<OperationId>, 'operation' | keyof RequestIds>,
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

/** What a submission would come to. Nothing is written, whatever it says. @throws Refusal for those who may not ask */
export const preview = (submission: Submission, internal: Internal): Promise<Answer> => {
  let seen: { effect: Effect; digest: string } | undefined;
  const inspect = async (plan: Plan) => {
    seen = await outlook(submission, plan);
    await submission.inspect?.(plan);
  };
  const { call, set } = submission;
  return rehearsal(
    call,
    async () => {
      const { outcome } = await carryOut({ ...submission, call: { ...call, dryRun: true }, inspect }, internal);
      return { changed: outcome.changed, answer: outcome.body };
    },
    () => ({ effect: seen?.effect ?? noEffect, ...(set && seen && { digest: seen.digest }) }),
    // Where there is nothing to rehearse, such as no such draft, it is not an operation of the set that is refused.
    ({ code, details }) => set === true && code === 'not-found' && details.more?.operation === undefined,
  );
};

/** The same for a request outside of any tenant, where nobody has anything yet. */
export const previewOutside = (call: Call<OperationId>, answer: () => Answer): Promise<Answer> =>
  rehearsal(
    call,
    async () => ({ changed: true, answer: answer() }),
    () => ({ effect: noEffect }),
  );

/** The effect of a plan as far as the caller may see it, and a digest of that and of what would be answered. */
export const outlook = async (
  { call, answer }: Submission,
  plan: Plan,
): Promise<{ effect: Effect; digest: string }> => {
  const effect = await effectOf(call.runtime.store.db, plan.unit, plan.change, seenBy(plan));
  const { drawn, now } = plan.unit.tools;
  return { effect, digest: digestOfAll([answer(plan.answers).body, effect], drawn?.() ?? [], now) };
};

/**
 * Whose grants the caller may see: a keeper everybody's; who governs users their own grants, as far as the catalogue shows
 * them; everybody what concerns oneself. And the rules that one sees.
 */
const seenBy = ({ unit, by }: Plan): View => {
  // Who manages access rights manages those on rules, too, and knows of all of them.
  if (by.keeper) return { seen: heldBy, rules: () => () => true };
  const { rights, access: self } = by;
  const { data } = unit.book.catalogue;
  const governs = rights !== undefined && data.governs.users.some((permission) => rights.holds(permission));
  return {
    seen: (book, access) => {
      if (access.id === self?.id) return heldBy(book, access);
      if (!governs || access.state !== 'active' || !data.personalGrants) return [];
      const grants = visiblePart(book, new Rights(book, rights.sets), access.personal);
      return grants.length > 0 ? [{ origin: 'personal', grants }] : [];
    },
    ...(!governs && { only: self ? [self.id] : [] }),
    rules: (after) => {
      const before = ruleRightsOf(unit.book, self);
      const later = ruleRightsOf(after.book, (self && after.users.get(self.id)) ?? self);
      return (was, is) => (was !== undefined && before.sees(was)) || (is !== undefined && later.sees(is));
    },
  };
};

const day = 86_400_000;

/**
 * A digest that two plans of the same share although ids, secrets and times are drawn anew for each: those drawn stand
 * for their turn, times for their distance.
 */
const digestOfAll = (value: unknown, drawn: readonly string[], now: number): string => {
  const turn = new Map(drawn.map((one, i) => [one, `\u0000${i}`]));
  const text = (one: string): string => {
    const known = turn.get(one);
    if (known !== undefined) return known;
    if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(one)) {
      const distance = Date.parse(one) - now;
      if (distance >= 0 && distance % day === 0) return `\u0000+${distance}`;
    }
    return one.length < 60
      ? one
          .split('.')
          .map((part) => turn.get(part) ?? part)
          .join('.')
      : one;
  };
  const plain = (one: unknown): unknown => {
    if (typeof one === 'string') return text(one);
    if (Array.isArray(one)) {
      const list = one.map((item) => plain(item));
      // What is ordered by ids that are drawn anew is compared without that order.
      const isDrawn = JSON.stringify(list).includes('\\u0000');
      return isDrawn ? list.map((item) => JSON.stringify(item)).sort() : list;
    }
    if (one === null || typeof one !== 'object') return one;
    return Object.fromEntries(
      Object.entries(one)
        // Tags are over ids, too; they say nothing that the rest does not.
        .filter(([key]) => key !== 'etag')
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, item]) => [key, plain(item)]),
    );
  };
  return createHash('sha256')
    .update(JSON.stringify(plain(value)) ?? '')
    .digest('base64url');
};
