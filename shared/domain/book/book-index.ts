// The look-ups that decisions need, made from the records of a book once, and then carried from version to version by
// what changed. An index is never changed itself.

import {
  type GroupId,
  type GroupRef,
  groupRef,
  type PolicyId,
  type RoleId,
  type SourceId,
  type UserRef,
} from '../base/ids.ts';
import { type Edit, Relation, SharedMap } from '../base/shared-map.ts';
import { type ConcernsRules, concernsRules } from '../rules/rule-index.ts';
import type {
  BookRecord,
  GroupRecord,
  MembersRecord,
  PolicyRecord,
  RoleRecord,
  SourceRecord,
  TenantRecord,
} from './records.ts';

/** A live role with its member chunks. */
export interface Role {
  readonly record: RoleRecord;
  readonly chunks: readonly MembersRecord[];
}

/** A record before and after a change; `undefined` where there is none. */
export interface RecordChange {
  readonly name: string;
  readonly before: BookRecord | undefined;
  readonly after: BookRecord | undefined;
}

type Mortal = RoleRecord | GroupRecord | PolicyRecord | SourceRecord;

/** The record if it is of this kind and alive. */
const live = <K extends Mortal['kind']>(kind: K, record: BookRecord | undefined) =>
  record?.kind === kind && !(record as Mortal).deleted ? (record as Extract<Mortal, { readonly kind: K }>) : undefined;

/** Two sides of pairs: those that a change takes away, and those that it adds. */
interface Pairs<K, V> {
  readonly gone: (readonly [K, V])[];
  readonly come: (readonly [K, V])[];
}

/** The pairs of one value with keys before and after, without the keys that stay. */
const pairsOf = <K, V>(changes: Iterable<readonly [ReadonlySet<K> | undefined, V, ReadonlySet<K> | undefined, V]>) => {
  const pairs: Pairs<K, V> = { gone: [], come: [] };
  for (const [before, was, after, is] of changes) {
    for (const key of before ?? []) if (was !== is || !after?.has(key)) pairs.gone.push([key, was]);
    for (const key of after ?? []) if (was !== is || !before?.has(key)) pairs.come.push([key, is]);
  }
  return pairs;
};

function* memberships(changes: Iterable<RecordChange>) {
  for (const { before, after } of changes) {
    const [was, is] = [before, after].map((one) => (one?.kind === 'members' ? one : undefined));
    if (was || is) yield [was?.users, was?.role as RoleId, is?.users, is?.role as RoleId] as const;
  }
}

function* groupsOfRoles(changes: Iterable<RecordChange>) {
  for (const { before, after } of changes) {
    const [was, is] = [live('role', before), live('role', after)];
    if (was || is) yield [was?.groups, was?.id as RoleId, is?.groups, is?.id as RoleId] as const;
  }
}

function* nestings(changes: Iterable<RecordChange>) {
  for (const { before, after } of changes) {
    const [was, is] = [live('group', before), live('group', after)];
    const ref = (group: GroupRecord | undefined) => group && groupRef(group.id, group.life);
    if (was || is) yield [was?.parents, ref(was) as GroupRef, is?.parents, ref(is) as GroupRef] as const;
  }
}

function* groupsIn(changes: Iterable<RecordChange>): Generator<Edit<GroupId, GroupRecord>> {
  for (const { before, after } of changes) {
    const one = after ?? before;
    if (one?.kind === 'group') yield [one.id, live('group', after)];
  }
}

/** What an index is made of. The live groups and the relations are made at their first use, and carried on from then. */
interface Parts {
  readonly tenant: TenantRecord | undefined;
  readonly roles: SharedMap<RoleId, Role>;
  readonly chunks: SharedMap<RoleId, readonly MembersRecord[]>;
  readonly policies: SharedMap<PolicyId, PolicyRecord>;
  readonly sources: SharedMap<SourceId, SourceRecord>;
  readonly forRules: SharedMap<string, ConcernsRules>;
  /** How often the members of all roles were gone through, in this version and those before it. */
  readonly walks: { made: number };
  groups?: SharedMap<GroupId, GroupRecord>;
  rolesOfUser?: Relation<UserRef, RoleId>;
  rolesOfGroup?: Relation<GroupRef, RoleId>;
  children?: Relation<GroupRef, GroupRef>;
}

/**
 * In a large book the roles of all users take as long to list as going through the members of all roles about a hundred
 * times. So they are listed when that many users were asked about, and a process that only has a few questions is spared.
 */
const walksForIndex = 100;
/** Records up to which the list is made at once. */
const fewRecords = 2_000;

const none = <K extends string, V>(): SharedMap<K, V> => SharedMap.of(new Map<K, V>());

const empty = (): Parts => ({
  tenant: undefined,
  roles: none(),
  chunks: none(),
  policies: none(),
  sources: none(),
  forRules: none(),
  walks: { made: 0 },
});

const carried = <K extends string, V>(
  relation: Relation<K, V> | undefined,
  { gone, come }: Pairs<K, V>,
): Relation<K, V> | undefined => (gone.length + come.length === 0 ? relation : relation?.with(gone, come));

export class BookIndex {
  readonly roles: SharedMap<RoleId, Role>;
  readonly policies: SharedMap<PolicyId, PolicyRecord>;
  readonly sources: SharedMap<SourceId, SourceRecord>;
  /** The records of rules, of rights on them, and of roles. */
  readonly forRules: SharedMap<string, ConcernsRules>;
  readonly #records: SharedMap<string, BookRecord>;
  readonly #parts: Parts;

  private constructor(records: SharedMap<string, BookRecord>, parts: Parts) {
    this.roles = parts.roles;
    this.policies = parts.policies;
    this.sources = parts.sources;
    this.forRules = parts.forRules;
    this.#records = records;
    this.#parts = parts;
  }

