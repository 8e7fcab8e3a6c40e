// Plans for rules: their content, order and categories. Each returns the change or throws a refusal; the caller's
// permission is decided before (see `rule-needs.ts`).

import type { CategoryId, RoleId, RuleId } from '../base/ids.ts';
import { cleanName, fold } from '../base/names.ts';
import { withinQuota } from '../base/quotas.ts';
import { invalid, Refusal } from '../base/refusal.ts';
import type { Book } from '../book/book.ts';
import type { CategoriesRecord, Category, RuleEntry, RulesRecord } from '../book/records.ts';
import { type Change, type IdsAndTime, noChange, type World } from '../change.ts';
import { contentDifference, type RuleAction, type RuleContent, revised, type WantedContent } from '../rules/content.ts';
import { placeBetween, spread } from '../rules/order.ts';
import { type Rule, rulesPerChunk } from '../rules/rule-index.ts';

export const noSuchRule = (): Refusal => new Refusal('not-found', 'There is no such rule.');

/** Checks that the catalogue has rules. @throws Refusal rules-off */
export const needRules = (book: Book): void => {
  if (book.catalogue.data.ruleTypes.length === 0)
    throw new Refusal('rules-off', 'The catalogue of this tenant has no rules.');
};

/** The rule with this id. @throws Refusal not-found */
export const ruleOf = (book: Book, id: RuleId): Rule => {
  const rule = book.rules.byId.get(id);
  if (!rule) throw noSuchRule();
  return rule;
};

/** A chunk with some entries replaced or added; `undefined` removes an entry. */
const chunkWith = (
  { chunks }: Book['rules'],
  number: number,
  changed: Readonly<Record<RuleId, RuleEntry | undefined>>,
): RulesRecord => {
  const before = chunks.find(({ chunk }) => chunk === number) ?? { kind: 'rules', rev: 0, chunk: number, entries: {} };
  const entries = Object.entries({ ...before.entries, ...changed }).filter(([, entry]) => entry !== undefined);
  const gone = Object.keys(changed).flatMap((id) => (changed[id as RuleId] ? [] : (before.entries[id]?.born ?? [])));
  const newest = Math.max(before.newest ?? 0, ...gone);
  return {
    ...before,
    kind: 'rules',
    entries: Object.fromEntries(entries) as RulesRecord['entries'],
    ...(newest > 0 && { newest }),
  };
};

/** The chunk of one rule with its entry changed. */
export const ruleChunk = (book: Book, rule: Rule, entry: RuleEntry | undefined): RulesRecord =>
  chunkWith(book.rules, rule.chunk, { [rule.id]: entry });

/** The number of a chunk with room. Chunks are filled before another begins, so that all of them fit one transaction. */
const roomyChunk = ({ chunks }: Book['rules']): number => {
  const roomy = chunks.find(({ entries }) => Object.keys(entries).length < rulesPerChunk);
  return roomy ? roomy.chunk : chunks.length;
};

/** All chunks with new order numbers, evenly spread, in the order of `ids`. */
const spreadOut = (book: Book, ids: readonly RuleId[], fresh: ReadonlyMap<RuleId, [number, RuleEntry]>) => {
  const places = spread(ids.length);
  const changed = new Map<number, Record<RuleId, RuleEntry>>();
  ids.forEach((id, i) => {
    const rule = book.rules.byId.get(id);
    const [chunk, entry] = fresh.get(id) ?? [rule?.chunk as number, rule?.entry as RuleEntry];
    const of = changed.get(chunk) ?? {};
    of[id] = { ...entry, order: places[i] as string };
    changed.set(chunk, of);
  });
  return [...changed].map(([chunk, entries]) => chunkWith(book.rules, chunk, entries));
};

interface NewRule extends WantedContent {
  readonly name: string;
  readonly type: string;
  readonly owner: RoleId;
  readonly categories: readonly CategoryId[];
}

/**
 * Creates a rule with its whole content in one request (CT-64, Q-07). It comes last, and its owner has all rights on it
 * (CT-98).
 */
