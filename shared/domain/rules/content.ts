// The content of a rule: general properties, conditions, exceptions, actions and options (CT-104). Content does not
// decide access, so it is stored outside of the book, in an item of its own.
import * as z from 'zod';
import type { CompiledCatalogue } from '../../catalogues/compile.ts';
import type { Ids } from '../base/ids.ts';
import { lazy } from '../base/lazy.ts';
import { changedName, cleanName } from '../base/names.ts';
import { withinQuota } from '../base/quotas.ts';
import { invalid } from '../base/refusal.ts';
import { actionIdSchema, ruleIdSchema } from '../book/records.ts';

const properties = z.record(z.string(), z.unknown());
const action = lazy(() => z.object({ id: actionIdSchema, type: z.string(), properties }));

export const contentSchema = lazy(() =>
  z.object({
    id: ruleIdSchema,
    rev: z.int().positive(),
    name: z.string(),
    description: z.string(),
    enabled: z.boolean(),
    conditions: z.array(properties),
    exceptions: z.array(properties),
    actions: z.array(action()),
    options: properties,
    createdAt: z.string(),
  }),
);
export type RuleContent = z.infer<ReturnType<typeof contentSchema>>;
export type RuleAction = RuleContent['actions'][number];
type Properties = RuleContent['options'];

/** An action in a request; without an id it is a new action. */
export interface WantedAction {
  readonly id?: RuleAction['id'] | undefined;
  readonly type: string;
  readonly properties: Properties;
}

/** The fields of a rule's content that a request sets; a field that it leaves out stays. */
export interface WantedContent {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly conditions?: readonly Properties[] | undefined;
  readonly exceptions?: readonly Properties[] | undefined;
  readonly actions?: readonly WantedAction[] | undefined;
  readonly options?: Properties | undefined;
}

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** The content after a request, checked. @throws Refusal invalid-request naming the field, quota-exceeded */
export const revised = (
  catalogue: CompiledCatalogue,
  before: RuleContent,
  wanted: WantedContent,
  ids: Ids,
): RuleContent => {
  const after: RuleContent = {
    ...before,
    name: changedName(before.name, wanted.name, (name) => cleanName(name, '/name')),
    description: wanted.description ?? before.description,
    enabled: wanted.enabled ?? before.enabled,
    conditions: [...(wanted.conditions ?? before.conditions)],
    exceptions: [...(wanted.exceptions ?? before.exceptions)],
    actions: wanted.actions ? revisedActions(catalogue, before.actions, wanted.actions, ids) : before.actions,
    options: wanted.options ?? before.options,
  };
  withinQuota('conditionsPerRule', Math.max(after.conditions.length, after.exceptions.length));
  withinQuota('actionsPerRule', after.actions.length);
  const { conditions, exceptions, actions, options, description } = after;
  withinQuota('bytesPerRule', bytesOf({ description, conditions, exceptions, actions, options }));
  return after;
};

const revisedActions = (
  catalogue: CompiledCatalogue,
  before: readonly RuleAction[],
  wanted: readonly WantedAction[],
  ids: Ids,
): RuleAction[] => {
  const taken = new Set<string>();
  return wanted.map((one, i) => {
    const at = `/actions/${i}`;
    const old = one.id === undefined ? undefined : before.find(({ id }) => id === one.id);
    if (one.id !== undefined && (!old || taken.has(one.id)))
      throw invalid(`${at}/id`, 'names no action of this rule, or names one twice: leave the id out for a new action');
    if (old && old.type !== one.type)
      throw invalid(`${at}/type`, 'cannot be changed: delete the action and add another');
    if (!old && !catalogue.data.actionTypes.some((type) => type.id === one.type))
      throw invalid(`${at}/type`, 'is not in the catalogue: see GET /v1/catalogue');
    withinQuota('bytesPerAction', bytesOf(one.properties));
    taken.add(one.id ?? '');
    return { id: one.id ?? ids.next('action'), type: one.type, properties: one.properties };
  });
};

const contentFields = ['name', 'description', 'enabled', 'conditions', 'exceptions', 'actions', 'options'] as const;

/** The fields in which two contents differ, before and after; `undefined` when they are equal. */
export const contentDifference = (before: RuleContent, after: RuleContent) => {
  const fields = contentFields.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]));
  const pick = (content: RuleContent) => Object.fromEntries(fields.map((field) => [field, content[field]]));
  return fields.length === 0 ? undefined : { before: pick(before), after: pick(after) };
};
