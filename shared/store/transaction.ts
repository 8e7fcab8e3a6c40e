// Turns a judged change into the writes of one transaction, each with its condition. Pure: nothing is sent here.

import type { AuditSettingsWrite } from '../domain/audit-settings.ts';
import { type GroupRef, groupOf, type TenantId, type UserId, userOf } from '../domain/base/ids.ts';
import type { Book } from '../domain/book/book.ts';
import {
  type Access,
  type BookRecord,
  type Head,
  isDeleted,
  recordName,
  type Witness,
} from '../domain/book/records.ts';
import type {
  AccessChange,
  Change,
  DeletedWrite,
  DirectoryWrite,
  DraftWrite,
  Profile,
  RuleWrite,
  SessionsWrite,
  SessionWrite,
  SideWrite,
} from '../domain/change.ts';
import { destroys, endangersPin, groupOfEntry } from '../domain/keeper/keeper.ts';
import type { RecoveryWrite } from '../domain/recovery.ts';
import { auditSettingsWrite } from './audit-settings.ts';
import { bytesAfter } from './bytes.ts';
import * as on from './conditions.ts';
import { deletedWrite } from './deleted.ts';
import { directoryWrites } from './directory.ts';
import { draftWrites } from './drafts.ts';
import { difference, expression, stored } from './items.ts';
import { type Key, keys, nameKey, partitions } from './keys.ts';
import { withPackedGrants } from './packed.ts';
import { ruleWrite } from './rules.ts';
import { sessionWrites } from './sessions.ts';
import { logSeconds, timeToLive } from './table.ts';
import { wordForm, wordWrites } from './words.ts';
import type { Purpose, Write } from './write.ts';

export interface Judged {
  readonly tenant: TenantId;
  /** True when the change creates the tenant: its head is written on the condition that there is none. */
  readonly founds?: boolean;
  readonly head: Head;
  readonly before: Book;
  readonly change: Change;
  /** The next witness when it moves, with its access item as found. */
  readonly witness?: { readonly witness: Witness; readonly access: Access } | undefined;
  readonly proofs: {
    /** The actor's access item, when the write must prove that it is unchanged. */
    readonly actor?: Access | undefined;
    /** True when the write must prove that the book still has the planned version. */
    readonly book: boolean;
  };
  readonly now: number;
}

/** How changes are written. */
export interface Writing {
  /** True to store grants in the packed form: once no release is in use that cannot read it. */
  readonly packs: boolean;
}

const seconds = (ms: number): number => Math.floor(ms / 1000);

/**
 * The writes of head, book, log, access items and side items. The caller adds the events.
 * @throws Refusal quota-exceeded when the book would be too large
 */
export const writesOf = (judged: Judged, { packs }: Writing): Write[] => {
  const { tenant, change, head } = judged;
  const version = head.version + (change.book.length > 0 ? 1 : 0);
  return [
    ...headWrites(judged, version),
    ...change.book.map((record) => recordWrite(tenant, judged.before, record, { version, packs })),
    ...accessWrites(judged, version),
    ...change.users.flatMap((user) => listingWrites(tenant, user)),
    ...change.side.flatMap((side) => sideWrites(tenant, side, judged.now)),
  ];
};

/** The items outside of the book after a change, so that the next operation of a change set can be planned on them. */
export const leftBy = (
  tenant: TenantId,
  change: Change,
  now: number,
): (readonly [Key, Record<string, unknown> | undefined])[] => {
  const along = [
    ...change.users.flatMap((user) => listingWrites(tenant, user)),
    ...change.side.flatMap((side) => sideWrites(tenant, side, now)),
  ];
  return [
    ...along.map(({ item }) => {
      const Item = item.Put?.Item;
      const key = (Item ?? item.Delete?.Key) as unknown as Key | undefined;
      if (!key) throw new Error('what goes along with a change is put or deleted');
      return [{ PK: key.PK, SK: key.SK }, Item] as const;
    }),
    ...change.users.map(({ after }) => {
      const key = keys.access(tenant, after.id);
      return [key, stored(key, after)] as const;
    }),
  ];
};

