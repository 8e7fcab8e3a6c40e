// GET /v1/directory/sources/{sourceId}
import { sourceOf } from '../../shared/domain/plan/directory-runs.ts';
import { query } from '../../shared/http/operation.ts';
import { syncOf } from '../../shared/http/operations/sources.ts';
import { sourceAnswer } from '../../shared/http/operations/views.ts';
import { keys } from '../../shared/store/keys.ts';

export const handler = query('getSource', {
  alsoRead: ({ tenant, input }) => [keys.sync(tenant, input.params.sourceId)],
  run: async ({ view, book, input }) => {
    const source = sourceOf(book, input.params.sourceId);
    return sourceAnswer(source, await syncOf(view, source.id));
  },
});
