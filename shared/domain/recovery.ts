// The recovery of a tenant whose access rights nobody can manage. Operators name one person; a second operator approves;
// after a delay the person is invited, and is a holder once the person has proven a sign-in. Operators gain no access.
import * as z from 'zod';
import type { UserId } from './base/ids.ts';
import { lazy } from './base/lazy.ts';
import { userIdSchema } from './book/records.ts';

/** The person whom a recovery names: a user of the tenant, or somebody new. */
const recoveredSchema = lazy(() =>
  z.union([
    z.object({ user: userIdSchema }),
    z.object({ name: z.string(), login: z.string().optional(), mail: z.string().optional() }),
  ]),
);
export type Recovered = z.infer<ReturnType<typeof recoveredSchema>>;

export const recoverySchema = lazy(() =>
  z.object({
    rev: z.int().positive(),
    reason: z.string(),
    person: recoveredSchema(),
    /** Subject of the operator, as events name it, and the digest of the sign-in, by which two operators are told apart. */
    requestedBy: z.object({ id: z.string(), digest: z.string() }),
    requestedAt: z.string(),
    /** Absent until another operator has approved. */
    approvedBy: z.object({ id: z.string(), digest: z.string() }).optional(),
    approvedAt: z.string().optional(),
    /** When the person can be invited, as an ISO date. */
    dueAt: z.string().optional(),
  }),
);
export type Recovery = z.infer<ReturnType<typeof recoverySchema>>;

/** An operator, as a recovery keeps it. */
export type Approver = Recovery['requestedBy'];

/** A recovery is begun, approved, or ends. */
export interface RecoveryWrite {
  readonly kind: 'recovery';
  readonly before: Recovery | undefined;
  readonly after: Recovery | undefined;
}

/** The user whom a recovery names, unless the person is new. */
export const namedUser = (person: Recovered): UserId | undefined => ('user' in person ? person.user : undefined);
