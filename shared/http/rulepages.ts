// Pages of rules: of those that somebody may see, in their order or by name. Neither a page nor its cursor tells of others.
import type { RuleContent } from '../domain/content.ts';
import type { RuleId, TenantId } from '../domain/ids.ts';
import type { Rule } from '../domain/ruleindex.ts';
import { type Named, rulesById, rulesByName } from '../store/rules.ts';
import type { Runtime } from './runtime.ts';

interface Shown {
  readonly rule: Rule;
  readonly content: RuleContent;
}

/**
 * A position is the rule that was answered last and how many came before the next: should that rule be gone by then, the
 * list goes on by number. A place in the order would tell of the rules in between.
 */
const start = (rules: readonly Rule[], after: string | undefined): number => {
  if (after === undefined) return 0;
  const [id, count] = after.split(' ');
  const at = rules.findIndex((rule) => rule.id === id);
  return at < 0 ? Number(count) || 0 : at + 1;
};

const inOrder = (rules: readonly Rule[], limit: number, after: string | undefined): Named[] => {
  const from = start(rules, after);
  return rules.slice(from, from + limit + 1).map(({ id }, i) => ({ id, at: `${id} ${from + i + 1}` }));
};

/** One page of these rules, which are in order; reads the contents of those that it shows, and no more. */
export const rulePage = async (
  { runtime, tenant }: { readonly runtime: Runtime; readonly tenant: TenantId },
  rules: readonly Rule[],
  { byName, prefix }: { readonly byName: boolean; readonly prefix: string },
  limit: number,
  after: string | undefined,
): Promise<{ items: Shown[]; next?: string }> => {
  const { db } = runtime.store;
  const by = new Map(rules.map((rule) => [rule.id, rule]));
  const keep = (id: RuleId) => by.has(id);
  const found = byName ? await rulesByName(db, tenant, { prefix, keep }, limit, after) : inOrder(rules, limit, after);
  const shown = found.slice(0, limit);
  const contents = await rulesById(
    db,
    tenant,
    shown.map(({ id }) => id),
  );
  const items = shown.flatMap(({ id }) => {
    const [rule, content] = [by.get(id), contents.get(id)];
    return rule && content ? [{ rule, content }] : [];
  });
  const next = found.length > limit ? shown.at(-1)?.at : undefined;
  return { items, ...(next !== undefined && { next }) };
};
