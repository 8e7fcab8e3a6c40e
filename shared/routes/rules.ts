// The entries of rules in the table of operations. Each operation decides itself whether the caller may use it, by the
// permission for each section and by the caller's rights on the rule.
import * as z from 'zod';
import { lazy } from '../domain/base/lazy.ts';
import type { OperationEntry } from './entry.ts';
import * as s from './schemas.ts';

/** Deepest nesting of free content, because deeper values could overflow a reader's stack. */
const deepest = 16;

const isShallow = (value: unknown): boolean => {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > deepest) return false;
    level = level.flatMap((one) => (one !== null && typeof one === 'object' ? Object.values(one) : []));
  }
  return true;
};

/** Content that a product keeps in a rule; Holdfast stores it and does not interpret it. */
export const properties = lazy(() =>
  z
    .record(z.string().max(100), z.unknown())
    .refine(isShallow, { message: `is nested too deeply: at most ${deepest} levels` })
    .meta({ description: 'Free JSON of the product; 8,000 bytes for an action, 64,000 for a whole rule.' }),
);

const most = 1_000;
const lists = lazy(() => z.array(properties()).max(most));
const categories = lazy(() => z.array(s.ids.category).max(most).meta({ description: 'Of GET /v1/rule-categories.' }));
const newAction = lazy(() => z.strictObject({ type: s.typeId(), properties: properties().default({}) }));
const action = lazy(() =>
  z.strictObject({
    id: s.ids.action.optional().meta({ description: 'An action that the rule has; left out for a new one.' }),
    type: s.typeId(),
    properties: properties(),
  }),
);

const place = <T extends z.ZodType>(id: T) =>
  z
    .strictObject({ before: id.optional(), after: id.optional(), to: z.enum(['first', 'last']).optional() })
    .refine((value) => Object.values(value).filter((one) => one !== undefined).length === 1, {
      message: 'name either before, after or to',
      path: ['to'],
    })
    .meta({ description: 'Before or after another one, or to an end of the list.' });

const rights = lazy(() => ({
  view: z.boolean().optional(),
  edit: z.boolean().optional(),
  delete: z.boolean().optional(),
}));

const ruleParams = lazy(() => z.strictObject({ ruleId: s.path.ruleId }));
const actionParams = lazy(() => z.strictObject({ ruleId: s.path.ruleId, actionId: s.path.actionId }));
const roleParams = lazy(() => z.strictObject({ roleId: s.path.roleId }));
const sort = lazy(() =>
  z.enum(['order', 'name']).default('order').meta({ description: 'Sorting never changes the order.' }),
);

const base = { area: 'rules', callers: ['person', 'client'], scope: 'admin', needs: 'own' } as const;
const read = { ...base, status: 200, problems: ['not-found', 'rules-off'], data: 'read' } as const;
const write = {
  ...base,
  problems: ['not-found', 'rules-off', 'quota-exceeded', 'last-access-manager', 'keeperless'],
  data: 'write',
} as const;

