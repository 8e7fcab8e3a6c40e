// The book in memory: all records of a tenant that decide access, as an immutable map, with the look-ups that decisions
// need. Indexes are built at first use. The users are not in the book: each has an access item.
import type { CompiledCatalogue } from '../../catalogues/compile.ts';
import { catalogue } from '../../catalogues/index.ts';
import type { SourceId, UserRef } from '../base/ids.ts';
import { type GroupId, type GroupRef, groupOf, groupRef, type PolicyId, type RoleId } from '../base/ids.ts';
import { concernsRules, RuleIndex } from '../rules/rule-index.ts';
import {
  type BookRecord,
  type Category,
  type GroupRecord,
  type MembersRecord,
  type PolicyRecord,
  type RoleRecord,
  recordName,
  type SourceRecord,
  type TenantRecord,
} from './records.ts';

/** A live role with its member chunks. */
export interface Role {
  readonly record: RoleRecord;
  readonly chunks: readonly MembersRecord[];
}

interface Index {
  readonly tenant: TenantRecord;
  readonly roles: ReadonlyMap<RoleId, Role>;
  readonly groups: ReadonlyMap<GroupId, GroupRecord>;
  readonly policies: ReadonlyMap<PolicyId, PolicyRecord>;
  readonly sources: ReadonlyMap<SourceId, SourceRecord>;
  readonly rolesOfGroup: ReadonlyMap<GroupRef, readonly Role[]>;
  readonly children: ReadonlyMap<GroupRef, readonly GroupRef[]>;
}

const push = <K, V>(map: Map<K, V[]>, key: K, value: V): void => {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
};

export class Book {
  readonly version: number;
  readonly records: ReadonlyMap<string, BookRecord>;
  #index: Index | undefined;
  #rules: RuleIndex | undefined;
  #catalogue: CompiledCatalogue | undefined;
  readonly #closures = new Map<GroupRef, ReadonlySet<GroupRef>>();
  /** What this book was changed to, by the list of what changed. */
  readonly #after = new WeakMap<readonly BookRecord[], Book>();

  constructor(version: number, records: ReadonlyMap<string, BookRecord>) {
    this.version = version;
    this.records = records;
  }

  /**
   * This book with these records replaced or added; its version stays. The same list gives the same book, because the
   * answer, the warnings and the judge all look at a plan's change.
   */
  with(changes: readonly BookRecord[]): Book {
    const known = this.#after.get(changes);
    if (known) return known;
    const records = new Map(this.records);
    for (const record of changes) records.set(recordName(record), record);
    const book = new Book(this.version, records);
    if (!changes.some(concernsRules)) book.#rules = this.#rules;
    if (!changes.some(({ kind }) => kind === 'tenant')) book.#catalogue = this.#catalogue;
    this.#after.set(changes, book);
    return book;
  }

  /** The same records under another version. */
  at(version: number): Book {
    const book = new Book(version, this.records);
    book.#rules = this.#rules;
    book.#catalogue = this.#catalogue;
    return book;
  }

  get tenant(): TenantRecord {
    return this.#indexed().tenant;
  }

  get catalogue(): CompiledCatalogue {
    this.#catalogue ??= catalogue(this.tenant.catalogue, this.tenant.catalogueVersion);
    return this.#catalogue;
  }

  /** Live roles by id. */
  get roles(): ReadonlyMap<RoleId, Role> {
    return this.#indexed().roles;
  }

  /** Live groups by id. */
  get groups(): ReadonlyMap<GroupId, GroupRecord> {
    return this.#indexed().groups;
  }

  /** Live policies by id. */
  get policies(): ReadonlyMap<PolicyId, PolicyRecord> {
    return this.#indexed().policies;
  }

  /** Live directory sources by id. */
  get sources(): ReadonlyMap<SourceId, SourceRecord> {
    return this.#indexed().sources;
  }

  /** The rules, their order, and what roles grant on them. */
  get rules(): RuleIndex {
    this.#rules ??= new RuleIndex(this.records.values());
    return this.#rules;
  }

  /** The categories of rules, in their order. */
  get categories(): readonly Category[] {
    const record = this.records.get('categories');
    return record?.kind === 'categories' ? record.list : [];
  }

