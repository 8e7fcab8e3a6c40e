// Which roles give rights on which rules (CT-85..91): read role by role, because the service answers them so.
import { useQuery } from '@tanstack/react-query';
import type { AnswerOf } from '../../../clients/typescript/index.ts';
import { api } from '../api/client.ts';
import { useMay } from '../shell/me.ts';

export const rightsOnRules = ['view', 'edit', 'delete'] as const;
export type RightOnRules = (typeof rightsOnRules)[number];

type Matrix = AnswerOf<'getRuleRights'>;

/** What one role gives on each rule, and on those that others create. */
interface RoleOnRules {
  readonly id: string;
  readonly newRules: Matrix['newRules'];
  readonly rules: Matrix['items'];
}

/** A role of somebody: directly, or through the groups from the person's own on. */
interface OwnRole extends RoleOnRules {
  readonly name: string;
  readonly direct: boolean;
  readonly groups: readonly string[];
}

/** What is read of one person, so that a page asks for no more than it can show. */
const mostRoles = 100;
/** Requests under way at once. */
const atOnce = 8;

/** What each of these roles gives. */
export const readRoles = async (ids: readonly string[]): Promise<RoleOnRules[]> => {
  const read = async (id: string): Promise<RoleOnRules> => {
    let newRules: Matrix['newRules'] = { view: false, edit: false, delete: false };
    const rules: Matrix['items'] = [];
    for await (const page of api.pages('getRuleRights', { params: { roleId: id }, query: { limit: 200 } })) {
      newRules = page.newRules;
      rules.push(...page.items);
    }
    return { id, newRules, rules };
  };
  const all: RoleOnRules[] = [];
  for (let from = 0; from < ids.length; from += atOnce)
    all.push(...(await Promise.all(ids.slice(from, from + atOnce).map(read))));
  return all;
};

/** The roles of a person with what each gives on rules. `more`: the person is in more roles than were read. */
export const readOwn = async (user: string): Promise<{ roles: readonly OwnRole[]; more: boolean }> => {
  const found = [];
  for await (const role of api.items('listUserRoles', { params: { userId: user }, query: { limit: 200 } }))
    found.push(role);
  const few = found.slice(0, mostRoles);
  const given = await readRoles(few.map(({ id }) => id));
  const roles = few.map(({ id, name, direct, groups = [] }, at) => ({
    ...(given[at] as RoleOnRules),
    id,
    name,
    direct,
    groups,
  }));
  return { roles, more: found.length > few.length };
};

/** Undefined until it is read, and for somebody who may not read it. */
export const useRolesOnRules = (user: string) => {
  const may = useMay();
  return useQuery({
    queryKey: ['rolesOnRules', user],
    queryFn: () => readOwn(user),
    enabled: may('getRuleRights') && user !== '',
  });
};

interface NamedRule {
  readonly id: string;
  readonly name: string;
}

/**
 * The rules on which these roles together give a right, and how many rules there are. Nothing can be done to a rule that
 * one does not see, so View is needed with every right, from whichever role.
 */
export const reachOn = (
  roles: readonly RoleOnRules[],
  right: RightOnRules,
): { readonly rules: readonly NamedRule[]; readonly all: number } => {
  const every = roles[0]?.rules ?? [];
  const given = (one: RightOnRules) =>
    new Set(roles.flatMap(({ rules }) => rules.flatMap((line) => (line[one] ? [line.rule] : []))));
  const [seen, held] = [given('view'), given(right)];
  const rules = every.flatMap(({ rule, name }) => (seen.has(rule) && held.has(rule) ? [{ id: rule, name }] : []));
  return { rules, all: every.length };
};

/** The roles that give a right on some rule, or on those to come. */
export const givingOn = <Role extends RoleOnRules>(roles: readonly Role[], right: RightOnRules): Role[] =>
  roles.filter(({ rules, newRules }) => newRules[right] || rules.some((line) => line[right]));
