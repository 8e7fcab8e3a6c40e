// Pages of rules: of those that somebody may see, in their order or by name. Neither a page nor its cursor tells of others.
import type { RuleContent } from '../domain/content.ts';
import type { RuleId, TenantId } from '../domain/ids.ts';
import type { Rule } from '../domain/ruleindex.ts';
import { knownToEnd, type List, listOf, readAlong } from '../store/lists.ts';
import { rulesById, rulesByName } from '../store/rules.ts';
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

const inOrder = (rules: readonly Rule[], after: string | undefined) => {
  const from = start(rules, after);
  return listOf(rules.slice(from).map(({ id }, i) => ({ item: id, at: `${id} ${from + i + 1}` })));
};

/** These rules, which are in order, with their contents, read so many at a time. */
export const rulesListed = (
  { runtime, tenant }: { readonly runtime: Runtime; readonly tenant: TenantId },
  rules: readonly Rule[],
  { byName, prefix }: { readonly byName: boolean; readonly prefix: string },
  size: number,
  after: string | undefined,
): List<Shown> => {
  const { db } = runtime.store;
  const by = new Map(rules.map((rule) => [rule.id, rule]));
  const keep = (id: RuleId) => by.has(id);
  const named = () => knownToEnd(rulesByName(db, tenant, { prefix, keep }, size + 1, after));
  return readAlong(byName ? named() : inOrder(rules, after), size, async (ids) => {
    const contents = await rulesById(db, tenant, ids);
    return ids.map((id) => {
      const [rule, content] = [by.get(id), contents.get(id)];
      return rule && content && { rule, content };
    });
  });
};
