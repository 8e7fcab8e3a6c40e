// The answers of change sets and drafts.
import * as z from 'zod';
import { type changeOperations, listed } from './changes.ts';
import { preview } from './effects.ts';
import { problemDocument } from './problems.ts';
import * as s from './schemas.ts';

const result = z.strictObject({
  operation: z.string(),
  as: z.string().optional(),
  status: z.int().meta({ description: 'The status that the operation alone would be answered with.' }),
  body: z.unknown().optional(),
  etag: z.string().optional(),
  more: s.cutShort('The body is left out: those of all operations together may have 300 KB. Read the resource itself.'),
});
const results = z.strictObject({
  results: z.array(result).meta({ description: 'What each operation would answer alone, in their order.' }),
  warnings: z.array(z.string()).optional().meta({ description: 'Of all of them together, as `word:id`.' }),
});

const entry = {
  id: z.string(),
  name: z.string(),
  author: s.ids.user,
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  updatedBy: s.ids.user,
  expiresAt: z.iso.datetime().meta({ description: 'When it is deleted, unless somebody edits it before.' }),
};
const draft = z.strictObject({ ...entry, operations: z.array(listed()) });
const conflict = z.strictObject({
  operation: z.int().nonnegative().meta({ description: 'Its place in the draft.' }),
  why: z.enum(['changed', 'gone', 'refused']).meta({
    description:
      '`changed`, `gone`: what happened to the resource since the operation was added. `refused`: the operation would be refused, see `problem`.',
  }),
  problem: problemDocument.optional(),
});

export const changeAnswers = {
  submitChangeSet: results,
  createDraft: draft,
  listDrafts: z.strictObject({
    items: z.array(z.strictObject({ ...entry, operations: z.int().nonnegative() })),
    cursor: z.string().optional(),
  }),
  getDraft: draft,
  putDraft: draft,
  deleteDraft: null,
  previewDraft: preview.extend({ answer: results.optional() }),
  rebaseDraft: z.strictObject({
    conflicts: z.array(conflict),
    refused: problemDocument
      .optional()
      .meta({ description: 'Why the operations that would not be refused one by one would be refused together.' }),
    draft,
  }),
  submitDraft: results,
} as const satisfies Record<keyof typeof changeOperations, z.ZodType | null>;
