// GET /v1/drafts
import { entryView, mine } from '../../shared/http/changes/drafts.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { listDrafts } from '../../shared/store/drafts.ts';

export const handler = query('listDrafts', {
  run: async (context) => {
    const asked = pageInput(context, context.input.query);
    const { runtime, tenant, by } = context;
    const drafts = listDrafts(runtime.store.db, tenant, mine(by), asked.after);
    return pageAnswer(context, asked, drafts, { show: entryView });
  },
});
