// Lists which resources a change creates, changes and deletes, in the words of the API and without storage details.

import { minus } from '../base/collections.ts';
import { type RoleId, type RuleId, userOf } from '../base/ids.ts';
import type { Book } from '../book/book.ts';
import { type BookRecord, type MembersRecord, recordName } from '../book/records.ts';
import { sourceFields } from '../book/sources.ts';
import type { Change, RuleWrite } from '../change.ts';
import type { Rule } from '../rules/rule-index.ts';
import { columns, grantsOn } from '../rules/rule-rights.ts';

/** A resource that is created, changed or deleted, and which of its fields change. */
export interface ThingEffect {
  readonly kind: string;
  readonly id: string;
  readonly name?: string;
  readonly change: 'created' | 'changed' | 'deleted';
  readonly fields?: readonly string[];
  /** Number of users that become direct members of a role; `left` counts those that cease to be. */
  readonly joined?: number;
  readonly left?: number;
  /** Number of rules on which the rights of a role change. */
  readonly rules?: number;
}

/** True when the caller sees the rule, as it was before or will be after the change. */
export type SeesRule = (was: Rule | undefined, is: Rule | undefined) => boolean;

/** Fields that nobody reads. The profile tells of an external id, of which the access item has a digest. */
const ignored: ReadonlySet<string> = new Set([
  'kind',
  'id',
  'rev',
  'life',
  'stamp',
  'pinned',
  'deleted',
  'enabledBefore',
  'epoch',
  'external',
  'born',
  'rulesTo',
  'rulesAt',
]);
const plain = (value: unknown): string =>
  JSON.stringify(value, (_, one) => (one instanceof Set ? [...one].sort() : one)) ?? '';

/** The fields in which two versions of a thing differ. */
const fieldsOf = (before: object, after: object, left = ignored): string[] => {
  const [was, is] = [before, after] as Record<string, unknown>[] as [Record<string, unknown>, Record<string, unknown>];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((field) => !left.has(field) && plain(was[field]) !== plain(is[field]))
    .sort();
};

type Thing = { kind: string; id: string; name?: string; deleted?: boolean };

/** Records that belong to another resource are reported as changes of that resource: a role, a rule. */
const parts: readonly string[] = ['members', 'rules', 'rights', 'exceptions'];

const recordEffect = (before: BookRecord | undefined, after: BookRecord): ThingEffect | undefined => {
  const { kind } = after;
  if (parts.includes(kind)) return undefined;
  const thing = after as Thing;
  const id = kind === 'tenant' ? 'tenant' : (thing.id ?? recordName(after));
  // What is deleted is told by the name that it had.
  const { name } = thing.deleted ? ((before as Thing) ?? thing) : thing;
  const named = { kind, id, ...(typeof name === 'string' && { name }) };
  const lived = before !== undefined && !(before as Thing).deleted;
  if (thing.deleted) return lived ? { ...named, change: 'deleted' } : undefined;
  if (!lived) return { ...named, change: 'created' };
  const fields =
    before.kind === 'source' && after.kind === 'source'
      ? fieldsOf(sourceFields(before), sourceFields(after), new Set())
      : fieldsOf(before, after);
  return fields.length > 0 ? { ...named, change: 'changed', fields } : undefined;
};

/** The users that become members of a role by these chunks, and the users that cease to be. */
export const memberMoves = (before: Book, chunks: readonly MembersRecord[]) => {
  const was = new Set(
    chunks.flatMap((chunk) => [...((before.records.get(recordName(chunk)) as MembersRecord | undefined)?.users ?? [])]),
  );
  const is = new Set(chunks.flatMap((chunk) => [...chunk.users]));
  return { joined: [...minus(is, was)].map(userOf), left: [...minus(was, is)].map(userOf) };
};

const memberThings = (before: Book, change: Change): ThingEffect[] => {
  const chunks = Map.groupBy(
    change.book.filter((record) => record.kind === 'members'),
    (chunk) => chunk.role,
  );
  return [...chunks].flatMap(([id, list]): ThingEffect[] => {
    const { joined, left } = memberMoves(before, list);
    if (joined.length + left.length === 0) return [];
    const name = before.roles.get(id)?.record.name;
    const moved = { fields: ['members'], joined: joined.length, left: left.length };
    return [{ kind: 'role', id, ...(name && { name }), change: 'changed', ...moved }];
  });
};

const userFields: Readonly<Record<string, string>> = { personal: 'grants' };

const userThings = (change: Change): ThingEffect[] => [
  ...change.users.flatMap(({ before: was, after }): ThingEffect[] => {
    const named = { kind: 'user', id: after.id };
    const lived = was !== undefined && was.state !== 'deleted';
    if (after.state === 'deleted') return lived ? [{ ...named, change: 'deleted' }] : [];
    if (!lived) return [{ ...named, change: 'created' }];
    const fields = fieldsOf(was, after).map((field) => userFields[field] ?? field);
    return fields.length > 0 ? [{ ...named, change: 'changed', fields }] : [];
  }),
  ...change.side.flatMap((side): ThingEffect[] => {
    if (side.kind !== 'profile' || !side.before || !side.after) return [];
    const fields = fieldsOf(side.before, side.after).filter((field) => field !== 'issuer' && field !== 'subject');
    return fields.length > 0 ? [{ kind: 'user', id: side.after.id, change: 'changed', fields }] : [];
  }),
];

/** Ids of the rules whose entries in the book differ. */
export const entriesTouched = (before: Book, change: Change): string[] =>
  change.book.flatMap((record) => {
    if (record.kind !== 'rules') return [];
    const old = before.records.get(recordName(record));
    const was = old?.kind === 'rules' ? old.entries : {};
    const ids = new Set([...Object.keys(was), ...Object.keys(record.entries)]);
    return [...ids].filter((id) => plain(was[id]) !== plain(record.entries[id]));
  });

