// The rules of a tenant in memory: by id, in their order, with the roles' rights on them. Built at first use, and then
// carried on: the next index takes over all rules but those of the chunks that changed.
import type { RoleId, RuleId } from '../base/ids.ts';
import { type Edit, SharedMap } from '../base/shared-map.ts';
import type {
  BookRecord,
  ExceptionsRecord,
  Marks,
  RightsRecord,
  RoleRecord,
  RuleEntry,
  RulesRecord,
} from '../book/records.ts';

/**
 * Rules per chunk: few enough that a change costs little, enough that the chunks of 10,000 rules fit one transaction.
 */
export const rulesPerChunk = 125;

export interface Rule {
  readonly id: RuleId;
  readonly chunk: number;
  readonly entry: RuleEntry;
  readonly type: string;
  /** The live role that owns the rule now. A deleted role may have passed the rule on. */
  readonly owner: RoleId | undefined;
  readonly ownedAt: number;
}

/** The stored records of a role's rights on rules. */
export interface RightsOfRole {
  readonly header: RightsRecord | undefined;
  /** By the number of the rules' chunk. */
  readonly exceptions: ReadonlyMap<number, ExceptionsRecord>;
}

const nothing: RightsOfRole = { header: undefined, exceptions: new Map() };

/** The records that decide about rules. */
export type ConcernsRules = RulesRecord | RightsRecord | ExceptionsRecord | RoleRecord;

/** True when a change of this record may change the rules or the rights on them. */
export const concernsRules = ({ kind }: BookRecord): boolean =>
  kind === 'rules' || kind === 'rights' || kind === 'exceptions' || kind === 'role';

/** The order of the list. The id decides between two rules that have come to stand in one place. */
const inOrder = (a: Rule, b: Rule): number => {
  if (a.entry.order !== b.entry.order) return a.entry.order < b.entry.order ? -1 : 1;
  return a.id < b.id ? -1 : 1;
};

/** The order of an earlier index, and the chunks whose rules are no longer what they were. */
interface Sorted {
  readonly rules: readonly Rule[];
  readonly stale: ReadonlySet<number>;
}

export class RuleIndex {
  readonly byId: SharedMap<RuleId, Rule>;
  readonly chunks: readonly RulesRecord[];
  /** True when the way to some rule's owner leads to a role that is not there. */
  #lost = false;
  /** All roles, deleted roles too, because their rules may have passed to others. */
  readonly #roles: ReadonlyMap<RoleId, RoleRecord>;
  readonly #rights: ReadonlyMap<RoleId, RightsOfRole>;
  #sorted: Sorted | undefined;
  #ordered: readonly Rule[] | undefined;
  #positions: ReadonlyMap<RuleId, number> | undefined;
  #clock: number | undefined;

