// PUT /v1/drafts/{draftId}
import { updateDraft } from '../../shared/domain/plan/drafts.ts';
import { currentDraft, draftAnswer, draftKeys, editor, kept, loadDraft } from '../../shared/http/changes/drafts.ts';
import { define, mutation } from '../../shared/http/operation.ts';
import { mutations } from '../mutations.ts';

const definition = define('putDraft', {
  along: draftKeys,
  current: currentDraft,
  plan: async (context) => {
    const { unit, by, input, tools } = context;
    const before = await loadDraft(unit, by, input.params.draftId);
    const operations = await kept(context, unit, input.body.operations, before, mutations);
    return updateDraft(before, { name: input.body.name, operations }, editor(by), tools);
  },
  answer: draftAnswer,
});

export const handler = mutation(definition);
