// The entries of directory sources and runs in the table of operations.
import * as z from 'zod';
import type { OperationEntry } from './entry.ts';
import { paged, read, write } from './parts.ts';
import * as s from './schemas.ts';

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
        signIn: z
          .strictObject({ issuer: z.url().max(500), claim: z.string().min(1).max(100) })
          .optional()
          .meta({
            description:
              'An issuer whose tokens the deployment takes, and the claim of access tokens that carries the immutable id of the directory object. The first sign-in whose claim names the user is bound to the user, who can be an access manager from then on.',
          }),
        groupClasses: z
          .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$/))
          .min(1)
          .max(20)
          .optional()
          .meta({
            description: 'Object classes of a vendor that make an entry a group, beside those of the standards.',
          }),
        disabledMarkers: z
          .array(
            z.strictObject({
              attribute: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$/),
              value: z.string().trim().min(1).max(200),
            }),
          )
          .min(1)
          .max(20)
          .optional()
          .meta({
            description:
              'An account that has this value in this attribute is disabled. The markers of Active Directory, 389, OpenLDAP and others are known without.',
          }),
      }),
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
    query: paged,
  },
  postDelta: {
    ...write,
    area: 'directory',
    needs: 'directory',
    method: 'POST',
    path: '/v1/directory/sources/{sourceId}/deltas',
    summary: 'Take in an LDIF file: content records and change records (RFC 2849)',
    scope: 'directory',
    params: () => z.strictObject({ sourceId: s.path.sourceId }),
    text: { type: 'text/ldif', limit: 5_000_000 },
    status: 202,
    idempotent: true,
    problems: ['not-found', 'run-active', 'payload-too-large', 'unsupported-media-type'],
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
    query: () => z.strictObject({ ...s.page(), result: z.enum(['applied', 'noop', 'rejected', 'ignored']).optional() }),
  },
} as const satisfies Record<string, OperationEntry>;
