// Schemas of requests and answers that several operations share.
import * as z from 'zod';
import { anyIdPattern, idPattern, type SessionId } from '../domain/base/ids.ts';
import { lazy } from '../domain/base/lazy.ts';
import {
  actionIdSchema,
  categoryIdSchema,
  groupIdSchema,
  policyIdSchema,
  roleIdSchema,
  ruleIdSchema,
  sourceIdSchema,
  userIdSchema,
} from '../domain/book/records.ts';

export const ids = {
  user: userIdSchema,
  role: roleIdSchema,
  group: groupIdSchema,
  policy: policyIdSchema,
  source: sourceIdSchema,
  rule: ruleIdSchema,
  action: actionIdSchema,
  category: categoryIdSchema,
};

export const anyId = lazy(() => z.string().regex(anyIdPattern, 'is no id: a letter, and 12 or 20 letters and digits'));
/** A branded id in TypeScript, and a string with a pattern in the API document. */
export const sessionId = lazy(
  () => z.string().regex(idPattern('session'), 'is no id of a session') as unknown as z.ZodType<SessionId, SessionId>,
);
/** In seconds: 12 hours. */
export { longestSession } from '../domain/session.ts';

/** Free text of one line; trimmed and checked by the domain. */
export const name = lazy(() =>
  z
    .string()
    .max(400, 'is too long: at most 100 characters')
    .meta({ description: 'A name: 1 to 100 characters, none of them a control or invisible.' }),
);
export const description = lazy(() =>
  z.string().max(1000).meta({ description: 'What it is for, in up to 1,000 characters.' }),
);
const login = lazy(() => z.string().min(1).max(320));
const mail = lazy(() => z.email().max(320));
const permission = lazy(() => z.string().regex(/^(\*|[a-z][A-Za-z0-9]{0,63})$/, 'is no permission id'));
export const typeId = lazy(() => z.string().regex(/^[a-z][A-Za-z0-9]{0,63}$/, 'is no type id'));

export const grant = lazy(() =>
  z.strictObject({
    permission: permission().meta({
      description: 'An id of the catalogue, or * for every permission, later ones included.',
    }),
    policies: z.array(policyIdSchema).max(2000).optional().meta({ description: 'Only for these policies.' }),
    actionTypes: z.array(typeId()).min(1).max(200).optional().meta({ description: 'Only for these action types.' }),
    ruleTypes: z.array(typeId()).min(1).max(200).optional().meta({ description: 'Only for these rule types.' }),
  }),
);
export const grants = lazy(() => z.array(grant()).max(500));

export const identity = lazy(() => z.strictObject({ issuer: z.url().max(500), subject: z.string().min(1).max(255) }));

export const newPerson = lazy(() =>
  z.strictObject({
    name: name(),
    login: login().optional(),
    mail: mail().optional(),
  }),
);

export const memberIds = (most: number) =>
  z
    .array(
      z.union([userIdSchema, groupIdSchema], {
        error:
          'is neither the id of a user nor of a group: Holdfast gives those; an id of your own belongs into externalId',
      }),
    )
    .max(most)
    .meta({ description: 'Ids of users and groups.' });

const pageLimit = () => z.coerce.number<number>().int().min(1).max(200);
const limit = lazy(() => pageLimit().default(50).meta({ description: 'The most items that a page has.' }));
export const limitOrAll = lazy(() =>
  pageLimit().optional().meta({ description: 'The most items that a page has; without it, as many as 4 MB hold.' }),
);
export const cursor = lazy(() =>
  z
    .string()
    .max(2000)
    .optional()
    .meta({ description: 'From the page before; good for the same list with the same filter.' }),
);
export const page = lazy(() => ({ limit: limit(), cursor: cursor() }));
export const search = lazy(() =>
  z.string().max(100).optional().meta({ description: 'Part of the name, in any case.' }),
);

/** Why somebody with the permission to manage access rights does not count as one who can. */
export const whyNotCounted = lazy(() => z.enum(['disabled', 'machine', 'never-signed-in']));

/** `true` when a part is left out because the answer would be too large; absent when the answer is complete. */
export const cutShort = (description: string) => z.literal(true).optional().meta({ description });

/** An instant as RFC 3339 writes it. */
export const instant = lazy(() => z.iso.datetime({ offset: true }));

