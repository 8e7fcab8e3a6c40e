// Plans for the tenant: its creation, settings and features.

import { catalogue } from '../../catalogues/index.ts';
import type { PredefinedRole } from '../../catalogues/schema.ts';
import { type GroupId, groupRef, type UserId, userRef } from '../base/ids.ts';
import { changedName, cleanName, visible } from '../base/names.ts';
import { invalid, Refusal } from '../base/refusal.ts';
import { Book } from '../book/book.ts';
import {
  type Access,
  type BookRecord,
  type Entry,
  type Grant,
  type RoleRecord,
  recordName,
  type TenantRecord,
  type Witness,
} from '../book/records.ts';
import { type Change, type IdsAndTime, noChange, type Profile, type World } from '../change.ts';
import { entriesOf, witnessOf } from '../keeper/keeper.ts';

interface NewTenant {
  readonly name: string;
  readonly catalogue: string;
  readonly firstUser: {
    readonly name: string;
    readonly login?: string | undefined;
    readonly mail?: string | undefined;
    readonly identity: { readonly issuer: string; readonly subject: string };
  };
}

/**
 * Creates a tenant with the predefined roles (CT-08), and the first user as holder and witness.
 * @param predefined the roles of the catalogue with their names in the tenant's language; left out, in English
 */
export const createTenant = (
  input: NewTenant,
  identityDigest: string,
  tools: IdsAndTime,
  predefined?: readonly PredefinedRole[],
): { change: Change<{ firstUser: UserId }>; witness: Witness } => {
  const { data } = catalogue(input.catalogue);
  const tenant: TenantRecord = {
    kind: 'tenant',
    rev: 0,
    name: cleanName(input.name, '/name'),
    catalogue: data.id,
    catalogueVersion: data.version,
    enforced: data.enforcement.initially,
    enabledBefore: data.enforcement.initially,
    changesTakeEffect: data.changesTakeEffect,
    features: new Set(data.features.filter((feature) => feature.initially).map((feature) => feature.id)),
    createdAt: new Date(tools.now).toISOString(),
  };
  const roles = (predefined ?? data.predefinedRoles).map(
    (role): RoleRecord => ({
      kind: 'role',
      rev: 0,
      id: tools.ids.next('role'),
      name: role.name,
      description: role.description,
      predefined: role.id,
      grants: role.grants as Grant[],
      newRules: role.newRules ?? { view: true, edit: true, delete: false },
      groups: new Set(),
      deleted: false,
    }),
  );
  const first: Access = {
    id: tools.ids.next('user'),
    life: tools.ids.life(),
    rev: 1,
    kind: 'person',
    state: 'active',
    source: 'local',
    identity: identityDigest,
    groups: new Set(),
    personal: (data.firstUser.personal ?? []) as Grant[],
    stamp: 1,
  };
  const profile: Profile = {
    id: first.id,
    rev: 1,
    name: cleanName(input.firstUser.name, '/firstUser/name'),
    login: visible(input.firstUser.login, '/firstUser/login'),
    mail: input.firstUser.mail,
    issuer: input.firstUser.identity.issuer,
    subject: input.firstUser.identity.subject,
    createdAt: tenant.createdAt,
  };
  const records: BookRecord[] = [tenant, ...roles];
  const role = roles.find((one) => one.predefined === data.firstUser.role);
  if (role)
    records.push({ kind: 'members', rev: 0, role: role.id, chunk: 0, users: new Set([userRef(first.id, first.life)]) });
  const book = new Book(1, new Map(records.map((record) => [recordName(record), record])));
  const entry = entriesOf(book, first)[0];
  if (!entry) throw new Error(`catalogue ${data.id}: its first user does not hold the keeper permission`);
  return {
    change: {
      book: records,
      users: [{ before: undefined, after: { ...first, pinned: entry } }],
      side: [
        { kind: 'profile', before: undefined, after: profile },
        { kind: 'alias', digest: identityDigest, after: first.id },
      ],
      audit: {
        action: 'tenant.created',
        target: first.id,
        after: {
          name: tenant.name,
          catalogue: data.id,
          firstUser: first.id,
          catalogueVersion: data.version,
          enforced: tenant.enforced,
          features: [...tenant.features].sort(),
          grants: first.personal,
          roles: roles.map(({ id, name, predefined, grants, newRules }) => ({
            id,
            name,
            predefined,
            grants,
            newRules,
          })),
          ...(role && { memberOf: [role.id] }),
        },
      },
      result: { firstUser: first.id },
    },
    witness: witnessOf(first, entry as Entry),
  };
};

