// The words by which users are searched. A word with which the user's name begins is found in the index of names; each
// other word has an item, written and removed in the transaction of the profile. The profile is marked with the form of its
// words, because releases before this one write profiles without them.
import * as z from 'zod';
import { chunked } from '../domain/base/collections.ts';
import type { TenantId, UserId } from '../domain/base/ids.ts';
import { lazy } from '../domain/base/lazy.ts';
import { sortForm } from '../domain/base/names.ts';
import { allBegin, listable, listedWords, wordsOf } from '../domain/base/words.ts';
import type { Head } from '../domain/book/records.ts';
import type { Profile } from '../domain/change.ts';
import * as on from './conditions.ts';
import { byBytes, type Db, type Item, type TransactItem } from './db.ts';
import { parsed, stored, toHead, toProfile } from './items.ts';
import { keys, partitions } from './keys.ts';
import { type ListedUser, mergedPages, type Placed, usersById } from './lists.ts';
import { writePatiently } from './patiently.ts';
import { indexes } from './table.ts';

/** The form of words that this release writes, as profiles and heads are marked. */
export const wordForm = 1;

/** The items of a user's words, by their places. All words stand in each, so that a search is narrowed by the items. */
const itemsOf = (tenant: TenantId, profile: Profile): Map<string, Item> => {
  const words = wordsOf(profile).join(' ');
  const items = listedWords(profile).map((word) =>
    stored(keys.word(tenant, word, profile.name, profile.id), { words }),
  );
  return new Map(items.map((item) => [String(item.SK), item]));
};

/** The items that a profile must have, because it is marked. */
export const wordsBeside = (tenant: TenantId, profile: Profile): Item[] =>
  profile.words === wordForm ? [...itemsOf(tenant, profile).values()] : [];

const removal = ({ PK, SK }: Item): TransactItem => ({ Delete: { Key: { PK, SK }, TableName: '' } });

/** The writes by which a user's words follow the profile: what is gone, and what is new or has changed. */
export const wordWrites = (
  tenant: TenantId,
  before: Profile | undefined,
  after: Profile | undefined,
): TransactItem[] => {
  const had = before ? itemsOf(tenant, before) : new Map<string, Item>();
  const has = after ? itemsOf(tenant, after) : new Map<string, Item>();
  const gone = [...had].filter(([place]) => !has.has(place)).map(([, item]) => removal(item));
  const known = (place: string, item: Item) => before?.words === wordForm && had.get(place)?.words === item.words;
  const come = [...has].filter(([place, item]) => !known(place, item));
  return [...gone, ...come.map(([, Item]) => ({ Put: { Item, TableName: '' } }))];
};

/** An entry of the list of a word: an item of a word, or a name that begins with it. */
interface Entry {
  readonly user: UserId;
  /** Where it stands: names and words are in one order. */
  readonly at: string;
  /** All words of the user; absent for an entry of the index of names. */
  readonly words?: readonly string[];
}
interface Entries {
  readonly entries: readonly Entry[];
  readonly done: boolean;
}

const itemSchema = lazy(() => z.object({ SK: z.string(), words: z.string() }));

/** The user of an entry's place, which ends with the id. */
const userAt = (at: string): UserId => at.slice(at.lastIndexOf('\u0001') + 1) as UserId;

/** A page of the list of a word, in one order, with at least one entry unless there is none. */
const pageOfWord = async (db: Db, tenant: TenantId, prefix: string, after: string | undefined, limit: number) => {
  const [names, words] = await Promise.all([
    mergedPages(db, partitions.names(tenant), { index: indexes.byName, prefix, after }, 'NSK', limit),
    mergedPages(db, partitions.words(tenant), { prefix, after }, 'SK', limit),
  ]);
  const named = names.items.map(({ NSK }): Entry => ({ at: String(NSK), user: userAt(String(NSK)) }));
  const worded = words.items.map((item): Entry => {
    const { SK, words } = parsed(itemSchema(), item);
    return { at: SK, user: userAt(SK), words: words.split(' ') };
  });
  const order = (a: Entry, b: Entry) => byBytes(a.at, b.at);
  // Behind the end of a list that goes on, the other one may miss entries of it.
  const ends = [names.done ? [] : named.slice(-1), words.done ? [] : worded.slice(-1)].flat().sort(order);
  const [end] = ends;
  const entries = [...named, ...worded].sort(order).filter((entry) => !end || order(entry, end) <= 0);
  return { entries, done: names.done && words.done } satisfies Entries;
};