  /** @throws Error when the records have no tenant record */
  static of(records: SharedMap<string, BookRecord>): BookIndex {
    return new BookIndex(records, changed(empty(), records, everything(records)));
  }

  /** The index of changed records. Its cost follows from the changes. */
  with(records: SharedMap<string, BookRecord>, changes: readonly RecordChange[]): BookIndex {
    const old = this.#parts;
    const parts = changed(old, records, changes);
    if (old.groups) parts.groups = old.groups.with(groupsIn(changes));
    if (old.rolesOfUser) parts.rolesOfUser = carried(old.rolesOfUser, pairsOf(memberships(changes))) as never;
    if (old.rolesOfGroup) parts.rolesOfGroup = carried(old.rolesOfGroup, pairsOf(groupsOfRoles(changes))) as never;
    if (old.children) parts.children = carried(old.children, pairsOf(nestings(changes))) as never;
    return new BookIndex(records, parts);
  }

  get tenant(): TenantRecord {
    if (!this.#parts.tenant) throw new Error('a book without its tenant record');
    return this.#parts.tenant;
  }

  /** The live groups by id. */
  get groups(): SharedMap<GroupId, GroupRecord> {
    this.#parts.groups ??= none<GroupId, GroupRecord>().with(groupsIn(everything(this.#records)));
    return this.#parts.groups;
  }

  /** The live group with this id. A process that only asks for a few is spared the map of all. */
  group(id: GroupId): GroupRecord | undefined {
    return this.#parts.groups ? this.#parts.groups.get(id) : live('group', this.#records.get(`group#${id}`));
  }

  /** The roles, live or not, that have the user as a direct member. */
  rolesOfUser(ref: UserRef): readonly RoleId[] {
    const parts = this.#parts;
    if (!parts.rolesOfUser && this.#records.size > fewRecords && parts.walks.made < walksForIndex) {
      parts.walks.made += 1;
      return [...parts.chunks].flatMap(([id, chunks]) => (chunks.some(({ users }) => users.has(ref)) ? [id] : []));
    }
    parts.rolesOfUser ??= this.#relation(memberships);
    return parts.rolesOfUser.of(ref);
  }

  /** The live roles that have the group as a direct member. */
  rolesOfGroup(ref: GroupRef): readonly RoleId[] {
    this.#parts.rolesOfGroup ??= this.#relation(groupsOfRoles);
    return this.#parts.rolesOfGroup.of(ref);
  }

  /** The live groups that name this one as a parent. */
  children(ref: GroupRef): readonly GroupRef[] {
    // Whoever goes down the groups asks for many of them.
    void this.groups;
    this.#parts.children ??= this.#relation(nestings);
    return this.#parts.children.of(ref);
  }

  #relation<K extends string, V>(
    of: (
      changes: Iterable<RecordChange>,
    ) => Iterable<readonly [ReadonlySet<K> | undefined, V, ReadonlySet<K> | undefined, V]>,
  ): Relation<K, V> {
    const { size } = this.#records;
    return Relation.of<K, V>(size, sidesOf(of(everything(this.#records))));
  }
}

function* sidesOf<K, V>(all: Iterable<readonly [unknown, V, ReadonlySet<K> | undefined, V]>) {
  for (const [, , keys, value] of all) if (keys) yield [keys, value] as const;
}

function* everything(records: SharedMap<string, BookRecord>): Generator<RecordChange> {
  for (const [name, after] of records) yield { name, before: undefined, after };
}

/** The parts after the changes, without the relations. */
const changed = (old: Parts, records: SharedMap<string, BookRecord>, changes: Iterable<RecordChange>): Parts => {
  let { tenant } = old;
  const edits = {
    policies: [] as Edit<PolicyId, PolicyRecord>[],
    sources: [] as Edit<SourceId, SourceRecord>[],
    forRules: [] as Edit<string, ConcernsRules>[],
  };
  const touched = new Set<RoleId>();
  const chunks = new Map<RoleId, MembersRecord[]>();
  for (const { name, before, after } of changes) {
    const one = after ?? before;
    if (!one) continue;
    if (one.kind === 'members') {
      touched.add(one.role);
      const list = chunks.get(one.role) ?? [...(old.chunks.get(one.role) ?? [])];
      chunks.set(one.role, list);
      const at = before ? list.indexOf(before as MembersRecord) : -1;
      if (at >= 0) list.splice(at, 1);
      if (after?.kind === 'members') list.push(after);
    } else if (one.kind === 'tenant') tenant = after?.kind === 'tenant' ? after : undefined;
    else if (one.kind === 'role') touched.add(one.id);
    else if (one.kind === 'policy') edits.policies.push([one.id, live('policy', after)]);
    else if (one.kind === 'source') edits.sources.push([one.id, live('source', after)]);
    if (concernsRules(one)) edits.forRules.push([name, after as ConcernsRules | undefined]);
  }
  for (const list of chunks.values()) list.sort((a, b) => a.chunk - b.chunk);
  const allChunks = old.chunks.with([...chunks].map(([id, list]) => [id, list.length > 0 ? list : undefined]));
  const roles = [...touched].map((id) => {
    const record = live('role', records.get(`role#${id}`));
    return [id, record && { record, chunks: allChunks.get(id) ?? [] }] as const;
  });
  return {
    tenant,
    roles: old.roles.with(roles),
    chunks: allChunks,
    policies: old.policies.with(edits.policies),
    sources: old.sources.with(edits.sources),
    forRules: old.forRules.with(edits.forRules),
    walks: old.walks,
  };
};
