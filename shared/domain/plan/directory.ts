// Plans for what a directory delivers about users. Operations are laid on a draft, each judged by what the ones before it
// leave; everything is compared with what is stored, so that what is so already changes nothing.

import { DirectoryError } from '../../directory/dn.ts';
import { modifyUser, type TextChange, type Texts, type UserFacts, userFacts } from '../../directory/objects.ts';
import type { Change, Profile, SideWrite, Tools, World } from '../change.ts';
import {
  type DirectoryObject,
  type DirectoryUser,
  dnDigest,
  type ObjectId,
  type Pointer,
  uidDigest,
  type Waiting,
} from '../directory.ts';
import { type GroupId, type GroupRef, groupOf, groupRef, type Life, type SourceId, type UserId } from '../ids.ts';
import { withinQuota } from '../quotas.ts';
import type { Access } from '../records.ts';
import { Refusal } from '../refusal.ts';
import { deleteUser } from './users.ts';

/** An object as a file leaves it. */
export interface Put {
  readonly dn: string;
  readonly immutableId?: string | undefined;
  /** Given when a new object takes the name: which one of those that only the name tells apart it is. */
  readonly incarnation?: number | undefined;
  /** Objects that have had the name and are to end. */
  readonly displaced?: readonly ObjectId[] | undefined;
  readonly moved?: DirectoryObject['moved'];
  readonly made?: string | undefined;
}
export interface UserPut extends Put {
  /** All of its attributes, or changes to those of `from`, or to its own. */
  readonly texts?: Texts | undefined;
  readonly changes?: readonly TextChange[] | undefined;
  readonly from?: DirectoryUser | undefined;
  /** True when the same file has another object give up a uid. */
  readonly givenUp?: ((by: ObjectId, uid: string) => boolean) | undefined;
}

/** What is stored of a user, besides the access item. */
export interface StoredUser {
  readonly profile: Profile | undefined;
  readonly object: DirectoryUser | undefined;
  /** By the digest of the name, for every name that the draft touches: see `namesOf`. */
  readonly pointers: ReadonlyMap<string, Pointer | undefined>;
}

/** As many of a user's uids find it: one is the rule. */
const mostUids = 4;
const uidsOf = (texts: Texts | undefined): string[] => [
  ...new Set((texts?.uid ?? []).slice(0, mostUids).map(uidDigest)),
];

/** The digests of all names that an object has, or will have. */
export const namesOf = (object: DirectoryUser | undefined, put: UserPut | undefined): string[] => [
  ...new Set([
    ...(object ? [dnDigest(object.dn), ...uidsOf(object.texts)] : []),
    ...(put ? [dnDigest(put.dn), ...uidsOf(textsAfter(object, put))] : []),
  ]),
];

/** The digests of the names that an object has after a put; none when that is refused. */
export const namesAfter = (object: DirectoryUser | undefined, put: UserPut): string[] => {
  try {
    return [...new Set([dnDigest(put.dn), ...uidsOf(textsAfter(object, put))])];
  } catch (error) {
    if (error instanceof Refusal) return [];
    throw error;
  }
};

/** What a put leaves of the attributes. Nothing when there is nothing to change. */
const textsAfter = (object: DirectoryUser | undefined, put: UserPut): Texts | undefined => {
  if (put.texts) return put.texts;
  const base = put.from ?? object;
  if (!base) return undefined;
  try {
    const { objectclass: _, ...texts } = modifyUser(base.texts, put.changes ?? []);
    return texts;
  } catch (error) {
    if (error instanceof DirectoryError) throw new Refusal('invalid-request', error.message);
    throw error;
  }
};

/** Larger, the attributes of one object would not fit where they are stored. */
export const mostTextBytes = 100_000;

