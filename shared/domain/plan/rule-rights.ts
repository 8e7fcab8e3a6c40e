// Plans for the rights of roles on rules, and for the owner of a rule. Only keepers make these changes.

import type { RoleId, RuleId } from '../base/ids.ts';
import { withinQuota } from '../base/quotas.ts';
import { invalid, Refusal } from '../base/refusal.ts';
import type { Book } from '../book/book.ts';
import type { BookRecord, ExceptionsRecord, Marks, RightsOnRules, RightsRecord, RoleRecord } from '../book/records.ts';
import { type Change, noChange, type World } from '../change.ts';
import type { Rule } from '../rules/rule-index.ts';
import { type Column, columns, decisiveOn, grantsOn, mostNamed, rulesLostFromSight } from '../rules/rule-rights.ts';
import { ruleChunk, ruleOf } from './rules.ts';

type Some = { readonly [C in Column]?: boolean | undefined };

interface RuleRightsUpdate {
  /** Rights that the role gets on rules that others create from now on. */
  readonly newRules?: Some | undefined;
  /** Sets or clears a right on every existing rule (CT-91). */
  readonly columns?: Some | undefined;
  /** Rights on single rules; within one request they override the columns. */
  readonly rules?: readonly (Some & { readonly rule: RuleId })[] | undefined;
}

/** The result of a change of rights: the rules that no role sees any more, up to one more than are named. */
interface RightsResult {
  readonly role: RoleRecord;
  readonly lost: readonly Rule[];
}

const roleIn = (book: Book, id: RoleId): RoleRecord => {
  const role = book.roles.get(id)?.record;
  if (!role) throw new Refusal('not-found', 'There is no such role.');
  return role;
};

/** The stored header of a role's rights, or its equivalent when nobody has changed them yet. */
const headerOf = (book: Book, role: RoleRecord): RightsRecord =>
  book.rules.rightsOf(role.id).header ?? {
    kind: 'rights',
    rev: 0,
    role: role.id,
    newRules: [{ ...role.newRules, at: 0 }],
    columns: {},
    edits: 0,
  };

/** Number of changes made to a role's rights on rules, for the ETag. */
export const editsOf = (book: Book, role: RoleId): number => book.rules.rightsOf(role).header?.edits ?? 0;

const asMark = (value: boolean, date: number): number => (value ? date : -date);

const marksOf = (said: Some, date: number): Marks =>
  Object.fromEntries(columns.flatMap((c) => (said[c] === undefined ? [] : [[c, asMark(said[c], date)]])));

/** Appends new defaults, and drops earlier ones that no rule depends on any more. */
const withDefault = (book: Book, role: RoleRecord, header: RightsRecord, wanted: RightsOnRules, date: number) => {
  const ticked = Math.min(...columns.map((column) => Math.abs(header.columns[column] ?? 0)));
  const decided = [...book.rules.byId.values()].map(({ entry }) => Math.max(entry.born, role.born ?? 0));
  const kept = header.newRules.filter(({ at }, i) => {
    const until = header.newRules[i + 1]?.at ?? date;
    return decided.some((born) => at <= born && born < until && born > ticked);
  });
  withinQuota('newRulesChanges', kept.length + 1);
  return [...kept, { ...wanted, at: date }];
};

/** A chunk of exceptions with the new ones. Exceptions of deleted rules, or overridden by a column, are dropped. */
const withExceptions = (
  book: Book,
  header: RightsRecord,
  chunk: number,
  fresh: ReadonlyMap<RuleId, Marks>,
): ExceptionsRecord => {
  const before = book.rules.rightsOf(header.role).exceptions.get(chunk);
  const merged = new Map(Object.entries(before?.rules ?? {}) as [RuleId, Marks][]);
  for (const [rule, marks] of fresh) merged.set(rule, { ...merged.get(rule), ...marks });
  const kept = [...merged].flatMap(([rule, marks]) => {
    const born = book.rules.byId.get(rule)?.entry.born;
    const left = columns.filter((c) => {
      const ticked = Math.abs(header.columns[c] ?? 0);
      return marks[c] !== undefined && !(ticked >= (born ?? 0) && ticked > Math.abs(marks[c]));
    });
    return born === undefined || left.length === 0
      ? []
      : [[rule, Object.fromEntries(left.map((c) => [c, marks[c]]))] as const];
  });
  return { kind: 'exceptions', rev: before?.rev ?? 0, role: header.role, chunk, rules: Object.fromEntries(kept) };
};

