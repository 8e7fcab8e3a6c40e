// The keeper invariant once more, as naively as it can be said: on raw committed items, in the design's words, sharing no
// code with what it judges.

import { createHash } from 'node:crypto';
import { ruleFaults } from './rules.ts';

export type Raw = Readonly<Record<string, unknown>>;

/** One write, as a commit made it or as a difference of two scans. */
export interface Fact {
  readonly pk: string;
  readonly sk: string;
  readonly before: Raw | undefined;
  readonly after: Raw | undefined;
}

/** What of the catalogues the invariant rests on, written down a second time. */
const catalogues: Record<string, { keeper: string; personal: boolean }> = {
  complete: { keeper: 'manageAccessRights', personal: true },
  'email-security': { keeper: 'superAdministrator', personal: true },
  'exchange-rules': { keeper: 'manageAccessRights', personal: false },
  'secure-exchanges': { keeper: 'manageAccessRights', personal: true },
};

const setOf = (value: unknown): ReadonlySet<string> => (value instanceof Set ? (value as Set<string>) : new Set());
const idOf = (ref: string): string => ref.split('.')[0] as string;

const weights = new WeakMap<Raw, number>();
/** Bytes of an item without its keys, those of the index included: UTF-8 of names and texts, a byte for each name more, eight for whatever else. */
const weightOf = (record: Raw): number => {
  const of = (value: unknown): number => {
    if (typeof value === 'string') return Buffer.byteLength(value);
    if (value instanceof Uint8Array) return value.length;
    if (value instanceof Set) return [...value].reduce((sum, one) => sum + of(one), 0);
    if (typeof value !== 'object' || value === null) return 8;
    return Object.entries(value).reduce((sum, [name, one]) => sum + name.length + 1 + of(one), 0);
  };
  const { PK: _, SK: __, NPK: ___, NSK: ____, ...content } = record;
  const known = weights.get(record) ?? of(content);
  weights.set(record, known);
  return known;
};

/** One text for equal content, in whatever order an engine gives it. */
export const text = (value: unknown): string =>
  JSON.stringify(value, (_, one) => {
    if (one instanceof Set) return [...one].sort();
    if (one === null || typeof one !== 'object' || Array.isArray(one)) return one;
    return Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)));
  });

/** What a sign-in is known by in the tenant's items. */
export const identityOf = (issuer: unknown, subject: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(['identity', issuer, subject]))
    .digest('base64url');

/** The raw items of one tenant, by what they are. */
export class Facts {
  readonly tenant: string;
  head: Raw | undefined;
  readonly records = new Map<string, Raw>();
  readonly users = new Map<string, Raw>();
  readonly profiles = new Map<string, Raw>();
  /** `group user` of the listing items, and `permission user` of those of personal grants. */
  readonly edges = new Map<string, Raw>();
  readonly personals = new Set<string>();
  readonly aliases = new Map<string, Raw>();
  readonly sweeps = new Map<string, Raw>();
  /** Runs of directories, ended ones included. */
  readonly runs = new Map<string, Raw>();
  /** The contents of rules. */
  readonly contents = new Map<string, Raw>();
  /** Sessions that are there, the entries that list them, and those that are there no more. */
  readonly sessions = new Map<string, Raw>();
  readonly sessionEntries = new Map<string, Raw>();
  readonly sessionsGone = new Set<string>();
  /** Records that are counted and nothing else: see ballast.ts. */
  readonly #ballast = new Map<string, Raw>();
  #potential: Map<string, string[]> | undefined;

  constructor(tenant: string) {
    this.tenant = tenant;
  }

