// Plans for the tenant itself, its policies and its directory sources.

import { type GroupId, groupRef, type PolicyId, type UserId, userRef } from '../base/ids.ts';
import { changedName, cleanName, isTaken, visible } from '../base/names.ts';
import { withinQuota } from '../base/quotas.ts';
import { invalid, Refusal } from '../base/refusal.ts';
import { Book, catalogueOf } from '../book/book.ts';
import {
  type Access,
  type BookRecord,
  type Entry,
  type Grant,
  type GroupRecord,
  type PolicyRecord,
  type RoleRecord,
  recordName,
  type SourceRecord,
  type TenantRecord,
  type Witness,
} from '../book/records.ts';
import { type Change, noChange, type Profile, type Tools, type World } from '../change.ts';
import { entriesOf, witnessOf } from '../keeper/keeper.ts';

export interface NewTenant {
  readonly name: string;
  readonly catalogue: string;
  readonly firstUser: {
    readonly name: string;
    readonly login?: string | undefined;
    readonly mail?: string | undefined;
    readonly identity: { readonly issuer: string; readonly subject: string };
  };
}

/** A tenant from its first moment: predefined roles (CT-08), the first user as holder and witness. */
export const createTenant = (
  input: NewTenant,
  identityDigest: string,
  tools: Tools,
): { change: Change<{ firstUser: UserId }>; witness: Witness } => {
  const { data } = catalogueOf(input.catalogue);
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
  const roles = data.predefinedRoles.map(
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
        after: { name: tenant.name, catalogue: data.id, firstUser: first.id },
      },
      result: { firstUser: first.id },
    },
    witness: witnessOf(first, entry as Entry),
  };
};

export interface TenantUpdate {
  readonly name?: string | undefined;
  readonly enforced?: boolean | undefined;
  readonly changesTakeEffect?: 'immediately' | 'nextLogon' | undefined;
  readonly administratorsGroup?: GroupId | null | undefined;
}

/** Settings of the tenant; only a keeper may. */
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

/** On the first enabling the administrators group joins the keeper role (CT-30, CT-31). */
const administratorsJoin = (book: Book, id: GroupId | undefined): RoleRecord | undefined => {
  const group = id && book.groups.get(id);
  const predefined = book.catalogue.data.administratorsRole;
  const role = [...book.roles.values()].find(({ record }) => predefined && record.predefined === predefined)?.record;
  if (!group || !role) return undefined;
  return { ...role, groups: new Set([...role.groups, groupRef(group.id, group.life)]) };
};

/** What the tenant has licensed; set by operators. */
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

/** @throws Refusal not-found */
export const policyOf = (book: Book, id: PolicyId): PolicyRecord => {
  const policy = book.policies.get(id);
  if (!policy) throw new Refusal('not-found', 'There is no such policy.');
  return policy;
};

const freePolicyName = (book: Book, name: string, except?: PolicyId): string => {
  const clean = cleanName(name, '/name');
  const others = [...book.policies.values()].filter((policy) => policy.id !== except).map((policy) => policy.name);
  if (isTaken(clean, others)) throw new Refusal('name-taken', 'Another policy has this name: choose another.');
  return clean;
};

export const createPolicy = (
  world: World,
  input: { name: string; description: string },
  tools: Tools,
): Change<PolicyRecord> => {
  const { book } = world;
  if (book.catalogue.policyPermissions.length === 0)
    throw new Refusal('policies-not-applicable', 'The catalogue of this tenant has no permission for policies.');
  withinQuota('policies', book.policies.size + 1);
  const record: PolicyRecord = {
    kind: 'policy',
    rev: 0,
    id: tools.ids.next('policy'),
    name: freePolicyName(book, input.name),
    description: input.description,
    deleted: false,
  };
  return {
    book: [record],
    users: [],
    side: [],
    audit: {
      action: 'policy.created',
      target: record.id,
      after: { name: record.name, description: record.description },
    },
    result: record,
  };
};

