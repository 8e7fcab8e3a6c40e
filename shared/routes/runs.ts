// The entries of runs in the table of operations: content in numbered batches, and what became of it.
import * as z from 'zod';
import { lazy } from '../domain/base/lazy.ts';
import { runKinds } from '../domain/directory.ts';
import type { OperationEntry } from './entry.ts';
import { paged, read, runMark, write } from './parts.ts';
import * as s from './schemas.ts';

const runParams = lazy(() => z.strictObject({ runId: s.path.runId }));

const digest = lazy(() =>
  z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits in lower case')
    .meta({
      description:
        'SHA-256, in hexadecimal digits, of the digests of all batches in their order, joined by line feeds.',
    }),
);

export const runOperations = {
  openRun: {
    ...write,
    area: 'directory',
    needs: 'directory',
    method: 'POST',
    path: '/v1/directory/sources/{sourceId}/runs',
    summary: 'Open a run, whose content comes in batches',
    scope: 'directory',
    params: () => z.strictObject({ sourceId: s.path.sourceId }),
    body: () =>
      z.strictObject({
        kind: z.enum(runKinds).meta({
          description:
            '`delta`: what has changed since the base cursor. `full`: everything; users and groups of the source that it does not name end.',
        }),
        epoch: runMark(200).meta({
          description:
            "The life of the directory's counter of changes, such as Active Directory's invocationId: cursors of another epoch do not compare.",
        }),
        baseCursor: runMark(2_000)
          .nullable()
          .meta({ description: 'The cursor at which the changes begin; null when there was none yet.' }),
        planOnly: z.boolean().optional().meta({
          description: 'True: the run ends with its plan. Nothing is changed, and the cursor stays.',
        }),
      }),
    status: 201,
    idempotent: true,
    problems: ['not-found', 'run-active', 'run-held', 'source-off', 'full-run-needed', 'cursor-differs'],
  },
  listRuns: {
    ...read,
    area: 'directory',
    needs: 'directory',
    method: 'GET',
    path: '/v1/directory/sources/{sourceId}/runs',
    summary: 'The runs of a source, the newest first',
    scope: 'directory',
    params: () => z.strictObject({ sourceId: s.path.sourceId }),
    query: paged,
  },
  putBatch: {
    ...write,
    area: 'directory',
    needs: 'directory',
    method: 'PUT',
    path: '/v1/directory/runs/{runId}/batches/{number}',
    summary: 'Put one batch of a run: entries one a line (NDJSON), or LDIF',
    scope: 'directory',
    params: () =>
      z.strictObject({
        runId: s.path.runId,
        number: z
          .string()
          .regex(/^[1-9]\d{0,3}$/, 'must be a number from 1 on')
          .meta({ description: 'From 1 on, without gaps. The same batch may be put again.' }),
      }),
    text: { types: ['application/x-ndjson', 'text/ldif'], limit: 5_000_000 },
    status: 200,
    problems: [
      'not-found',
      'run-not-open',
      'batch-differs',
      'batch-out-of-order',
      'payload-too-large',
      'unsupported-media-type',
    ],
  },
  commitRun: {
    ...write,
    area: 'directory',
    needs: 'directory',
    method: 'POST',
    path: '/v1/directory/runs/{runId}/commit',
    summary: 'Commit a run: all of its content was received',
    scope: 'directory',
    params: runParams,
    body: () =>
      z.strictObject({
        batches: z.int().min(1).max(2_000),
        entries: z
          .int()
          .nonnegative()
          .meta({ description: 'Of all batches together, as the answers to them count them.' }),
        digest: digest(),
        cursor: runMark(2_000).meta({ description: "The client's place in the directory once the run is applied." }),
      }),
    status: 202,
    problems: ['not-found', 'run-not-open', 'source-off', 'full-run-needed', 'content-differs'],
  },
  abandonRun: {
    ...write,
    area: 'directory',
    needs: 'directory',
    method: 'POST',
    path: '/v1/directory/runs/{runId}/abandon',
    summary: 'Give up an open run; nothing of it is applied',
    scope: 'directory',
    params: runParams,
    status: 200,
    problems: ['not-found', 'run-not-open'],
  },
  restoreRun: {
    ...write,
    area: 'directory',
    needs: 'keeper',
    method: 'POST',
    path: '/v1/directory/runs/{runId}/restore',
    summary: 'Put back what a run of the last 30 days took away; what it gave stays. The source needs a full run then',
    params: runParams,
    status: 202,
    idempotent: true,
    problems: [...write.problems, 'not-found', 'not-restorable', 'run-active', 'run-held'],
  },
} as const satisfies Record<string, OperationEntry>;
