// Plans for a directory's users. Operations are applied in order to a draft and compared with the stored state, so that
// an operation that changes nothing writes nothing.
import type { Dialect, UserFacts } from '../../ldif/entries.ts';
import type { Texts } from '../../ldif/parse.ts';
import type { ChangeAction } from '../base/actions.ts';
import { type GroupId, type GroupRef, groupOf, groupRef, type Life, type SourceId, type UserId } from '../base/ids.ts';
import { mendedName } from '../base/names.ts';
import { withinQuota } from '../base/quotas.ts';
import { Refusal } from '../base/refusal.ts';
import { joinedBy, outOf, partedBy } from '../book/origins.ts';
import type { Access } from '../book/records.ts';
import {
  type Audit,
  type Change,
  type IdsAndTime,
  type Profile,
  personalIn,
  type SideWrite,
  type World,
} from '../change.ts';
import { type DirectoryUser, dnDigest, isSuspended, type Pointer, type Waiting } from '../directory.ts';
import { ceasing } from '../session.ts';
import {
  awaited,
  factsOf,
  fitting,
  left,
  namesOf,
  primaryKeysOf,
  taken,
  textsAfter,
  type UserPut,
  uidsOf,
} from './directory-names.ts';
import { identityTaken } from './sign-ins.ts';
import { deleteUser, withSuspension } from './users.ts';

/** The stored state of a user besides the access item. */
export interface StoredUser {
  readonly profile: Profile | undefined;
  readonly object: DirectoryUser | undefined;
  /** By the digest of the name, for every name that the draft touches: see `namesOf`. */
  readonly pointers: ReadonlyMap<string, Pointer | undefined>;
  /** True when the sign-in that the entry's id stands for belongs to another user. */
  readonly signsIn?: boolean;
}

/** Applies a file's operations to one user in memory. */
export class UserDraft {
  readonly #id: UserId;
  readonly #source: SourceId;
  readonly #world: World;
  readonly #tools: IdsAndTime;
  readonly #dialect: Dialect;
  readonly #stored: StoredUser;
  readonly #was: Access | undefined;
  #access: Access | undefined;
  #profile: Profile | undefined;
  #object: DirectoryUser | undefined;
  readonly #pointers: Map<string, Pointer | undefined>;
  readonly #sides: SideWrite[] = [];
  #renamed = false;

  constructor(
    id: UserId,
    source: SourceId,
    world: World,
    stored: StoredUser,
    tools: IdsAndTime,
    dialect: Dialect = {},
  ) {
    this.#id = id;
    this.#source = source;
    this.#world = world;
    this.#tools = tools;
    this.#dialect = dialect;
    this.#stored = stored;
    this.#was = world.users.get(id);
    this.#access = this.#was;
    this.#profile = stored.profile;
    this.#object = stored.object;
    this.#pointers = new Map(stored.pointers);
  }