export const path = {
  roleId: roleIdSchema,
  userId: userIdSchema,
  groupId: groupIdSchema,
  policyId: policyIdSchema,
  sourceId: sourceIdSchema,
  tenantId: z.string().regex(idPattern('tenant'), 'is no id of a tenant'),
  runId: z.string().regex(idPattern('run'), 'is no id of a run'),
  eventId: z.string().regex(idPattern('event'), 'is no id of an event'),
  ruleId: ruleIdSchema,
  actionId: actionIdSchema,
  permission: permission(),
};

const question = lazy(() => ({
  permission: permission().optional(),
  ability: z
    .string()
    .regex(/^[a-z][A-Za-z0-9]{0,63}$/, 'is no ability id: see GET /v1/catalogue')
    .optional(),
  policy: policyIdSchema.optional(),
  actionType: typeId().optional(),
  ruleType: typeId().optional(),
}));
const oneOf = (value: { permission?: unknown; ability?: unknown }) =>
  (value.permission === undefined) !== (value.ability === undefined);
const oneOfMessage = { message: 'name either a permission or an ability', path: ['permission'] };

export const subject = lazy(() => ({
  user: userIdSchema.optional(),
  externalId: z.string().min(1).max(255).optional(),
}));
export const oneSubject = (value: { user?: unknown; externalId?: unknown }) =>
  value.user === undefined || value.externalId === undefined;
export const oneSubjectMessage = { message: 'name the user by user or by externalId, not by both', path: ['user'] };

/** The part of a question about one rule: a right on the rule, or the rule where a permission or ability is used. */
const onRule = lazy(() => ({
  right: z.enum(['view', 'edit', 'delete']).optional().meta({ description: 'A right on the rule named.' }),
  rule: ruleIdSchema.optional().meta({ description: 'On this rule: its type counts, and View and Edit on it.' }),
}));
interface OnRule {
  permission?: unknown;
  ability?: unknown;
  right?: unknown;
  rule?: unknown;
  ruleType?: unknown;
}
const oneAsked = ({ permission: one, ability, right }: OnRule) =>
  [one, ability, right].filter((what) => what !== undefined).length === 1;
const oneAskedMessage = { message: 'name either a permission, an ability or a right', path: ['permission'] };
const ruleFits = ({ right, rule, ruleType }: OnRule) =>
  rule === undefined ? right === undefined : ruleType === undefined;
const ruleFitsMessage = { message: 'goes with a right, and without ruleType', path: ['rule'] };

const asked =
  'Either a permission, an ability or a right on a rule, of one user: by id, by external id, or the caller when none is named.';
export const checkItem = lazy(() =>
  z
    .strictObject({ ...subject(), ...question(), ...onRule() })
    .refine(oneAsked, oneAskedMessage)
    .refine(ruleFits, ruleFitsMessage)
    .refine(oneSubject, oneSubjectMessage)
    .meta({ description: asked }),
);

/** The reason for the answer to a check. */
export const reason = lazy(() =>
  z.enum([
    'granted',
    'open-to-everyone',
    'open-to-oneself',
    'not-enforced',
    'not-granted',
    'unknown-user',
    'user-disabled',
    'unknown-policy',
    'unknown-rule',
    'no-right-on-rule',
    'feature-off',
  ]),
);

const session = lazy(() =>
  sessionId()
    .optional()
    .meta({ description: "Answer as in this session, which says who the user is; another user's is refused." }),
);
const consistency = lazy(() => z.enum(['strong', 'bounded']).default('strong'));
export const check = lazy(() =>
  z
    .strictObject({ ...subject(), ...question(), ...onRule(), session: session(), consistency: consistency() })
    .refine(oneAsked, oneAskedMessage)
    .refine(ruleFits, ruleFitsMessage)
    .refine(oneSubject, oneSubjectMessage)
    .meta({ description: asked }),
);
export const checkBatch = lazy(() =>
  z.strictObject({ checks: z.array(checkItem()).min(1).max(100), session: session(), consistency: consistency() }),
);
/** A page size in a body, where it is a JSON number; in a query it comes as text. */
const limitOfBody = lazy(() => z.int().min(1).max(200).default(50));
export const holders = lazy(() =>
  z.strictObject({ ...question(), limit: limitOfBody(), cursor: cursor() }).refine(oneOf, oneOfMessage),
);
