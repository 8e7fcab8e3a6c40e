// The entries of directory sources and runs in the table of operations.
import * as z from 'zod';
import { lazy } from '../domain/base/lazy.ts';
import { directoryKinds } from '../domain/book/records.ts';
import { runKinds, runResults } from '../domain/directory.ts';
import type { OperationEntry } from './entry.ts';
import { paged, read, runMark, searched, write } from './parts.ts';
import * as s from './schemas.ts';

const sourceParams = lazy(() => z.strictObject({ sourceId: s.path.sourceId }));

const signIn = lazy(() =>
  z.strictObject({ issuer: z.url().max(500), claim: z.string().min(1).max(100) }).meta({
    description:
      'An issuer whose tokens the deployment takes, and the claim of access tokens that carries the immutable id of the directory object. The first sign-in whose claim names the user is bound to the user, who can be an access manager from then on.',
  }),
);
const groupClasses = lazy(() =>
  z
    .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$/))
    .min(1)
    .max(20)
    .meta({ description: 'Object classes of a vendor that make an entry a group, beside those of the standards.' }),
);
const disabledMarkers = lazy(() =>
  z
    .array(
      z.strictObject({
        attribute: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$/),
        value: z.string().trim().min(1).max(200),
      }),
    )
    .min(1)
    .max(20)
    .meta({
      description:
        'An account that has this value in this attribute is disabled. The markers of Active Directory, 389, OpenLDAP and others are known without.',
    }),
);
const threshold = lazy(() =>
  z
    .strictObject({
      number: z.int().min(0).max(1_000_000).optional(),
      percent: z.int().min(0).max(100).optional(),
    })
    .optional(),
);
const guards = lazy(() =>
  z
    .strictObject({
      deletions: threshold(),
      disablings: threshold(),
      removals: threshold(),
      groupRemovals: threshold(),
    })
    .meta({
      description:
        'A run, or the runs of 24 hours together, that would take away more than the number, or than the percentage of what is there, is held until somebody who manages access rights has looked at it: users deleted, users disabled, memberships removed, and members that a single group loses. What is left out is 500 and 20 percent, of a single group 500 and 50.',
    }),
);
const kind = lazy(() =>
  z.enum(directoryKinds).meta({ description: 'What delivers: an LDAP server, Active Directory, or files.' }),
);
const client = lazy(() =>
  s.ids.user.meta({
    description:
      'The only user, besides those who manage access rights, who may deliver: an active user with the permission to synchronise directories.',
  }),
);