  /** @param records all that concern rules @param before the index of an earlier state, whose rules are taken over */
  constructor(records: Iterable<BookRecord>, before?: RuleIndex) {
    const chunks: RulesRecord[] = [];
    const roles = new Map<RoleId, RoleRecord>();
    const rights = new Map<RoleId, { header: RightsRecord | undefined; exceptions: Map<number, ExceptionsRecord> }>();
    const of = (role: RoleId) => {
      const known = rights.get(role) ?? { header: undefined, exceptions: new Map() };
      rights.set(role, known);
      return known;
    };
    for (const record of records) {
      if (record.kind === 'rules') chunks.push(record);
      else if (record.kind === 'role') roles.set(record.id, record);
      else if (record.kind === 'rights') of(record.role).header = record;
      else if (record.kind === 'exceptions') of(record.role).exceptions.set(record.chunk, record);
    }
    this.#roles = roles;
    this.#rights = rights;
    this.chunks = chunks.sort((a, b) => a.chunk - b.chunk);
    // A rule's owner follows from its entry and from the deleted roles. While these are the same, so are the rules.
    const base = before && sameOwners(before.#roles, roles, before.#lost) ? before : undefined;
    this.#lost = base ? base.#lost : false;
    const old = new Map(base?.chunks.map((record) => [record.chunk, record]));
    const fresh = this.chunks.filter((record) => old.get(record.chunk) !== record);
    const present = new Set(this.chunks.map(({ chunk }) => chunk));
    const gone = [...old.values()].filter(({ chunk }) => !present.has(chunk));
    const edits: Edit<RuleId, Rule>[] = [];
    for (const { chunk } of gone.concat(fresh))
      for (const id of Object.keys(old.get(chunk)?.entries ?? {})) edits.push([id as RuleId, undefined]);
    for (const { chunk, entries } of fresh)
      for (const [id, entry] of Object.entries(entries))
        edits.push([id as RuleId, this.#rule(id as RuleId, chunk, entry)]);
    this.byId = (base?.byId ?? SharedMap.of(new Map<RuleId, Rule>())).with(edits);
    if (base) this.#sorted = base.#orderFor(fresh.concat(gone));
  }

  /** The order of this index as a start for the next one, in which these chunks differ. */
  #orderFor(changed: readonly RulesRecord[]): Sorted | undefined {
    const rules = this.#ordered ?? this.#sorted?.rules;
    const stale = this.#ordered ? [] : (this.#sorted?.stale ?? []);
    return rules && { rules, stale: new Set([...stale, ...changed.map(({ chunk }) => chunk)]) };
  }

  /** All rules in the order of the list. */
  get ordered(): readonly Rule[] {
    this.#ordered ??= this.#inOrder();
    this.#sorted = undefined;
    return this.#ordered;
  }

  #inOrder(): readonly Rule[] {
    if (!this.#sorted) return [...this.byId.values()].sort(inOrder);
    const { rules, stale } = this.#sorted;
    if (stale.size === 0) return rules;
    const moved = this.chunks
      .filter(({ chunk }) => stale.has(chunk))
      .flatMap(({ entries }) => Object.keys(entries).map((id) => this.byId.get(id as RuleId) as Rule));
    return merged(
      rules.filter(({ chunk }) => !stale.has(chunk)),
      moved.sort(inOrder),
    );
  }

  /** The position of a rule in the list, from 0; -1 for an unknown rule. */
  positionOf(id: RuleId): number {
    this.#positions ??= new Map(this.ordered.map((rule, i) => [rule.id, i]));
    return this.#positions.get(id) ?? -1;
  }

  rightsOf(role: RoleId): RightsOfRole {
    return this.#rights.get(role) ?? nothing;
  }

  /**
   * The rules' logical clock: the newest date in the book. The next change that needs a date takes a later one, so a
   * later date means a later change, also within one change set. Of deleted rules the births still count, because a
   * session tells by them which rules have come since its log-on.
   */
  get clock(): number {
    this.#clock ??= newest(this.chunks, this.#roles.values(), this.#rights.values());
    return this.#clock;
  }

  /** The newest birth of any rule ever, deleted rules included: every later rule is younger. */
  get newestBirth(): number {
    return this.chunks.reduce((latest, chunk) => Math.max(latest, birthIn(chunk)), 0);
  }

  #rule(id: RuleId, chunk: number, entry: RuleEntry): Rule {
    let owner = entry.owner;
    let ownedAt = entry.ownedAt;
    for (const seen = new Set<RoleId>(); owner !== undefined && !seen.has(owner); ) {
      const role = this.#roles.get(owner);
      if (role && !role.deleted) break;
      this.#lost ||= role === undefined;
      seen.add(owner);
      owner = role?.rulesTo;
      ownedAt = Math.max(ownedAt, role?.rulesAt ?? 0);
    }
    return { id, chunk, entry, type: entry.type, owner, ownedAt };
  }
}

/**
 * True when the way from a rule's entry to its owner is the same: with the same deleted roles in the same state, and
 * without a role that comes to be where the way ended before.
 */
const sameOwners = (
  was: ReadonlyMap<RoleId, RoleRecord>,
  is: ReadonlyMap<RoleId, RoleRecord>,
  lost: boolean,
): boolean => {
  for (const [id, role] of was) {
    const now = is.get(id);
    if (now !== role && (role.deleted || !now)) return false;
  }
  for (const [id, role] of is) {
    const old = was.get(id);
    if (old !== role && (role.deleted || (!old && lost))) return false;
  }
  return true;
};

/** Two sorted lists as one. */
const merged = (one: readonly Rule[], other: readonly Rule[]): Rule[] => {
  const all: Rule[] = [];
  let at = 0;
  for (const rule of one) {
    for (; at < other.length && inOrder(other[at] as Rule, rule) < 0; at += 1) all.push(other[at] as Rule);
    all.push(rule);
  }
  return all.concat(other.slice(at));
};

const newestMark = ({ view = 0, edit = 0, delete: gone = 0 }: Marks): number =>
  Math.max(Math.abs(view), Math.abs(edit), Math.abs(gone));

/** A figure of an immutable record, computed once. */
const remembered = <R extends object>(compute: (record: R) => number): ((record: R) => number) => {
  const known = new WeakMap<R, number>();
  return (record) => {
    let figure = known.get(record);
    if (figure === undefined) {
      figure = compute(record);
      known.set(record, figure);
    }
    return figure;
  };
};

const birthIn = remembered(({ newest = 0, entries }: RulesRecord) =>
  Object.values(entries).reduce((latest, { born }) => Math.max(latest, born), newest),
);
const dateIn = remembered((chunk: RulesRecord) =>
  Object.values(chunk.entries).reduce((latest, { ownedAt }) => Math.max(latest, ownedAt), birthIn(chunk)),
);
const dateOfHeader = remembered(({ newRules, columns }: RightsRecord) =>
  newRules.reduce((latest, { at }) => Math.max(latest, at), newestMark(columns)),
);
const dateOfExceptions = remembered(({ rules }: ExceptionsRecord) =>
  Object.values(rules).reduce((latest, marks) => Math.max(latest, newestMark(marks)), 0),
);

const newest = (chunks: Iterable<RulesRecord>, roles: Iterable<RoleRecord>, rights: Iterable<RightsOfRole>): number => {
  let clock = 0;
  for (const chunk of chunks) clock = Math.max(clock, dateIn(chunk));
  for (const { born = 0, rulesAt = 0 } of roles) clock = Math.max(clock, born, rulesAt);
  for (const { header, exceptions } of rights) {
    if (header) clock = Math.max(clock, dateOfHeader(header));
    for (const record of exceptions.values()) clock = Math.max(clock, dateOfExceptions(record));
  }
  return clock;
};