export const ruleOperations = {
  listRules: {
    ...read,
    method: 'GET',
    path: '/v1/rules',
    summary: 'List the rules that the caller sees, in their order or by name',
    query: () =>
      z.strictObject({
        ...s.page(),
        sort: sort(),
        name: z
          .string()
          .max(100)
          .optional()
          .meta({ description: 'Beginning of the name, in any case; sorts by name.' }),
        type: s.typeId().optional(),
        category: s.ids.category.optional(),
      }),
    problems: ['rules-off'],
  },
  createRule: {
    ...write,
    method: 'POST',
    path: '/v1/rules',
    summary: 'Create a rule with its whole content; it comes last, and a role of the caller owns it',
    body: () =>
      z.strictObject({
        type: s.typeId(),
        name: s.name(),
        description: s.description().default(''),
        enabled: z.boolean().default(true),
        categories: categories().default([]),
        conditions: lists().default([]),
        exceptions: lists().default([]),
        actions: z.array(newAction()).max(most).default([]),
        options: properties().default({}),
        owner: s.ids.role.optional().meta({ description: 'Needed when several roles of the caller could own it.' }),
      }),
    status: 201,
    etag: 'given',
    idempotent: true,
    problems: ['rules-off', 'owner-needed', 'quota-exceeded', 'last-access-manager', 'keeperless'],
  },
  getRule: {
    ...read,
    method: 'GET',
    path: '/v1/rules/{ruleId}',
    summary: 'One rule, and what the caller may do to it',
    params: ruleParams,
    etag: 'given',
  },
  updateRule: {
    ...write,
    method: 'PATCH',
    path: '/v1/rules/{ruleId}',
    summary: 'Change sections of a rule: each that is named needs its own right, and Edit on the rule',
    params: ruleParams,
    body: () =>
      z.strictObject({
        name: s.name().optional(),
        description: s.description().optional(),
        enabled: z.boolean().optional(),
        categories: categories().optional(),
        conditions: lists().optional(),
        exceptions: lists().optional(),
        actions: z.array(action()).max(most).optional().meta({ description: 'The whole list, as it shall be.' }),
        options: properties().optional(),
      }),
    status: 200,
    etag: 'accepted',
  },
  deleteRule: {
    ...write,
    method: 'DELETE',
    path: '/v1/rules/{ruleId}',
    summary: 'Delete a rule: needs Delete on it',
    params: ruleParams,
    status: 204,
    etag: 'accepted',
  },
  moveRule: {
    ...write,
    method: 'POST',
    path: '/v1/rules/{ruleId}/move',
    summary: 'Change the place of a rule in the order of rules',
    params: ruleParams,
    body: () => place(s.ids.rule),
    status: 200,
    etag: 'accepted',
    idempotent: true,
  },
  addAction: {
    ...write,
    method: 'POST',
    path: '/v1/rules/{ruleId}/actions',
    summary: 'Add an action at the end of the actions of a rule',
    params: ruleParams,
    body: newAction,
    status: 201,
    etag: 'accepted',
    idempotent: true,
  },
  updateAction: {
    ...write,
    method: 'PATCH',
    path: '/v1/rules/{ruleId}/actions/{actionId}',
    summary: 'Change the properties of an action',
    params: actionParams,
    body: () => z.strictObject({ properties: properties() }),
    status: 200,
    etag: 'accepted',
  },
  deleteAction: {
    ...write,
    method: 'DELETE',
    path: '/v1/rules/{ruleId}/actions/{actionId}',
    summary: 'Delete an action of a rule',
    params: actionParams,
    status: 200,
    etag: 'accepted',
  },
  moveAction: {
    ...write,
    method: 'POST',
    path: '/v1/rules/{ruleId}/actions/{actionId}/move',
    summary: 'Move an action up or down: needs every right on the actions of every rule',
    params: actionParams,
    body: () => place(s.ids.action),
    status: 200,
    etag: 'accepted',
    idempotent: true,
  },
  getRuleOwner: {
    ...read,
    needs: 'keeper',
    method: 'GET',
    path: '/v1/rules/{ruleId}/owner',
    summary: 'The role that owns a rule, if one does',
    params: ruleParams,
    etag: 'given',
  },
  putRuleOwner: {
    ...write,
    needs: 'keeper',
    method: 'PUT',
    path: '/v1/rules/{ruleId}/owner',
    summary: 'Give a rule to another role, or to none',
    params: ruleParams,
    body: () => z.strictObject({ owner: s.ids.role.nullable() }),
    status: 200,
    etag: 'required',
  },
  getCategories: {
    ...read,
    needs: 'member',
    method: 'GET',
    path: '/v1/rule-categories',
    summary: 'The categories of rules',
    etag: 'given',
    problems: ['rules-off'],
  },
  putCategories: {
    ...write,
    method: 'PUT',
    path: '/v1/rule-categories',
    summary: 'Replace the categories of rules; those with an id stay, renamed perhaps',
    body: () =>
      z.strictObject({
        categories: z.array(z.strictObject({ id: s.ids.category.optional(), name: s.name() })).max(most),
      }),
    status: 200,
    etag: 'required',
    problems: ['rules-off', 'name-taken', 'quota-exceeded', 'last-access-manager', 'keeperless'],
  },
  getRuleRights: {
    ...read,
    needs: 'keeper',
    method: 'GET',
    path: '/v1/roles/{roleId}/rule-rights',
    summary: 'What a role grants on every rule, in the order of rules or by name',
    params: roleParams,
    query: () => z.strictObject({ ...s.page(), sort: sort() }),
    etag: 'given',
  },
  putRuleRights: {
    ...write,
    needs: 'keeper',
    method: 'PUT',
    path: '/v1/roles/{roleId}/rule-rights',
    summary: 'Set what a role grants on new rules, on all rules at once, and on single ones; the rest stays',
    params: roleParams,
    body: () =>
      z.strictObject({
        newRules: z
          .strictObject(rights())
          .optional()
          .meta({ description: 'On rules that other roles create from now on.' }),
        columns: z.strictObject(rights()).optional().meta({ description: 'On every rule that there is now.' }),
        rules: z
          .array(z.strictObject({ rule: s.ids.rule, ...rights() }))
          .max(500)
          .optional()
          .meta({ description: 'On single rules; these outdo the columns.' }),
      }),
    status: 200,
    etag: 'required',
  },
} as const satisfies Record<string, OperationEntry>;