const headWrites = (judged: Judged, version: number): Write[] => {
  const { tenant, head, change, proofs } = judged;
  const after = headAfter(judged);
  if (judged.founds) {
    const key = keys.purge(tenant);
    return [
      put('head', stored(keys.head(tenant), after), on.absent),
      { purpose: 'purged', item: { ConditionCheck: { Key: key, TableName: '', ConditionExpression: on.absent } } },
      logWrite(judged, version),
    ];
  }
  const write = headWrite(tenant, head, after, proofs.book);
  return [...(write ? [write] : []), ...(change.book.length > 0 ? [logWrite(judged, version)] : [])];
};

/** The head after a change; the same one when the change does not move it. */
export const headAfter = ({ head, change, before, witness, now }: Judged): Head => {
  const moved = change.book.length > 0;
  const { lifecycle } = change;
  if (!moved && !witness && lifecycle === undefined) return head;
  const version = head.version + (moved ? 1 : 0);
  const old = change.book.map((record) => before.records.get(recordName(record)));
  const left = change.book.filter(({ kind }) => kind !== 'gone').length;
  return {
    ...head,
    version,
    sum: head.sum + (moved ? left * version - old.reduce((sum, record) => sum + (record?.rev ?? 0), 0) : 0),
    records: head.records + left - old.filter((record) => record !== undefined).length,
    ...(moved && {
      bytes: bytesAfter(head, before, change.book),
      weighed: version,
      deletedSince: deletedSince(head, before, change, now),
    }),
    // Two operators who move the lifecycle at once meet at the guard, because the version stays.
    ...((witness || lifecycle !== undefined) && { guard: head.guard + 1 }),
    ...(witness && { witness: witness.witness, keeperless: false, keeperlessSince: undefined }),
    ...(lifecycle !== undefined && { lifecycle: lifecycle === 'active' ? undefined : lifecycle }),
  };
};

/** The book after a commit, as the next reader would find it. */
export const bookAfter = (book: Book, change: Change, version: number): Book => {
  const records = change.book.map(
    (record): BookRecord => (record.kind === 'gone' ? record : { ...record, rev: version }),
  );
  const next = book.with(records);
  return next.at(version);
};

/**
 * The write that takes the head from one state to another, or proves that it still is as it was read. `undefined` when
 * nothing rests on it.
 */
export const headWrite = (tenant: TenantId, head: Head, after: Head, proves: boolean): Write | undefined => {
  if (after === head && !proves) return undefined;
  const body = { Key: keys.head(tenant), TableName: '', ConditionExpression: on.all(on.sameVersion, on.sameGuard) };
  const read = { ':version': head.version, ':guard': head.guard };
  if (after === head)
    return { purpose: 'head', item: { ConditionCheck: { ...body, ExpressionAttributeValues: read } } };
  const update = difference(head, after);
  return {
    purpose: 'head',
    item: {
      Update: {
        ...body,
        UpdateExpression: expression(update),
        ExpressionAttributeNames: update.names,
        ExpressionAttributeValues: { ...update.values, ...read },
      },
    },
  };
};

/** The entry of the log that names what a version has changed. */
const logWrite = ({ tenant, change, now }: Judged, version: number): Write => {
  const changed = change.book.map(recordName);
  return put('free', stored(keys.log(tenant, version), { changed, [timeToLive]: seconds(now) + logSeconds }));
};

/** Since when the book has had deleted records, after the change. */
const deletedSince = (head: Head, before: Book, change: Change, now: number): number | undefined => {
  if (head.deletedSince === undefined) return change.book.some(isDeleted) ? seconds(now) : undefined;
  // Only compaction can leave the book without any.
  if (!change.book.some(({ kind }) => kind === 'gone')) return head.deletedSince;
  return [...before.with(change.book).records.values()].some(isDeleted) ? head.deletedSince : undefined;
};

const put = (purpose: Purpose, Item: Record<string, unknown>, condition?: string): Write => ({
  purpose,
  item: { Put: { Item, TableName: '', ...(condition && { ConditionExpression: condition }) } },
});

const remove = (purpose: Purpose, Key: Key): Write => ({ purpose, item: { Delete: { Key, TableName: '' } } });

