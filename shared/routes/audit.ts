// The entries of the audit in the table of operations.
import * as z from 'zod';
import { fewestDays } from '../domain/audit-settings.ts';
import { actions } from '../domain/base/actions.ts';
import { lazy } from '../domain/base/lazy.ts';
import type { OperationEntry } from './entry.ts';
import { paged, read, write } from './parts.ts';
import * as s from './schemas.ts';

/** A bucket of the customer's own. The role's name is fixed, because the service may assume no other roles. */
const destination = lazy(() =>
  z
    .strictObject(
      {
        bucket: z
          .string()
          .regex(
            /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
            'must be the name of a bucket: 3 to 63 lower-case letters, digits and hyphens, and no dots, which TLS does not cover',
          ),
        region: z
          .string()
          .max(32)
          .regex(/^[a-z]{2}(-[a-z]+)+-[1-9]$/, 'must be the region of the bucket, such as eu-central-1'),
        prefix: z
          .string()
          .max(200)
          .regex(
            /^[A-Za-z0-9_=-][A-Za-z0-9._=-]*(\/[A-Za-z0-9_=-][A-Za-z0-9._=-]*)*$/,
            'must be names of letters, digits, dots, underscores, hyphens and equals signs, with a slash between them only',
          )
          .optional()
          .meta({ description: 'What the names of all files begin with, before a slash.' }),
        roleArn: z
          .string()
          .regex(
            /^arn:aws(-cn|-us-gov)?:iam::[0-9]{12}:role\/HoldfastAudit[\w+=,.@-]{0,51}$/,
            'must be the ARN of a role without a path whose name begins with HoldfastAudit, such as arn:aws:iam::123456789012:role/HoldfastAudit',
          )
          .meta({ description: 'The role that is assumed with the external id of the answer.' }),
      },
      {
        error: ({ code }) =>
          code === 'invalid_type'
            ? 'give your bucket as an object, or null to have the bucket of the deployment'
            : undefined,
      },
    )
    .meta({ description: 'A bucket of your own, instead of the one of the deployment.' }),
);

/** Everybody reads their own doings; what callers see of others' is decided event by event. */
const audit = { ...read, area: 'audit', method: 'GET', scope: 'audit' } as const;
const oneEvent = () => z.strictObject({ eventId: s.path.eventId });
const outcome = () => z.enum(['done', 'refused']).optional();
const action = () => z.enum(actions, 'is no action of audit events: the API document lists them').optional();
/** A number of sealed events. */
const treeSize = lazy(() =>
  z.coerce
    .number<number>('give how many events a checkpoint covers, its size: a whole number from 1')
    .int()
    .min(1)
    .max(999_999_999_999),
);
const utcDay = lazy(() =>
  z.iso.date({
    error: ({ input }) => (input === undefined ? 'is missing: give a day, such as 2026-01-31' : undefined),
  }),
);