const factsOf = (texts: Texts): UserFacts => {
  if (JSON.stringify(texts).length > mostTextBytes)
    throw new Refusal('invalid-request', `More than ${mostTextBytes} characters in the attributes of one entry.`);
  try {
    return userFacts(texts);
  } catch (error) {
    if (error instanceof DirectoryError) throw new Refusal('invalid-request', error.message);
    throw error;
  }
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;
/** A directory's names are what they are: made to fit rather than refused. */
export const fittingName = (name: string): string => {
  const chars = [...name.replace(control, ' ').trim()];
  if (chars.length === 0) return '?';
  return chars.length > 100 ? `${chars.slice(0, 99).join('')}…` : chars.join('');
};
const fitting = (text: string | undefined): string | undefined =>
  text !== undefined && text.length <= 320 ? text : undefined;

const same = (a: object | undefined, b: object | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);

/** A pointer as it becomes; nothing is kept of a name that nobody has, unless ids have been made of it. */
export const kept = (pointer: Pointer): Pointer | undefined =>
  pointer.id === undefined && pointer.incarnation === 0 && pointer.stale.size === 0 && !pointer.awaited
    ? undefined
    : pointer;

/** The pointer of a DN once an object has it. */
export const taken = (before: Pointer | undefined, id: ObjectId, put: Put): Pointer => ({
  rev: (before?.rev ?? 0) + 1,
  id,
  incarnation: Math.max(before?.incarnation ?? 0, put.incarnation ?? 0),
  stale: new Set([...(before?.stale ?? []), ...(put.displaced ?? [])].filter((one) => one !== id)),
  awaited: before?.awaited ?? false,
});

/** The pointer of a name for which groups wait, or no longer. */
export const awaited = (before: Pointer | undefined, on: boolean): Pointer | undefined =>
  kept({ incarnation: 0, stale: new Set(), ...before, rev: (before?.rev ?? 0) + 1, awaited: on });

/** The pointer of a DN without an object that had it, or had had it before another. */
export const left = (before: Pointer, id: ObjectId): Pointer | undefined => {
  const { id: at, ...rest } = before;
  const stale = new Set([...before.stale].filter((one) => one !== id));
  return kept({ ...rest, stale, rev: before.rev + 1, ...(at !== id && at !== undefined && { id: at }) });
};

/** One user while operations are laid on. */
export class UserDraft {
  readonly #id: UserId;
  readonly #source: SourceId;
  readonly #world: World;
  readonly #tools: Tools;
  readonly #stored: StoredUser;
  readonly #was: Access | undefined;
  #access: Access | undefined;
  #profile: Profile | undefined;
  #object: DirectoryUser | undefined;
  readonly #pointers: Map<string, Pointer | undefined>;
  readonly #sides: SideWrite[] = [];
  #renamed = false;

  constructor(id: UserId, source: SourceId, world: World, stored: StoredUser, tools: Tools) {
    this.#id = id;
    this.#source = source;
    this.#world = world;
    this.#tools = tools;
    this.#stored = stored;
    this.#was = world.users.get(id);
    this.#access = this.#was;
    this.#profile = stored.profile;
    this.#object = stored.object;
    this.#pointers = new Map(stored.pointers);
  }

  /** The user while there is one. */
  get #live(): Access | undefined {
    return this.#access && this.#access.state !== 'deleted' && this.#access.source === this.#source
      ? this.#access
      : undefined;
  }

  /** Creates the user, or brings profile and names up to date. True when that changes anything; so do all of these. */
  put(put: UserPut): boolean {
    const texts = textsAfter(this.#object, put);
    if (!texts || (!put.texts && !put.from && !this.#live))
      throw new Refusal('not-found', 'There is no such user: deliver the whole entry.');
    const facts = factsOf(texts);
    const created = !this.#live;
    const profiled = created ? this.#create(facts) : this.#describe(facts);
    return [profiled, this.#keep(put, texts, facts, created), this.#name(put, texts)].some(Boolean);
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
      stamp: before?.stamp ?? 0,
    };
    return this.#describe(facts);
  }

  #describe(facts: UserFacts): boolean {
    const before = this.#profile;
    const wanted = { name: fittingName(facts.name), login: fitting(facts.login), mail: fitting(facts.mail) };
    const createdAt = before?.createdAt ?? new Date(this.#tools.now).toISOString();
    const rest = before ?? { id: this.#id, rev: 0, createdAt };
    if (before && before.name === wanted.name && before.login === wanted.login && before.mail === wanted.mail)
      return false;
    this.#profile = { ...rest, ...wanted, rev: rest.rev };
    return true;
  }

  /** What is kept for the next file. Whether the directory has enabled the user is kept when that has been acted on. */
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
      texts: texts as DirectoryUser['texts'],
      enabled: created || !before ? facts.enabled : before.enabled,
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
      // Of two with one uid the first keeps it: nobody gets rights that were meant for the other.
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

  /** No group waits any longer for whoever has this name. */
  settle(digest: string): boolean {
    const pointer = this.#pointers.get(digest);
    if (pointer?.awaited) this.#pointers.set(digest, awaited(pointer, false));
    return false;
  }

  /** Follows the directory when it has changed its mind about whether the user is enabled, and only then. */
  turn(on: boolean): boolean {
    const access = this.#live;
    const object = this.#object;
    if (!access || !object || object.enabled === on || factsOf(object.texts).enabled !== on) return false;
    this.#object = { ...object, enabled: on };
    this.#access = { ...access, state: on ? 'active' : 'disabled' };
    return true;
  }

  /** Nothing happens where there is no such user or group: whoever creates them later, joins them. */
  join(id: GroupId, waiting?: Waiting): boolean {
    const access = this.#live;
    const group = this.#world.book.groups.get(id);
    if (!access) return false;
    if (waiting) this.#sides.push({ kind: 'waiting', source: this.#source, waiting, ends: true });
    if (!group || group.source !== this.#source || (waiting && waiting.life !== group.life)) return false;
    const ref = groupRef(id, group.life);
    if (access.groups.has(ref)) return false;
    const groups = new Set([...access.groups, ref]);
    withinQuota('groupsPerUser', [...groups].filter((one) => this.#world.book.isLive(one)).length);
    this.#access = { ...access, groups };
    return true;
  }

  leave(id: GroupId): boolean {
    const access = this.#live;
    if (!access || ![...access.groups].some((ref) => groupOf(ref) === id)) return false;
    this.#access = { ...access, groups: new Set([...access.groups].filter((ref) => groupOf(ref) !== id)) };
    return true;
  }

  /** Ends one incarnation of the user, and no other. */
  end(life: Life): boolean {
    const access = this.#live;
    const object = this.#object;
    if (object?.life === life) {
      for (const name of namesOf(object, undefined)) this.#leave(name);
      this.#object = undefined;
    }
    if (access?.life !== life) return object !== this.#object;
    const change = deleteUser(this.#world, this.#id, this.#profile);
    this.#access = change.users[0]?.after;
    this.#profile = undefined;
    this.#sides.push(...change.side.filter((side) => side.kind !== 'profile'));
    return true;
  }

  /** Everything that has been laid on, as one change. */
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

  #audit() {
    const [was, is] = [this.#was, this.#access];
    const alive = (access: Access | undefined) => (access?.state === 'deleted' ? undefined : access);
    const gone = (a: Access | undefined, b: Access | undefined): GroupId[] =>
      [...(a?.groups ?? [])].filter((ref: GroupRef) => !b?.groups.has(ref)).map(groupOf);
    const before = alive(was);
    const after = alive(is);
    const [leaves, joins] = [gone(before, after), gone(after, before)];
    const profile = this.#profile !== this.#stored.profile;
    const action = (): string => {
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
          ...(profile && { name: { ref: this.#id } }),
        },
      }),
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