  /** Everything, to be compared. */
  get content(): string {
    return text([this.head, ...this.#all().map((map) => Object.fromEntries(map)), this.personals]);
  }

  /** Takes records into the count that no step is drawn for; the head counts them from now on. */
  carry(records: Iterable<readonly [string, Raw]>, head: Raw): void {
    for (const [name, record] of records) this.#ballast.set(name, record);
    this.head = head;
  }

  /** The whole book, by the names of its records. */
  get #book(): [string, Raw][] {
    return [...this.records, ...this.#ballast];
  }

  clear(): void {
    this.#potential = undefined;
    this.head = undefined;
    for (const kept of this.#all()) kept.clear();
    this.personals.clear();
    this.runs.clear();
  }

  #all() {
    const { records, users, profiles, edges, aliases, sweeps, contents, sessions, sessionEntries } = this;
    return [records, users, profiles, edges, aliases, sweeps, contents, sessions, sessionEntries];
  }

  /** True for items that decide or describe something; false for events, logs, idempotency records, turns and rates. */
  take({ pk, sk, after }: Pick<Fact, 'pk' | 'sk' | 'after'>): boolean {
    this.#potential = undefined;
    const [, , part, id = ''] = pk.split('#');
    const keep = (map: Map<string, Raw>, key: string) => {
      if (after) map.set(key, after);
      else map.delete(key);
      return true;
    };
    if (part === undefined) {
      this.head = after;
      return true;
    }
    if (part === 'BOOK') {
      this.#ballast.delete(sk);
      return keep(this.records, sk);
    }
    // What a deleted user could come back to decides nothing.
    if (part === 'U' && sk === 'DELETED') return true;
    if (part === 'U') return keep(sk === 'ACCESS' ? this.users : this.profiles, id);
    if (part === 'G') return keep(this.edges, `${id} ${sk}`);
    if (part === 'A') return keep(this.aliases, id);
    if (part === 'SWEEP') return keep(this.sweeps, sk);
    if (part === 'N' && sk === 'RUN') return keep(this.runs, id);
    if (part === 'R') return keep(this.contents, id);
    if (part === 'X' && sk === 'SESSION') {
      if (!after) this.sessionsGone.add(id);
      return keep(this.sessions, id);
    }
    if (part === 'SESSIONS') return keep(this.sessionEntries, sk);
    if (part === 'P') {
      if (after) this.personals.add(`${id} ${sk}`);
      else this.personals.delete(`${id} ${sk}`);
      return true;
    }
    return !['E', 'I', 'LOG', 'TURN', 'RATE'].includes(part);
  }

  get catalogue() {
    const name = String(this.records.get('tenant')?.catalogue);
    const known = catalogues[name];
    if (!known) throw new Error(`the checker does not know the catalogue ${name}`);
    return { ...known, name };
  }

  of(kind: string): Raw[] {
    return [...this.records.values()].filter((record) => record.kind === kind && record.deleted !== true);
  }

  /** A grant of the keeper permission or of everything, for the whole account. */
  confers(grants: unknown): boolean {
    const { keeper } = this.catalogue;
    return ((grants ?? []) as Raw[]).some(
      (grant) => (grant.permission === keeper || grant.permission === '*') && grant.policies === undefined,
    );
  }

  isLiveGroup(ref: string): boolean {
    const record = this.records.get(`group#${idOf(ref)}`);
    return record !== undefined && record.deleted !== true && `${record.id}.${record.life}` === ref;
  }

  keeperRoles(): Raw[] {
    return this.of('role').filter((role) => this.confers(role.grants));
  }

  membersOf(role: Raw): Set<string> {
    return new Set(this.of('members').flatMap((chunk) => (chunk.role === role.id ? [...setOf(chunk.users)] : [])));
  }

  /** Groups whose members have the keeper permission: those in keeper roles, and whatever is in such a group. */
  keeperGroups(): Set<string> {
    const found = new Set<string>();
    for (const role of this.keeperRoles())
      for (const ref of setOf(role.groups)) if (this.isLiveGroup(ref)) found.add(ref);
    const groups = this.of('group');
    for (let size = -1; size !== found.size; ) {
      size = found.size;
      for (const group of groups)
        if ([...setOf(group.parents)].some((parent) => found.has(parent))) found.add(`${group.id}.${group.life}`);
    }
    return found;
  }

  /** By user (`id.life`): the entries by which somebody has, or when active and bound would have, the keeper permission. */
  potential(): Map<string, string[]> {
    this.#potential ??= this.#potentially();
    return this.#potential;
  }

  #potentially(): Map<string, string[]> {
    const groups = this.keeperGroups();
    const roles = this.keeperRoles().map((role) => ({ id: String(role.id), members: this.membersOf(role) }));
    const found = new Map<string, string[]>();
    for (const user of this.users.values()) {
      if (user.state === 'deleted') continue;
      const ref = `${user.id}.${user.life}`;
      const entries = [
        ...(this.catalogue.personal && this.confers(user.personal) ? ['personal'] : []),
        ...roles.filter((role) => role.members.has(ref)).map((role) => `role:${role.id}`),
        ...[...setOf(user.groups)].filter((group) => groups.has(group)).map((group) => `group:${group}`),
      ];
      if (entries.length > 0) found.set(ref, entries);
    }
    return found;
  }

  /** The id of the user whom the head names. */
  witness(): string {
    return idOf(String((this.head?.witness as Raw | undefined)?.user));
  }

  user(ref: string): Raw | undefined {
    const user = this.users.get(idOf(ref));
    return user && `${user.id}.${user.life}` === ref ? user : undefined;
  }

  signsInBySource(user: Raw): boolean {
    return this.signingIn().some((source) => source.id === user.source);
  }

  /** Sources whose claim is the one that tokens have. */
  signingIn(): Raw[] {
    return this.of('source').filter((source) => (source.signIn as Raw | undefined)?.claim === 'oid');
  }

  /** True when the user can sign in: the record of the sign-in that the profile names leads to the user. */
  comesIn(user: Raw): boolean {
    const { issuer, subject } = this.profiles.get(String(user.id)) ?? {};
    return user.identity === identityOf(issuer, subject) && this.whoseIs(issuer, subject) === user.id;
  }

  /** The user of a sign-in by its record; undefined without a record. */
  whoseIs(issuer: unknown, subject: unknown): unknown {
    return this.aliases.get(identityOf(issuer, subject))?.user;
  }

  /** Issuer and claim of every source that signs people in. */
  #signIns(): string[] {
    return this.of('source').flatMap(({ signIn }) => (signIn === undefined ? [] : [text(signIn)]));
  }

