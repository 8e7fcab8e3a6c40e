// Plans for directory sources, and for the groups that they may decide about.
import { type GroupId, groupOf, type SourceId, type UserId } from '../base/ids.ts';
import { changedName, freeName } from '../base/names.ts';
import { withinQuota } from '../base/quotas.ts';
import { invalid, Refusal } from '../base/refusal.ts';
import type { Book } from '../book/book.ts';
import { type GroupRecord, type SourceRecord, tombstone } from '../book/records.ts';
import { directoryOf, isEnabled, sourceFields } from '../book/sources.ts';
import { type Change, type IdsAndTime, noChange, type SideWrite, type World } from '../change.ts';
import { Rights } from '../deciding/decide.ts';
import { type Run, runStateAt, type Sync } from '../directory.ts';
import { abandoned, sourceOf } from './directory-runs.ts';

type Dialect = NonNullable<SourceRecord['dialect']>;

/** The settings of a source; `null` takes one away. */
interface Settings {
  readonly kind?: SourceRecord['directory'];
  readonly enabled?: boolean | undefined;
  readonly signIn?: SourceRecord['signIn'] | null;
  readonly groupClasses?: Dialect['groupClasses'] | null;
  readonly disabledMarkers?: Dialect['disabledMarkers'] | null;
  readonly client?: UserId | null | undefined;
  readonly guards?: SourceRecord['guards'] | null;
}

/**
 * Refuses a second source with the same issuer and claim, because one sign-in would belong to two users.
 * @throws Refusal sign-in-taken
 */
const needOwnSignIn = (
  { sources }: Book,
  { issuer, claim }: NonNullable<SourceRecord['signIn']>,
  except?: SourceId,
): void => {
  const other = [...sources.values()].find(
    ({ id, signIn }) => id !== except && signIn?.issuer === issuer && signIn.claim === claim,
  );
  if (other)
    throw new Refusal(
      'sign-in-taken',
      `The source ${other.name} signs its users in by this claim: choose another claim.`,
    );
};

/**
 * Refuses an issuer that is not trusted, because its tokens never pass and its users could not sign in.
 * @throws Refusal invalid-request
 */
export const needTrusted = (trusted: readonly string[], issuer: string, field: string): void => {
  if (trusted.includes(issuer)) return;
  const choice = trusted.length === 0 ? 'none, by its configuration' : trusted.join(', ');
  throw invalid(field, `is no issuer whose tokens this deployment takes; it takes those of ${choice}`);
};

/**
 * Refuses a client that could not deliver anything: it must be an active user with the permission for it (FP-09, FP-30).
 * @throws Refusal invalid-request
 */
const needClient = ({ book, users }: World, client: UserId): void => {
  const access = users.get(client);
  const { data, permission } = book.catalogue;
  const rights = Rights.of(book, access);
  const wanted = [...data.governs.directory, data.keeper];
  if (access?.state === 'active' && wanted.some((one) => rights.holds(one))) return;
  const titles = wanted.map((one) => permission.get(one)?.title ?? one).join(' or ');
  throw invalid('/client', `is no active user of this tenant who may deliver: grant the user ${titles} first`);
};

const freeSourceName = (book: Book, name: string, except?: SourceId): string => {
  const others = [...book.sources.values()].filter(({ id }) => id !== except).map((source) => source.name);
  return freeName(name, others, 'directory source');
};

/** The setting after an update: given anew, taken away by `null`, or as it was. */
const set = <T>(given: T | null | undefined, was: T | undefined): T | undefined =>
  given === undefined ? was : (given ?? undefined);

/** The record with these settings, after they are checked. @throws Refusal sign-in-taken, invalid-request */
const withSettings = (world: World, before: SourceRecord, input: Settings): SourceRecord => {
  const { kind, enabled } = input;
  if (input.signIn) needOwnSignIn(world.book, input.signIn, before.id);
  if (input.client && input.client !== before.client) needClient(world, input.client);
  const [groupClasses, disabledMarkers] = [
    set(input.groupClasses, before.dialect?.groupClasses),
    set(input.disabledMarkers, before.dialect?.disabledMarkers),
  ];
  const dialect = { ...(groupClasses && { groupClasses }), ...(disabledMarkers && { disabledMarkers }) };
  return {
    ...before,
    directory: kind ?? before.directory,
    // The absent value says that it is on, as it is in sources of earlier releases.
    enabled: enabled === undefined ? before.enabled : enabled ? undefined : false,
    signIn: set(input.signIn, before.signIn),
    client: set(input.client, before.client),
    guards: set(input.guards, before.guards),
    dialect: groupClasses || disabledMarkers ? dialect : undefined,
  };
};

/** What an event says of a source; `null` for a setting that it does not have. */
const told = (source: SourceRecord) => {
  const { id: _, ...fields } = sourceFields(source);
  return { signIn: null, ...fields };
};