export const updatePolicy = (
  world: World,
  id: PolicyId,
  input: { name?: string | undefined; description?: string | undefined },
): Change<PolicyRecord> => {
  const before = policyOf(world.book, id);
  const after = {
    ...before,
    name: changedName(before.name, input.name, (name) => freePolicyName(world.book, name, id)),
    description: input.description ?? before.description,
  };
  if (after.name === before.name && after.description === before.description) return noChange(before);
  return {
    book: [after],
    users: [],
    side: [],
    audit: {
      action: 'policy.updated',
      target: id,
      before: { name: before.name, description: before.description },
      after: { name: after.name, description: after.description },
    },
    result: after,
  };
};

/** Grants that are limited to a deleted policy give nothing from then on. */
export const deletePolicy = (world: World, id: PolicyId): Change<undefined> => {
  const before = policyOf(world.book, id);
  return {
    book: [{ ...before, deleted: true }],
    users: [],
    side: [],
    audit: { action: 'policy.deleted', target: id, before: { name: before.name } },
    result: undefined,
  };
};

export interface NewSource {
  readonly name: string;
  readonly signIn?: { readonly issuer: string; readonly claim: string } | undefined;
  readonly groupClasses?: string[] | undefined;
  readonly disabledMarkers?: { attribute: string; value: string }[] | undefined;
}

/** Two sources with one issuer and claim would make two users of one sign-in. @throws Refusal sign-in-taken */
const needOwnSignIn = (book: Book, { issuer, claim }: NonNullable<NewSource['signIn']>): void => {
  const other = [...book.sources.values()].find(({ signIn }) => signIn?.issuer === issuer && signIn.claim === claim);
  if (other)
    throw new Refusal(
      'sign-in-taken',
      `The source ${other.name} signs its users in by this claim: choose another claim.`,
    );
};

/** Tokens of other issuers never come in: who would need one could not sign in. @throws Refusal invalid-request */
export const needTrusted = (trusted: readonly string[], issuer: string, field: string): void => {
  if (trusted.includes(issuer)) return;
  const choice = trusted.length === 0 ? 'none, by its configuration' : trusted.join(', ');
  throw invalid(field, `is no issuer whose tokens this deployment takes; it takes those of ${choice}`);
};

export const createSource = (world: World, input: NewSource, tools: Tools): Change<SourceRecord> => {
  const { book } = world;
  withinQuota('sources', book.sources.size + 1);
  const name = cleanName(input.name, '/name');
  if (
    isTaken(
      name,
      [...book.sources.values()].map((source) => source.name),
    )
  )
    throw new Refusal('name-taken', 'Another directory source has this name: choose another.');
  if (input.signIn) needOwnSignIn(book, input.signIn);
  const { groupClasses, disabledMarkers } = input;
  const dialect = { ...(groupClasses && { groupClasses }), ...(disabledMarkers && { disabledMarkers }) };
  const record: SourceRecord = {
    kind: 'source',
    rev: 0,
    id: tools.ids.next('source'),
    name,
    ...(input.signIn && { signIn: input.signIn }),
    ...((groupClasses || disabledMarkers) && { dialect }),
    deleted: false,
  };
  return {
    book: [record],
    users: [],
    side: [],
    audit: {
      action: 'directory.source.created',
      target: record.id,
      after: { name, signIn: input.signIn ?? null, ...dialect },
    },
    result: record,
  };
};

/** A keeper lets the directory decide, or no longer, who manages access rights through this group. */
export const updateGroup = (
  world: World,
  id: GroupId,
  input: { confersAccessManagement: boolean },
): Change<GroupRecord> => {
  const before = world.book.groups.get(id);
  if (!before) throw new Refusal('not-found', 'There is no such group.');
  if (before.confersAccessManagement === input.confersAccessManagement) return noChange(before);
  const after = { ...before, confersAccessManagement: input.confersAccessManagement };
  return {
    book: [after],
    users: [],
    side: [],
    audit: {
      action: 'group.updated',
      target: id,
      before: { confersAccessManagement: before.confersAccessManagement },
      after: { confersAccessManagement: after.confersAccessManagement },
    },
    result: after,
  };
};