export const createRule = (world: World, input: NewRule, tools: IdsAndTime): Change<RuleContent> => {
  const { book } = world;
  needRules(book);
  if (!book.catalogue.data.ruleTypes.some(({ id }) => id === input.type))
    throw invalid('/type', 'is not in the catalogue: see GET /v1/catalogue');
  withinQuota('rules', book.rules.byId.size + 1);
  const id = tools.ids.next('rule');
  const empty: RuleContent = {
    id,
    rev: 1,
    name: '',
    description: '',
    enabled: true,
    conditions: [],
    exceptions: [],
    actions: [],
    options: {},
    createdAt: new Date(tools.now).toISOString(),
  };
  const content = revised(book.catalogue, empty, input, tools.ids);
  const born = book.rules.clock + 1;
  const categories = checkedCategories(book, input.categories, []);
  const order = placeBetween(book.rules.ordered.at(-1)?.entry.order, undefined);
  const entry: RuleEntry = {
    order: order ?? '',
    type: input.type,
    categories,
    owner: input.owner,
    ownedAt: born,
    born,
  };
  const chunk = roomyChunk(book.rules);
  const ids = [...book.rules.ordered.map((rule) => rule.id), id];
  const { rev: _, id: __, createdAt: ___, ...after } = content;
  return {
    book: order
      ? [chunkWith(book.rules, chunk, { [id]: entry })]
      : spreadOut(book, ids, new Map([[id, [chunk, entry]]])),
    users: [],
    side: [{ kind: 'rule', before: undefined, after: content }],
    audit: {
      action: 'rule.created',
      target: id,
      after: { type: input.type, owner: input.owner, categories, ...after },
    },
    result: content,
  };
};

const checkedCategories = (book: Book, wanted: readonly CategoryId[], had: readonly CategoryId[]): CategoryId[] => {
  wanted.forEach((id, i) => {
    if (!had.includes(id) && !book.categories.some((category) => category.id === id))
      throw invalid(`/categories/${i}`, 'there is no such category: see GET /v1/rule-categories');
  });
  const categories = [...new Set(wanted)];
  withinQuota('categoriesPerRule', categories.length);
  return categories;
};

interface RuleUpdate extends WantedContent {
  readonly categories?: readonly CategoryId[] | undefined;
}

/** Updates the named parts of a rule. Only a change of categories touches the book. */
export const updateRule = (
  { book }: World,
  before: RuleContent,
  input: RuleUpdate,
  tools: IdsAndTime,
): Change<RuleContent> => {
  const { id } = before;
  const rule = ruleOf(book, id);
  const after = { ...revised(book.catalogue, before, input, tools.ids), rev: before.rev + 1 };
  const difference = contentDifference(before, after);
  const had = rule.entry.categories;
  const categories = input.categories ? checkedCategories(book, input.categories, had) : had;
  const sorted = JSON.stringify(categories) !== JSON.stringify(had);
  if (!difference && !sorted) return noChange(before);
  return {
    book: sorted ? [ruleChunk(book, rule, { ...rule.entry, categories })] : [],
    users: [],
    side: difference ? [{ kind: 'rule', before, after }] : [],
    audit: {
      action: 'rule.updated',
      target: id,
      before: { ...difference?.before, ...(sorted && { categories: had }) },
      after: { ...difference?.after, ...(sorted && { categories }) },
    },
    result: difference ? after : before,
  };
};

/** Deletes a rule. Exceptions of roles for it are dropped when those are next written. */
export const deleteRule = (world: World, before: RuleContent): Change<undefined> => {
  const { rev: _, id, ...kept } = before;
  const rule = ruleOf(world.book, id);
  return {
    book: [ruleChunk(world.book, rule, undefined)],
    users: [],
    side: [{ kind: 'rule', before, after: undefined }],
    audit: {
      action: 'rule.deleted',
      target: id,
      before: { type: rule.type, owner: rule.owner ?? null, categories: rule.entry.categories, ...kept },
    },
    result: undefined,
  };
};

/** A place in a list: before or after another element, or at an end. */
export type Place<T extends string> =
  | { readonly before: T }
  | { readonly after: T }
  | { readonly to: 'first' | 'last' };

/** The list with one element moved. @throws Refusal invalid-request for a neighbour that `has` does not know */
const movedTo = <T extends string>(list: readonly T[], id: T, place: Place<T>, has: (id: T) => boolean): T[] => {
  const rest = list.filter((one) => one !== id);
  if ('to' in place) return place.to === 'first' ? [id, ...rest] : [...rest, id];
  const [field, other] = 'before' in place ? (['before', place.before] as const) : (['after', place.after] as const);
  if (other === id) throw invalid(`/${field}`, 'is the element to move: name another one');
  const at = has(other) ? rest.indexOf(other) : -1;
  if (at < 0) throw invalid(`/${field}`, 'is not in this list');
  return rest.toSpliced(field === 'before' ? at : at + 1, 0, id);
};

