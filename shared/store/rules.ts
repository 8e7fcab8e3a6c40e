// The content of rules as items, and lists of rules by name.
import * as z from 'zod';
import type { RuleId, TenantId } from '../domain/base/ids.ts';
import { lazy } from '../domain/base/lazy.ts';
import type { RuleWrite } from '../domain/change.ts';
import { contentSchema, type RuleContent } from '../domain/rules/content.ts';
import * as on from './conditions.ts';
import type { Db, Item, TransactItem } from './db.ts';
import { parsed, stored } from './items.ts';
import { keys, nameKey, partitions } from './keys.ts';
import { mergedPage } from './lists.ts';
import { indexes } from './table.ts';

/** Fields stored as JSON text, because nobody queries inside. */
const nested = ['conditions', 'exceptions', 'actions', 'options'] as const;
const text = lazy(() => z.string().transform((json) => JSON.parse(json) as unknown));
const itemSchema = lazy(() => z.looseObject(Object.fromEntries(nested.map((field) => [field, text()]))));

export const toRule = (item: Item | undefined): RuleContent | undefined =>
  item && parsed(itemSchema().pipe(contentSchema()), item);

/** The item of a rule, with the index key for lists by name. */
export const ruleItem = (tenant: TenantId, content: RuleContent): Item =>
  stored(keys.rule(tenant, content.id), {
    ...content,
    ...Object.fromEntries(nested.map((field) => [field, JSON.stringify(content[field])])),
    NPK: partitions.ruleNameOf(tenant, content.id),
    NSK: nameKey(content.name, content.id),
  });

/** Creates, replaces or removes a rule's item, on the condition that it is still as read (against lost updates). */
export const ruleWrite = (tenant: TenantId, { before, after }: RuleWrite): TransactItem => {
  const condition = before
    ? { ConditionExpression: on.sameRev, ExpressionAttributeValues: { ':rev': before.rev } }
    : { ConditionExpression: on.absent };
  if (after) return { Put: { Item: ruleItem(tenant, after), TableName: '', ...condition } };
  return { Delete: { Key: keys.rule(tenant, (before as RuleContent).id), TableName: '', ...condition } };
};

/** The contents of rules, by id; rules deleted meanwhile are left out. */
export const rulesById = async (
  db: Db,
  tenant: TenantId,
  ids: readonly RuleId[],
): Promise<ReadonlyMap<RuleId, RuleContent>> => {
  const items = await db.read(ids.map((id) => keys.rule(tenant, id)));
  return new Map(items.flatMap((item) => toRule(item) ?? []).map((content) => [content.id, content]));
};

const mostPerRead = 1_000;

/** A rule's id, and its position in the list. */
interface Named {
  readonly item: RuleId;
  readonly at: string;
}

/**
 * Ids of rules in the order of their names. All are examined until enough are found, because a page cut short would
 * betray the hidden rules in it.
 */
export async function* rulesByName(
  db: Db,
  tenant: TenantId,
  filter: { readonly prefix?: string | undefined; readonly keep: (id: RuleId) => boolean },
  first: number,
  after: string | undefined,
): AsyncGenerator<Named> {
  let at = after;
  for (let size = first; ; size = Math.min(mostPerRead, size * 4)) {
    const range = { index: indexes.byName, prefix: filter.prefix || undefined, after: at };
    const { items, done } = await mergedPage(db, partitions.ruleNames(tenant), range, 'NSK', size);
    for (const item of items) {
      const id = String(item.PK).split('#R#')[1] as RuleId;
      if (filter.keep(id)) yield { item: id, at: String(item.NSK) };
    }
    if (done) return;
    at = String(items.at(-1)?.NSK ?? at);
  }
}
