// Drafts: the right to see them, the ETags that a draft keeps for each operation, and the conflicts with later changes.

import type { DraftId, TenantId, UserId } from '../../domain/base/ids.ts';
import { Refusal } from '../../domain/base/refusal.ts';
import { isoOfSeconds } from '../../domain/base/time.ts';
import { type Change, merged } from '../../domain/change.ts';
import { Rights, ruleRightsOf } from '../../domain/deciding/decide.ts';
import type { Draft, Drafted } from '../../domain/draft.ts';
import { closeDraft } from '../../domain/plan/drafts.ts';
import { AllRuleRights } from '../../domain/rules/rule-rights.ts';
import { type OperationId, operation as operationOf, operations } from '../../routes/operations.ts';
import type { Authorised } from '../../store/authorised.ts';
import { type DraftEntry, readDraft, toDraft } from '../../store/drafts.ts';
import { type Key, keys } from '../../store/keys.ts';
import type { View } from '../../store/view.ts';
import { authoriser } from '../gateway/authorise.ts';
import type { Answer, Call } from '../gateway/call.ts';
import { etagOf, isNamed } from '../gateway/etag.ts';
import { problemOf } from '../gateway/problem.ts';
import {
  admittedTo,
  contextOf,
  type Definition,
  eventsOf,
  idIn,
  needNoWayUp,
  planned,
  requested,
  type Step,
  type Submission,
} from './carry-out.ts';
import { type Definitions, type ListedOperation, resultsOf, setAnswer, stepsOf, submissionOf } from './change-set.ts';

interface AtDraft {
  readonly tenant: TenantId;
  readonly input: { readonly params: { readonly draftId: DraftId } };
}

export const draftKeys = ({ tenant, input }: AtDraft): Key[] => [keys.draft(tenant, input.params.draftId)];

const none = () => new Refusal('not-found', 'There is no such draft.');

/** True for the author of a draft, and for keepers. */
const sees = (by: Authorised, author: UserId): boolean => by.keeper || author === by.access?.id;
export const mine = (by: Authorised) => (entry: { readonly author: UserId }) => sees(by, entry.author);

/** Reads a draft. @throws Refusal not-found for a draft that does not exist, or that the caller may not see */
export const loadDraft = async (view: View, by: Authorised, id: DraftId): Promise<Draft> => {
  const [item] = await view.items([keys.draft(view.tenant, id)]);
  const draft = toDraft(item, view.tools.now);
  if (!draft || !sees(by, draft.author)) throw none();
  return draft;
};

/** The user who edits the draft. */
export const editor = (by: Authorised): UserId => by.access?.id as UserId;

/** An operation without its kept ETags, because these may cover fields that the reader may not see. */
const shown = ({ seen: _, ...one }: Drafted): ListedOperation => one;

const draftView = ({ operations, rev: _, expires, submitted: ___, ...draft }: Draft) => ({
  ...draft,
  operations: operations.map(shown),
  expiresAt: isoOfSeconds(expires),
});
export const entryView = ({ expires, ...entry }: DraftEntry) => ({
  ...entry,
  expiresAt: isoOfSeconds(expires),
});
const draftOwn = (draft: Draft) => ({ id: draft.id, rev: draft.rev });
export const draftAnswer = (draft: Draft) => ({ body: draftView(draft), own: draftOwn(draft) });
export const currentDraft = async (context: AtDraft & { readonly view: View; readonly by: Authorised }) =>
  draftOwn(await loadDraft(context.view, context.by, context.input.params.draftId));

const isVersioned = ({ operation }: ListedOperation): boolean => {
  const { etag = undefined } = Object.hasOwn(operations, operation) ? operationOf(operation as OperationId) : {};
  return etag === 'accepted' || etag === 'required';
};

/** The If-Match of an operation: the given ETag, and those that its resource had when the operation was added. */
const guardOf = ({ ifMatch, seen }: Drafted): string | undefined =>
  ifMatch === '*' ? ifMatch : [ifMatch, seen].filter((one) => one !== undefined).join(', ') || undefined;

