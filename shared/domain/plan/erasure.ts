// The plan that erases a deleted person: what is kept of the person apart from events goes, and events hide the values that
// they refer to from this moment on. A sweep then removes the values, however many they are.
import type { AuditSettings } from '../audit-settings.ts';
import type { UserId } from '../base/ids.ts';
import { Refusal } from '../base/refusal.ts';
import { directoryOf } from '../book/sources.ts';
import { type Change, type IdsAndTime, noChange, type SideWrite, type World } from '../change.ts';
import type { DirectoryUser, Pointer } from '../directory.ts';
import { left, namesOf } from './directory-names.ts';

/** What an erasure is planned on. */
interface Erasing {
  readonly id: UserId;
  /** The user who erases. */
  readonly by: UserId | undefined;
  readonly settings: AuditSettings;
  /** True when the user is kept for restoring. */
  readonly kept: boolean;
  /** What the user's directory said last, when its source still stores it. */
  readonly object: DirectoryUser | undefined;
  /** The pointers of the object's names, by digest. */
  readonly pointers: ReadonlyMap<string, Pointer | undefined>;
}

interface Erased {
  readonly id: UserId;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly warnings: readonly string[];
}

/** The digests of the names whose pointers an erasure reads. */
export const namesErased = (object: DirectoryUser | undefined): string[] => namesOf(object, undefined);

/**
 * Erases a deleted user; once erased, nothing changes. The user cannot be restored any more. A directory that still lists
 * the person delivers a new one, about which a warning speaks.
 * @throws Refusal not-found, not-erasable, legal-hold
 */
export const eraseUser = (world: World, erasing: Erasing, tools: IdsAndTime): Change<Erased> => {
  const { id, settings, object, pointers } = erasing;
  const before = world.users.get(id);
  if (!before) throw new Refusal('not-found', 'There is no such user.');
  if (id === erasing.by) throw new Refusal('not-erasable', 'Nobody erases themselves: another access manager does.');
  if (before.state !== 'deleted')
    throw new Refusal('not-erasable', `The user is not deleted: send DELETE /v1/users/${id} first.`);
  if (before.erased?.life === before.life) return noChange({ id, at: before.erased.at, warnings: [] });
  if (settings.legalHold)
    throw new Refusal('legal-hold', 'A legal hold keeps the whole audit: end it in PUT /v1/audit/settings first.');
  const source = directoryOf(world.book, before);
  const stored = source !== undefined && object !== undefined;
  const sides: SideWrite[] = stored ? [{ kind: 'object', source, before: object, after: undefined }] : [];
  for (const [digest, pointer] of stored ? pointers : [])
    if (pointer && (pointer.id === id || pointer.stale.has(id)))
      sides.push({ kind: 'pointer', source: source as never, digest, before: pointer, after: left(pointer, id) });
  return {
    book: [],
    users: [{ before, after: { ...before, rev: before.rev + 1, erased: { life: before.life, at: tools.now } } }],
    side: [
      ...sides,
      // A hold that is answered while this is under way is not overtaken.
      { kind: 'audit-settings', before: settings },
      ...(erasing.kept ? [{ kind: 'deleted', id, after: undefined } as const] : []),
      { kind: 'sweep', sweep: { kind: 'erasure', id, at: tools.now } },
    ],
    audit: { action: 'user.erased', target: id, before: { state: 'deleted' }, after: { state: 'deleted' } },
    result: { id, at: tools.now, warnings: stored ? [`still-in-directory:${source}`] : [] },
  };
};
