// Verifies a tenant by a full scan, and repairs mismatches. Repair never appoints anybody: a tenant without a holder is
// marked keeperless, and its access changes are refused until operators recover it.
//
// Repair is the one writer of head and pins beside the commit path, because that path starts from what is broken here: it
// reads no book that does not add up, and it judges by the witness that is in doubt. Repair keeps the path's conditions
// (the head's version and guard, the rev of every user) and changes nobody's rights, so it writes no event.
import { randomUUID } from 'node:crypto';
import { groupOf, type TenantId, userOf, userRef } from '../domain/base/ids.ts';
import { Refusal } from '../domain/base/refusal.ts';
import { Book } from '../domain/book/book.ts';
import { type Access, type BookRecord, type Head, recordName, type Witness } from '../domain/book/records.ts';
import type { Profile } from '../domain/change.ts';
import { holderEntries, isUnproven, witnessOf } from '../domain/keeper/keeper.ts';
import { bookBytes, bytesAt } from './bytes.ts';
import * as on from './conditions.ts';
import { type Db, type Filter, type Item, pause, type TransactItem } from './db.ts';
import { failureOf } from './failures.ts';
import { toAccess, toHead, toProfile, toRecord } from './items.ts';
import { keys, nameKey, partitions, partOf } from './keys.ts';
import { wordsBeside } from './words.ts';

export interface Finding {
  readonly what:
    | 'sum'
    | 'records'
    | 'bytes'
    | 'rev'
    | 'witness'
    | 'never-signed-in'
    | 'pin-missing'
    | 'pin-stray'
    | 'keeperless'
    | 'edge'
    | 'personal-listing'
    | 'word'
    | 'tenant-listing';
  readonly detail: string;
}

interface Report {
  readonly users: number;
  readonly records: number;
  readonly holders: number;
  readonly findings: readonly Finding[];
}

interface Scan {
  readonly head: Head;
  readonly book: Book;
  readonly users: readonly Access[];
  readonly items: readonly Item[];
}

/**
 * A scan between two equal reads of the head; a busy tenant is scanned again. Returns `undefined` when the tenant does
 * not exist.
 */
const scanned = async (db: Db, tenant: TenantId): Promise<Scan | undefined> => {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    if (attempt > 0) await pause(db.clock, attempt);
    const [before] = await db.read([keys.head(tenant)]);
    const items = (await db.scan(partitions.tenant(tenant))).filter((item) => belongs(tenant, item));
    const [after] = await db.read([keys.head(tenant)]);
    const head = toHead(after);
    if (!head) return undefined;
    if (JSON.stringify([before?.version, before?.guard]) !== JSON.stringify([after?.version, after?.guard])) continue;
    return scanOf(tenant, head, items);
  }
  throw new Refusal('busy', 'The tenant changes too fast to be verified: try again when it is quieter.');
};

const scanOf = (tenant: TenantId, head: Head, items: readonly Item[]): Scan => {
  const records = items.filter((item) => item.PK === partitions.book(tenant)).map(toRecord);
  const book = new Book(head.version, new Map(records.map((record) => [recordName(record), record])));
  const users = items.flatMap((item) => (item.SK === 'ACCESS' ? [toAccess(item) as Access] : []));
  return { head, book, users, items };
};

const belongs = (tenant: TenantId, item: Item): boolean => {
  const prefix = partitions.tenant(tenant);
  return item.PK === prefix || String(item.PK).startsWith(`${prefix}#`);
};

/** Compares head, witness, pins and listings with the scanned items. */
const compare = ({ head, book, users, items }: Scan, tenant: TenantId): Finding[] => {
  const findings: Finding[] = [];
  const find = (what: Finding['what'], detail: string) => findings.push({ what, detail });
  const records = [...book.records.values()];
  const sum = records.reduce((total, record: BookRecord) => total + record.rev, 0);
  if (sum !== head.sum) find('sum', `the head says ${head.sum}, the records add up to ${sum}`);
  if (records.length !== head.records) find('records', `the head says ${head.records}, there are ${records.length}`);
  if (head.weighed === head.version && bytesAt(head, book) !== bookBytes(records))
    find('bytes', `the head says ${head.bytes}, the records have ${bookBytes(records)}`);
  for (const record of records)
    if (record.rev > head.version)
      find('rev', `${recordName(record)} has rev ${record.rev} at version ${head.version}`);
  const witness = users.find((user) => userRef(user.id, user.life) === head.witness.user);
  const named = userOf(head.witness.user);
  const unproven = witness !== undefined && isUnproven(book, head.witness, witness);
  const holds = holderEntries(book, witness).includes(head.witness.entry);
  if (unproven) find('never-signed-in', `${named} keeps the tenant from being locked out, and has not signed in since`);
  else if (!holds) find('witness', `${named} is no holder by ${head.witness.entry}`);
  if (witness?.pinned !== head.witness.entry) find('pin-missing', `${named} is not pinned`);
  for (const user of users)
    if (user.pinned !== undefined && user !== witness) find('pin-stray', `${user.id} is pinned and is not the witness`);
  const anybody = unproven || users.some((user) => holderEntries(book, user).length > 0);
  if (!anybody || head.keeperless)
    find('keeperless', anybody ? 'marked so, and there is a holder' : 'nobody is a holder');
  listings(tenant, users, items, find);
  if (!isListed(tenant, { book, items })) find('tenant-listing', 'operators do not find the tenant by its name');
  return findings;
};

