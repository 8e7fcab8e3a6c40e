// POST /v1/drafts/{draftId}/rebase

import { Refusal } from '../../shared/domain/base/refusal.ts';
import { noChange } from '../../shared/domain/change.ts';
import { updateDraft } from '../../shared/domain/plan/drafts.ts';
import {
  conflictsOf,
  currentDraft,
  draftAnswer,
  draftKeys,
  editor,
  loadDraft,
  refusedWhole,
} from '../../shared/http/changes/drafts.ts';
import { namesState } from '../../shared/http/gateway/etag.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { mutations } from '../mutations.ts';

const definition = define('rebaseDraft', {
  alsoRead: draftKeys,
  current: currentDraft,
  plan: async (context) => {
    const { view, by, input, tools, ifMatch } = context;
    // A refresh names the draft's state, because others may have edited its operations (lost update).
    if (input.body.refresh && !namesState(ifMatch))
      throw new Refusal('precondition-required', 'Look at the draft first, then send its ETag as If-Match.');
    const before = await loadDraft(view, by, input.params.draftId);
    const { conflicts, refreshed, done } = await conflictsOf(context, view, before, mutations);
    const refused = await refusedWhole(context, by, before, done);
    const found = { conflicts, ...(refused && { refused }) };
    if (!input.body.refresh) return noChange({ draft: before, found });
    const updated = updateDraft(before, { operations: refreshed }, editor(by), tools);
    return { ...updated, result: { draft: updated.result, found } };
  },
  answer: ({ draft, found }) => {
    const { body, own } = draftAnswer(draft);
    return { body: { ...found, draft: body }, own };
  },
});

export const handler = mutation(definition);