/**
 * The requested rights that are not stored already. A right that follows from ownership is not stored, because it ends
 * with the ownership; set explicitly, it is stored and stays.
 */
const news = (book: Book, role: RoleRecord, input: RuleRightsUpdate) => {
  const isSaid = (rule: Rule, column: Column, wanted: boolean) => {
    const { value, by } = decisiveOn(book.rules, role, rule, column);
    return value === wanted && by !== 'owner';
  };
  const { view, edit, delete: gone } = input.newRules ?? {};
  const old = role.newRules;
  const newRules = { view: view ?? old.view, edit: edit ?? old.edit, delete: gone ?? old.delete };
  const ticked: Some = Object.fromEntries(
    columns.flatMap((c) => {
      const wanted = input.columns?.[c];
      const isNew = wanted !== undefined && book.rules.ordered.some((rule) => !isSaid(rule, c, wanted));
      return isNew ? [[c, wanted]] : [];
    }),
  );
  const single = (input.rules ?? []).flatMap(({ rule: id, ...said }, i): [Rule, Some][] => {
    const rule = book.rules.byId.get(id);
    if (!rule) throw invalid(`/rules/${i}/rule`, 'there is no such rule');
    const isNew = (c: Column, wanted: boolean) =>
      ticked[c] === undefined ? !isSaid(rule, c, wanted) : ticked[c] !== wanted;
    const fresh = columns.filter((c) => said[c] !== undefined && isNew(c, said[c]));
    return fresh.length === 0 ? [] : [[rule, Object.fromEntries(fresh.map((c) => [c, said[c]]))]];
  });
  const twice = (input.rules ?? []).findIndex(({ rule }, i, all) => all.findIndex((one) => one.rule === rule) !== i);
  if (twice >= 0) throw invalid(`/rules/${twice}/rule`, 'is named twice');
  return { newRules: columns.some((c) => newRules[c] !== role.newRules[c]) ? newRules : undefined, ticked, single };
};

/** Sets the named rights and keeps the rest. A column is one small write, whatever the number of rules (CT-91). */
export const putRuleRights = (world: World, id: RoleId, input: RuleRightsUpdate): Change<RightsResult> => {
  const { book } = world;
  const role = roleIn(book, id);
  const { newRules, ticked, single } = news(book, role, input);
  if (!newRules && Object.keys(ticked).length === 0 && single.length === 0) return noChange({ role, lost: [] });
  const date = book.rules.clock + 1;
  const before = headerOf(book, role);
  const header: RightsRecord = {
    ...before,
    columns: { ...before.columns, ...marksOf(ticked, date) },
    ...(newRules && { newRules: withDefault(book, role, before, newRules, date) }),
    edits: before.edits + 1,
  };
  const byChunk = new Map<number, Map<RuleId, Marks>>();
  for (const [rule, said] of single)
    byChunk.set(rule.chunk, (byChunk.get(rule.chunk) ?? new Map()).set(rule.id, marksOf(said, date)));
  const after = newRules ? { ...role, newRules } : role;
  const records: BookRecord[] = [
    header,
    ...[...byChunk].map(([chunk, fresh]) => withExceptions(book, header, chunk, fresh)),
    ...(newRules ? [after] : []),
  ];
  const was = Object.fromEntries(single.map(([rule]) => [rule.id, rightsOn(book, role, rule)]));
  return {
    book: records,
    users: [],
    side: [],
    audit: {
      action: 'role.rule-rights.changed',
      target: id,
      before: { ...(newRules && { newRules: role.newRules }), ...(single.length > 0 && { rules: was }) },
      after: {
        ...(newRules && { newRules }),
        ...(Object.keys(ticked).length > 0 && { columns: ticked }),
        ...(single.length > 0 && { rules: Object.fromEntries(single.map(([rule, said]) => [rule.id, said])) }),
      },
    },
    result: { role: after, lost: rulesLostFromSight(book, book.with(records), role) },
  };
};