  /** The user, unless deleted. */
  get #live(): Access | undefined {
    return this.#access && this.#access.state !== 'deleted' && this.#access.source === this.#source
      ? this.#access
      : undefined;
  }

  /**
   * Creates the user, or brings profile and names up to date. Like all methods here, returns true when it changes
   * anything.
   */
  put(put: UserPut): boolean {
    const texts = textsAfter(this.#object, put);
    if (!texts || (!put.texts && !put.from && !this.#live))
      throw new Refusal('not-found', 'There is no such user: deliver the whole entry.');
    const facts = this.#facts(texts);
    const created = !this.#live;
    if (created && this.#stored.signsIn) throw identityTaken();
    const profiled = created ? this.#create(facts) : this.#describe(facts);
    return [profiled, this.#keep(put, texts, facts, created), this.#name(put, texts)].some(Boolean);
  }

  #facts(texts: Texts): UserFacts {
    return factsOf(texts, this.#tools.now, this.#dialect);
  }

  #create(facts: UserFacts): boolean {
    const before = this.#access;
    this.#access = {
      id: this.#id,
      life: this.#tools.ids.life(),
      rev: before?.rev ?? 0,
      kind: 'person',
      state: facts.enabled ? 'active' : 'disabled',
      source: this.#source,
      groups: new Set(),
      personal: [],
      ...(before?.epoch !== undefined && { epoch: before.epoch }),
      ...(before?.erased && { erased: before.erased }),
      stamp: before?.stamp ?? 0,
    };
    return this.#describe(facts);
  }

  #describe(facts: UserFacts): boolean {
    const before = this.#profile;
    const wanted = { name: mendedName(facts.name), login: fitting(facts.login), mail: fitting(facts.mail) };
    const createdAt = before?.createdAt ?? new Date(this.#tools.now).toISOString();
    const rest = before ?? { id: this.#id, rev: 0, createdAt };
    if (before && before.name === wanted.name && before.login === wanted.login && before.mail === wanted.mail)
      return false;
    this.#profile = { ...rest, ...wanted, rev: rest.rev };
    return true;
  }

  /** Keeps the object for the next file. `enabled` is kept as it was until `turn` has acted on it. */
  #keep(put: UserPut, texts: Texts, facts: UserFacts, created: boolean): boolean {
    const before = this.#object;
    const moved = before && !created && before.dn === put.dn ? before.moved : put.moved;
    const made = created ? put.made : before?.made;
    const after: DirectoryUser = {
      kind: 'user',
      id: this.#id,
      rev: before?.rev ?? 0,
      life: (this.#access as Access).life,
      dn: put.dn,
      ...((put.immutableId ?? before?.immutableId) ? { immutableId: put.immutableId ?? before?.immutableId } : {}),
      ...(moved && { moved }),
      ...(made && { made }),
      ...((put.seen ?? before?.seen) && { seen: put.seen ?? before?.seen }),
      texts: texts as DirectoryUser['texts'],
      enabled: created || !before ? facts.enabled : before.enabled,
      ...(!created && before?.primary && { primary: before.primary }),
    };
    if (before && sameObject(before, after)) return false;
    this.#object = after;
    return true;
  }

  #name(put: UserPut, texts: Texts): boolean {
    const before = this.#stored.object;
    const at = dnDigest(put.dn);
    if (before && before.dn !== put.dn) this.#leave(dnDigest(before.dn));
    const pointer = this.#pointers.get(at);
    const settled = pointer?.id === this.#id && (put.displaced ?? []).every((one) => pointer.stale.has(one));
    if (!settled) this.#pointers.set(at, taken(pointer, this.#id, put));
    const uids = uidsOf(texts);
    for (const uid of uidsOf(before?.texts)) if (!uids.includes(uid)) this.#leave(uid);
    for (const uid of uids) {
      // Of two users with one uid the first keeps it, so that the second does not get rights meant for the first.
      const other = this.#pointers.get(uid)?.id;
      const free = other === undefined || (other !== this.#id && put.givenUp?.(other, uid) === true);
      if (free) this.#pointers.set(uid, taken(this.#pointers.get(uid), this.#id, { dn: '' }));
      this.#renamed ||= free;
    }
    this.#renamed ||= !settled;
    return this.#renamed;
  }

  #leave(digest: string): void {
    const pointer = this.#pointers.get(digest);
    if (pointer && (pointer.id === this.#id || pointer.stale.has(this.#id)))
      this.#pointers.set(digest, left(pointer, this.#id));
  }

  /** Notes that no group waits any longer for the object of this name. */
  settle(digest: string): boolean {
    const pointer = this.#pointers.get(digest);
    if (pointer?.awaited) this.#pointers.set(digest, awaited(pointer, false));
    return false;
  }

  /**
   * Enables or disables the user, but only when the directory's own flag has changed. A suspended user stays disabled, and
   * suspended.
   */
  turn(on: boolean): boolean {
    const access = this.#live;
    const object = this.#object;
    if (!access || !object || object.enabled === on || this.#facts(object.texts).enabled !== on) return false;
    const suspended = isSuspended(access, object);
    this.#object = { ...object, enabled: on };
    const state = on && !suspended ? 'active' : 'disabled';
    if (access.state !== state || (access.suspended === true) !== suspended)
      this.#access = ceasing(access, withSuspension({ ...access, state }, suspended));
    return true;
  }

  /** Joins a group. Nothing happens when the user or the group does not exist; a user created later joins then. */
  join(id: GroupId, waiting?: Waiting): boolean {
    const access = this.#live;
    const group = this.#world.book.groups.get(id);
    if (!access) return false;
    const isOver = !group || group.source !== this.#source || (waiting && waiting.life !== group.life);
    if (waiting && (isOver || !waiting.uid))
      this.#sides.push({ kind: 'waiting', source: this.#source, waiting, ends: true });
    if (isOver) return false;
    const ref = groupRef(id, group.life);
    return [this.#enter(access, ref), access.groups.has(ref) && this.#alone(ref, false)].some(Boolean);
  }

  /** Makes the source an origin of the membership. */
  #enter(access: Access, ref: GroupRef): boolean {
    const after = joinedBy(access, ref, this.#source, this.#source);
    if (after === access) return false;
    if (!access.groups.has(ref))
      withinQuota('groupsPerUser', [...after.groups].filter((one) => this.#world.book.isLive(one)).length);
    this.#access = after;
    return true;
  }

  /** Notes whether the user is in a group only because it is the primary one. */
  #alone(ref: GroupRef, on: boolean): boolean {
    const object = this.#object;
    const before = object?.primary ?? [];
    if (!object || before.includes(ref) === on) return false;
    const others = before.filter((one) => groupOf(one) !== groupOf(ref));
    const { primary: _, ...rest } = object;
    const primary = on ? [...others, ref].sort() : others;
    this.#object = primary.length > 0 ? { ...rest, primary } : rest;
    return true;
  }

  /** True when the stored user has one of these keys of a primary group. */
  #has(keys: ReadonlySet<string>): boolean {
    return this.#object !== undefined && primaryKeysOf(this.#object).some((key) => keys.has(key));
  }

  /** Joins a group because it is the user's primary one. Nothing happens when the group lists the user already. */
  joinPrimary(id: GroupId, keys: ReadonlySet<string> = new Set()): boolean {
    const access = this.#live;
    const group = this.#world.book.groups.get(id);
    if (!access || !group || group.source !== this.#source || !this.#has(keys)) return false;
    const ref = groupRef(id, group.life);
    if (!this.#enter(access, ref)) return false;
    this.#alone(ref, true);
    return true;
  }

  /** Leaves a group that is no longer the primary one, unless the group lists the user as well. */
  leavePrimary(id: GroupId, keys?: ReadonlySet<string>): boolean {
    const isAlone = this.#object?.primary?.some((ref) => groupOf(ref) === id && this.#isOf(ref)) === true;
    return isAlone && this.leave(id, keys);
  }

  /**
   * Leaves a group that does not list the user any longer. A user whom an administrator has put there stays.
   * @param keys digests of the keys of the primary group: a user with one of them stays
   */
  leave(id: GroupId, keys: ReadonlySet<string> = new Set()): boolean {
    const access = this.#live;
    if (!access) return false;
    const ref = [...access.groups].find((one) => groupOf(one) === id && this.#isOf(one));
    if (ref !== undefined && this.#has(keys)) return this.#alone(ref, true);
    const earlier = [...access.groups].filter((one) => groupOf(one) === id && one !== ref);
    const rest = earlier.reduce(outOf, access);
    const after = ref === undefined ? rest : partedBy(rest, ref, this.#source, this.#source);
    if (after === access) return false;
    this.#access = after;
    if (ref !== undefined) this.#alone(ref, false);
    return true;
  }

  /** True when the membership names the group's present life. */
  #isOf(ref: GroupRef): boolean {
    const group = this.#world.book.groups.get(groupOf(ref));
    return group !== undefined && groupRef(group.id, group.life) === ref;
  }

  /** Ends this incarnation of the user only. */
  end(life: Life): boolean {
    const access = this.#live;
    const object = this.#object;
    if (object?.life === life) {
      for (const name of namesOf(object, undefined)) this.#leave(name);
      this.#object = undefined;
    }
    if (access?.life !== life) return object !== this.#object;
    const change = deleteUser(this.#world, this.#id, this.#profile, this.#tools.now, object);
    this.#access = change.users[0]?.after;
    this.#profile = undefined;
    this.#sides.push(...change.side.filter((side) => side.kind !== 'profile'));
    return true;
  }

  /** All applied operations as one change. */
  change(): Change<undefined> {
    const { profile, object, pointers } = this.#stored;
    const side: SideWrite[] = [...this.#sides];
    if (this.#profile !== profile)
      side.push({ kind: 'profile', before: profile, after: this.#profile && raised(this.#profile) });
    if (this.#object !== object)
      side.push({ kind: 'object', source: this.#source, before: object, after: this.#object && raised(this.#object) });
    for (const [digest, after] of this.#pointers)
      if (after !== pointers.get(digest))
        side.push({ kind: 'pointer', source: this.#source, digest, before: pointers.get(digest), after });
    const users =
      this.#access && this.#access !== this.#was
        ? [{ before: this.#was, after: { ...this.#access, rev: (this.#was?.rev ?? 0) + 1 } }]
        : [];
    if (users.length === 0 && side.length === 0) return { book: [], users, side, result: undefined };
    return { book: [], users, side, audit: this.#audit(), result: undefined };
  }

  #audit(): Audit {
    const [was, is] = [this.#was, this.#access];
    const alive = (access: Access | undefined) => (access?.state === 'deleted' ? undefined : access);
    const gone = (a: Access | undefined, b: Access | undefined): GroupId[] =>
      [...(a?.groups ?? [])].filter((ref: GroupRef) => !b?.groups.has(ref)).map(groupOf);
    const before = alive(was);
    const after = alive(is);
    const joins = gone(after, before);
    // Whoever leaves an ended life of a group may stay in its present one.
    const stays = new Set([...(after?.groups ?? [])].map(groupOf));
    const leaves = gone(before, after).filter((id) => !stays.has(id));
    const profile = this.#profile !== this.#stored.profile;
    const [had, has] = [this.#stored.profile, this.#profile];
    const told = before && before.life === after?.life && had && has ? personalIn(had, has) : {};
    const action = (): ChangeAction => {
      if (!after) return before ? 'user.deleted' : 'directory.object.removed';
      if (!before || before.life !== after.life) return 'user.created';
      if (before.state !== after.state) return after.state === 'active' ? 'user.enabled' : 'user.disabled';
      if (leaves.length + joins.length > 0) return 'user.groups.changed';
      return profile ? 'user.updated' : 'directory.object.updated';
    };
    return {
      action: action(),
      target: this.#id,
      ...(before && { before: { state: before.state, ...(leaves.length > 0 && { groups: leaves }) } }),
      ...(after && {
        after: {
          state: after.state,
          source: this.#source,
          ...(joins.length > 0 && { groups: joins }),
          ...(profile && !told.personal && { name: { ref: this.#id } }),
        },
      }),
      ...told,
    };
  }
}

const raised = <T extends { readonly rev: number }>(value: T): T => ({ ...value, rev: value.rev + 1 });

const sameObject = (a: DirectoryUser, b: DirectoryUser): boolean => {
  const { texts: ta, moved: ma, ...ra } = a;
  const { texts: tb, moved: mb, ...rb } = b;
  const sorted = (value: object) => Object.fromEntries(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1)));
  return same(sorted(ra), sorted(rb)) && same(sorted(ta), sorted(tb)) && same(sorted(ma ?? {}), sorted(mb ?? {}));
};

const same = (a: object | undefined, b: object | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);
