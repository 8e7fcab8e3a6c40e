// The problem codes that each operation may answer, and the schema of a problem document.
import * as z from 'zod';
import { type ProblemCode, problems } from '../domain/base/refusal.ts';
import type { Operation } from './entry.ts';
import { type OperationId, operation, operationIds } from './operations.ts';
import { cutShort, grant, ids, whyNotCounted } from './schemas.ts';
import { alone } from './sets.ts';

/** Problem codes that follow from an operation's entry in the table, each with its condition. */
const grounds: readonly (readonly [ProblemCode, (o: Operation) => boolean])[] = [
  ['invalid-request', () => true],
  ['unauthenticated', (o) => o.callers.length > 0],
  ['access-token-needed', (o) => o.callers.length > 0],
  ['caller-kind', (o) => o.callers.length > 0],
  ['insufficient-scope', (o) => o.callers.length > 0],
  ['unknown-user', (o) => inTenant(o)],
  ['tenant-suspended', (o) => inTenant(o)],
  ['tenant-closed', (o) => inTenant(o)],
  ['user-disabled', (o) => isUsers(o)],
  ['forbidden', (o) => isUsers(o) && o.needs !== 'member' && o.needs !== 'none'],
  ['not-found', (o) => o.params !== undefined],
  ['idempotency-mismatch', (o) => o.idempotent === true],
  ['precondition-failed', (o) => o.etag !== undefined && o.etag !== 'given'],
  ['precondition-required', (o) => o.etag === 'required' || o.etag === 'spent'],
  ['payload-too-large', (o) => o.body !== undefined || o.text !== undefined],
  ['unsupported-media-type', (o) => o.body !== undefined || o.text !== undefined],
  ['too-many-requests', () => true],
  ['internal', () => true],
  ['out-of-time', () => true],
  ['busy', () => true],
];
const inTenant = ({ callers }: Operation) => callers.some((kind) => kind !== 'operator');
const isUsers = ({ callers }: Operation) => callers.includes('person') || callers.includes('client');

const codes = Object.keys(problems) as [ProblemCode, ...ProblemCode[]];

/** Every code that an operation may answer, by status. */
export const problemCodesOf = (id: OperationId): ProblemCode[] => {
  const o = operation(id);
  const others = o.combines ? operationIds.filter((one) => operation(one).data === 'write' && !(one in alone)) : [];
  const own = new Set([
    ...o.problems,
    ...grounds.filter(([, may]) => may(o)).map(([code]) => code),
    ...others.flatMap(problemCodesOf),
  ]);
  return codes.filter((code) => own.has(code));
};

export const fieldFault = z.strictObject({
  field: z.string().meta({ description: 'JSON pointer into the body, or `path.x`, `query.x`, `header.x`.' }),
  message: z.string().meta({ description: 'What to do about it.' }),
});

/** A problem document (RFC 9457) with the members that some codes add. */
export const problemDocument = z.strictObject({
  type: z.string().meta({ description: '`urn:holdfast:problem:` and the code.' }),
  title: z.string(),
  status: z.int(),
  code: z.enum(codes).meta({ description: 'Stable: what programs decide by.' }),
  detail: z.string().optional().meta({ description: 'What is wrong this time, and what to do.' }),
  errors: z.array(fieldFault).optional().meta({ description: 'Of `invalid-request`: the fields that are wrong.' }),
  needs: z.array(z.string()).optional().meta({ description: 'Of `forbidden`: permissions any of which would do.' }),
  missing: z
    .array(
      z.strictObject({
        permission: z.string().optional(),
        actionType: z.string().optional(),
        right: z.enum(['view', 'edit', 'delete']).optional(),
        of: z.string().optional(),
      }),
    )
    .optional()
    .meta({
      description:
        'Of `forbidden`, on rules: every permission and right on rules that is missing. Of `not-held`: what the user holds and you do not, as far as you may know of it.',
    }),
  wouldNotCount: z
    .array(z.strictObject({ user: ids.user, why: whyNotCounted() }))
    .optional()
    .meta({ description: 'Of `last-access-manager`: those who have the permission and do not count, and why.' }),
  others: z.int().nonnegative().optional().meta({ description: 'How many more of those there are.' }),
  quota: z.string().optional().meta({ description: 'Of `quota-exceeded`.' }),
  limit: z.int().optional().meta({ description: 'Of `quota-exceeded`.' }),
  wouldBe: z.int().optional().meta({ description: 'Of `quota-exceeded`.' }),
  permission: z.string().optional().meta({ description: 'Of a set of grants that does not hold together: which one.' }),
  requires: z.string().optional().meta({ description: 'Of `permission-missing`: what it needs in the same set.' }),
  policies: z.array(ids.policy).optional().meta({ description: 'Of `permission-missing`: the policies it lacks for.' }),
  excludes: z.string().optional().meta({ description: 'Of `permission-excluded`: what it cannot stand beside.' }),
  wider: z
    .array(grant())
    .optional()
    .meta({ description: 'Of `granted-by-wider`: the grants through which it is held.' }),
  roles: z
    .array(z.strictObject({ id: ids.role, name: z.string() }))
    .optional()
    .meta({ description: 'Of `owner-needed`: the roles to choose from.' }),
  reason: z.string().optional().meta({ description: 'Of `cannot-log-on`: why not, as a check would say it.' }),
  run: z.string().optional().meta({ description: 'Of `run-active` and `run-held`: the run that has not finished.' }),
  expected: z.int().optional().meta({ description: 'Of `batch-out-of-order`: the number of the next batch.' }),
  cursor: z
    .string()
    .nullable()
    .optional()
    .meta({ description: 'Of `cursor-differs`: that of the last run that was applied.' }),
  received: z
    .strictObject({ batches: z.int(), entries: z.int(), digest: z.string() })
    .optional()
    .meta({ description: 'Of `content-differs`: what was received.' }),
  digest: z.string().optional().meta({ description: 'Of `plan-differs`: the digest of the plan as it is.' }),
  size: z.int().nonnegative().optional().meta({ description: 'Of the export: how many sealed events there are.' }),
  after: z
    .int()
    .nonnegative()
    .optional()
    .meta({ description: 'Of `events-expired`: the sequence after which events are still in the table.' }),
  operation: z.int().nonnegative().optional().meta({ description: 'Of a change set: which operation was refused.' }),
  more: cutShort('A list of this document has more items than the first ones, which are shown.'),
  requestId: z.string().meta({ description: 'Names the request in our log.' }),
  traceId: z
    .string()
    .optional()
    .meta({ description: 'The trace that the request is part of, when it is part of one.' }),
});