/** The place that a request names by one of the three fields; the end of the list by default. */
export const placeIn = <T extends string>(said: {
  readonly before?: T | undefined;
  readonly after?: T | undefined;
  readonly to?: 'first' | 'last' | undefined;
}): Place<T> => {
  if (said.before !== undefined) return { before: said.before };
  return said.after === undefined ? { to: said.to ?? 'last' } : { after: said.after };
};

/**
 * Moves a rule by one small write, or by all chunks when the order numbers must be spread anew (CT-65). `sees` tells
 * which rules the actor can see: when none of those changes places, nothing is written, so that the number of hidden
 * rules does not show (CT-86).
 */
export const moveRule = (
  { book }: World,
  id: RuleId,
  place: Place<RuleId>,
  sees: (rule: Rule) => boolean,
): Change<undefined> => {
  const rule = ruleOf(book, id);
  const { ordered, byId } = book.rules;
  const list = ordered.map((one) => one.id);
  const moved = movedTo(list, id, place, (other) => {
    const found = byId.get(other);
    return found !== undefined && sees(found);
  });
  const seen = (ids: readonly RuleId[]) => ids.filter((one) => one === id || sees(byId.get(one) as Rule));
  const [was, is] = [seen(list), seen(moved)];
  if (was.every((one, i) => one === is[i])) return noChange(undefined);
  const from = list.indexOf(id);
  const to = moved.indexOf(id);
  const orderAt = (i: number) => byId.get(moved[i] as RuleId)?.entry.order;
  const order = placeBetween(orderAt(to - 1), orderAt(to + 1));
  return {
    book: order ? [ruleChunk(book, rule, { ...rule.entry, order })] : spreadOut(book, moved, new Map()),
    users: [],
    side: [],
    moved: [id],
    audit: { action: 'rule.moved', target: id, before: { position: from + 1 }, after: { position: to + 1 } },
    result: undefined,
  };
};

/** An action of a rule. @throws Refusal not-found */
export const ruleActionOf = (content: RuleContent, id: string): RuleAction => {
  const action = content.actions.find((one) => one.id === id);
  if (!action) throw new Refusal('not-found', 'The rule has no such action.');
  return action;
};

/** The actions of a rule with one of them moved. */
export const movedAction = (
  content: RuleContent,
  id: RuleAction['id'],
  place: Place<RuleAction['id']>,
): RuleAction[] => {
  ruleActionOf(content, id);
  const ids = content.actions.map((action) => action.id);
  return movedTo(ids, id, place, (other) => ids.includes(other)).map((one) => ruleActionOf(content, one));
};

/** Replaces the list of categories. Categories with an id stay, perhaps renamed; rules lose the omitted ones. */
export const putCategories = (
  world: World,
  wanted: readonly { readonly id?: CategoryId | undefined; readonly name: string }[],
  tools: IdsAndTime,
): Change<readonly Category[]> => {
  const { book } = world;
  needRules(book);
  withinQuota('categories', wanted.length);
  const before = book.categories;
  const names = new Map(before.map((category) => [category.id, category.name]));
  const used = new Set<CategoryId>();
  const list = wanted.map(({ id, name }, i): Category => {
    if (id !== undefined && (used.has(id) || !names.has(id)))
      throw invalid(
        `/categories/${i}/id`,
        'names no category, or names one twice: leave the id out for a new category',
      );
    const stays = id !== undefined && names.get(id) === name;
    const category = {
      id: id ?? tools.ids.next('category'),
      name: stays ? name : cleanName(name, `/categories/${i}/name`),
    };
    used.add(category.id);
    return category;
  });
  const bearers = Map.groupBy(list, ({ name }) => fold(name));
  for (const { id, name } of list)
    if (name !== names.get(id) && (bearers.get(fold(name))?.length ?? 0) > 1)
      throw new Refusal('name-taken', `Two categories are called ${name}: rename one.`);
  if (JSON.stringify(list) === JSON.stringify(before)) return noChange(before);
  const record: CategoriesRecord = { kind: 'categories', rev: 0, list };
  return {
    book: [record],
    users: [],
    side: [],
    audit: {
      action: 'rule.categories.replaced',
      target: 'rule-categories',
      before: { categories: before },
      after: { categories: list },
    },
    result: list,
  };
};