/** The keys by which operators find a tenant by its name; tenants of earlier releases have none until they are repaired. */
const isListed = (tenant: TenantId, { book, items }: Pick<Scan, 'book' | 'items'>): boolean => {
  const item = items.find(({ PK, SK }) => PK === partitions.book(tenant) && SK === 'tenant');
  return item?.NPK === partitions.tenantNameOf(tenant) && item.NSK === nameKey(book.tenant.name, tenant);
};

/** Reports missing listings only: a missing one hides a user, while a superfluous one waits for a sweep. */
const listings = (
  tenant: TenantId,
  users: readonly Access[],
  items: readonly Item[],
  find: (what: Finding['what'], detail: string) => void,
): void => {
  const present = new Set(items.map((item) => `${item.PK} ${item.SK}`));
  const missing = (key: { PK: string; SK: string }) => !present.has(`${key.PK} ${key.SK}`);
  for (const user of users) {
    for (const group of user.groups)
      if (missing(keys.edge(tenant, groupOf(group), user.id)))
        find('edge', `${user.id} is not listed in ${groupOf(group)}`);
    for (const { permission } of user.personal)
      if (missing(keys.personal(tenant, permission, user.id)))
        find('personal-listing', `${user.id} is not listed for ${permission}`);
  }
  for (const profile of profilesIn(items))
    if (wordsBeside(tenant, profile).some((item) => missing(item as { PK: string; SK: string })))
      find('word', `${profile.id} is not found by every word of name, login and mail`);
};

const profilesIn = (items: readonly Item[]): Profile[] =>
  items.flatMap((item) => (item.SK === 'PROFILE' ? [toProfile(item) as Profile] : []));

/** The findings in a tenant, from all of its items that `needed` keeps. */
export const judgeScan = (tenant: TenantId, head: Head, items: readonly Item[]): Report => {
  const scan = scanOf(tenant, head, items);
  return report(scan, compare(scan, tenant));
};

/** A filter that passes all items that `needed` keeps, and a few more. */
export const mayBeNeeded: Filter = {
  condition:
    'SK = :access OR SK = :profile OR contains(PK, :book) OR contains(PK, :group) OR contains(PK, :personal) OR contains(PK, :word)',
  values: {
    ':access': 'ACCESS',
    ':profile': 'PROFILE',
    ':book': '#BOOK',
    ':group': '#G#',
    ':personal': '#P#',
    ':word': '#WORD#',
  },
};

/** The part of an item that judging a tenant needs: of listings only their keys, of audit, files and the rest nothing. */
export const needed = (item: Item): Item | undefined => {
  const { tenant, kind } = partOf(String(item.PK));
  if (item.SK === 'ACCESS' || item.SK === 'PROFILE' || item.PK === partitions.book(tenant)) return item;
  return kind === 'G' || kind === 'P' || kind === 'WORD' ? { PK: item.PK, SK: item.SK } : undefined;
};

/** The findings in a tenant; `undefined` when it does not exist. */
export const verify = async (db: Db, tenant: TenantId): Promise<Report | undefined> => {
  const scan = await scanned(db, tenant);
  return scan && report(scan, compare(scan, tenant));
};

const report = ({ users, book }: Scan, findings: readonly Finding[]): Report => ({
  users: users.filter((user) => user.state !== 'deleted').length,
  records: book.records.size,
  holders: users.filter((user) => holderEntries(book, user).length > 0).length,
  findings,
});

/**
 * Repairs what `verify` finds, and weighs the book where the head does not know its bytes. Returns the findings from
 * before.
 */
export const repair = async (db: Db, tenant: TenantId): Promise<Report | undefined> => {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    if (attempt > 0) await pause(db.clock, attempt);
    const scan = await scanned(db, tenant);
    if (!scan) return undefined;
    const findings = compare(scan, tenant);
    if (findings.every((one) => isLeft(one, scan)) && scan.head.weighed === scan.head.version)
      return report(scan, findings);
    if (await writeUnlessBusy(db, headAndPins(scan, tenant, db.clock.now()))) {
      for (const write of missingListings(scan, tenant)) await writeUnlessBusy(db, [write]);
      for (const writes of missingWords(scan, tenant)) await writeUnlessBusy(db, writes);
      return report(scan, findings);
    }
  }
  throw new Refusal('busy', 'The tenant changes too fast to be repaired: try again when it is quieter.');
};

/** True for a finding that only a sign-in can mend, because no other user has proven one. */
const isLeft = ({ what }: Finding, scan: Scan): boolean =>
  what === 'never-signed-in' && chosen(scan)?.witness.source !== undefined;