const submitted = (list: readonly Drafted[]): ListedOperation[] =>
  list.map((drafted) => {
    const one = shown(drafted);
    const ifMatch = guardOf(drafted) ?? (isVersioned(one) ? '*' : undefined);
    return { ...one, ...(ifMatch !== undefined && { ifMatch }) };
  });

/** The operations without their ETags, so that a later change of a resource refuses none of them. */
const unguarded = (list: readonly (ListedOperation & Pick<Drafted, 'seen'>)[]): ListedOperation[] =>
  list.map(({ seen: _, ...one }) => (isVersioned(one) ? { ...one, ifMatch: '*' } : one));

/** The ETag of an operation's resource before the draft; undefined for a resource that the caller cannot read. */
const tagOf = async (step: Step, view: View, by: Authorised): Promise<string | undefined> => {
  const { current } = step.definition;
  if (!current) return undefined;
  try {
    return etagOf(await current(contextOf(step.requested.call, view, by)));
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
};

/**
 * The two views of a resource by those who may submit a draft: a keeper, who sees everything, and the author. The same
 * resource can have a different ETag in each view. Both ETags are kept with an operation, whoever adds it, and neither
 * is shown.
 */
const viewsOf = async (view: View, author: UserId): Promise<Authorised[]> => {
  const { book } = view;
  const [access] = await view.users([author]);
  const rights = Rights.of(book, access);
  const keeper = rights.holds(book.catalogue.data.keeper);
  return [
    { actor: { kind: 'system' }, keeper: true, onRules: new AllRuleRights(book) },
    { actor: { kind: 'person', id: author }, access, rights, keeper, onRules: ruleRightsOf(book, access) },
  ];
};

/** The distinct ETags of an operation's resource in these views. */
const tagsOf = async (step: Step, view: View, views: readonly Authorised[]): Promise<string[]> => {
  const tags = new Set<string>();
  for (const by of views) {
    const tag = await tagOf(step, view, by);
    if (tag !== undefined) tags.add(tag);
  }
  return [...tags];
};

/**
 * The operations as the draft stores them, each with the ETags of its resource. An operation that was already in the
 * draft keeps its earlier ETags. @throws Refusal naming the operation and the field
 */
export const keptDraft = async (
  call: Call,
  view: View,
  list: readonly ListedOperation[],
  { author, operations }: Pick<Draft, 'author' | 'operations'>,
  definitions: Definitions,
): Promise<Drafted[]> => {
  const steps = stepsOf(call, unguarded(list), definitions);
  const views = await viewsOf(view, author);
  // Operations are compared by content, because the order of their fields does not matter.
  const known = new Map(operations.map(({ seen, ...one }) => [etagOf(one), seen]));
  const all: Drafted[] = [];
  for (const [i, step] of steps.entries()) {
    const one = list[i] as Drafted;
    const same = etagOf(one);
    const seen = known.has(same) ? known.get(same) : await seenNow(one, step, view, views);
    all.push({ ...one, ...(seen !== undefined && { seen }) });
  }
  return all;
};

/** The ETags to keep for a new operation; undefined when its own If-Match names an earlier state of the resource. */
const seenNow = async ({ ifMatch }: ListedOperation, step: Step, view: View, views: readonly Authorised[]) => {
  const tags = await tagsOf(step, view, views);
  const isLate = ifMatch !== undefined && ifMatch !== '*' && !tags.some((tag) => isNamed(ifMatch, tag));
  return tags.length === 0 || isLate ? undefined : tags.join(', ');
};

/** The reason why an operation of a draft would fail now. */
interface Conflict {
  readonly operation: number;
  /** The resource was changed or removed since the operation was added, or the operation would be refused now. */
  readonly why: 'changed' | 'gone' | 'refused';
  readonly problem?: ReturnType<typeof problemOf>;
}

interface Planned {
  readonly step: Step;
  readonly call: Pick<Call, 'id'>;
  readonly by: Authorised;
  readonly change: Change;
  readonly answer: Answer;
}

/**
 * Plans each operation of a draft and collects the conflicts; a refused operation is left out for the ones after it.
 */
export const conflictsOf = async (call: Call, view: View, draft: Draft, definitions: Definitions) => {
  const steps = stepsOf(call, unguarded(draft.operations), definitions);
  const views = await viewsOf(view, draft.author);
  const authorise = authoriser(view, call.token);
  const conflicts: Conflict[] = [];
  const refreshed: Drafted[] = [];
  const done: Planned[] = [];
  const created = new Map<string, string>();
  let at = view;
  for (const [operation, step] of steps.entries()) {
    const one = draft.operations[operation] as Drafted;
    // A caller who may not do the operation keeps its ETags as they are.
    let settled = one;
    try {
      const by = await admittedTo(step, view, authorise);
      const tag = await tagOf(step, view, by);
      const had = one.ifMatch === '*' ? undefined : guardOf(one);
      const why = tag === undefined ? 'gone' : 'changed';
      if (had !== undefined && !(tag !== undefined && isNamed(had, tag))) conflicts.push({ operation, why });
      if (had === undefined || tag !== undefined) {
        const next = await planned(step, created, view, at, by);
        needNoWayUp(next, by);
        at = at.after(next.change);
        done.push({ ...next, step, by });
        if (step.as !== undefined) created.set(step.as, idIn(next.answer));
      }
      if (tag !== undefined) settled = withTags(one, await tagsOf(step, view, views));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      conflicts.push({ operation, why: 'refused', problem: problemOf(error, call) });
    }
    refreshed.push(settled);
  }
  return { conflicts, refreshed, done };
};

/** An operation with its resource's present ETags in place of the earlier ones. */
const withTags = ({ seen: _, ifMatch, ...one }: Drafted, tags: readonly string[]): Drafted => ({
  ...one,
  ...(ifMatch === '*' && { ifMatch }),
  seen: tags.join(', '),
});

/**
 * The problem with which the remaining operations would be refused as a whole, by a dry run of their submission;
 * undefined when they would succeed. @throws Refusal busy
 */
export const refusedWhole = async (
  { runtime, tenant, requestId, traceId }: Call,
  by: Authorised,
  draft: Draft,
  done: readonly Planned[],
) => {
  const ids = { requestId, traceId };
  const id = 'submitDraft';
  const plan = ({ tools }: View) => {
    const closing = { call: { id } as const, by, change: closeDraft(draft, tools) };
    const results = resultsOf(
      done.map(({ step }) => step),
      done.map(({ answer }) => answer),
    );
    const change = merged([closing.change, ...done.map((one) => one.change)]);
    return { change, body: setAnswer(results), steps: eventsOf([closing, ...done]) };
  };
  try {
    await runtime.store.mutate({ tenant, operation: id, ...ids, keyed: true, dry: true, authorise: () => by, plan });
    return undefined;
  } catch (error) {
    if (!(error instanceof Refusal) || error.code === 'busy') throw error;
    return problemOf(error, ids);
  }
};

/** Makes one submission of a draft, which also removes the draft. @throws Refusal not-found also for a hidden draft */
export const draftSubmission = async (
  call: Call,
  draftId: DraftId,
  digest: string | undefined,
  definitions: Definitions,
): Promise<Submission> => {
  const draft = await readDraft(call.runtime.store.db, call.tenant, draftId);
  const definition: Definition = {
    id: call.id,
    alsoRead: () => [keys.draft(call.tenant, draftId)],
    by: (by) => {
      if (draft && !sees(by, draft.author)) throw none();
      return by;
    },
    // If-Match names the state of the draft that the caller has seen.
    current: async ({ view, by }) => draftOwn(await loadDraft(view, by, draftId)),
    plan: async ({ view, by }) => {
      const now = await loadDraft(view, by, draftId);
      if (now.rev !== draft?.rev)
        throw new Refusal('precondition-failed', 'The draft was edited just now: look at it again.');
      return closeDraft(now, view.tools);
    },
  };
  const opening: Step = { definition, requested: requested(definition, call) };
  const { operations = [] } = draft ?? {};
  const listed = operations.map(shown);
  return submissionOf(call, { operations: submitted(operations), digest, listed }, definitions, [opening]);
};
