// The shape of a catalogue, the versioned data that defines a product's permissions. check.ts has the rules that a
// shape cannot express (ids exist, nothing is unsatisfiable).
import * as z from 'zod';

const id = z.string().regex(/^[a-z][A-Za-z0-9]{0,63}$/, {
  error: 'An id is a lower-case letter and up to 63 further letters and digits.',
});

/** Ids of catalogues also stand in URLs and settings, which separate words by hyphens. */
const catalogueId = z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, {
  error: 'The id of a catalogue consists of lower-case words and digits joined by hyphens.',
});

/** Text for people: no control characters, and no blanks at either end, so that no text consists of blanks. */
const text = (most: number) =>
  z
    .string()
    .min(1, { error: 'This text must not be empty.' })
    .max(most, { error: `This text must have at most ${most} characters.` })
    .regex(/^(?!\s)[^\p{Cc}]*(?<!\s)$/u, {
      error: 'This text must not begin or end with a blank, nor contain control characters.',
    });
const title = text(100);
const description = text(1000);

const some = <T extends z.ZodType>(item: T) => z.array(item).min(1, { error: 'Name at least one, or leave this out.' });

const level = z.enum(['account', 'policy'], { error: "A level is 'account' or 'policy'." });
const limit = z.enum(['actionTypes', 'ruleTypes'], { error: "A limit is 'actionTypes' or 'ruleTypes'." });
const idOrAll = z.string().regex(/^(\*|[a-z][A-Za-z0-9]{0,63})$/, {
  error: "This must be the id of a permission, or '*'.",
});

const grant = z.strictObject({
  permission: idOrAll,
  policies: z.array(z.string()).exactOptional(),
  actionTypes: z.array(id).exactOptional(),
  ruleTypes: z.array(id).exactOptional(),
});

const permission = z.strictObject({
  id,
  title,
  alsoKnownAs: title.exactOptional(),
  description,
  area: title,
  levels: z.array(level).min(1, { error: 'A permission has at least one level.' }),
  requires: some(id).exactOptional(),
  excludes: some(id).exactOptional(),
  includes: some(idOrAll).exactOptional(),
  widens: z.literal(true).exactOptional(),
  feature: id.exactOptional(),
  limits: some(limit).exactOptional(),
  expectedHolders: z.int().min(1).exactOptional(),
});

const ability = z.strictObject({
  id,
  title,
  description,
  level,
  anyOf: some(id).exactOptional(),
  allOf: some(id).exactOptional(),
  anyPermission: z.literal(true).exactOptional(),
  whole: z.literal(true).exactOptional(),
  open: z.enum(['everyone', 'self'], { error: "An ability is open to 'everyone' or to one's 'self'." }).exactOptional(),
  feature: id.exactOptional(),
});

const typeOfThing = z.strictObject({ id, title, description: description.exactOptional() });
const feature = z.strictObject({ id, title, description, initially: z.boolean() });

const predefinedRole = z.strictObject({
  id,
  name: title,
  description,
  grants: z.array(grant),
  newRules: z.strictObject({ view: z.boolean(), edit: z.boolean(), delete: z.boolean() }).exactOptional(),
});

/** Texts of one language in place of the catalogue's English ones, by the ids of what they are of. */
const byId = <T extends z.ZodType>(texts: T) => z.record(z.string(), texts).exactOptional();
const texts = z.strictObject({ title: title.exactOptional(), description: description.exactOptional() });
const translation = texts.extend({
  // An area has no id, so that its English title is one.
  areas: byId(title),
  permissions: byId(texts.extend({ alsoKnownAs: title.exactOptional() })),
  abilities: byId(texts),
  actionTypes: byId(texts),
  ruleTypes: byId(texts),
  features: byId(texts),
  predefinedRoles: byId(z.strictObject({ name: title.exactOptional(), description: description.exactOptional() })),
});
const translations = z.record(z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/), translation, {
  error: ({ code }) => (code === 'invalid_key' ? "A language is a tag such as 'fr' or 'fr-CA'." : undefined),
});

