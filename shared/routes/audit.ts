// The entries of the audit in the table of operations.
import * as z from 'zod';
import { actions } from '../domain/base/actions.ts';
import type { OperationEntry } from './entry.ts';
import { paged, read } from './parts.ts';
import * as s from './schemas.ts';

export const auditOperations = {
  listEvents: {
    ...read,
    area: 'audit',
    needs: 'audit',
    method: 'GET',
    path: '/v1/audit/events',
    summary: 'Audit events, newest first',
    scope: 'audit',
    query: () =>
      z.strictObject({
        ...s.page(),
        from: s.instant().optional(),
        to: s.instant().optional(),
        actor: z.string().max(64).optional(),
        target: z.string().max(64).optional(),
        action: z.enum(actions, 'is no action of audit events: the API document lists them').optional(),
      }),
    problems: [],
  },
  getEventDifference: {
    ...read,
    area: 'audit',
    needs: 'audit',
    method: 'GET',
    path: '/v1/audit/events/{eventId}/difference',
    summary: 'What an event changed, as JSON text in parts: for differences that are larger than a page',
    scope: 'audit',
    params: () => z.strictObject({ eventId: s.path.eventId }),
    query: paged,
  },
} as const satisfies Record<string, OperationEntry>;