/** A record with the index keys by which operators find the tenant of a name; other records have none. */
const indexed = (tenant: TenantId, record: BookRecord): BookRecord =>
  record.kind === 'tenant'
    ? { ...record, ...{ NPK: partitions.tenantNameOf(tenant), NSK: nameKey(record.name, tenant) } }
    : record;

/** The attributes of a record in the form that is to be stored. */
const storedForm = (tenant: TenantId, record: BookRecord, { version, packs }: RecordWriting): object => ({
  ...(packs ? withPackedGrants(indexed(tenant, record)) : indexed(tenant, record)),
  rev: version,
});

interface RecordWriting extends Writing {
  readonly version: number;
}

/** The update of a record. New grants take the place of the former in whichever form these were stored. */
const recordUpdate = (tenant: TenantId, before: BookRecord, record: BookRecord, writing: RecordWriting) => {
  if (before.kind === 'role' && record.kind === 'role') {
    const { grants, ...rest } = before;
    if (JSON.stringify(grants) !== JSON.stringify(record.grants))
      return difference({ ...rest, grants, packed: true }, storedForm(tenant, record, writing));
    const { grants: _, ...same } = record;
    return difference(rest, { ...same, rev: writing.version });
  }
  // A renamed tenant gets both keys, because its record may be of an earlier release and have none.
  const renamed = before.kind === 'tenant' && record.kind === 'tenant' && before.name !== record.name;
  return difference(renamed ? before : indexed(tenant, before), storedForm(tenant, record, writing));
};

const recordWrite = (tenant: TenantId, book: Book, record: BookRecord, writing: RecordWriting): Write => {
  const name = recordName(record);
  const key = keys.record(tenant, name);
  const before = book.records.get(name);
  if (record.kind === 'gone') {
    const condition = { ConditionExpression: on.sameRev, ExpressionAttributeValues: { ':rev': before?.rev } };
    return { purpose: 'record', item: { Delete: { Key: key, TableName: '', ...condition } } };
  }
  if (!before) return put('record', stored(key, storedForm(tenant, record, writing)), on.absent);
  const update = recordUpdate(tenant, before, record, writing);
  return {
    purpose: 'record',
    item: {
      Update: {
        Key: key,
        TableName: '',
        UpdateExpression: expression(update),
        ConditionExpression: on.sameRev,
        ExpressionAttributeNames: update.names,
        ExpressionAttributeValues: { ...update.values, ':rev': before.rev },
      },
    },
  };
};

/** All writes to one access item, merged because a transaction may touch an item only once. */
interface Touch {
  change?: AccessChange;
  /** The pin that the item gets; `null` when it loses its pin. */
  pin?: { readonly to: Witness; readonly found: Access } | null;
  actor?: Access;
}

const accessWrites = (judged: Judged, version: number): Write[] => {
  const { tenant, head, change, witness, proofs } = judged;
  const touches = new Map<UserId, Touch>();
  const touch = (id: UserId): Touch => {
    const known = touches.get(id) ?? {};
    touches.set(id, known);
    return known;
  };
  for (const user of change.users) touch(user.after.id).change = user;
  if (witness) {
    // Repair has taken all pins of a keeperless tenant.
    if (!head.keeperless) touch(userOf(head.witness.user)).pin = null;
    touch(userOf(witness.witness.user)).pin = { to: witness.witness, found: witness.access };
  }
  if (proofs.actor) touch(proofs.actor.id).actor = proofs.actor;
  return [...touches].map(([id, one]) => accessWrite(tenant, id, one, head, version));
};

