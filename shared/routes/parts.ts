// What several entries of the table of operations have in common.
import * as z from 'zod';
import { once } from '../domain/base/lazy.ts';
import * as s from './schemas.ts';

const admins = ['person', 'client'] as const;

export const paged = once(() => z.strictObject(s.page()));

export const read = { callers: admins, scope: 'admin', status: 200, problems: ['not-found'], data: 'read' } as const;

const lockOut = ['last-access-manager', 'keeperless'] as const;

export const write = {
  callers: admins,
  scope: 'admin',
  problems: ['not-found', 'quota-exceeded', ...lockOut],
  data: 'write',
} as const;

/** An operation that is open to everybody, without a token. */
export const open = { callers: [], scope: 'admin', needs: 'none', status: 200, problems: [], data: 'none' } as const;
