// What the steps that wait make of roles: new ones, changed ones, members who come and go. Pure.
import { type Step, waitingBody } from '../../changes/steps.ts';

type Fields = { readonly name?: string; readonly description?: string };

/** The operations on a role that a form starts from. */
export const fieldsThatWait = (waiting: readonly Step[], roleId: string): Fields =>
  waitingBody<Fields>(waiting, 'updateRole', { roleId }) ?? {};

/** The step that creates a role which waits. */
export const creationOf = (waiting: readonly Step[], roleId: string): Step | undefined =>
  waiting.find(({ as, operation }) => `$${as}` === roleId && ['createRole', 'cloneRole'].includes(operation));

/** The role that a waiting role is a copy of. */
export const originalOf = ({ operation, params }: Step): string | undefined =>
  operation === 'cloneRole' ? params?.roleId : undefined;

/** Ids of members that wait to come and to go, by the last word on each. */
export const membersThatWait = (
  waiting: readonly Step[],
  roleId: string,
): { readonly added: readonly string[]; readonly removed: readonly string[] } => {
  const last = new Map<string, 'added' | 'removed'>();
  for (const { operation, params, body } of waiting) {
    const to = ({ addRoleMembers: 'added', removeRoleMembers: 'removed' } as const)[operation];
    if (!to || params?.roleId !== roleId) continue;
    for (const id of (body as { members: string[] }).members) last.set(id, to);
  }
  const of = (to: string) => [...last].flatMap(([id, word]) => (word === to ? [id] : []));
  return { added: of('added'), removed: of('removed') };
};

export interface ListedRole {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly predefined?: string | undefined;
  readonly users: number;
  readonly groups: number;
  /** What waits for it: it is new, changed or removed once the changes are submitted. */
  readonly waits?: 'created' | 'changed' | 'removed';
}

/** The roles as they are, those that wait behind them, and what waits for each. */
export const listed = (roles: readonly ListedRole[], waiting: readonly Step[]): ListedRole[] => {
  const fresh = waiting.flatMap((step): ListedRole[] => {
    const id = `$${step.as}`;
    if (creationOf(waiting, id) !== step) return [];
    const { added } = membersThatWait(waiting, id);
    const groups = added.filter((member) => member.startsWith('g')).length;
    return [
      {
        description: '',
        name: '',
        ...(step.body as Fields),
        ...fieldsThatWait(waiting, id),
        id,
        users: added.length - groups,
        groups,
        waits: 'created',
      },
    ];
  });
  return [
    ...roles.map((role): ListedRole => {
      const own = waiting.filter(({ operation, params }) => operation !== 'cloneRole' && params?.roleId === role.id);
      if (own.length === 0) return role;
      const removed = own.some(({ operation }) => operation === 'deleteRole');
      return { ...role, ...fieldsThatWait(waiting, role.id), waits: removed ? 'removed' : 'changed' };
    }),
    ...fresh,
  ];
};
