// Deleted users as they are kept for 30 days, so that they can be restored. What is kept decides nothing.
import * as z from 'zod';
import { lazy } from './base/lazy.ts';
import {
  accessSchema,
  grantSchema,
  groupRefSchema,
  lifeSchema,
  originsSchema,
  roleIdSchema,
  userIdSchema,
} from './book/records.ts';
import { directoryUser } from './directory.ts';

/** Days for which a deleted user, and what a run has done, can be brought back. */
export const restorableDays = 30;

export const deletedUserSchema = lazy(() =>
  accessSchema()
    .pick({ kind: true, state: true, suspended: true, source: true, identity: true, external: true })
    .extend({
      id: userIdSchema,
      /** The life that the deletion has ended. */
      life: lifeSchema,
      groups: z.array(groupRefSchema),
      origins: originsSchema().optional(),
      personal: z.array(grantSchema()),
      /** The roles that had the user as a direct member. */
      roles: z.array(roleIdSchema),
      profile: z.object({
        name: z.string(),
        login: z.string().optional(),
        mail: z.string().optional(),
        externalId: z.string().optional(),
        issuer: z.string().optional(),
        subject: z.string().optional(),
        invitedBy: userIdSchema.optional(),
        createdAt: z.string(),
      }),
      /** What the user's directory said last. */
      object: directoryUser().optional(),
      deletedAt: z.string(),
      /** The present life of a user who is back; what is listed above can still be put back. */
      restored: lifeSchema.optional(),
    }),
);
export type DeletedUser = z.infer<ReturnType<typeof deletedUserSchema>>;