  counts(user: Raw): boolean {
    return user.kind === 'person' && user.state === 'active' && user.identity !== undefined;
  }

  /** The holders, by `id.life`, with their entries. */
  holders(): Map<string, string[]> {
    return new Map([...this.potential()].filter(([ref]) => this.counts(this.user(ref) as Raw)));
  }

  /** Users who may use the keeper's operations: machines too. */
  keepers(): string[] {
    return [...this.potential().keys()].map(idOf).filter((id) => this.users.get(id)?.state === 'active');
  }

  /** May the user do what a permission for the whole account opens? Without features, limits and what includes what. */
  allows(user: Raw | undefined, permission: string): boolean {
    if (user?.state !== 'active') return false;
    if (this.records.get('tenant')?.enforced === false) return true;
    const gives = (grants: unknown) =>
      ((grants ?? []) as Raw[]).some(
        (grant) =>
          (grant.permission === permission || grant.permission === '*' || grant.permission === 'superAdministrator') &&
          grant.policies === undefined,
      );
    const ref = `${user.id}.${user.life}`;
    const groups = new Set([...setOf(user.groups)].filter((group) => this.isLiveGroup(group)));
    for (const group of groups)
      for (const parent of setOf(this.records.get(`group#${idOf(group)}`)?.parents))
        if (this.isLiveGroup(parent)) groups.add(parent);
    return (
      (this.catalogue.personal && gives(user.personal)) ||
      this.of('role').some(
        (role) =>
          gives(role.grants) &&
          (this.membersOf(role).has(ref) || [...setOf(role.groups)].some((group) => groups.has(group))),
      )
    );
  }

