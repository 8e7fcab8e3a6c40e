// The parts of an explanation beside the decision itself.
import * as z from 'zod';
import { problemDocument } from './problems.ts';
import * as s from './schemas.ts';

const node = z.strictObject({
  id: z.string(),
  type: z.enum(['user', 'group', 'role', 'bit']),
  name: z.string().optional().meta({ description: 'To those who manage access rights.' }),
  permissions: z.array(z.string()).optional().meta({ description: 'Of a bit: permissions any of which would do.' }),
  right: z.string().optional().meta({ description: 'Of a bit: the right on the rule.' }),
});
const edge = z.strictObject({
  from: z.string(),
  to: z.string(),
  kind: z.enum(['roleMember', 'roleGroup', 'groupMember', 'nestedGroup', 'grants', 'ruleRight']),
  grants: z.array(s.grant()).optional(),
});
const removal = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('roleMember'), role: s.ids.role, user: s.ids.user }),
  z.strictObject({ kind: z.literal('roleGroup'), role: s.ids.role, group: s.ids.group }),
  z.strictObject({ kind: z.literal('groupMember'), group: s.ids.group, user: s.ids.user }),
  z.strictObject({ kind: z.literal('nestedGroup'), group: s.ids.group, parent: s.ids.group }),
  z.strictObject({
    kind: z.literal('ruleRight'),
    role: s.ids.role,
    rule: s.ids.rule,
    right: z.enum(['view', 'edit', 'delete']),
  }),
  z.strictObject({ kind: z.literal('grant'), via: z.union([z.literal('personal'), s.ids.role]), grant: s.grant() }),
]);

export const explained = {
  graph: z
    .strictObject({
      nodes: z.array(node),
      edges: z.array(edge),
      more: z
        .boolean()
        .meta({ description: 'There are more edges than those shown: at most 2,000, and 1 MB of them.' }),
    })
    .meta({ description: 'Every way from the user to each bit that is needed, whether or not rights are enforced.' }),
  ending: z
    .strictObject({
      removals: z.array(removal),
      refused: problemDocument.optional().meta({ description: 'Why their removal would be refused.' }),
      more: s.cutShort('Removals are left out because all of them would not fit an answer.'),
    })
    .optional()
    .meta({
      description:
        'For callers who manage access rights: a smallest set of memberships, nestings, grants and rights on the rule whose removal would end the right; exact up to 100. Absent when every such set is larger.',
    }),
};
