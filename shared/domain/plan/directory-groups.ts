// Plans for a directory's groups: many groups and nestings in one change to the book. State that already matches the
// directory changes nothing.

import { type GroupId, groupOf, groupRef, type Life, type SourceId } from '../base/ids.ts';
import { mendedName } from '../base/names.ts';
import { withinQuota } from '../base/quotas.ts';
import { Refusal } from '../base/refusal.ts';
import type { Book } from '../book/book.ts';
import { type GroupRecord, tombstone } from '../book/records.ts';
import type { Audit, Change, IdsAndTime, SideWrite } from '../change.ts';
import { type DirectoryGroup, dnDigest, type Pointer, type Waiting } from '../directory.ts';
import { awaited, type GroupPut, left, numbersAfter, taken } from './directory-names.ts';

/** The stored state of groups outside of the book. */
export interface StoredGroups {
  readonly objects: ReadonlyMap<GroupId, DirectoryGroup | undefined>;
  readonly pointers: ReadonlyMap<string, Pointer | undefined>;
}

/** Applies a file's operations to groups in memory. Each method returns true when it changes anything. */
export class GroupsDraft {
  readonly #source: SourceId;
  readonly #book: Book;
  readonly #tools: IdsAndTime;
  readonly #stored: StoredGroups;
  readonly #records = new Map<GroupId, GroupRecord>();
  readonly #objects: Map<GroupId, DirectoryGroup | undefined>;
  readonly #pointers: Map<string, Pointer | undefined>;
  readonly #sides: SideWrite[] = [];
  #created = 0;

  constructor(source: SourceId, book: Book, stored: StoredGroups, tools: IdsAndTime) {
    this.#source = source;
    this.#book = book;
    this.#tools = tools;
    this.#stored = stored;
    this.#objects = new Map(stored.objects);
    this.#pointers = new Map(stored.pointers);
  }

