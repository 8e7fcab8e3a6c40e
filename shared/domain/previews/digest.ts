// The digest that binds a submission to the preview that was read: a hash of the operations, of the effect shown, and of
// every write. Two plans of the same operations have the same digest although their random ids, secrets and times differ;
// plans that would write anything different do not.
import { createHash } from 'node:crypto';
import type { RoleId } from '../base/ids.ts';
import type { Book } from '../book/book.ts';
import { type Access, type BookRecord, type Grant, type RuleEntry, recordName } from '../book/records.ts';
import type { Change, SideWrite } from '../change.ts';
import { entriesTouched, memberMoves, rightsMoved } from './effect-on-things.ts';

/** The random ids and the time (milliseconds since 1970), which differ between two otherwise equal plans. */
interface Drawn {
  readonly ids: readonly string[];
  readonly now: number;
}

const day = 86_400_000;

/**
 * Digests a value, with drawn ids replaced by their turn and times by their distance to `now`. A Set stands for a list
 * whose order carries no meaning: a list sorted by ids changes its order when the ids are drawn anew.
 */
export const digestOfAll = (value: unknown, { ids, now }: Drawn): string => {
  const turn = new Map(ids.map((one, i) => [one, i]));
  const longestFirst = [...turn.keys()].sort((a, b) => b.length - a.length).join('|');
  const known = longestFirst && new RegExp(`(?<![0-9a-z])(?:${longestFirst})(?![0-9a-z])`, 'g');
  const text = (one: string): string => {
    if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(one)) {
      const distance = Date.parse(one) - now;
      if (distance >= 0 && distance % day === 0) return `~+${distance}`;
    }
    // A tilde marks a replacement, so a tilde of the text itself is doubled.
    const escaped = one.replaceAll('~', '~~');
    return known ? escaped.replace(known, (id) => `~${turn.get(id)}`) : escaped;
  };
  const plain = (one: unknown): unknown => {
    if (typeof one === 'string') return text(one);
    if (Array.isArray(one)) return one.map(plain);
    if (one instanceof Set) return [...one].map((item) => JSON.stringify(plain(item))).sort();
    if (one === null || typeof one !== 'object') return one;
    const entries = Object.entries(one).filter(([, item]) => item !== undefined);
    return {
      of: entries
        .map(([key, item]) => [text(key), plain(item)])
        .sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)),
    };
  };
  return createHash('sha256')
    .update(JSON.stringify(plain(value)) ?? '')
    .digest('base64url');
};

/** Grants as Sets, because the stored order follows the policies' ids, some of which may be drawn. */
export const unordered = (grants: readonly Grant[]) =>
  new Set(grants.map(({ policies, ...grant }) => ({ ...grant, ...(policies && { policies: new Set(policies) }) })));

/**
 * Everything that a change would write, with the values before it, reduced to what two plans of the same operations
 * share.
 */
export const leftBehind = (before: Book, change: Change): unknown => {
  const after = before.with(change.book);
  const { clock } = before.rules;
  const chunks = Map.groupBy(
    change.book.filter(({ kind }) => kind === 'members'),
    (record) => (record as { role: RoleId }).role,
  );
  return {
    records: change.book.flatMap((record) => {
      if (record.kind === 'members' || record.kind === 'rules') return [];
      const old = before.records.get(recordName(record));
      return [[recordName(record), old && recordLeft(old, clock), recordLeft(record, clock)]];
    }),
    members: [...chunks].map(([role, list]) => {
      const { joined, left } = memberMoves(before, list as never);
      return { role, joined: new Set(joined), left: new Set(left) };
    }),
    rules: rulesLeft(before, after, change),
    rights: [...rightsMoved(before, after, change, () => true)].map(([role, rules]) => [role, new Set(rules)]),
    users: change.users.map(({ before: was, after: is }) => [was && accessLeft(was), accessLeft(is)]),
    side: change.side.flatMap((side) => sideLeft(side)),
  };
};

/** Replaces new dates (by the rules' clock) by their distance to the clock. */
const dated = (value: unknown, clock: number): unknown => {
  if (typeof value === 'number') return Math.abs(value) > clock ? { new: value - Math.sign(value) * clock } : value;
  if (Array.isArray(value)) return value.map((one) => dated(one, clock));
  if (value === null || typeof value !== 'object' || value instanceof Set) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, dated(one, clock)]));
};

/** A record without its revision and its place in storage, which move with every write. */
const recordLeft = (record: BookRecord, clock: number): unknown => {
  if (record.kind === 'role') {
    const { rev: _, grants, born, rulesAt, ...role } = record;
    return { ...role, ...(dated({ born, rulesAt }, clock) as object), grants: unordered(grants) };
  }
  if (record.kind === 'rights') {
    const { newRules, columns } = record;
    return dated({ newRules, columns }, clock);
  }
  if (record.kind === 'exceptions') return dated(record.rules, clock);
  const { rev: _, ...rest } = record;
  return rest;
};

/**
 * The rules that a change touches. A moved rule is described by the rule behind it, since stored order numbers mean
 * nothing by themselves.
 */
const rulesLeft = (before: Book, after: Book, change: Change): Set<unknown> => {
  const { clock } = before.rules;
  const left = ({ order: _, ...entry }: RuleEntry) => dated(entry, clock);
  const placed = new Set<string>(change.moved);
  const rules = entriesTouched(before, change).flatMap((id) => {
    const [was, is] = [before, after].map(({ rules }) => rules.byId.get(id as never));
    const [old, now] = [was && left(was.entry), is && left(is.entry)];
    const moves = is !== undefined && (was === undefined || placed.has(id));
    if (!moves && JSON.stringify(old) === JSON.stringify(now)) return [];
    const next = moves ? (after.rules.ordered[after.rules.positionOf(is.id) + 1]?.id ?? 'none') : undefined;
    return [{ id, old, now, next }];
  });
  return new Set(rules);
};

/** Leaves the invitation's secret and expiry out: both are drawn anew for each plan. */
const accessLeft = ({ rev: _, stamp: __, pinned: ___, personal, invitation, ...access }: Access) => ({
  ...access,
  personal: unordered(personal),
  invitation: invitation && { byKeeper: invitation.byKeeper, by: invitation.by },
});

/** Drafts are left out because they are the input of the digest, and sweeps because they follow from the deletions. */
const sideLeft = (side: SideWrite): unknown[] => {
  if (side.kind === 'draft' || side.kind === 'sweep') return [];
  if (side.kind !== 'profile' && side.kind !== 'rule') return [side];
  const left = (one: typeof side.before) => one && { ...one, rev: undefined };
  return [[side.kind, left(side.before), left(side.after)]];
};
