// The answer to a dry run: the outcome, and the rights that each user would gain and lose.
import * as z from 'zod';
import { problemDocument } from './problems.ts';
import * as s from './schemas.ts';

/** The query parameter that asks for a dry run; every operation that writes has it. */
export const dryRun = z
  .enum(['true', 'false'])
  .default('false')
  .meta({ description: '`true`: answer what this would do and whether it would be refused, and change nothing.' });

const types = z.array(z.string()).min(1);
const span = {
  scope: z
    .union([z.literal('account'), z.array(s.ids.policy).min(1)])
    .meta({ description: '`account`, or the policies for which it is gained or lost.' }),
  limits: z
    .strictObject({ actionTypes: types.optional(), ruleTypes: types.optional() })
    .optional()
    .meta({ description: 'For these types only.' }),
};
const difference = z.strictObject({
  permission: z.string(),
  ...span,
  except: z.array(z.strictObject(span)).min(1).optional().meta({ description: 'Where it is as it was.' }),
});
const userEffect = z.strictObject({
  user: s.ids.user,
  gained: z.array(difference),
  lost: z.array(difference),
  more: s.cutShort('Not all of what this user gains and loses is named.'),
});
const count = z.int().nonnegative();
const thing = z.strictObject({
  kind: z.enum(['role', 'rule', 'user', 'group', 'policy', 'source', 'tenant', 'categories']),
  id: z.string(),
  name: z.string().optional(),
  change: z.enum(['created', 'changed', 'deleted']),
  fields: z.array(z.string()).optional().meta({ description: 'What of it changes.' }),
  joined: count.optional().meta({ description: 'How many users become direct members of a role.' }),
  left: count.optional().meta({ description: 'How many cease to be.' }),
  rules: count.optional().meta({ description: 'On how many rules a role comes to grant other rights.' }),
});

/** The rights that users gain and lose, and the things that change, as far as the caller may see them. */
export const effect = z
  .strictObject({
    users: z.array(userEffect).max(1000),
    more: z.boolean().meta({
      description: 'More users gain or lose something than those that are named: at most 1,000, and 2 MB of them.',
    }),
    things: z.array(thing),
    moreThings: s.cutShort('More things change than those that are named.'),
  })
  .meta({ description: 'What it does, as far as the caller may see it.' });

/** The members that the answer to a dry run has for every operation. */
export const preview = z
  .strictObject({
    dryRun: z.literal(true),
    outcome: z.enum(['done', 'nothing', 'refused']).meta({ description: '`nothing`: all is so already.' }),
    status: z.int().meta({ description: 'The status that the request itself would be answered with.' }),
    answer: z.unknown().optional().meta({ description: 'What the request itself would be answered with.' }),
    etag: z.string().optional(),
    problem: problemDocument.optional().meta({ description: 'Why it would be refused.' }),
    effect,
    digest: z
      .string()
      .optional()
      .meta({ description: 'Of a change set: submitted with it, it is refused if it would now do anything else.' }),
  })
  .meta({ description: 'The answer to a dry run: nothing has been changed.' });
