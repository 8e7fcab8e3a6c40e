// Pages of the rules that the caller may see, in their order or by name. Neither a page nor its cursor reveals hidden
// rules.

import type { RuleId, TenantId } from '../../domain/base/ids.ts';
import type { RuleContent } from '../../domain/rules/content.ts';
import type { Rule } from '../../domain/rules/rule-index.ts';
import { knownToEnd, type List, readAlong } from '../../store/lists.ts';
import { rulesById, rulesByName } from '../../store/rules.ts';
import type { Runtime } from '../gateway/runtime.ts';
import { placedAfter } from './pages.ts';

interface Shown {
  readonly rule: Rule;
  readonly content: RuleContent;
}

/** The rules, given in their order, with their contents, which are read `size` at a time. */
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
  // A position counts only shown rules, because a place among all rules would reveal hidden rules in between.
  const inOrder = () =>
    placedAfter(
      rules.map(({ id }) => id),
      (id) => id,
      after,
    );
  const named = () => knownToEnd(rulesByName(db, tenant, { prefix, keep }, size + 1, after));
  return readAlong(byName ? named() : inOrder(), size, async (ids) => {
    const contents = await rulesById(db, tenant, ids);
    return ids.map((id) => {
      const [rule, content] = [by.get(id), contents.get(id)];
      return rule && content && { rule, content };
    });
  });
};