  /** True while the group is alive, in the incarnation that the reference names. */
  isLive(ref: GroupRef): boolean {
    const group = this.groups.get(groupOf(ref));
    return group !== undefined && groupRef(group.id, group.life) === ref;
  }

  /** The live roles that a group is a direct member of. */
  rolesOfGroup(ref: GroupRef): readonly Role[] {
    return this.#indexed().rolesOfGroup.get(ref) ?? [];
  }

  /** Live groups that are direct members of the group. */
  children(ref: GroupRef): readonly GroupRef[] {
    return this.#indexed().children.get(ref) ?? [];
  }

  /** The group's live direct parents. */
  parents(ref: GroupRef): GroupRef[] {
    const group = this.groups.get(groupOf(ref));
    return group && this.isLive(ref) ? [...group.parents].filter((p) => this.isLive(p)) : [];
  }

  /** The group itself and all groups above it, at any depth; empty for a deleted group. */
  ancestors(ref: GroupRef): ReadonlySet<GroupRef> {
    const known = this.#closures.get(ref);
    if (known) return known;
    const closure = reach(this.isLive(ref) ? [ref] : [], (g) => this.parents(g));
    this.#closures.set(ref, closure);
    return closure;
  }

  /** The live ones of these groups, and all groups within them, at any depth. */
  descendants(refs: Iterable<GroupRef>): Set<GroupRef> {
    return reach(
      [...refs].filter((ref) => this.isLive(ref)),
      (g) => this.children(g),
    );
  }

  #indexed(): Index {
    this.#index ??= index(this.records.values());
    return this.#index;
  }
}

/** Everything reachable from the starts, the starts included. A cycle ends, because nothing is visited twice. */
const reach = <T>(starts: Iterable<T>, next: (at: T) => Iterable<T>): Set<T> => {
  const seen = new Set(starts);
  for (const at of seen) for (const to of next(at)) seen.add(to);
  return seen;
};

const index = (records: Iterable<BookRecord>): Index => {
  let tenant: TenantRecord | undefined;
  const roleRecords: RoleRecord[] = [];
  const chunks = new Map<RoleId, MembersRecord[]>();
  const groups = new Map<GroupId, GroupRecord>();
  const policies = new Map<PolicyId, PolicyRecord>();
  const sources = new Map<SourceId, SourceRecord>();
  for (const record of records) {
    if (record.kind === 'members') push(chunks, record.role, record);
    else if (record.kind === 'tenant') tenant = record;
    else if (!('deleted' in record) || record.deleted) continue;
    else if (record.kind === 'role') roleRecords.push(record);
    else if (record.kind === 'group') groups.set(record.id, record);
    else if (record.kind === 'policy') policies.set(record.id, record);
    else if (record.kind === 'source') sources.set(record.id, record);
  }
  if (!tenant) throw new Error('a book without its tenant record');
  const live = (ref: GroupRef) => groups.get(groupOf(ref));
  const roles = new Map<RoleId, Role>();
  const rolesOfGroup = new Map<GroupRef, Role[]>();
  for (const record of roleRecords) {
    const role: Role = { record, chunks: (chunks.get(record.id) ?? []).sort((a, b) => a.chunk - b.chunk) };
    roles.set(record.id, role);
    for (const ref of record.groups) push(rolesOfGroup, ref, role);
  }
  const children = new Map<GroupRef, GroupRef[]>();
  for (const group of groups.values()) {
    for (const parent of group.parents) {
      if (live(parent)?.life === parent.slice(parent.indexOf('.') + 1))
        push(children, parent, groupRef(group.id, group.life));
    }
  }
  return { tenant, roles, groups, policies, sources, rolesOfGroup, children };
};

export const isMember = (role: Role, user: UserRef): boolean => role.chunks.some((chunk) => chunk.users.has(user));

export const memberCount = (role: Role): number => {
  let count = 0;
  for (const chunk of role.chunks) count += chunk.users.size;
  return count;
};

/** Users' direct memberships in all roles. */
export const membershipCount = ({ roles }: Book): number => {
  let count = 0;
  for (const role of roles.values()) count += memberCount(role);
  return count;
};
