// PUT /v1/roles/{roleId}/rule-rights
import { roleOf } from '../../shared/domain/plan/roles.ts';
import { lostWarnings, putRuleRights } from '../../shared/domain/plan/rule-rights.ts';
import { needRules } from '../../shared/domain/plan/rules.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { rightsOwn } from '../../shared/http/operations/rules.ts';

export const definition = define('putRuleRights', {
  current: ({ book, input }) => {
    needRules(book);
    return rightsOwn(book, roleOf(book, input.params.roleId).record.id);
  },
  plan: ({ world, input }) => putRuleRights(world, input.params.roleId, input.body),
  answer: ({ role, lost }, { book }) => {
    const warnings = lostWarnings(lost);
    return {
      body: { newRules: role.newRules, ...(warnings.length > 0 && { warnings }) },
      own: rightsOwn(book, role.id),
    };
  },
});

export const handler = mutation(definition);