const accessWrite = (
  tenant: TenantId,
  id: UserId,
  { change, pin, actor }: Touch,
  head: Head,
  version: number,
): Write => {
  const Key = keys.access(tenant, id);
  if (change && !change.before) {
    const pinned = pin ? pin.to.entry : change.after.pinned;
    return put('access', stored(Key, { ...change.after, stamp: version, pinned }), on.absent);
  }
  const conditions: string[] = [];
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const rev = change?.before?.rev ?? actor?.rev;
  if (rev !== undefined) {
    conditions.push(on.sameRev);
    values[':rev'] = rev;
  }
  if (pin === undefined && change?.before) conditions.push(pinCondition(change.before, change.after, values));
  if (pin === null) {
    conditions.push(on.pinnedBy);
    values[':pin'] = head.witness.entry;
  }
  if (pin && !change) conditions.push(validCondition(pin.to, pin.found, names, values));
  if (!change && pin === undefined)
    return {
      purpose: 'actor',
      item: {
        ConditionCheck: {
          Key,
          TableName: '',
          ConditionExpression: on.all(...conditions),
          ExpressionAttributeValues: values,
        },
      },
    };
  const update = change?.before
    ? difference(change.before, { ...change.after, stamp: version }, ['pinned'])
    : { sets: [], removes: [], adds: [], deletes: [], names: {}, values: {} };
  if (pin) {
    update.sets.push('pinned = :entry');
    update.values[':entry'] = pin.to.entry;
  } else if (pin === null) update.removes.push('pinned');
  const allNames = { ...names, ...update.names };
  return {
    purpose: 'access',
    item: {
      Update: {
        Key,
        TableName: '',
        UpdateExpression: expression(update),
        ConditionExpression: on.all(...conditions),
        ...(Object.keys(allNames).length > 0 && { ExpressionAttributeNames: allNames }),
        ExpressionAttributeValues: { ...values, ...update.values },
      },
    },
  };
};

/** The condition on the pin for a change to a user. */
const pinCondition = (before: Access, after: Access, values: Record<string, unknown>): string => {
  const gone = destroys(before, after);
  // A pinned user who stays a holder by that entry: the head, checked in the same transaction, still names it.
  if (endangersPin(before, after)) {
    values[':pin'] = before.pinned;
    return on.pinnedBy;
  }
  if (gone === 'everything') return on.notPinned;
  if (gone.length === 0) return '';
  gone.forEach((entry, i) => {
    values[`:gone${i}`] = entry;
  });
  return on.notPinnedBy(gone.map((_, i) => `:gone${i}`).join(', '));
};

/** The condition that makes a user a valid witness when the change itself does not touch the user. */
const validCondition = (
  to: Witness,
  found: Access,
  names: Record<string, string>,
  values: Record<string, unknown>,
): string => {
  names['#state'] = 'state';
  values[':active'] = 'active';
  values[':person'] = 'person';
  values[':life'] = found.life;
  names['#identity'] = 'identity';
  const conditions = [on.isActivePerson, on.sameLife, on.hasIdentity];
  const group = groupOfEntry(to.entry);
  if (group !== undefined) {
    names['#groups'] = 'groups';
    values[':group'] = group;
    conditions.push(on.inGroup);
  } else if (to.entry === 'personal') {
    values[':personal'] = found.personal;
    conditions.push(on.samePersonal);
  }
  return on.all(...conditions);
};

/** The list items of a group's members and of a permission's users. */
const listingWrites = (tenant: TenantId, { before, after }: AccessChange): Write[] => {
  // A user may be in more groups than fit a transaction, so a sweep removes a deleted user's listings.
  if (after.state === 'deleted') return [];
  const writes: Write[] = [];
  const groups: ReadonlySet<GroupRef> = before?.groups ?? new Set();
  // One list item stands for all incarnations of a group: a user who leaves an old one may be in the present one.
  const stays = new Set([...after.groups].map(groupOf));
  const joined = new Set([...after.groups].filter((ref) => !groups.has(ref)).map(groupOf));
  const left = new Set([...groups].map(groupOf).filter((id) => !stays.has(id)));
  for (const id of joined) writes.push(put('free', stored(keys.edge(tenant, id, after.id), { life: after.life })));
  for (const id of left) writes.push(remove('free', keys.edge(tenant, id, after.id)));
  const had = new Set((before?.personal ?? []).map((grant) => grant.permission));
  const has = new Set(after.personal.map((grant) => grant.permission));
  for (const permission of has)
    if (!had.has(permission))
      writes.push(put('free', stored(keys.personal(tenant, permission, after.id), { life: after.life })));
  for (const permission of had)
    if (!has.has(permission)) writes.push(remove('free', keys.personal(tenant, permission, after.id)));
  return writes;
};

/** A profile's item, with the index key for lists by name. */
const profileItem = (tenant: TenantId, profile: Profile) =>
  stored(keys.profile(tenant, profile.id), {
    ...profile,
    words: wordForm,
    NPK: partitions.nameOf(tenant, profile.id),
    NSK: nameKey(profile.name, profile.id),
  });