export const createSource = (
  world: World,
  input: Settings & { readonly name: string },
  tools: IdsAndTime,
): Change<SourceRecord> => {
  const { book } = world;
  withinQuota('sources', book.sources.size + 1);
  const name = freeSourceName(book, input.name);
  const blank: SourceRecord = { kind: 'source', rev: 0, id: tools.ids.next('source'), name, deleted: false };
  const record = withSettings(world, blank, input);
  return {
    book: [record],
    users: [],
    side: [],
    audit: { action: 'directory.source.created', target: record.id, after: told(record) },
    result: record,
  };
};

/**
 * Updates a source. A source that is switched on again needs a full run: what has happened in the directory meanwhile is
 * in no delta. @param sync how far the source is synchronised, as read
 */
export const updateSource = (
  world: World,
  id: SourceId,
  input: Settings & { readonly name?: string | undefined },
  sync: Sync | undefined,
): Change<SourceRecord> => {
  const before = sourceOf(world.book, id);
  const name = changedName(before.name, input.name, (one) => freeSourceName(world.book, one, id));
  const after = withSettings(world, { ...before, name }, input);
  const [was, is] = [told(before), told(after)] as const;
  const changed = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter(
    (field) => JSON.stringify(was[field as keyof typeof was]) !== JSON.stringify(is[field as keyof typeof is]),
  );
  if (changed.length === 0) return noChange(before);
  const only = (fields: object) =>
    Object.fromEntries(Object.entries(fields).filter(([field]) => changed.includes(field)));
  const isOnAgain = !isEnabled(before) && isEnabled(after);
  return {
    book: [after],
    users: [],
    side: isOnAgain ? [neededFull(id, sync, 'switched-on')] : [],
    audit: { action: 'directory.source.updated', target: id, before: only(was), after: only(is) },
    result: after,
  };
};

/** The write after which deltas of the source are refused until a full run has been applied. */
const neededFull = (
  source: SourceId,
  before: Sync | undefined,
  needsFull: NonNullable<Sync['needsFull']>,
): SideWrite => ({
  kind: 'sync',
  source,
  before,
  after: { losses: [], ...before, rev: (before?.rev ?? 0) + 1, needsFull },
});

/**
 * Deletes a source. Its users and groups stay, and are local from then on: nobody loses access by it. Whom its claim
 * would sign in for the first time has no sign-in any more. A sweep removes what is known of the directory. An open run
 * that has been silent for an hour ends as abandoned.
 * @throws Refusal run-active
 */
export const deleteSource = (
  world: World,
  id: SourceId,
  { sync, active }: { readonly sync: Sync | undefined; readonly active: Run | undefined },
  { now }: IdsAndTime,
): Change<undefined> => {
  const before = sourceOf(world.book, id);
  const silent = active && runStateAt(active, now) === 'abandoned' ? active : undefined;
  const run = active?.id ?? sync?.openRun ?? sync?.heldRun;
  if (run && !silent)
    throw new Refusal('run-active', {
      detail: 'A run of this source has not ended: wait for it, or abandon or reject it, then delete the source.',
      more: { run },
    });
  const { name, signIn } = told(before);
  return {
    book: [tombstone(before)],
    users: [],
    side: [
      ...(silent ? [{ kind: 'run', before: silent, after: abandoned(silent, now), body: [] } as const] : []),
      ...(sync ? [{ kind: 'sync', source: id, before: sync, after: undefined } as const] : []),
      { kind: 'sweep', sweep: { kind: 'source', id } },
    ],
    audit: { action: 'directory.source.deleted', target: id, before: { name, signIn } },
    result: undefined,
  };
};

/** Updates a group. A keeper marks here whether the directory decides who manages access rights through it. */
export const updateGroup = (
  world: World,
  id: GroupId,
  input: { confersAccessManagement: boolean },
): Change<GroupRecord> => {
  const before = groupOfBook(world.book, id);
  if (before.confersAccessManagement === input.confersAccessManagement) return noChange(before);
  const after = { ...before, confersAccessManagement: input.confersAccessManagement };
  return {
    book: [after],
    users: [],
    side: [],
    audit: {
      action: 'group.updated',
      target: id,
      before: { confersAccessManagement: before.confersAccessManagement },
      after: { confersAccessManagement: after.confersAccessManagement },
    },
    result: after,
  };
};

/**
 * Deletes a group that a deleted source has left: it is in no role from then on, and a sweep removes its members' items.
 * @throws Refusal owned-by-directory
 */
export const deleteGroup = ({ book }: World, id: GroupId): Change<undefined> => {
  const before = groupOfBook(book, id);
  const owner = directoryOf(book, before);
  if (owner)
    throw new Refusal(
      'owned-by-directory',
      `The source ${book.sources.get(owner)?.name} owns this group: end it there.`,
    );
  return {
    book: [tombstone(before)],
    users: [],
    side: [{ kind: 'sweep', sweep: { kind: 'group', id, life: before.life } }],
    audit: {
      action: 'group.deleted',
      target: id,
      before: { id, name: before.name, parents: [...before.parents].map(groupOf) },
    },
    result: undefined,
  };
};

const groupOfBook = (book: Book, id: GroupId): GroupRecord => {
  const group = book.groups.get(id);
  if (!group) throw new Refusal('not-found', 'There is no such group.');
  return group;
};