/** The rights of a role on a rule, as the list of its rights shows them. */
export const rightsOn = (book: Book, role: RoleRecord, rule: Rule): RightsOnRules => ({
  view: grantsOn(book.rules, role, rule, 'view'),
  edit: grantsOn(book.rules, role, rule, 'edit'),
  delete: grantsOn(book.rules, role, rule, 'delete'),
});

/**
 * The records that give a clone every right of its original on every rule. The clone owns no rule, so rights that the
 * original has as an owner become exceptions, dated like the ownership.
 */
export const clonedRights = (book: Book, from: RoleId, clone: RoleRecord): BookRecord[] => {
  const { header, exceptions } = book.rules.rightsOf(from);
  const original = roleIn(book, from);
  const owned = new Map<number, Map<RuleId, Marks>>();
  for (const rule of book.rules.byId.values()) {
    if (rule.owner !== from) continue;
    const marks: Marks = Object.fromEntries(
      columns.flatMap((c) => {
        const { by, at } = decisiveOn(book.rules, original, rule, c);
        return by === 'owner' ? [[c, asMark(true, at)]] : [];
      }),
    );
    if (Object.keys(marks).length > 0) owned.set(rule.chunk, (owned.get(rule.chunk) ?? new Map()).set(rule.id, marks));
  }
  const source = headerOf(book, original);
  const chunks = [...new Set([...exceptions.keys(), ...owned.keys()])];
  const copied = chunks
    .map((chunk) => ({ ...withExceptions(book, source, chunk, owned.get(chunk) ?? new Map()), role: clone.id, rev: 0 }))
    .filter((record) => Object.keys(record.rules).length > 0);
  if (!header && copied.length === 0) return [];
  return [{ ...source, role: clone.id, rev: 0, edits: 0 }, ...copied];
};

/** Gives a rule another owner. The new owner has all rights on the rule; the old one keeps its rights from elsewhere. */
export const putOwner = (
  world: World,
  id: RuleId,
  owner: RoleId | null,
): Change<{ readonly rule: Rule; readonly lost: readonly Rule[] }> => {
  const { book } = world;
  const rule = ruleOf(book, id);
  if (owner !== null && !book.roles.has(owner)) throw invalid('/owner', 'there is no such role');
  if ((rule.owner ?? null) === owner) return noChange({ rule, lost: [] });
  const { owner: _, ...entry } = rule.entry;
  const date = book.rules.clock + 1;
  const records = [ruleChunk(book, rule, { ...entry, ownedAt: date, ...(owner && { owner }) })];
  const after = book.with(records);
  const previous = rule.owner && book.roles.get(rule.owner)?.record;
  return {
    book: records,
    users: [],
    side: [],
    audit: { action: 'rule.owner.changed', target: id, before: { owner: rule.owner ?? null }, after: { owner } },
    result: { rule: ruleOf(after, id), lost: previous ? rulesLostFromSight(book, after, previous) : [] },
  };
};

/** Warnings of rules that no role can see any more. */
export const lostWarnings = (lost: readonly Rule[]): string[] => [
  ...lost.slice(0, mostNamed).map(({ id }) => `rule-seen-by-nobody:${id}`),
  ...(lost.length > mostNamed ? ['rule-seen-by-nobody:more'] : []),
];
