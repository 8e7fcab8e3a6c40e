// POST /v1/directory/sources
import { createSource, needTrusted } from '../../shared/domain/plan/sources.ts';
import { define, mutation } from '../../shared/http/operation.ts';
import { sourceView } from '../../shared/http/operations/views.ts';

export const definition = define('createSource', {
  plan: ({ world, input, tools, runtime }) => {
    const { signIn } = input.body;
    if (signIn) needTrusted(runtime.token.issuers, signIn.issuer, '/signIn/issuer');
    return createSource(world, input.body, tools);
  },
  answer: (source) => ({ body: sourceView(source) }),
});

export const handler = mutation(definition);