  /** Another set of the same facts, to be changed before it is asked anything. */
  copy(): Facts {
    const copy = new Facts(this.tenant);
    copy.head = this.head;
    const to = copy.#all();
    for (const [i, from] of this.#all().entries()) for (const [key, value] of from) to[i]?.set(key, value);
    for (const key of this.personals) copy.personals.add(key);
    for (const [name, record] of this.#ballast) copy.#ballast.set(name, record);
    return copy;
  }

  /** Everything that is wrong with this state, at any moment at all. */
  faults(): string[] {
    const { head } = this;
    if (!head) return ['there is no head'];
    const faults: string[] = [];
    const holders = this.holders();
    if (holders.size === 0) faults.push('LOCKED OUT: nobody holds the keeper permission');
    else if (![...holders.keys()].some((ref) => this.comesIn(this.user(ref) as Raw)))
      faults.push('LOCKED OUT: no holder can sign in');
    const signIns = this.#signIns();
    if (new Set(signIns).size !== signIns.length) faults.push(`two sources sign in by one claim: ${signIns.join()}`);
    const witness = head.witness as { user: string; entry: string; source?: string };
    const user = this.user(witness.user);
    const entries = holders.get(witness.user) ?? [];
    if (!entries.includes(witness.entry))
      faults.push(
        `the witness ${witness.user} is no holder by ${witness.entry} (but by ${entries.join() || 'nothing'})`,
      );
    if (user && user.pinned !== witness.entry)
      faults.push(`the witness ${witness.user} is pinned by ${user.pinned}, the head says ${witness.entry}`);
    if (witness.source !== undefined) faults.push(`the head says that ${witness.user} is bound by ${witness.source}`);
    const pins = [...this.users.values()].filter((one) => one.pinned !== undefined);
    if (pins.length !== 1) faults.push(`${pins.length} pins: ${pins.map((one) => `${one.id}=${one.pinned}`).join()}`);
    const book = this.#book;
    const revs = book.map(([, record]) => Number(record.rev));
    const sum = revs.reduce((a, b) => a + b, 0);
    if (head.sum !== sum) faults.push(`the head's sum is ${head.sum}, the book's ${sum}`);
    if (head.records !== revs.length) faults.push(`the head counts ${head.records} records, there are ${revs.length}`);
    const bytes = book.reduce((all, [name, record]) => all + name.length + weightOf(record), 0);
    // A head without them is of a release that does not count, or made by hand.
    if (head.weighed !== undefined && (head.weighed !== head.version || head.bytes !== bytes))
      faults.push(`at ${head.weighed} the head counts ${head.bytes} bytes, the book has ${bytes} at ${head.version}`);
    const version = Number(head.version);
    if (revs.some((rev) => rev > version)) faults.push(`a record is newer than version ${version}`);
    const ahead = [...this.users.values()].filter((one) => Number(one.stamp ?? 0) > version);
    if (ahead.length > 0) faults.push(`an access item is stamped later than version ${version}`);
    return [...faults, ...ruleFaults(this)];
  }

  /** What listings and aliases must say once nothing is under way, but for what sweeps have yet to do. */
  listingFaults(): string[] {
    const faults: string[] = [];
    const swept = (id: string) => [...this.sweeps.keys()].some((what) => what.includes(id));
    const edges = new Set<string>();
    const personals = new Set<string>();
    for (const user of this.users.values()) {
      for (const ref of setOf(user.groups)) edges.add(`${idOf(ref)} ${user.id}`);
      for (const grant of (user.personal ?? []) as Raw[]) personals.add(`${grant.permission} ${user.id}`);
      for (const digest of [user.identity, user.external])
        if (digest !== undefined && this.aliases.get(String(digest))?.user !== user.id)
          faults.push(`no alias leads to ${user.id}`);
    }
    for (const edge of edges) if (!this.edges.has(edge)) faults.push(`the edge ${edge} is missing`);
    for (const edge of this.edges.keys())
      if (!edges.has(edge) && !edge.split(' ').some(swept)) faults.push(`the edge ${edge} is left over`);
    for (const one of personals) if (!this.personals.has(one)) faults.push(`the index item ${one} is missing`);
    for (const one of this.personals)
      if (!personals.has(one) && !swept(one.split(' ')[1] as string)) faults.push(`the index item ${one} is left over`);
    for (const [digest, alias] of this.aliases) {
      const user = this.users.get(String(alias.user));
      if (user?.identity !== digest && user?.external !== digest)
        faults.push(`the alias of ${alias.user} is left over`);
    }
    return faults;
  }
}
