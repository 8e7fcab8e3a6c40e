// The entries of sessions in the table of operations: log-on, log-off, and snapshots for offline use.
import * as z from 'zod';
import { lazy } from '../domain/base/lazy.ts';
import type { OperationEntry } from './entry.ts';
import * as s from './schemas.ts';

const sessionParams = lazy(() => z.strictObject({ sessionId: s.sessionId() }));
const userParams = lazy(() => z.strictObject({ userId: s.path.userId }));

/** A product service acts for any user, as with checks; a user acts for themselves only. */
const own = { area: 'sessions', callers: ['person', 'client', 'service'], scope: 'check', needs: 'own' } as const;
const admin = { area: 'sessions', callers: ['person', 'client'], scope: 'admin', needs: 'own' } as const;

export const sessionOperations = {
  createSession: {
    ...own,
    method: 'POST',
    path: '/v1/sessions',
    summary: 'Log on: begin a session that keeps the rights of now, or follows them',
    body: () =>
      z
        .strictObject({
          ...s.subject(),
          seconds: z
            .int()
            .min(60)
            .max(s.longestSession)
            .default(s.longestSession)
            .meta({ description: 'How long it lasts; 12 hours at the longest.' }),
        })
        .refine(s.oneSubject, s.oneSubjectMessage)
        .meta({ description: 'The user by id or by external id; the caller when none is named.' }),
    status: 201,
    idempotent: true,
    problems: ['cannot-log-on', 'quota-exceeded'],
    data: 'write',
  },
  endSession: {
    ...own,
    method: 'DELETE',
    path: '/v1/sessions/{sessionId}',
    summary: 'Log off: end a session',
    params: sessionParams,
    status: 204,
    problems: ['not-found'],
    data: 'write',
  },
  createSnapshotToken: {
    ...own,
    method: 'POST',
    path: '/v1/sessions/{sessionId}/token',
    summary: 'What a session has kept as a signed token, to decide by offline for up to five minutes',
    params: sessionParams,
    status: 200,
    problems: ['not-found', 'no-snapshot', 'quota-exceeded'],
    data: 'read',
  },
  listSessions: {
    ...admin,
    method: 'GET',
    path: '/v1/users/{userId}/sessions',
    summary: 'List the open sessions of a user',
    params: userParams,
    query: () => z.strictObject(s.page()),
    status: 200,
    problems: ['not-found'],
    data: 'read',
  },
  endSessions: {
    ...admin,
    method: 'DELETE',
    path: '/v1/users/{userId}/sessions',
    summary: 'End all sessions of a user',
    params: userParams,
    status: 204,
    problems: ['not-found', 'keeperless'],
    data: 'write',
  },
  getJwks: {
    area: 'sessions',
    callers: [],
    scope: 'admin',
    needs: 'none',
    method: 'GET',
    path: '/v1/jwks',
    summary: 'The public keys by which snapshot tokens are checked',
    status: 200,
    problems: [],
    data: 'none',
  },
} as const satisfies Record<string, OperationEntry>;