export const directoryOperations = {
  createSource: {
    ...write,
    area: 'directory',
    needs: 'keeper',
    method: 'POST',
    path: '/v1/directory/sources',
    summary: 'Connect a directory',
    body: () =>
      z.strictObject({
        name: s.name(),
        kind: kind().default('file'),
        signIn: signIn().optional(),
        groupClasses: groupClasses().optional(),
        disabledMarkers: disabledMarkers().optional(),
        client: client().optional(),
        guards: guards().optional(),
      }),
    etag: 'given',
    status: 201,
    idempotent: true,
    problems: [...write.problems, 'name-taken', 'sign-in-taken'],
  },
  listSources: {
    ...read,
    area: 'directory',
    needs: 'directory',
    method: 'GET',
    path: '/v1/directory/sources',
    summary: 'List the directories that are connected',
    scope: 'directory',
    query: searched,
  },
  getSource: {
    ...read,
    area: 'directory',
    needs: 'directory',
    method: 'GET',
    path: '/v1/directory/sources/{sourceId}',
    summary: 'One directory, and how far it is synchronised',
    scope: 'directory',
    params: sourceParams,
    etag: 'given',
  },
  updateSource: {
    ...write,
    area: 'directory',
    needs: 'keeper',
    method: 'PATCH',
    path: '/v1/directory/sources/{sourceId}',
    summary: 'Change the settings of a directory, or switch its synchronisation off and on',
    params: sourceParams,
    body: () =>
      z.strictObject({
        name: s.name().optional(),
        kind: kind().optional(),
        enabled: z.boolean().optional().meta({
          description:
            'False: nothing is taken in from the directory, and its users and groups stay as they are. Once it is on again, the next run must be a full one.',
        }),
        signIn: signIn().nullable().optional(),
        groupClasses: groupClasses().nullable().optional(),
        disabledMarkers: disabledMarkers().nullable().optional(),
        client: client().nullable().optional(),
        guards: guards().nullable().optional(),
      }),
    status: 200,
    etag: 'accepted',
    problems: [...write.problems, 'name-taken', 'sign-in-taken'],
  },
  deleteSource: {
    ...write,
    area: 'directory',
    needs: 'keeper',
    method: 'DELETE',
    path: '/v1/directory/sources/{sourceId}',
    summary:
      'Disconnect a directory; its users and groups stay and are local from then on, and who has not signed in by its claim yet cannot any more',
    params: sourceParams,
    status: 204,
    etag: 'accepted',
    problems: [...write.problems, 'run-active'],
  },
  postDelta: {
    ...write,
    area: 'directory',
    needs: 'directory',
    method: 'POST',
    path: '/v1/directory/sources/{sourceId}/deltas',
    summary: 'Take in one file: LDIF (RFC 2849), or entries one a line (NDJSON)',
    scope: 'directory',
    params: sourceParams,
    query: () =>
      z.strictObject({
        kind: z.enum(runKinds).optional(),
        epoch: runMark(200).optional(),
        baseCursor: runMark(2_000).optional(),
        cursor: runMark(2_000).optional().meta({ description: 'Of the source once the run is applied.' }),
      }),
    text: { types: ['text/ldif', 'application/x-ndjson'], limit: 5_000_000 },
    status: 202,
    idempotent: true,
    problems: [
      'not-found',
      'run-active',
      'run-held',
      'source-off',
      'full-run-needed',
      'cursor-differs',
      'payload-too-large',
      'unsupported-media-type',
    ],
  },
  getRun: {
    ...read,
    area: 'directory',
    needs: 'directory',
    method: 'GET',
    path: '/v1/directory/runs/{runId}',
    summary: 'How far a run has come, and what became of each entry',
    scope: 'directory',
    params: () => z.strictObject({ runId: s.path.runId }),
    query: () => z.strictObject({ ...s.page(), result: z.enum(runResults).optional() }),
  },
  getRunPlan: {
    ...read,
    area: 'directory',
    needs: 'keeper',
    method: 'GET',
    path: '/v1/directory/runs/{runId}/plan',
    summary: 'What a run would take away: who loses what, and how much that is of all there is',
    scope: 'directory',
    params: () => z.strictObject({ runId: s.path.runId }),
    query: paged,
  },
  approveRun: {
    ...write,
    area: 'directory',
    needs: 'keeper',
    method: 'POST',
    path: '/v1/directory/runs/{runId}/approve',
    summary: 'Let a held run go on, if its plan is still the one that was looked at',
    scope: 'directory',
    params: () => z.strictObject({ runId: s.path.runId }),
    body: () =>
      z.strictObject({
        digest: z
          .string()
          .regex(/^[0-9a-f]{64}$/, 'is no digest of a plan: 64 hexadecimal digits, from the plan of the run')
          .meta({
            description:
              'The digest of the plan that was looked at. The run is planned anew: with the same digest it is carried out, with another it is held again.',
          }),
      }),
    status: 202,
    problems: [...write.problems, 'run-not-held', 'plan-differs', 'source-off', 'full-run-needed'],
  },
  rejectRun: {
    ...write,
    area: 'directory',
    needs: 'keeper',
    method: 'POST',
    path: '/v1/directory/runs/{runId}/reject',
    summary: 'End a held run: nothing of it is carried out',
    scope: 'directory',
    params: () => z.strictObject({ runId: s.path.runId }),
    status: 200,
    problems: [...write.problems, 'run-not-held'],
  },
} as const satisfies Record<string, OperationEntry>;