/** A recovery's item. The condition on its `rev` keeps two operators from deciding at once. */
const recoveryWrite = (tenant: TenantId, { before, after }: RecoveryWrite): Write => {
  const Key = keys.recovery(tenant);
  const condition = before
    ? { ConditionExpression: on.sameRev, ExpressionAttributeValues: { ':rev': before.rev } }
    : { ConditionExpression: on.absent };
  const body = { TableName: '', ...condition };
  return {
    purpose: 'free',
    item: after ? { Put: { Item: stored(Key, after), ...body } } : { Delete: { Key, ...body } },
  };
};

/** A profile's condition guards the words of the user as well. */
const wordWritesOf = (tenant: TenantId, { before, after }: Extract<SideWrite, { kind: 'profile' }>): Write[] =>
  wordWrites(tenant, before, after).map((item) => ({ purpose: 'free', item }));

const sideWrites = (tenant: TenantId, side: SideWrite, now: number): Write[] => {
  if (side.kind === 'draft') return draftWrites(tenant, side).map((item) => ({ purpose: 'free', item }));
  if (side.kind === 'session' || side.kind === 'sessions')
    return sessionWrites(tenant, side).map((item) => ({ purpose: 'free', item }));
  if (side.kind === 'deleted') return [{ purpose: 'free', item: deletedWrite(tenant, side) }];
  if (side.kind === 'audit-settings') return [{ purpose: 'free', item: auditSettingsWrite(tenant, side) }];
  if (side.kind === 'recovery') return [recoveryWrite(tenant, side)];
  if (side.kind === 'rule') return [{ purpose: 'rule', item: ruleWrite(tenant, side) }];
  if (side.kind === 'profile') return [sideWrite(tenant, side), ...wordWritesOf(tenant, side)];
  return side.kind === 'alias' || side.kind === 'sweep'
    ? [sideWrite(tenant, side)]
    : directoryWrites(tenant, side, now).map(([purpose, item]) => ({ purpose, item }));
};

type Plain = Exclude<
  SideWrite,
  | AuditSettingsWrite
  | DeletedWrite
  | DirectoryWrite
  | DraftWrite
  | RecoveryWrite
  | RuleWrite
  | SessionWrite
  | SessionsWrite
>;

const sideWrite = (tenant: TenantId, side: Plain): Write => {
  switch (side.kind) {
    case 'profile': {
      const { before, after } = side;
      if (!before && after) return put('profile', profileItem(tenant, after), on.absent);
      const condition = { ConditionExpression: on.sameRev, ExpressionAttributeValues: { ':rev': before?.rev } };
      if (after)
        return { purpose: 'profile', item: { Put: { Item: profileItem(tenant, after), TableName: '', ...condition } } };
      const Key = keys.profile(tenant, (before as Profile).id);
      return { purpose: 'profile', item: { Delete: { Key, TableName: '', ...condition } } };
    }
    case 'alias': {
      const key = keys.alias(tenant, side.digest);
      const Item = side.after && stored(key, { user: side.after });
      if (Item && !side.before) return { ...put('alias', Item, on.absent), of: side.digest };
      const condition = {
        TableName: '',
        ConditionExpression: on.ownAlias,
        ExpressionAttributeNames: { '#user': 'user' },
        ExpressionAttributeValues: { ':user': side.before },
      };
      // The alias passes to another user, or is deleted.
      return { purpose: 'free', item: Item ? { Put: { Item, ...condition } } : { Delete: { Key: key, ...condition } } };
    }
    case 'sweep': {
      const { sweep } = side;
      if (sweep.kind === 'source') return put('free', stored(keys.sourceSweep(tenant, sweep.id), {}));
      if (sweep.kind === 'erasure') return put('free', stored(keys.erasure(tenant, sweep.id), { at: sweep.at }));
      const what = sweep.kind === 'role' ? `role#${sweep.id}` : `${sweep.kind}#${sweep.id}#${sweep.life}`;
      return put('free', stored(keys.sweep(tenant, what), sweep));
    }
  }
};