/**
 * True when a user who is there is found at this entry: the words are those of the profile, and of several entries that
 * begin with the word the first one counts.
 */
const isFoundAt = (tenant: TenantId, { at, words }: Entry, prefix: string, profile: Profile): boolean => {
  const begins = sortForm(profile.name).startsWith(prefix);
  if (!words) return begins;
  if (begins) return false;
  const own =
    profile.words === wordForm ? listedWords(profile) : words.filter((word) => word.startsWith(prefix)).sort();
  const first = own.find((word) => word.startsWith(prefix));
  if (first === undefined) return false;
  if (profile.words !== wordForm) return at.startsWith(`${first}\u0001`);
  return at === keys.word(tenant, first, profile.name, profile.id).SK;
};

interface Search {
  readonly words: readonly string[];
  readonly keep: (user: ListedUser) => boolean;
}

/** Most words whose lists are looked at to find the rarest, and most entries of a page. */
const mostTried = 4;
const mostEntries = 500;
/** Most pages of entries, and most users, read for one answer. */
const mostPages = 6;
const mostUsers = 500;

/**
 * Users of whom each word of the search begins a word, in the order of the word that is found, then of the name. The list
 * of one word is read: of several words the one whose list is short, else the longest.
 * @param size users read at a time
 */
export async function* searchUsers(
  db: Db,
  tenant: TenantId,
  { words, keep }: Search,
  size: number,
  after?: string,
): AsyncGenerator<Placed<ListedUser>> {
  const candidates = listable(words);
  const [number, from] = placeIn(after);
  let limit = words.length === 1 ? size + 1 : Math.max(size + 1, 50);
  const known = candidates[number];
  const begun = known === undefined ? await rarest(db, tenant, candidates, limit) : undefined;
  const word = begun?.word ?? (known as string);
  const position = (at: string) => `${candidates.indexOf(word)} ${at}`;
  let at = from !== undefined && byBytes(from, word) > 0 ? from : undefined;
  let page: Entries | undefined = begun?.page;
  let looked = 0;
  for (let pages = 0; pages < mostPages && looked < mostUsers; pages += 1) {
    page ??= await pageOfWord(db, tenant, word, at, limit);
    const { entries, done } = page;
    const likely = entries.filter((entry) => !entry.words || allBegin(words, entry.words));
    for (const some of chunked(likely, size)) {
      const users = await usersById(db, tenant, [...new Set(some.map(({ user }) => user))]);
      const byId = new Map(users.map((user) => [user.access.id, user]));
      looked += some.length;
      for (const entry of some) {
        const item = byId.get(entry.user);
        if (!item || !allBegin(words, wordsOf(item.profile)) || !isFoundAt(tenant, entry, word, item.profile)) continue;
        if (keep(item)) yield { item, at: position(entry.at), more: !done || entry !== likely.at(-1) };
      }
      const last = some.at(-1);
      if (looked >= mostUsers && last && last !== likely.at(-1)) {
        yield { at: position(last.at), more: true };
        return;
      }
    }
    if (done) return;
    at = entries.at(-1)?.at ?? at;
    page = undefined;
    limit = Math.min(2 * limit, Math.max(mostEntries, size + 1));
  }
  if (at !== undefined) yield { at: position(at), more: true };
}

/** The word whose list goes on, and where, as a position says. */
const placeIn = (position: string | undefined): readonly [number, string | undefined] => {
  const [, number, at] = /^(\d+) (.+)$/su.exec(position ?? '') ?? [];
  return number === undefined ? [Number.NaN, undefined] : [Number(number), at];
};

/** The word with the shortest list, with its first page: of long lists the one of the longest word. */
const rarest = async (db: Db, tenant: TenantId, candidates: readonly string[], limit: number) => {
  const tried = await Promise.all(
    candidates
      .slice(0, mostTried)
      .map(async (word) => ({ word, page: await pageOfWord(db, tenant, word, undefined, limit) })),
  );
  const short = tried.filter(({ page }) => page.done);
  const [first] = short.sort((a, b) => a.page.entries.length - b.page.entries.length);
  return first ?? (tried[0] as (typeof tried)[number]);
};

