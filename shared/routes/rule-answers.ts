// The answers of the operations on rules.
import * as z from 'zod';
import { properties } from './rules.ts';
import * as s from './schemas.ts';

const rights = { view: z.boolean(), edit: z.boolean(), delete: z.boolean() };
const summary = {
  id: s.ids.rule,
  type: z.string().meta({ description: 'A type of rule of the catalogue.' }),
  name: z.string(),
  description: z.string(),
  enabled: z.boolean(),
  categories: z.array(s.ids.category),
  owner: s.ids.role.nullable().meta({ description: 'The role that owns it.' }),
  createdAt: z.iso.datetime(),
  rights: z.strictObject(rights).meta({ description: 'What the caller may do to the rule.' }),
};
export const ruleSummary = z.strictObject(summary);
export const ruleAction = z.strictObject({ id: s.ids.action, type: z.string(), properties: properties() });
export const rule = z.strictObject({
  ...summary,
  conditions: z.array(properties()),
  exceptions: z.array(properties()),
  actions: z.array(ruleAction).meta({ description: 'In the order in which they are carried out.' }),
  options: properties(),
});

const warnings = z
  .array(z.string())
  .optional()
  .meta({ description: '`rule-seen-by-nobody:id` for rules that no role lets anybody see any more.' });
export const owner = z.strictObject({ id: s.ids.rule, name: z.string(), owner: s.ids.role.nullable(), warnings });
export const categories = z.strictObject({
  categories: z.array(z.strictObject({ id: s.ids.category, name: z.string() })),
});

const newRules = z.strictObject(rights).meta({ description: 'What it grants on rules that other roles create.' });
const line = z.strictObject({
  rule: s.ids.rule,
  name: z.string(),
  type: z.string(),
  position: z.int().positive().meta({ description: 'Its place among all rules.' }),
  owned: z.boolean().meta({ description: 'The role owns the rule.' }),
  ...rights,
});
export const ruleRights = z.strictObject({ newRules, items: z.array(line), cursor: z.string().optional() });
export const ruleRightsPut = z.strictObject({ newRules, warnings });
