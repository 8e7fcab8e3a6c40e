// The edits of a role, all three tabs of them, and the steps that carry them out as one. Pure.
import type { Grant, GrantSet } from '../../catalogue/grants.ts';
import { sameGrants } from '../../catalogue/grants.ts';
import type { Step } from '../../changes/steps.ts';
import type { Picked } from '../../parts/picked.ts';
import { bodyOf, type Column, editOf, type RightsBody, type RightsEdit, type RuleRow } from './rights.ts';
import type { membersThatWait } from './waiting.ts';

export interface RoleData {
  readonly name: string;
  readonly description: string;
  readonly predefined?: string | undefined;
  readonly grants: GrantSet;
  /** Ids of members that wait to come and to go. */
  readonly members: ReturnType<typeof membersThatWait>;
  readonly etags: { readonly role?: string | undefined; readonly grants?: string | undefined };
  /** Something of it waits to be submitted. */
  readonly waits: boolean;
}

export interface RuleRightsData {
  readonly newRules: Readonly<Record<Column, boolean>>;
  readonly rows: readonly RuleRow[];
  readonly etag: string | undefined;
  /** What waits for these rights. */
  readonly waiting: RightsBody | undefined;
}

export interface RoleEdit {
  readonly name: string;
  readonly description: string;
  readonly added: readonly Picked[];
  /** Ids of members. */
  readonly removed: ReadonlySet<string>;
  readonly grants: GrantSet;
  /** Undefined until the rights on rules have been read. */
  readonly rights?: RightsEdit;
}

/** Where editing starts: what is stored, and what waits. */
export const startOf = (
  { name, description, members, grants }: RoleData,
  rights?: RuleRightsData | null,
): RoleEdit => ({
  name,
  description,
  // The names of those who wait to come are asked for where they are shown.
  added: members.added.map((id) => ({ id, type: id.startsWith('g') ? 'group' : 'user', name: id })),
  removed: new Set(members.removed),
  grants,
  ...(rights && { rights: editOf(rights.waiting) }),
});

interface Etags {
  readonly role?: string | undefined;
  readonly grants?: string | undefined;
  readonly rights?: string | undefined;
}

const beyond = (these: Iterable<string>, those: Iterable<string>): string[] => {
  const known = new Set(those);
  return [...these].filter((id) => !known.has(id));
};

/** What must be done so that the role becomes as it is edited; nothing for what stays as it was. */
export const stepsFor = (roleId: string, from: RoleEdit, to: RoleEdit, etags: Etags): Step[] => {
  const params = { roleId };
  const condition = (etag: string | undefined) => (etag === undefined ? {} : { ifMatch: etag });
  const fields = {
    ...(to.name.trim() !== from.name && { name: to.name.trim() }),
    ...(to.description.trim() !== from.description && { description: to.description.trim() }),
  };
  const ids = (picked: readonly Picked[]) => picked.map(({ id }) => id);
  const added = [...beyond(ids(to.added), ids(from.added)), ...beyond(from.removed, to.removed)];
  const removed = [...beyond(to.removed, from.removed), ...beyond(ids(from.added), [...ids(to.added), ...to.removed])];
  const rights = to.rights && bodyOf(to.rights);
  const rightsDiffer = JSON.stringify(rights) !== JSON.stringify(from.rights && bodyOf(from.rights));
  return [
    ...(Object.keys(fields).length > 0
      ? [{ operation: 'updateRole', params, body: fields, ...condition(etags.role) }]
      : []),
    ...(added.length > 0 ? [{ operation: 'addRoleMembers', params, body: { members: added } }] : []),
    ...(removed.length > 0 ? [{ operation: 'removeRoleMembers', params, body: { members: removed } }] : []),
    ...(sameGrants(from.grants, to.grants)
      ? []
      : [{ operation: 'putRoleGrants', params, body: { grants: to.grants as Grant[] }, ...condition(etags.grants) }]),
    ...(rightsDiffer ? [{ operation: 'putRuleRights', params, body: rights ?? {}, ...condition(etags.rights) }] : []),
  ];
};
