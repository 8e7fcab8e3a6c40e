// POST /v1/directory/sources
import { createSource, needTrusted } from '../../shared/domain/plan/sources.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { clientKeys } from '../../shared/http/operations/sources.ts';
import { sourceAnswer } from '../../shared/http/operations/views.ts';

export const definition = define('createSource', {
  alsoRead: clientKeys,
  plan: async ({ view, world, tenant, input, tools, runtime }) => {
    const { signIn } = input.body;
    if (signIn) needTrusted(runtime.token.issuers, signIn.issuer, '/signIn/issuer');
    await view.items(clientKeys({ tenant, input }));
    return createSource(world, input.body, tools);
  },
  answer: (source) => sourceAnswer(source),
});

export const handler = mutation(definition);
