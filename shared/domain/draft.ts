// A draft: operations that one or several people gather over days, before they submit them as one change set. Nothing of
// it takes effect before that (CT-04, CT-25).
import * as z from 'zod';
import type { ChangeAction } from './base/actions.ts';
import { type DraftId, idPattern, type UserId } from './base/ids.ts';
import { once } from './base/lazy.ts';
import { changedName, cleanName } from './base/names.ts';
import { Refusal } from './base/refusal.ts';
import { userIdSchema } from './book/records.ts';
import type { Change, Tools } from './change.ts';
import { noChange } from './change.ts';

export const draftIdSchema = z.custom<DraftId>((v) => typeof v === 'string' && idPattern('draft').test(v));

const texts = once(() => z.record(z.string(), z.string()).optional());
/** An operation as somebody listed it, with the tags that its resource had then, for those who may submit it. */
const drafted = once(() =>
  z.object({
    operation: z.string(),
    params: texts(),
    query: texts(),
    body: z.unknown().optional(),
    ifMatch: z.string().optional(),
    as: z.string().optional(),
    seen: z.string().optional(),
  }),
);
export type Drafted = z.infer<ReturnType<typeof drafted>>;

export const draftSchema = once(() =>
  z.object({
    id: draftIdSchema,
    rev: z.int().positive(),
    name: z.string(),
    author: userIdSchema,
    operations: z.array(drafted()),
    createdAt: z.string(),
    updatedAt: z.string(),
    updatedBy: userIdSchema,
    /** Seconds since 1970. */
    expires: z.int(),
    /** It has been submitted: kept for a while, so that a repeated submit is authorised as the first one was. */
    submitted: z.boolean().default(false),
  }),
);
export type Draft = z.infer<ReturnType<typeof draftSchema>>;

const daysKept = 90;
/** As long as idempotency records are kept, and a little more. */
const daysRepeatable = 2;
const largest = 300_000;

/** @throws Refusal payload-too-large */
const withinSize = (operations: readonly Drafted[]): void => {
  const bytes = new TextEncoder().encode(JSON.stringify(operations)).length;
  if (bytes > largest)
    throw new Refusal(
      'payload-too-large',
      `A draft holds ${largest.toLocaleString('en')} bytes of operations at most.`,
    );
};

const dated = (by: UserId, now: number) => ({
  updatedAt: new Date(now).toISOString(),
  updatedBy: by,
  expires: Math.floor(now / 1000) + daysKept * 86_400,
});

const shown = ({ name, operations }: Draft) => ({ name, operations: operations.map(({ operation }) => operation) });

const changeOf = (action: ChangeAction, before: Draft | undefined, after: Draft | undefined): Change<Draft> => ({
  book: [],
  users: [],
  side: [{ kind: 'draft', before, after }],
  audit: {
    action,
    target: (after ?? (before as Draft)).id,
    ...(before && { before: shown(before) }),
    ...(after && !after.submitted && { after: shown(after) }),
  },
  result: after ?? (before as Draft),
});

export const createDraft = (
  input: { readonly name: string; readonly operations: Drafted[] },
  by: UserId,
  tools: Tools,
): Change<Draft> => {
  withinSize(input.operations);
  const date = dated(by, tools.now);
  const draft: Draft = {
    id: tools.ids.next('draft'),
    rev: 1,
    name: cleanName(input.name, '/name'),
    author: by,
    operations: input.operations,
    createdAt: date.updatedAt,
    submitted: false,
    ...date,
  };
  return changeOf('draft.created', undefined, draft);
};

export const updateDraft = (
  before: Draft,
  input: { readonly name?: string; readonly operations: Drafted[] },
  by: UserId,
  tools: Tools,
): Change<Draft> => {
  withinSize(input.operations);
  const name = changedName(before.name, input.name, (wanted) => cleanName(wanted, '/name'));
  if (name === before.name && JSON.stringify(input.operations) === JSON.stringify(before.operations))
    return noChange(before);
  const after = { ...before, ...dated(by, tools.now), rev: before.rev + 1, name, operations: input.operations };
  return changeOf('draft.updated', before, after);
};

export const deleteDraft = (before: Draft): Change<Draft> => changeOf('draft.deleted', before, undefined);

/** Submitted is gone for its readers: what it came to stands beside it in the audit. */
export const closeDraft = (before: Draft, tools: Tools): Change<Draft> => {
  const expires = Math.floor(tools.now / 1000) + daysRepeatable * 86_400;
  return changeOf('draft.submitted', before, { ...before, rev: before.rev + 1, submitted: true, expires });
};
