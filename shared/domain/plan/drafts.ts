// Plans for drafts: create, replace, delete, submit.
import type { ChangeAction } from '../base/actions.ts';
import type { UserId } from '../base/ids.ts';
import { changedName, cleanName } from '../base/names.ts';
import { Refusal } from '../base/refusal.ts';
import { type Change, type IdsAndTime, noChange } from '../change.ts';
import type { Draft, Drafted } from '../draft.ts';

const daysKept = 90;

/** Days that a submitted draft is kept: a little longer than idempotency records. */
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

const shown = ({ name, author, operations }: Draft) => ({
  name,
  author,
  operations: operations.map(({ operation }) => operation),
});

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
  tools: IdsAndTime,
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
  tools: IdsAndTime,
): Change<Draft> => {
  withinSize(input.operations);
  const name = changedName(before.name, input.name, (wanted) => cleanName(wanted, '/name'));
  if (name === before.name && JSON.stringify(input.operations) === JSON.stringify(before.operations))
    return noChange(before);
  const after = { ...before, ...dated(by, tools.now), rev: before.rev + 1, name, operations: input.operations };
  return changeOf('draft.updated', before, after);
};

export const deleteDraft = (before: Draft): Change<Draft> => changeOf('draft.deleted', before, undefined);

/** Closes a submitted draft. It disappears for its readers, and the audit events show its effect. */
export const closeDraft = (before: Draft, tools: IdsAndTime): Change<Draft> => {
  const expires = Math.floor(tools.now / 1000) + daysRepeatable * 86_400;
  return changeOf('draft.submitted', before, { ...before, rev: before.rev + 1, submitted: true, expires });
};
