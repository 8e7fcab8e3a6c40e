// What a role's page is made of: the role as it is stored, and what waits for it; of a role that itself waits, what the
// waiting changes make of it.
import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import { useAll, useRead } from '../../api/reads.ts';
import type { GrantSet } from '../../catalogue/grants.ts';
import { useChanges } from '../../changes/changes.tsx';
import { isWaiting, type Step, waitingBody, written } from '../../changes/steps.ts';
import { columns, editOf, type RightsBody, type RuleRow, rightOn } from './rights.ts';
import type { RoleData, RuleRightsData } from './role-edit.ts';
import { creationOf, fieldsThatWait, membersThatWait, originalOf } from './waiting.ts';

interface Query<T> {
  readonly data: T | undefined;
  readonly error: Error | null;
}

type Body = { readonly grants: GrantSet };

/** The steps before the one that copies a role: what they change is copied, too. */
const before = (waiting: readonly Step[], creation: Step): readonly Step[] =>
  waiting.slice(0, waiting.indexOf(creation));

/** `null` when there is no such role among those that wait. */
export const useRole = (id: string): Query<RoleData | null> => {
  const { waiting } = useChanges();
  const creation = creationOf(waiting, id);
  const stored = isWaiting(id) ? undefined : id;
  const grantsFrom = stored ?? (creation && originalOf(creation));
  const role = useRead('getRole', { params: { roleId: stored ?? '' } }, { when: stored !== undefined });
  const read = useRead('getRoleGrants', { params: { roleId: grantsFrom ?? '' } }, { when: grantsFrom !== undefined });
  const error = role.error ?? read.error;
  if (stored === undefined && creation === undefined) return { data: null, error: null };
  if ((stored && !role.data) || (grantsFrom && !read.data)) return { data: undefined, error };
  const copied =
    creation && grantsFrom !== undefined
      ? waitingBody<Body>(before(waiting, creation), 'putRoleGrants', { roleId: grantsFrom })
      : undefined;
  const { grants } = waitingBody<Body>(waiting, 'putRoleGrants', { roleId: id }) ??
    copied ??
    read.data?.body ?? { grants: [] };
  const fields = { ...role.data?.body, ...(creation?.body as object), ...fieldsThatWait(waiting, id) };
  return {
    data: {
      name: '',
      description: '',
      ...fields,
      grants,
      members: membersThatWait(waiting, id),
      etags: stored ? { role: role.data?.etag, grants: read.data?.etag } : {},
      waits: creation !== undefined || waiting.some(({ params }) => params?.roleId === id),
    },
    error,
  };
};

/** The rights on rules that a role which waits will have from its creation. */
const useRightsOfNew = (creation: Step | undefined) => {
  const { waiting } = useChanges();
  return useQuery({
    queryKey: ['rightsOfNew', waiting, creation?.as],
    queryFn: async () => {
      const { answer } = await api.submitChangeSet({ body: { operations: written(waiting) }, dryRun: true });
      const made = answer?.results.find(({ as }) => as === creation?.as)?.body as
        | Pick<RuleRightsData, 'newRules'>
        | undefined;
      return made?.newRules ?? null;
    },
    enabled: creation !== undefined,
  }).data;
};

/** `null` when a waiting role's rights cannot be told before it is there. */
export const useRuleRights = (id: string, when: boolean): Query<RuleRightsData | null> => {
  const { waiting } = useChanges();
  const creation = creationOf(waiting, id);
  const original = creation && originalOf(creation);
  const roles = useAll('listRoles', {}, { when: when && creation !== undefined && original === undefined });
  // The rules are read with some role that is there: who manages access rights sees all of them in this list alone.
  const roleId = isWaiting(id) ? (original ?? roles.data?.[0]?.id) : id;
  const made = useRightsOfNew(when ? creation : undefined);
  const ready = when && roleId !== undefined;
  const head = useRead('getRuleRights', { params: { roleId: roleId ?? '' }, query: { limit: 1 } }, { when: ready });
  const rows = useAll(
    'getRuleRights',
    { params: { roleId: roleId ?? '' } },
    { when: ready && head.data !== undefined },
  );
  const error = roles.error ?? head.error ?? rows.error;
  const said = waitingBody<RightsBody>(waiting, 'putRuleRights', { roleId: id });
  if (creation && (made === null || (roles.data && !roleId))) return { data: null, error };
  if (!head.data || !rows.data || (creation && !made)) return { data: undefined, error };
  if (!creation)
    return {
      data: { newRules: head.data.body.newRules, rows: rows.data, etag: head.data.etag, waiting: said },
      error,
    };
  const copied = editOf(
    original ? waitingBody<RightsBody>(before(waiting, creation), 'putRuleRights', { roleId: original }) : undefined,
  );
  const newRules = made ?? head.data.body.newRules;
  const rightsOf = (row: RuleRow) =>
    original ? Object.fromEntries(columns.map((column) => [column, rightOn(copied, row, column)])) : newRules;
  return {
    data: {
      newRules,
      rows: rows.data.map((row) => ({ ...row, ...rightsOf(row), owned: false })),
      etag: undefined,
      waiting: said,
    },
    error,
  };
};
