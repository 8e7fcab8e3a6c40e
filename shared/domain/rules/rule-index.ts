// The rules of a tenant in memory: found by id, in their order, with what roles grant on them. Built when first needed.
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

/** Rules per chunk: small enough that changing one costs little, large enough that all of 10,000 fit one transaction. */
export const rulesPerChunk = 125;

export interface Rule {
  readonly id: RuleId;
  readonly chunk: number;
  readonly entry: RuleEntry;
  readonly type: string;
  /** The live role that owns it, by now: a deleted role may have passed it on. */
  readonly owner: RoleId | undefined;
  readonly ownedAt: number;
}

/** What is stored of a role's rights on rules. */
interface RightsOfRole {
  readonly header: RightsRecord | undefined;
  /** By the number of the chunk of rules. */
  readonly exceptions: ReadonlyMap<number, ExceptionsRecord>;
}

const nothing: RightsOfRole = { header: undefined, exceptions: new Map() };

/** True when the rules, or anything that says who may do what to them, may look different with this record. */
export const concernsRules = ({ kind }: BookRecord): boolean =>
  kind === 'rules' || kind === 'rights' || kind === 'exceptions' || kind === 'role';

/** In the list's order; the id parts what has come to stand in one place. */
const inOrder = (a: Rule, b: Rule): number => {
  if (a.entry.order !== b.entry.order) return a.entry.order < b.entry.order ? -1 : 1;
  return a.id < b.id ? -1 : 1;
};

export class RuleIndex {
  readonly byId: ReadonlyMap<RuleId, Rule>;
  readonly chunks: readonly RulesRecord[];
  /** Deleted roles are among them: their rules may have passed on. */
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

  /** All rules as the list shows them. */
  get ordered(): readonly Rule[] {
    this.#ordered ??= [...this.byId.values()].sort(inOrder);
    return this.#ordered;
  }

  /** Where a rule stands, from 0; -1 for one that is not there. */
  positionOf(id: RuleId): number {
    this.#positions ??= new Map(this.ordered.map((rule, i) => [rule.id, i]));
    return this.#positions.get(id) ?? -1;
  }

  rightsOf(role: RoleId): RightsOfRole {
    return this.#rights.get(role) ?? nothing;
  }

  /**
   * The newest date of anything that is dated. The next change that needs a date takes a later one, so of two dates the
   * later is that of the later change, also within one set of changes. Of what has been deleted only the births of rules
   * count on: whoever keeps what was there at a date, as sessions do, tells by them what has come since.
   */
  get clock(): number {
    this.#clock ??= newest(this.chunks, this.#roles.values(), this.#rights.values());
    return this.#clock;
  }

  /** The newest birth that any rule ever had: a rule that comes later is younger than that. */
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
