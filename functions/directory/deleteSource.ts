// DELETE /v1/directory/sources/{sourceId}
import { sourceFields } from '../../shared/domain/book/sources.ts';
import { sourceOf } from '../../shared/domain/plan/directory-runs.ts';
import { deleteSource } from '../../shared/domain/plan/sources.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { syncOf, unfinishedRunOf } from '../../shared/http/operations/sources.ts';
import { keys } from '../../shared/store/keys.ts';

export const definition = define('deleteSource', {
  alsoRead: ({ tenant, input }) => [
    keys.activeRun(tenant, input.params.sourceId),
    keys.sync(tenant, input.params.sourceId),
  ],
  current: ({ book, input }) => sourceFields(sourceOf(book, input.params.sourceId)),
  plan: async ({ view, world, input, tools }) => {
    const { sourceId } = input.params;
    const [sync, active] = [await syncOf(view, sourceId), await unfinishedRunOf(view, sourceId)];
    return deleteSource(world, sourceId, { sync, active }, tools);
  },
});

export const handler = mutation(definition);