/**
 * The moved rules that stand behind other visible rules than before. Order numbers and the position among hidden rules
 * are ignored, so that the preview does not betray rules that the caller cannot see.
 */
const movedFor = (before: Book, after: Book, { moved = [] }: Change, sees: SeesRule): Set<RuleId> => {
  if (moved.length === 0) return new Set();
  const stays = ({ id }: Rule) => {
    const [was, is] = [before.rules.byId.get(id), after.rules.byId.get(id)];
    return was !== undefined && is !== undefined && sees(was, is);
  };
  const [was, is] = [before, after].map((book) => book.rules.ordered.filter(stays).map(({ id }) => id)) as [
    RuleId[],
    RuleId[],
  ];
  const isElsewhere = (id: RuleId) => {
    const ahead = new Set(was.slice(0, was.indexOf(id)));
    const now = is.slice(0, is.indexOf(id));
    return ahead.size !== now.length || now.some((one) => !ahead.has(one));
  };
  return new Set(moved.filter((id) => was.includes(id) && isElsewhere(id)));
};

const ruleThings = (before: Book, after: Book, change: Change, sees: SeesRule): ThingEffect[] => {
  const contents = new Map<string, RuleWrite>();
  for (const side of change.side) if (side.kind === 'rule') contents.set((side.after ?? side.before)?.id ?? '', side);
  const elsewhere = movedFor(before, after, change, sees);
  return [...new Set([...contents.keys(), ...entriesTouched(before, change)])].flatMap((one): ThingEffect[] => {
    const id = one as RuleId;
    const [was, is] = [before.rules.byId.get(id), after.rules.byId.get(id)];
    if (!(was || is) || !sees(was, is)) return [];
    const content = contents.get(id);
    const name = (content?.after ?? content?.before)?.name;
    const named = { kind: 'rule', id, ...(name !== undefined && { name }) };
    if (!was) return [{ ...named, change: 'created' }];
    if (!is) return [{ ...named, change: 'deleted' }];
    const fields = [
      ...(content?.before && content.after ? fieldsOf(content.before, content.after) : []),
      ...(plain(was.entry.categories) === plain(is.entry.categories) ? [] : ['categories']),
      ...(was.owner === is.owner ? [] : ['owner']),
      ...(elsewhere.has(id) ? ['position'] : []),
    ].sort();
    return fields.length > 0 ? [{ ...named, change: 'changed', fields }] : [];
  });
};

/**
 * For each role, the rules that exist before and after and on which its rights change, whether by stored rights or by
 * ownership.
 */
export const rightsMoved = (before: Book, after: Book, change: Change, sees: SeesRule): Map<RoleId, RuleId[]> => {
  const roles = new Set<RoleId>();
  for (const record of change.book) {
    if (record.kind === 'role') roles.add(record.id);
    else if (record.kind === 'rights' || record.kind === 'exceptions') roles.add(record.role);
  }
  const moved = new Map<RoleId, RuleId[]>();
  if (roles.size === 0 && !change.book.some(({ kind }) => kind === 'rules')) return moved;
  const both = [...before.rules.byId.values()].flatMap((was) => {
    const is = after.rules.byId.get(was.id);
    return is && sees(was, is) ? [{ was, is }] : [];
  });
  for (const { was, is } of both)
    if (was.owner !== is.owner) for (const owner of [was.owner, is.owner]) if (owner) roles.add(owner);
  for (const id of roles) {
    const [old, now] = [before.roles.get(id)?.record, after.roles.get(id)?.record];
    const others = both.filter(({ was, is }) =>
      columns.some(
        (column) =>
          (old !== undefined && grantsOn(before.rules, old, was, column)) !==
          (now !== undefined && grantsOn(after.rules, now, is, column)),
      ),
    );
    if (others.length > 0)
      moved.set(
        id,
        others.map(({ was }) => was.id),
      );
  }
  return moved;
};

const rightsThings = (before: Book, after: Book, change: Change, sees: SeesRule): ThingEffect[] =>
  [...rightsMoved(before, after, change, sees)].map(([id, { length }]) => {
    const name = (after.roles.get(id) ?? before.roles.get(id))?.record.name;
    const changed = { change: 'changed', fields: ['ruleRights'], rules: length } as const;
    return { kind: 'role', id, ...(name && { name }), ...changed };
  });

/** Joins two effects on one resource. `fields` is listed only for a resource that exists before and after. */
const joined = (old: ThingEffect | undefined, one: ThingEffect): ThingEffect => {
  const { fields: had = [], ...before } = old ?? one;
  const { fields: has = [], ...now } = one;
  const change = before.change === 'changed' ? now.change : before.change;
  const fields = [...new Set([...had, ...has])].sort();
  return { ...before, ...now, change, ...(change === 'changed' && fields.length > 0 && { fields }) };
};

/** The resources that a change creates, changes and deletes, each once. Rules that the caller cannot see are left out. */
export const thingsOf = (before: Book, after: Book, change: Change, sees: SeesRule): ThingEffect[] => {
  const things = new Map<string, ThingEffect>();
  for (const one of [
    ...change.book.flatMap((record) => recordEffect(before.records.get(recordName(record)), record) ?? []),
    ...memberThings(before, change),
    ...userThings(change),
    ...ruleThings(before, after, change, sees),
    ...rightsThings(before, after, change, sees),
  ]) {
    const key = `${one.kind} ${one.id}`;
    things.set(key, joined(things.get(key), one));
  }
  return [...things.values()].sort((a, b) => (`${a.kind} ${a.id}` < `${b.kind} ${b.id}` ? -1 : 1));
};
