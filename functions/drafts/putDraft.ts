// PUT /v1/drafts/{draftId}
import { updateDraft } from '../../shared/domain/plan/drafts.ts';
import {
  currentDraft,
  draftAnswer,
  draftKeys,
  editor,
  keptDraft,
  loadDraft,
} from '../../shared/http/changes/drafts.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { mutations } from '../mutations.ts';

const definition = define('putDraft', {
  alsoRead: draftKeys,
  current: currentDraft,
  plan: async (context) => {
    const { view, by, input, tools } = context;
    const before = await loadDraft(view, by, input.params.draftId);
    const operations = await keptDraft(context, view, input.body.operations, before, mutations);
    return updateDraft(before, { name: input.body.name, operations }, editor(by), tools);
  },
  answer: draftAnswer,
});

export const handler = mutation(definition);
