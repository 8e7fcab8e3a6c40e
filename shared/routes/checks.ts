// The entries of checks, holders and explanations in the table of operations.
import type { OperationEntry } from './entry.ts';
import { read } from './parts.ts';
import * as s from './schemas.ts';

export const checkOperations = {
  check: {
    ...read,
    area: 'checks',
    method: 'POST',
    path: '/v1/check',
    summary: 'May this user do this?',
    callers: ['person', 'client', 'service'],
    scope: 'check',
    needs: 'own',
    body: s.check,
    problems: ['session-ended'],
  },
  checkBatch: {
    ...read,
    area: 'checks',
    method: 'POST',
    path: '/v1/check/batch',
    summary: 'Up to 100 questions at once, answered on one state of the tenant',
    callers: ['person', 'client', 'service'],
    scope: 'check',
    needs: 'own',
    body: s.checkBatch,
    problems: ['session-ended'],
  },
  listHolders: {
    ...read,
    area: 'checks',
    method: 'POST',
    path: '/v1/holders',
    summary: 'Who holds a permission',
    callers: ['person', 'client', 'service'],
    scope: 'check',
    needs: 'own',
    body: s.holders,
    problems: [],
  },

  explain: {
    ...read,
    area: 'explanations',
    method: 'POST',
    path: '/v1/explain',
    summary: 'Every way by which a user may do this, and what would end it',
    scope: 'check',
    needs: 'own',
    body: s.checkItem,
    problems: [],
  },
} as const satisfies Record<string, OperationEntry>;