/** Unknown keys are refused at every depth: a misspelt `exludes` must not silently permit what it meant to forbid. */
export const catalogueSchema = z.strictObject({
  id: catalogueId,
  version: z.int().min(1),
  title,
  description,
  permissions: z.array(permission),
  abilities: z.array(ability),
  actionTypes: z.array(typeOfThing),
  ruleTypes: z.array(typeOfThing),
  features: z.array(feature),
  predefinedRoles: z.array(predefinedRole),
  keeper: id,
  firstUser: z.strictObject({ role: id.exactOptional(), personal: z.array(grant).exactOptional() }),
  newUser: z.strictObject({ personal: z.array(grant) }),
  administratorsRole: id.exactOptional(),
  personalGrants: z.boolean(),
  grantOnlyWhatYouHold: z.boolean(),
  enforcement: z.strictObject({ initially: z.boolean(), switchable: z.boolean() }),
  changesTakeEffect: z.enum(['immediately', 'nextLogon'], {
    error: "Changes take effect 'immediately' or at the 'nextLogon'.",
  }),
  appliesChanges: z
    .enum(['onSubmit', 'onSave'], { error: "Changes are applied 'onSubmit' or 'onSave'." })
    .exactOptional(),
  governs: z.strictObject({
    users: z.array(id),
    directory: z.array(id),
    policies: z.array(id),
    audit: z.array(id),
    userLogs: z.array(id),
    export: z.array(id),
  }),
  translations: translations.exactOptional(),
});

/** Scope in which a permission can be granted: the whole account, or single policies (FP-11). */
export type Level = z.infer<typeof level>;
/**
 * One granted permission, or `*` for every permission, later ones included. An absent list is no limit; an empty list
 * permits nothing (CT-77).
 */
export type PresetGrant = z.infer<typeof grant>;
/**
 * One right that can be granted.
 * - `requires` and `excludes` bind within one grant set when granting (FP-47, FP-52).
 * - `includes`: a holder of this permission also holds these (CT-71, Q-15).
 * - `widens`: the holder's policy-limited grants count for every policy (FP-25).
 * - `feature`: the permission exists only in tenants with this feature (FP-33, FP-53).
 * - `expectedHolders`: more holders than this cause a warning (FP-10).
 */
export type Permission = z.infer<typeof permission>;
/**
 * Something that permissions open, or that is open to everyone or to oneself. Checks ask for it; it is never granted
 * (Q-16).
 * - `anyPermission` counts a permission held in any scope.
 * - Level `account`: only permissions at account level open it (FP-17). Otherwise a holder of the permission in any
 * scope has the ability, for some policy, action type or rule type, unless the question names one.
 * - `whole`: its object belongs to all types, so a permission limited to some types does not open it (CT-67).
 */
export type Ability = z.infer<typeof ability>;
/** A kind of action that a rule can contain (CT-72). */
export type ActionType = z.infer<typeof typeOfThing>;
/** A kind of rule. */
export type RuleType = z.infer<typeof typeOfThing>;
/** Something that a tenant may have or lack. Permissions and abilities can depend on it (FP-33, FP-53). */
export type Feature = z.infer<typeof feature>;
/** A role that every new tenant has. It can be edited and removed like any other (CT-08, CT-14, CT-16). */
export type PredefinedRole = z.infer<typeof predefinedRole>;
/** A catalogue's texts in one language. Where one is missing, readers see the English one. */
export type Translation = z.infer<typeof translation>;
/**
 * A product's permissions and defaults. The administrators group joins `administratorsRole` when rights are first
 * enabled (CT-30). `appliesChanges` says what a console does with edits: it gathers them until they are submitted
 * together, or saves each at once, as it does without the field. `governs` lists the permissions of which any one opens a
 * part of Holdfast's own API: a keeper always may use it, and an empty list means keepers only. Its texts are English;
 * `translations` has them in other languages. Those of the catalogues that ship stand beside them (translations.ts).
 */
export type Catalogue = z.infer<typeof catalogueSchema>;
