// The entries of directory groups in the table of operations.
import * as z from 'zod';
import { lazy } from '../domain/base/lazy.ts';
import type { OperationEntry } from './entry.ts';
import { read, write } from './parts.ts';
import * as s from './schemas.ts';

const groupParams = lazy(() => z.strictObject({ groupId: s.path.groupId }));

/** As many users as one transaction holds with their events: each is an access item and an entry of the list. */
const mostMembers = 30;
const members = lazy(() => z.strictObject({ members: z.array(s.ids.user).min(1).max(mostMembers) }));

export const groupOperations = {
  listGroups: {
    ...read,
    area: 'groups',
    needs: 'users',
    method: 'GET',
    path: '/v1/groups',
    summary: 'List directory groups in the order of their names',
    query: () =>
      z.strictObject({
        ...s.page(),
        search: s.search(),
        name: z.string().max(100).optional().meta({ description: 'Beginning of the name, in any case.' }),
      }),
  },
  getGroup: {
    ...read,
    area: 'groups',
    needs: 'users',
    method: 'GET',
    path: '/v1/groups/{groupId}',
    summary: 'One group, with the groups it is in and the roles it has',
    params: groupParams,
    etag: 'given',
  },
  updateGroup: {
    ...write,
    area: 'groups',
    needs: 'keeper',
    method: 'PATCH',
    path: '/v1/groups/{groupId}',
    summary: 'Let the directory decide, or no longer, who manages access rights through this group',
    params: groupParams,
    body: () => z.strictObject({ confersAccessManagement: z.boolean() }),
    status: 200,
    etag: 'accepted',
  },
  deleteGroup: {
    ...write,
    area: 'groups',
    needs: 'keeper',
    method: 'DELETE',
    path: '/v1/groups/{groupId}',
    summary: 'Delete a group whose directory is no longer connected',
    params: groupParams,
    status: 204,
    etag: 'accepted',
    problems: [...write.problems, 'owned-by-directory'],
  },
  listGroupMembers: {
    ...read,
    area: 'groups',
    needs: 'users',
    method: 'GET',
    path: '/v1/groups/{groupId}/members',
    summary: 'Members of a group: direct ones, or all of any depth',
    params: groupParams,
    query: () => z.strictObject({ ...s.page(), effective: z.enum(['true', 'false']).default('false') }),
  },
  addGroupMembers: {
    ...write,
    area: 'groups',
    needs: 'keeper',
    method: 'POST',
    path: '/v1/groups/{groupId}/members',
    summary: 'Put users into a group by hand, whatever its directory says',
    params: groupParams,
    body: members,
    status: 200,
    idempotent: true,
  },
  removeGroupMembers: {
    ...write,
    area: 'groups',
    needs: 'keeper',
    method: 'POST',
    path: '/v1/groups/{groupId}/members/remove',
    summary: 'End memberships by hand; whom the directory lists stays a member',
    params: groupParams,
    body: members,
    status: 200,
    idempotent: true,
  },
} as const satisfies Record<string, OperationEntry>;
