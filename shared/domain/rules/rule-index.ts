// The rules of a tenant in memory: by id, in their order, with the roles' rights on them. Built at first use.
import type { RoleId, RuleId } from '../base/ids.ts';
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
interface RightsOfRole {
  readonly header: RightsRecord | undefined;
  /** By the number of the rules' chunk. */
  readonly exceptions: ReadonlyMap<number, ExceptionsRecord>;
}

const nothing: RightsOfRole = { header: undefined, exceptions: new Map() };

/** True when a change of this record may change the rules or the rights on them. */
export const concernsRules = ({ kind }: BookRecord): boolean =>
  kind === 'rules' || kind === 'rights' || kind === 'exceptions' || kind === 'role';

/** The order of the list. The id decides between two rules that have come to stand in one place. */
const inOrder = (a: Rule, b: Rule): number => {
  if (a.entry.order !== b.entry.order) return a.entry.order < b.entry.order ? -1 : 1;
  return a.id < b.id ? -1 : 1;
};

export class RuleIndex {
  readonly byId: ReadonlyMap<RuleId, Rule>;
  readonly chunks: readonly RulesRecord[];
  /** All roles, deleted roles too, because their rules may have passed to others. */
  readonly #roles: ReadonlyMap<RoleId, RoleRecord>;
  readonly #rights: ReadonlyMap<RoleId, RightsOfRole>;
  #ordered: readonly Rule[] | undefined;
  #positions: ReadonlyMap<RuleId, number> | undefined;
  #clock: number | undefined;

  constructor(records: Iterable<BookRecord>) {
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
    this.byId = new Map(
      chunks.flatMap(({ chunk, entries }) =>
        Object.entries(entries).map(([id, entry]) => [id as RuleId, this.#rule(id as RuleId, chunk, entry)] as const),
      ),
    );
  }

  /** All rules in the order of the list. */
  get ordered(): readonly Rule[] {
    this.#ordered ??= [...this.byId.values()].sort(inOrder);
    return this.#ordered;
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
    const births = this.chunks.flatMap(({ newest = 0, entries }) => [
      newest,
      ...Object.values(entries).map(({ born }) => born),
    ]);
    return births.reduce((a, b) => Math.max(a, b), 0);
  }

  #rule(id: RuleId, chunk: number, entry: RuleEntry): Rule {
    let owner = entry.owner;
    let ownedAt = entry.ownedAt;
    for (const seen = new Set<RoleId>(); owner !== undefined && !seen.has(owner); ) {
      const role = this.#roles.get(owner);
      if (role && !role.deleted) break;
      seen.add(owner);
      owner = role?.rulesTo;
      ownedAt = Math.max(ownedAt, role?.rulesAt ?? 0);
    }
    return { id, chunk, entry, type: entry.type, owner, ownedAt };
  }
}

const newestMark = ({ view = 0, edit = 0, delete: gone = 0 }: Marks): number =>
  Math.max(Math.abs(view), Math.abs(edit), Math.abs(gone));

const newest = (chunks: Iterable<RulesRecord>, roles: Iterable<RoleRecord>, rights: Iterable<RightsOfRole>): number => {
  let clock = 0;
  const see = (date: number | undefined) => {
    if (date !== undefined && date > clock) clock = date;
  };
  for (const chunk of chunks) {
    see(chunk.newest);
    for (const { born, ownedAt } of Object.values(chunk.entries)) {
      see(born);
      see(ownedAt);
    }
  }
  for (const role of roles) {
    see(role.born);
    see(role.rulesAt);
  }
  for (const { header, exceptions } of rights) {
    for (const { at } of header?.newRules ?? []) see(at);
    if (header) see(newestMark(header.columns));
    for (const { rules: single } of exceptions.values())
      for (const marks of Object.values(single)) see(newestMark(marks));
  }
  return clock;
};
