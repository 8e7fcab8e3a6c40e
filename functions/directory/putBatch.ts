// PUT /v1/directory/runs/{runId}/batches/{number}
import type { RunId } from '../../shared/domain/base/ids.ts';
import { needDeliverer, sourceOf } from '../../shared/domain/plan/directory-runs.ts';
import { batchDigest, putBatch } from '../../shared/domain/plan/run-protocol.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { contentOnce, formOf, runOf } from '../../shared/http/operations/runs.ts';
import { toBatch } from '../../shared/store/directory.ts';
import { keys } from '../../shared/store/keys.ts';

const definition = define('putBatch', {
  alsoRead: ({ tenant, input: { params } }) => [
    keys.run(tenant, params.runId as RunId),
    keys.runPart(tenant, params.runId as RunId, 'BATCH', Number(params.number)),
  ],
  prepare: ({ input, bodyType }) => ({
    form: formOf(bodyType),
    digest: batchDigest(input.body),
    content: contentOnce(input.body, formOf(bodyType)),
  }),
  plan: async ({ view, book, tenant, input, by, tools }, { form, digest, content }) => {
    const number = Number(input.params.number);
    const run = await runOf(view, tenant, input.params.runId as RunId);
    needDeliverer(sourceOf(book, run.source), by.access?.id, by.keeper);
    const [known] = await view.items([keys.runPart(tenant, run.id, 'BATCH', number)]);
    const read = () => content(tools.now, run.dialect);
    return putBatch(run, { number, digest, form }, toBatch(known), read, tools);
  },
  answer: ({ number, entries, bytes, digest }) => ({ body: { number, entries, bytes, digest } }),
});

export const handler = mutation(definition);