/** Milliseconds after which users are looked at once more: no release that writes no words is in use any longer. */
const onceMore = 86_400_000;

/** True when users of the tenant may have no words, because releases before this one wrote them. */
export const wordsAreDue = (head: Head | undefined, now: number): boolean =>
  head !== undefined && (head.words?.form !== wordForm || (head.words.again ?? Number.POSITIVE_INFINITY) <= now);

const progressSchema = lazy(() => z.object({ part: z.int().nonnegative(), after: z.string().optional() }));

/** Users and words looked at together. */
const atOnce = 50;

/**
 * Writes the words of users who have none, and removes words that are nobody's, page by page; a pass that died goes on
 * where it was. A day later it is done once more, because two releases serve one table for a while. Returns false when
 * time is up and more is left.
 */
export const wordsFilled = async (db: Db, tenant: TenantId, spent: () => boolean): Promise<boolean> => {
  const place = keys.wordsProgress(tenant);
  const [item, stands] = await db.read([keys.head(tenant), place]);
  const head = toHead(item);
  if (!head || !wordsAreDue(head, db.clock.now())) return true;
  const parts = [
    ...partitions.names(tenant).map((partition) => ({ partition, index: indexes.byName, mend: filled })),
    ...partitions.words(tenant).map((partition) => ({ partition, index: undefined, mend: cleaned })),
  ];
  let { part: at, after } = stands ? parsed(progressSchema(), stands) : { part: 0, after: undefined };
  for (let part = parts[at]; part; part = parts[at]) {
    const { partition, index, mend } = part;
    const { items, done } = await db.page({ partition, ...(index && { index }), after, limit: atOnce });
    await mend(db, tenant, items);
    after = done ? undefined : String(items.at(-1)?.[index ? index.sk : 'SK']);
    if (done) at += 1;
    await db.put(stored(place, { part: at, after }));
    if (spent()) return false;
  }
  const words = { form: wordForm, ...(head.words?.form !== wordForm && { again: db.clock.now() + onceMore }) };
  return writePatiently(db, [
    {
      Update: {
        Key: keys.head(tenant),
        TableName: '',
        UpdateExpression: 'SET words = :words',
        ConditionExpression: on.present,
        ExpressionAttributeValues: { ':words': words },
      },
    },
    removal(place as unknown as Item),
  ]);
};

const profilesOf = (db: Db, tenant: TenantId, users: readonly UserId[]) =>
  db.read(users.map((user) => keys.profile(tenant, user)));

/** Writes the words of these users of the index of names, and marks their profiles. */
const filled = async (db: Db, tenant: TenantId, items: readonly Item[]): Promise<void> => {
  const users = items.map(({ NSK }) => userAt(String(NSK)));
  for (const profile of (await profilesOf(db, tenant, users)).map(toProfile)) {
    if (!profile || profile.words === wordForm) continue;
    const mark: TransactItem = {
      Update: {
        Key: keys.profile(tenant, profile.id),
        TableName: '',
        UpdateExpression: 'SET words = :form',
        ConditionExpression: on.sameRev,
        ExpressionAttributeValues: { ':form': wordForm, ':rev': profile.rev },
      },
    };
    // Whoever has changed the profile meanwhile has written its words.
    await writePatiently(db, [mark, ...wordWrites(tenant, undefined, profile)]);
  }
};

/** Removes those of these words that no profile has: releases before this one leave them behind. */
const cleaned = async (db: Db, tenant: TenantId, items: readonly Item[]): Promise<void> => {
  const users = items.map(({ SK }) => userAt(String(SK)));
  const profiles = (await profilesOf(db, tenant, users)).map(toProfile);
  for (const [i, item] of items.entries()) {
    const profile = profiles[i];
    if (profile && itemsOf(tenant, profile).has(String(item.SK))) continue;
    const unchanged: TransactItem = {
      ConditionCheck: {
        Key: keys.profile(tenant, users[i] as UserId),
        TableName: '',
        ...(profile
          ? { ConditionExpression: on.sameRev, ExpressionAttributeValues: { ':rev': profile.rev } }
          : { ConditionExpression: on.absent }),
      },
    };
    await writePatiently(db, [unchanged, removal(item)]);
  }
};
