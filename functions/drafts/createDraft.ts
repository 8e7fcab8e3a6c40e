// POST /v1/drafts

import { withinQuota } from '../../shared/domain/base/quotas.ts';
import { createDraft } from '../../shared/domain/plan/drafts.ts';
import { draftAnswer, editor, keptDraft } from '../../shared/http/changes/drafts.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { countDrafts } from '../../shared/store/drafts.ts';
import { mutations } from '../mutations.ts';

const definition = define('createDraft', {
  plan: async (context) => {
    const { view, by, input, tools, runtime, tenant } = context;
    const { all, own } = await countDrafts(runtime.store.db, tenant, editor(by));
    withinQuota('drafts', all + 1);
    if (!by.keeper) withinQuota('draftsPerAuthor', own + 1);
    const none = { author: editor(by), operations: [] };
    const operations = await keptDraft(context, view, input.body.operations, none, mutations);
    return createDraft({ name: input.body.name, operations }, editor(by), tools);
  },
  answer: draftAnswer,
});

export const handler = mutation(definition);
