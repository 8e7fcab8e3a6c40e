// The book in memory: all records of a tenant that decide access, as an immutable map, with the look-ups that decisions
// need. Indexes are built at first use, and carried on by what changes. The users are not in the book: each has an access
// item.
import type { CompiledCatalogue } from '../../catalogues/compile.ts';
import { catalogue } from '../../catalogues/index.ts';
import {
  type GroupId,
  type GroupRef,
  groupOf,
  groupRef,
  type PolicyId,
  type RoleId,
  type SourceId,
  type UserRef,
} from '../base/ids.ts';
import { SharedMap } from '../base/shared-map.ts';
import { concernsRules, RuleIndex } from '../rules/rule-index.ts';
import { BookIndex, type RecordChange, type Role } from './book-index.ts';
import {
  type BookRecord,
  type Category,
  type GroupRecord,
  type PolicyRecord,
  recordName,
  type SourceRecord,
  type TenantRecord,
} from './records.ts';

export type { Role } from './book-index.ts';

/** What a book has worked out, of which a later book takes over what still holds. */
interface Known {
  index?: BookIndex | undefined;
  rules?: RuleIndex | undefined;
  /** The rules of an earlier book, when a change may have changed them. */
  oldRules?: RuleIndex | undefined;
  catalogue?: CompiledCatalogue | undefined;
  sum?: number | undefined;
}

const noRoles: readonly Role[] = [];

export class Book {
  readonly version: number;
  readonly records: SharedMap<string, BookRecord>;
  readonly #known: Known;
  readonly #closures = new Map<GroupRef, ReadonlySet<GroupRef>>();
  readonly #rolesThrough = new Map<GroupRef, readonly Role[]>();
  /** What this book was changed to, by the list of what changed. */
  readonly #after = new WeakMap<readonly BookRecord[], Book>();

  constructor(version: number, records: ReadonlyMap<string, BookRecord>, known: Known = {}) {
    this.version = version;
    this.records = SharedMap.of(records);
    this.#known = known;
  }

  /**
   * This book with these records replaced or added; its version stays. The same list gives the same book, because the
   * answer, the warnings and the judge all look at a plan's change.
   */
  with(changes: readonly BookRecord[]): Book {
    const known = this.#after.get(changes);
    if (known) return known;
    const edits = changes.map((record) => [recordName(record), record.kind === 'gone' ? undefined : record] as const);
    const book = this.moved(this.version, new Map(edits));
    this.#after.set(changes, book);
    return book;
  }

  /**
   * The book of another version in which these records are replaced or added, or, where the value is `undefined`,
   * removed. What this book has worked out is carried on, at a cost that follows from the changes.
   */
  moved(version: number, edits: ReadonlyMap<string, BookRecord | undefined>): Book {
    if (edits.size === 0) return new Book(version, this.records, this.#known);
    const records = this.records.with(edits);
    const changes = [...edits].map(([name, after]): RecordChange => ({ name, before: this.records.get(name), after }));
    const touches = (test: (record: BookRecord) => boolean) =>
      changes.some(({ before, after }) => (before && test(before)) || (after && test(after)));
    const { index, rules, oldRules = rules, catalogue, sum } = this.#known;
    return new Book(version, records, {
      index: index?.with(records, changes),
      ...(touches(concernsRules) ? { oldRules } : { rules, oldRules }),
      catalogue: touches(({ kind }) => kind === 'tenant') ? undefined : catalogue,
      sum:
        sum === undefined ? undefined : changes.reduce((all, one) => all + revOf(one.after) - revOf(one.before), sum),
    });
  }

  /** The same records under another version. */
  at(version: number): Book {
    return this.moved(version, new Map());
  }

  /** The sum of the revs of all records. */
  get sum(): number {
    if (this.#known.sum === undefined) {
      let sum = 0;
      for (const record of this.records.values()) sum += record.rev;
      this.#known.sum = sum;
    }
    return this.#known.sum;
  }

  get tenant(): TenantRecord {
    return this.#indexed().tenant;
  }

  get catalogue(): CompiledCatalogue {
    this.#known.catalogue ??= catalogue(this.tenant.catalogue, this.tenant.catalogueVersion);
    return this.#known.catalogue;
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
    const known = this.#known;
    if (!known.rules) {
      known.rules = new RuleIndex(this.#indexed().forRules.values(), known.oldRules);
      known.oldRules = undefined;
    }
    return known.rules;
  }

  /** The categories of rules, in their order. */
  get categories(): readonly Category[] {
    const record = this.records.get('categories');
    return record?.kind === 'categories' ? record.list : [];
  }

  /** True while the group is alive, in the incarnation that the reference names. */
  isLive(ref: GroupRef): boolean {
    const group = this.#indexed().group(groupOf(ref));
    return group !== undefined && groupRef(group.id, group.life) === ref;
  }

  /** The live roles that a user is a direct member of. */
  rolesOfUser(ref: UserRef): readonly Role[] {
    return this.#live(this.#indexed().rolesOfUser(ref));
  }

  /** The live roles that a group is a direct member of. */
  rolesOfGroup(ref: GroupRef): readonly Role[] {
    return this.#live(this.#indexed().rolesOfGroup(ref));
  }

  /** The live roles that a group's members have by it: those of the group, and of all groups above it (CT-19). */
  rolesThrough(ref: GroupRef): readonly Role[] {
    let roles = this.#rolesThrough.get(ref);
    if (!roles) {
      roles = [...new Set([...this.#above(ref)].flatMap((group) => this.rolesOfGroup(group)))];
      this.#rolesThrough.set(ref, roles);
    }
    return roles;
  }

  #live(ids: readonly RoleId[]): readonly Role[] {
    if (ids.length === 0) return noRoles;
    return [...new Set(ids)].flatMap((id) => this.roles.get(id) ?? []);
  }

  /** Live groups that are direct members of the group. */
  children(ref: GroupRef): readonly GroupRef[] {
    return this.isLive(ref) ? this.#indexed().children(ref) : [];
  }

  /** The group's live direct parents. */
  parents(ref: GroupRef): GroupRef[] {
    const group = this.#indexed().group(groupOf(ref));
    return group && this.isLive(ref) ? [...group.parents].filter((p) => this.isLive(p)) : [];
  }

  /** The group itself and all groups above it, at any depth; empty for a deleted group. */
  ancestors(ref: GroupRef): ReadonlySet<GroupRef> {
    const known = this.#closures.get(ref);
    if (known) return known;
    const closure = this.#above(ref);
    this.#closures.set(ref, closure);
    return closure;
  }

  #above(ref: GroupRef): ReadonlySet<GroupRef> {
    return reach(this.isLive(ref) ? [ref] : [], (g) => this.parents(g));
  }

  /** The live ones of these groups, and all groups within them, at any depth. */
  descendants(refs: Iterable<GroupRef>): Set<GroupRef> {
    return reach(
      [...refs].filter((ref) => this.isLive(ref)),
      (g) => this.children(g),
    );
  }

  #indexed(): BookIndex {
    this.#known.index ??= BookIndex.of(this.records);
    return this.#known.index;
  }
}

/** Everything reachable from the starts, the starts included. A cycle ends, because nothing is visited twice. */
const reach = <T>(starts: Iterable<T>, next: (at: T) => Iterable<T>): Set<T> => {
  const seen = new Set(starts);
  for (const at of seen) for (const to of next(at)) seen.add(to);
  return seen;
};

const revOf = (record: BookRecord | undefined): number => record?.rev ?? 0;

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