const writeUnlessBusy = async (db: Db, items: TransactItem[]): Promise<boolean> => {
  try {
    await db.transact(items, randomUUID());
    return true;
  } catch (error) {
    if (failureOf(error).kind === 'broken') throw error;
    return false;
  }
};

/** The present witness if it is a holder, else any holder. */
const chosen = ({ head, book, users }: Scan): { witness: Witness; access: Access } | undefined => {
  const holders = users.filter((user) => holderEntries(book, user).length > 0);
  const old = users.find((user) => userRef(user.id, user.life) === head.witness.user);
  const access = old && holders.includes(old) ? old : holders[0];
  // Without any proven sign-in, a witness bound by its source only stays.
  if (!access) return old && isUnproven(book, head.witness, old) ? { witness: head.witness, access: old } : undefined;
  const entries = holderEntries(book, access);
  const entry = access === old && entries.includes(head.witness.entry) ? head.witness.entry : entries[0];
  return entry && { witness: witnessOf(access, entry), access };
};

/** Head and pins in one transaction; stray pins that do not fit are left to the next run. */
const headAndPins = (scan: Scan, tenant: TenantId, now: number): TransactItem[] => {
  const { head, book, users } = scan;
  const found = chosen(scan);
  const records = [...book.records.values()];
  // A recovery that was begun before the mark belongs to an earlier loss.
  const isNew = found === undefined && !head.keeperless;
  const writes: TransactItem[] = [
    {
      Update: {
        TableName: '',
        Key: keys.head(tenant),
        UpdateExpression:
          'SET #sum = :sum, #records = :records, #bytes = :bytes, weighed = :version, guard = :next, witness = :witness, keeperless = :keeperless' +
          (isNew ? ', keeperlessSince = :since' : ''),
        ConditionExpression: on.all(on.sameVersion, on.sameGuard),
        ExpressionAttributeNames: { '#sum': 'sum', '#records': 'records', '#bytes': 'bytes' },
        ExpressionAttributeValues: {
          ':sum': records.reduce((total, record) => total + record.rev, 0),
          ':records': records.length,
          ':bytes': bookBytes(records),
          ':next': head.guard + 1,
          ':witness': found?.witness ?? head.witness,
          ':keeperless': found === undefined,
          ...(isNew && { ':since': new Date(now).toISOString() }),
          ':version': head.version,
          ':guard': head.guard,
        },
      },
    },
  ];
  if (found) writes.push(pinWrite(tenant, found.access, found.witness.entry));
  const strays = users.filter((user) => user.pinned !== undefined && user.id !== found?.access.id).slice(0, 90);
  return [...writes, ...strays.map((user) => pinWrite(tenant, user, undefined))];
};

const pinWrite = (tenant: TenantId, user: Access, entry: string | undefined): TransactItem => ({
  Update: {
    TableName: '',
    Key: keys.access(tenant, user.id),
    UpdateExpression: entry === undefined ? 'REMOVE pinned' : 'SET pinned = :entry',
    ConditionExpression: on.sameRev,
    ExpressionAttributeValues: { ':rev': user.rev, ...(entry !== undefined && { ':entry': entry }) },
  },
});

const missingListings = ({ users, items, book }: Scan, tenant: TenantId): TransactItem[] => {
  const present = new Set(items.map((item) => `${item.PK} ${item.SK}`));
  const wanted = users.flatMap((user) => [
    ...[...user.groups].map((group) => ({ key: keys.edge(tenant, groupOf(group), user.id), life: user.life })),
    ...user.personal.map(({ permission }) => ({ key: keys.personal(tenant, permission, user.id), life: undefined })),
  ]);
  const name: TransactItem = {
    Update: {
      Key: keys.record(tenant, 'tenant'),
      TableName: '',
      UpdateExpression: 'SET NPK = :npk, NSK = :nsk',
      ConditionExpression: on.sameRev,
      ExpressionAttributeValues: {
        ':npk': partitions.tenantNameOf(tenant),
        ':nsk': nameKey(book.tenant.name, tenant),
        ':rev': book.tenant.rev,
      },
    },
  };
  const listed = wanted
    .filter(({ key }) => !present.has(`${key.PK} ${key.SK}`))
    .map(({ key, life }) => ({ Put: { TableName: '', Item: { ...key, ...(life && { life }) } } }));
  return isListed(tenant, { book, items }) ? listed : [...listed, name];
};

/** Missing words, each with the condition that the profile still is as it was scanned. */
const missingWords = ({ items }: Scan, tenant: TenantId): TransactItem[][] => {
  const present = new Set(items.map((item) => `${item.PK} ${item.SK}`));
  return profilesIn(items).flatMap((profile) => {
    const unchanged: TransactItem = {
      ConditionCheck: {
        TableName: '',
        Key: keys.profile(tenant, profile.id),
        ConditionExpression: on.sameRev,
        ExpressionAttributeValues: { ':rev': profile.rev },
      },
    };
    const missing = wordsBeside(tenant, profile).filter(({ PK, SK }) => !present.has(`${PK} ${SK}`));
    return missing.map((Item) => [unchanged, { Put: { TableName: '', Item } }]);
  });
};