interface TenantUpdate {
  readonly name?: string | undefined;
  readonly enforced?: boolean | undefined;
  readonly changesTakeEffect?: 'immediately' | 'nextLogon' | undefined;
  readonly administratorsGroup?: GroupId | null | undefined;
}

/** Changes settings of the tenant; only a keeper may. */
export const updateTenant = (world: World, input: TenantUpdate): Change<TenantRecord> => {
  const { book } = world;
  const before = book.tenant;
  const { data } = book.catalogue;
  if (input.enforced === false && !data.enforcement.switchable)
    throw new Refusal('switch-fixed', 'In this catalogue access-rights management is always on.');
  const group =
    input.administratorsGroup === undefined ? before.administratorsGroup : (input.administratorsGroup ?? undefined);
  if (input.administratorsGroup && !book.groups.has(input.administratorsGroup))
    throw invalid('/administratorsGroup', 'there is no such group');
  const { administratorsGroup: _, ...rest } = before;
  const enforced = input.enforced ?? before.enforced;
  const after: TenantRecord = {
    ...rest,
    name: changedName(before.name, input.name, (name) => cleanName(name, '/name')),
    enforced,
    enabledBefore: before.enabledBefore || enforced,
    changesTakeEffect: input.changesTakeEffect ?? before.changesTakeEffect,
    ...(group && { administratorsGroup: group }),
  };
  const records: BookRecord[] = [];
  const fields = ['name', 'enforced', 'changesTakeEffect', 'administratorsGroup'] as const;
  const changed = fields.filter((field) => before[field] !== after[field]);
  if (changed.length === 0) return noChange(before);
  records.push(after);
  const joined = enforced && !before.enabledBefore ? administratorsJoin(book, group) : undefined;
  if (joined) records.push(joined);
  const pick = (record: TenantRecord) => Object.fromEntries(changed.map((field) => [field, record[field] ?? null]));
  return {
    book: records,
    users: [],
    side: [],
    audit: {
      action: 'tenant.updated',
      target: 'tenant',
      ...(joined && group && { also: [group] }),
      before: pick(before),
      after: { ...pick(after), ...(joined && { administratorsJoined: { role: joined.id, group } }) },
    },
    result: after,
  };
};

/** The keeper role with the administrators group, on the first enabling (CT-30, CT-31). */
const administratorsJoin = (book: Book, id: GroupId | undefined): RoleRecord | undefined => {
  const group = id && book.groups.get(id);
  const predefined = book.catalogue.data.administratorsRole;
  const role = [...book.roles.values()].find(({ record }) => predefined && record.predefined === predefined)?.record;
  if (!group || !role) return undefined;
  return { ...role, groups: new Set([...role.groups, groupRef(group.id, group.life)]) };
};

/** Replaces the licensed features; only operators may. */
export const putFeatures = (world: World, features: readonly string[]): Change<TenantRecord> => {
  const before = world.book.tenant;
  const known = world.book.catalogue.data.features.map((feature) => feature.id);
  features.forEach((feature, i) => {
    if (!known.includes(feature))
      throw invalid(`/features/${i}`, `is no feature of the catalogue, which has: ${known.join(', ') || 'none'}`);
  });
  const wanted = new Set(features);
  if (wanted.size === before.features.size && [...wanted].every((feature) => before.features.has(feature)))
    return noChange(before);
  const after = { ...before, features: wanted };
  return {
    book: [after],
    users: [],
    side: [],
    audit: {
      action: 'tenant.features.replaced',
      target: 'tenant',
      before: { features: [...before.features].sort() },
      after: { features: [...wanted].sort() },
    },
    result: after,
  };
};
