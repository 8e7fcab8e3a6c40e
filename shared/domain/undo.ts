// What a transaction of a run takes away, as it is kept with the run so that the run can be undone.
import * as z from 'zod';
import { lazy } from './base/lazy.ts';
import { groupIdSchema, groupRefSchema, lifeSchema, roleIdSchema, userIdSchema } from './book/records.ts';
import { directoryGroup } from './directory.ts';

const user = () => ({ id: userIdSchema, life: lifeSchema });
export const undoSchema = lazy(() =>
  z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('group'),
      id: groupIdSchema,
      name: z.string(),
      confersAccessManagement: z.boolean(),
      parents: z.array(groupRefSchema),
      children: z.array(groupRefSchema),
      roles: z.array(roleIdSchema),
      object: directoryGroup().optional(),
      /** The first of its members, in the lives that the list names. */
      members: z.array(z.object(user())).default(() => []),
    }),
    z.object({ kind: z.literal('nesting'), child: groupRefSchema, parents: z.array(groupRefSchema) }),
    z.object({ kind: z.literal('user'), ...user() }),
    z.object({ kind: z.literal('state'), ...user() }),
    z.object({ kind: z.literal('memberships'), ...user(), groups: z.array(groupRefSchema) }),
  ]),
);
/** One thing that a run took away: a group, nestings, a user, a user's state, or memberships. */
export type Undo = z.infer<ReturnType<typeof undoSchema>>;

/** The id by which the result of a restoration names what was undone. */
export const undoneId = (undo: Undo): string =>
  undo.kind === 'nesting' ? (undo.child.split('.')[0] as string) : undo.id;
