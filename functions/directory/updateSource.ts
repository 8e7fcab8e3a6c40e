// PATCH /v1/directory/sources/{sourceId}
import { sourceFields } from '../../shared/domain/book/sources.ts';
import { sourceOf } from '../../shared/domain/plan/directory-runs.ts';
import { needTrusted, updateSource } from '../../shared/domain/plan/sources.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { clientKeys, syncOf } from '../../shared/http/operations/sources.ts';
import { sourceAnswer } from '../../shared/http/operations/views.ts';
import { keys } from '../../shared/store/keys.ts';

export const definition = define('updateSource', {
  alsoRead: ({ tenant, input }) => [keys.sync(tenant, input.params.sourceId), ...clientKeys({ tenant, input })],
  current: ({ book, input }) => sourceFields(sourceOf(book, input.params.sourceId)),
  plan: async ({ view, world, tenant, input, runtime }) => {
    const { signIn } = input.body;
    if (signIn) needTrusted(runtime.token.issuers, signIn.issuer, '/signIn/issuer');
    await view.items(clientKeys({ tenant, input }));
    const sync = await syncOf(view, input.params.sourceId);
    return updateSource(world, input.params.sourceId, input.body, sync);
  },
  answer: (source) => sourceAnswer(source),
});

export const handler = mutation(definition);
