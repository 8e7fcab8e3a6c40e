// GET /v1/drafts
import { entryView, mine } from '../../shared/http/drafts.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { listDrafts } from '../../shared/store/drafts.ts';

export const handler = query('listDrafts', {
  run: async (context) => {
    const { limit, after, filter } = pageInput(context, context.input.query);
    const { runtime, tenant, by } = context;
    const page = await listDrafts(runtime.store.db, tenant, mine(by), limit, after);
    return pageAnswer(context, filter, page.items.map(entryView), page.next);
  },
});