  /** The record of any incarnation, a deleted one included. */
  #record(id: GroupId): GroupRecord | undefined {
    const drafted = this.#records.get(id);
    if (drafted) return drafted;
    const record = this.#book.records.get(`group#${id}`);
    return record?.kind === 'group' ? record : undefined;
  }

  #live(id: GroupId): GroupRecord | undefined {
    const record = this.#record(id);
    return record && !record.deleted && record.source === this.#source ? record : undefined;
  }

  put(id: GroupId, put: GroupPut): boolean {
    const live = this.#live(id);
    const renewed = live !== undefined && live.life === put.renew;
    const known = live ?? (put.from && this.#record(put.from));
    // A tombstone has no name to go on with.
    if (put.name === undefined && !known?.name)
      throw new Refusal('not-found', 'There is no such group: deliver the whole entry.');
    const name = put.name === undefined ? (known as GroupRecord).name : mendedName(put.name);
    if (renewed) this.#swept(live);
    const created = !live || renewed;
    if (created) this.#create(id, name);
    const described = !created && live.name !== name;
    if (described) this.#records.set(id, { ...live, name });
    return [created, described, this.#keep(id, put, created), this.#name(id, put)].some(Boolean);
  }

  /** Creates the group with a new life: in no role, in no group, and not marked by a keeper. */
  #create(id: GroupId, name: string): void {
    const before = this.#record(id);
    if (!before || before.deleted) this.#created += 1;
    withinQuota('groups', this.#book.groups.size + this.#created);
    this.#records.set(id, {
      kind: 'group',
      rev: before?.rev ?? 0,
      id,
      life: this.#tools.ids.life(),
      name,
      source: this.#source,
      parents: new Set(),
      confersAccessManagement: false,
      deleted: false,
    });
  }

  #keep(id: GroupId, put: GroupPut, created: boolean): boolean {
    const before = this.#objects.get(id);
    const { life } = this.#live(id) as GroupRecord;
    const immutableId = put.immutableId ?? before?.immutableId;
    const moved = before && !created && before.dn === put.dn ? before.moved : put.moved;
    const made = created ? put.made : before?.made;
    const seen = put.seen ?? before?.seen;
    const texts = numbersAfter(before, put) as DirectoryGroup['texts'] & {};
    const unchanged =
      before?.dn === put.dn &&
      before.life === life &&
      before.immutableId === immutableId &&
      before.made === made &&
      before.seen?.epoch === seen?.epoch &&
      before.seen?.version === seen?.version &&
      sameTexts(before.texts ?? {}, texts);
    if (unchanged) return false;
    this.#objects.set(id, {
      kind: 'group',
      id,
      rev: before?.rev ?? 0,
      life,
      dn: put.dn,
      ...(immutableId !== undefined && { immutableId }),
      ...(moved && { moved }),
      ...(made && { made }),
      ...(seen && { seen }),
      ...(Object.keys(texts).length > 0 && { texts }),
    });
    return true;
  }

  #name(id: GroupId, put: GroupPut): boolean {
    const before = this.#stored.objects.get(id);
    const at = dnDigest(put.dn);
    if (before && before.dn !== put.dn) this.#leave(dnDigest(before.dn), id);
    const pointer = this.#pointers.get(at);
    if (pointer?.id === id && (put.displaced ?? []).every((one) => pointer.stale.has(one))) return false;
    this.#pointers.set(at, taken(pointer, id, put));
    return true;
  }

  #leave(digest: string, id: GroupId): void {
    const pointer = this.#pointers.get(digest);
    if (pointer && (pointer.id === id || pointer.stale.has(id))) this.#pointers.set(digest, left(pointer, id));
  }

  #swept({ id, life }: GroupRecord): void {
    this.#sides.push({ kind: 'sweep', sweep: { kind: 'group', id, life } });
  }

  /** Puts a group within another. Nothing happens when either does not exist. */
  nest(child: GroupId, parent: GroupId, waiting?: Waiting): boolean {
    const [inner, outer] = [this.#live(child), this.#live(parent)];
    if (!inner) return false;
    if (waiting) this.#sides.push({ kind: 'waiting', source: this.#source, waiting, ends: true });
    if (!outer || child === parent || (waiting && waiting.life !== outer.life)) return false;
    const ref = groupRef(parent, outer.life);
    if (inner.parents.has(ref)) return false;
    const parents = new Set([...inner.parents, ref]);
    withinQuota('parentsPerGroup', [...parents].filter((one) => this.#live(groupOf(one))).length);
    this.#records.set(child, { ...inner, parents });
    return true;
  }

  /** Notes that no group waits any longer for the object of this name. */
  settle(digest: string): boolean {
    const pointer = this.#pointers.get(digest);
    if (pointer?.awaited) this.#pointers.set(digest, awaited(pointer, false));
    return false;
  }

  cut(child: GroupId, parent: GroupId): boolean {
    const inner = this.#live(child);
    const parents = [...(inner?.parents ?? [])].filter((ref) => groupOf(ref) !== parent);
    if (!inner || parents.length === inner.parents.size) return false;
    this.#records.set(child, { ...inner, parents: new Set(parents) });
    return true;
  }

  /** Ends this incarnation of the group only. A sweep removes its members' items later. */
  end(id: GroupId, life: Life): boolean {
    const object = this.#objects.get(id);
    if (object?.life === life) {
      this.#leave(dnDigest(object.dn), id);
      this.#objects.set(id, undefined);
    }
    const live = this.#live(id);
    if (live?.life !== life) return object?.life === life;
    this.#records.set(id, tombstone(live));
    this.#swept(live);
    return true;
  }

  change(): Change<undefined> {
    const { objects, pointers } = this.#stored;
    const source = this.#source;
    const side: SideWrite[] = [...this.#sides];
    for (const [id, after] of this.#objects) {
      const before = objects.get(id);
      if (after !== before)
        side.push({ kind: 'object', source, before, after: after && { ...after, rev: after.rev + 1 } });
    }
    for (const [digest, after] of this.#pointers)
      if (after !== pointers.get(digest))
        side.push({ kind: 'pointer', source, digest, before: pointers.get(digest), after });
    const book = [...this.#records.values()];
    if (book.length === 0 && side.length === 0) return { book, users: [], side, result: undefined };
    return { book, users: [], side, audit: this.#audit(), result: undefined };
  }

  #audit(): Audit {
    const differences = [...this.#records.values()].map((after) => {
      const stored = this.#book.records.get(`group#${after.id}`);
      const before = stored?.kind === 'group' && !stored.deleted ? stored : undefined;
      // A group that the directory has made anew under its id: in no role and no group, and without members.
      const renewed = before && before.life !== after.life ? { renewed: true } : {};
      const is = after.deleted ? undefined : { ...shown(after), ...renewed };
      return { before: before && shown(before), after: is, id: after.id };
    });
    const [first, ...more] = differences;
    if (!first) return { action: 'directory.object.updated', target: this.#source };
    if (more.length > 0)
      return {
        action: 'directory.groups.changed',
        target: this.#source,
        before: { groups: differences.flatMap(({ before }) => before ?? []) },
        after: { groups: differences.flatMap(({ after }) => after ?? []) },
      };
    const { before, after, id } = first;
    const action = before ? (after ? 'group.updated' : 'group.deleted') : 'group.created';
    return { action, target: id, ...(before && { before }), ...(after && { after }) };
  }
}

const shown = ({ id, name, parents }: GroupRecord) => ({ id, name, parents: [...parents].map(groupOf) });

const sameTexts = (a: object, b: object): boolean =>
  JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
