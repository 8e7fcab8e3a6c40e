// What a preview is agreed to by: a digest of what was listed, of what it shows, and of all that it would change. Two plans
// of the same have the same digest, although each draws ids and secrets anew, at another time; two that would leave anything
// different behind do not.
import { createHash } from 'node:crypto';
import type { RoleId } from '../base/ids.ts';
import type { Book } from '../book/book.ts';
import { type Access, type BookRecord, type Grant, type RuleEntry, recordName } from '../book/records.ts';
import type { Change, SideWrite } from '../change.ts';
import { entriesTouched, memberMoves, rightsMoved } from './effect-on-things.ts';

/** What of a plan is drawn anew for each. */
export interface Drawn {
  readonly ids: readonly string[];
  readonly now: number;
}

const day = 86_400_000;

/** Sets stand for lists whose order says nothing: what is ordered by ids has another order when ids are drawn anew. */
export const digestOfAll = (value: unknown, { ids, now }: Drawn): string => {
  const turn = new Map(ids.map((one, i) => [one, i]));
  const longestFirst = [...turn.keys()].sort((a, b) => b.length - a.length).join('|');
  const known = longestFirst && new RegExp(`(?<![0-9a-z])(?:${longestFirst})(?![0-9a-z])`, 'g');
  const text = (one: string): string => {
    if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(one)) {
      const distance = Date.parse(one) - now;
      if (distance >= 0 && distance % day === 0) return `~+${distance}`;
    }
    // A tilde marks what stands for something else: one of the text's own is doubled.
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

/** Grants as they are kept, in the order of the ids in them. */
export const unordered = (grants: readonly Grant[]) =>
  new Set(grants.map(({ policies, ...grant }) => ({ ...grant, ...(policies && { policies: new Set(policies) }) })));

/** Everything that a change leaves behind, and what stood there: as much of it as two plans of the same have in common. */
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

/** Dates by the rules' clock that are new, as their distance to it. */
const dated = (value: unknown, clock: number): unknown => {
  if (typeof value === 'number') return Math.abs(value) > clock ? { new: value - Math.sign(value) * clock } : value;
  if (Array.isArray(value)) return value.map((one) => dated(one, clock));
  if (value === null || typeof value !== 'object' || value instanceof Set) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, dated(one, clock)]));
};

/** Without what moves with every write, and where it is stored. */
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

/** Of rules that get another place: before which other one. The rest have places that say nothing. */
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

/** An invitation is a secret drawn anew, for as long as any. */
const accessLeft = ({ rev: _, stamp: __, pinned: ___, personal, invitation, ...access }: Access) => ({
  ...access,
  personal: unordered(personal),
  invitation: invitation && { byKeeper: invitation.byKeeper, by: invitation.by },
});

/** Drafts are what is agreed to, and sweeps follow from what is deleted. */
const sideLeft = (side: SideWrite): unknown[] => {
  if (side.kind === 'draft' || side.kind === 'sweep') return [];
  if (side.kind !== 'profile' && side.kind !== 'rule') return [side];
  const left = (one: typeof side.before) => one && { ...one, rev: undefined };
  return [[side.kind, left(side.before), left(side.after)]];
};
