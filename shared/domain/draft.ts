// A draft: operations that one or several people gather over days before they submit them as one change set. Nothing
// takes effect until then (CT-04, CT-25).
import * as z from 'zod';
import { type DraftId, idPattern } from './base/ids.ts';
import { lazy } from './base/lazy.ts';
import { userIdSchema } from './book/records.ts';

export const draftIdSchema = z.custom<DraftId>((v) => typeof v === 'string' && idPattern('draft').test(v));

const texts = lazy(() => z.record(z.string(), z.string()).optional());
/** An operation as listed, with the ETags that its resource had then, for the people who may submit it. */
const drafted = lazy(() =>
  z.object({
    operation: z.string(),
    params: texts(),
    query: texts(),
    body: z.unknown().optional(),
    ifMatch: z.string().optional(),
    as: z.string().optional(),
    seen: z.string().optional(),
  }),
);
export type Drafted = z.infer<ReturnType<typeof drafted>>;

export const draftSchema = lazy(() =>
  z.object({
    id: draftIdSchema,
    rev: z.int().positive(),
    name: z.string(),
    author: userIdSchema,
    operations: z.array(drafted()),
    createdAt: z.string(),
    updatedAt: z.string(),
    updatedBy: userIdSchema,
    /** Seconds since 1970. */
    expires: z.int(),
    /**
     * True after the submission. The draft is kept for a while, so that a repeated submission is authorised as the first
     * one was.
     */
    submitted: z.boolean().default(false),
  }),
);
export type Draft = z.infer<ReturnType<typeof draftSchema>>;