export const auditOperations = {
  listEvents: {
    ...audit,
    needs: 'member',
    path: '/v1/audit/events',
    summary: 'Audit events, newest or oldest first',
    query: () =>
      z.strictObject({
        ...s.page(),
        from: s.instant().optional(),
        to: s.instant().optional(),
        actor: z.string().max(64).optional(),
        target: z.string().max(64).optional(),
        action: action(),
        outcome: outcome(),
        correlation: z
          .string()
          .min(1)
          .max(128)
          .optional()
          .meta({
            description:
              'Events that belong together. The id of an event: those of the same request, such as all of one change ' +
              'set; a narrow range is read. The id of a run, of a request or of a trace: the events that name it; all of ' +
              'the time from `from` to `to` is read, so name that.',
          }),
        order: z
          .enum(['newest', 'oldest'])
          .optional()
          .meta({ description: 'What comes first; `newest` when absent. `oldest` can be followed: see `resume`.' }),
      }),
    problems: [],
  },
  getEvent: {
    ...audit,
    needs: 'own',
    path: '/v1/audit/events/{eventId}',
    summary: 'An audit event',
    params: oneEvent,
  },
  countEvents: {
    ...audit,
    needs: 'member',
    path: '/v1/audit/counts',
    summary: 'How many audit events there are, by day, action and outcome',
    query: () =>
      z.strictObject({
        from: utcDay().meta({ description: 'The first day, in UTC.' }),
        to: utcDay().meta({ description: 'The last day, in UTC: at most 366 days in all.' }),
        action: action(),
        outcome: outcome(),
        cursor: s.cursor(),
      }),
    problems: [],
  },
  getEventDifference: {
    ...audit,
    needs: 'own',
    path: '/v1/audit/events/{eventId}/difference',
    summary: 'What an event changed, as JSON text in parts: for differences that are larger than a page',
    params: oneEvent,
    query: paged,
  },
  listCheckpoints: {
    ...read,
    area: 'audit',
    needs: 'export',
    method: 'GET',
    path: '/v1/audit/checkpoints',
    summary: 'Signed checkpoints of the sealed audit, newest first',
    scope: 'export',
    query: paged,
    problems: [],
  },
  getEventProof: {
    ...read,
    area: 'audit',
    needs: 'export',
    method: 'GET',
    path: '/v1/audit/events/{eventId}/proof',
    summary: 'Prove that an event is in the sealed audit as it was',
    scope: 'export',
    params: () => z.strictObject({ eventId: s.path.eventId }),
    query: () =>
      z.strictObject({
        size: treeSize()
          .optional()
          .meta({ description: 'The size of the checkpoint to prove it for; the newest one when it is left out.' }),
      }),
    problems: ['not-found', 'not-sealed', 'events-expired'],
  },
  getConsistencyProof: {
    ...read,
    area: 'audit',
    needs: 'export',
    method: 'GET',
    path: '/v1/audit/consistency',
    summary: 'Prove that the sealed audit of one size begins with that of a smaller one',
    scope: 'export',
    query: () => z.strictObject({ from: treeSize(), to: treeSize() }),
    problems: [],
  },
  getAuditKeys: {
    ...read,
    area: 'audit',
    // They are public keys, and whoever has files of the export needs them.
    needs: 'member',
    method: 'GET',
    path: '/v1/audit/keys',
    summary: 'The public keys of checkpoints and manifests',
    scope: 'audit',
    orScope: 'export',
    problems: [],
  },
  getAuditSettings: {
    ...read,
    area: 'audit',
    needs: 'keeper',
    method: 'GET',
    path: '/v1/audit/settings',
    summary: 'How long the audit is kept, whether a legal hold keeps all of it, and where it is exported to',
    etag: 'given',
    problems: [],
  },
  putAuditSettings: {
    ...write,
    area: 'audit',
    needs: 'keeper',
    method: 'PUT',
    path: '/v1/audit/settings',
    summary: 'Set how long the audit is kept; a shorter time takes effect after 30 days',
    body: () =>
      z.strictObject({
        retentionDays: z
          .int('must be a whole number of days, or null to keep all events for ever')
          .min(fewestDays, `must be ${fewestDays} or more, or null to keep all events for ever`)
          .max(36_500, 'must be 36,500 at most, or null to keep all events for ever')
          .nullable()
          .meta({
            description:
              'After how many days an event may leave the service, once it has been exported; `null`: never. A longer ' +
              'time counts at once, a shorter one after 30 days.',
          }),
        legalHold: z
          .boolean('give true, or false to let events go when their retention is over')
          .meta({ description: 'True: no event leaves the service, however old it is.' }),
        destination: destination().nullable(),
      }),
    status: 200,
    etag: 'required',
    problems: [],
  },
  exportEvents: {
    ...read,
    area: 'audit',
    needs: 'export',
    method: 'GET',
    path: '/v1/audit/export',
    summary: 'Sealed events in the order of their sequence, one a line (NDJSON), for a job that takes the audit away',
    scope: 'export',
    query: () =>
      z.strictObject({
        after: z.coerce.number<number>().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0).meta({
          description: 'The sequence up to which the caller has the events: the `next` of the page before.',
        }),
        format: z
          .enum(['holdfast', 'ocsf', 'ocsf-1.9'])
          .default('holdfast')
          .meta({
            description:
              '`ocsf`: each event as OCSF 1.8 tells it, for systems that read that. `ocsf-1.9`: with the classes User ' +
              'Management and Role Management of the public draft of 1.9 (1.9.0-dev), which a release may still change. Only our own lines can ' +
              'be verified by the proof.',
          }),
        values: z.enum(['true', 'false']).default('false').meta({
          description:
            '`true` tells, beside the lines, the personal values to which they refer, as far as they still exist.',
        }),
      }),
    media: ['application/x-ndjson'],
    problems: ['events-expired'],
  },
} as const satisfies Record<string, OperationEntry>;
