// The entries of change sets and drafts in the table of operations.
import * as z from 'zod';
import { type DraftId, idPattern } from '../domain/base/ids.ts';
import { lazy } from '../domain/base/lazy.ts';
import type { OperationEntry } from './entry.ts';
import * as s from './schemas.ts';

/** Most operations in one change set. */
const mostOperations = 50;

/** A branded id in TypeScript, and a string with a pattern in the API document. */
const draftId = lazy(() => z.string().regex(idPattern('draft')) as unknown as z.ZodType<DraftId, DraftId>);
const draftParams = lazy(() => z.strictObject({ draftId: draftId() }));

const texts = lazy(() => z.record(z.string().max(64), z.string().max(500)));

/** One operation in the list of a change set or a draft. */
export const listed = lazy(() =>
  z
    .strictObject({
      operation: z.string().max(64).meta({ description: 'The id of an operation, as this document names it.' }),
      params: texts().optional().meta({ description: 'What its path has in braces.' }),
      query: texts().optional(),
      body: z.unknown().optional(),
      ifMatch: z
        .string()
        .max(1000)
        .optional()
        .meta({ description: 'The ETag of what the change was made on, as it was before the set; or `*`.' }),
      as: z
        .string()
        .regex(/^[A-Za-z][A-Za-z0-9_-]{0,39}$/, 'must be a letter and up to 39 further letters, digits, _ and -')
        .optional()
        .meta({
          description:
            'A name for what this operation creates. Later ones write `$name` in place of its id; a text that shall start with $ is written with $$.',
        }),
    })
    .meta({ description: 'An operation with what its own request would have.' }),
);

const listedOperations = lazy(() =>
  z
    .array(listed())
    .min(1)
    .max(mostOperations, `has more than ${mostOperations} operations: submit them as several change sets`),
);

const digest = lazy(() =>
  z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/, 'must be the digest of a preview')
    .optional()
    .meta({ description: 'Of the preview that was agreed to: refused if it would now do anything else.' }),
);

const drafts = { area: 'drafts', callers: ['person', 'client'], scope: 'admin', needs: 'own' } as const;
const content = lazy(() => z.strictObject({ name: s.name(), operations: z.array(listed()).max(mostOperations) }));
const stored = ['not-found', 'keeperless', 'quota-exceeded'] as const;

export const changeOperations = {
  submitChangeSet: {
    area: 'changesets',
    method: 'POST',
    path: '/v1/change-sets',
    summary: 'Carry out several operations as one, or none of them',
    callers: ['person', 'client'],
    scope: 'admin',
    needs: 'own',
    body: () =>
      z.strictObject({
        operations: listedOperations(),
        digest: digest(),
      }),
    status: 200,
    idempotent: true,
    combines: true,
    problems: ['preview-changed', 'not-found', 'precondition-failed', 'precondition-required'],
    data: 'write',
  },

  createDraft: {
    ...drafts,
    method: 'POST',
    path: '/v1/drafts',
    summary: 'Gather operations to submit later; none of them takes effect before',
    body: content,
    status: 201,
    etag: 'given',
    idempotent: true,
    problems: stored,
    data: 'write',
  },
  listDrafts: {
    ...drafts,
    method: 'GET',
    path: '/v1/drafts',
    summary: 'List the own drafts; who manages access rights sees all',
    query: () => z.strictObject(s.page()),
    status: 200,
    problems: [],
    data: 'read',
  },
  getDraft: {
    ...drafts,
    method: 'GET',
    path: '/v1/drafts/{draftId}',
    summary: 'One draft',
    params: draftParams,
    status: 200,
    etag: 'given',
    problems: ['not-found'],
    data: 'read',
  },
  putDraft: {
    ...drafts,
    method: 'PUT',
    path: '/v1/drafts/{draftId}',
    summary: 'Replace the operations of a draft',
    params: draftParams,
    body: content,
    status: 200,
    etag: 'required',
    problems: stored,
    data: 'write',
  },
  deleteDraft: {
    ...drafts,
    method: 'DELETE',
    path: '/v1/drafts/{draftId}',
    summary: 'Throw a draft away',
    params: draftParams,
    status: 204,
    etag: 'accepted',
    problems: stored,
    data: 'write',
  },
  previewDraft: {
    ...drafts,
    method: 'POST',
    path: '/v1/drafts/{draftId}/preview',
    summary: 'What submitting the draft would do now',
    params: draftParams,
    status: 200,
    combines: true,
    problems: ['not-found', 'precondition-failed'],
    data: 'read',
  },
  rebaseDraft: {
    ...drafts,
    method: 'POST',
    path: '/v1/drafts/{draftId}/rebase',
    summary:
      'Find the conflicts of a draft with the present state, operation by operation; with `refresh`, accept that state',
    params: draftParams,
    body: () =>
      z.strictObject({
        refresh: z.boolean().default(false).meta({
          description:
            'Accept the present state of resources that were changed meanwhile. Needs If-Match with the ETag of the draft.',
        }),
      }),
    status: 200,
    etag: 'accepted',
    problems: [...stored, 'precondition-required'],
    data: 'write',
  },
  submitDraft: {
    ...drafts,
    method: 'POST',
    path: '/v1/drafts/{draftId}/submit',
    summary: 'Carry out a draft as one change set, by the rights of the caller',
    params: draftParams,
    body: () => z.strictObject({ digest: digest() }),
    status: 200,
    etag: 'spent',
    idempotent: true,
    combines: true,
    problems: ['preview-changed', 'not-found'],
    data: 'write',
  },
} as const satisfies Record<string, OperationEntry>;
