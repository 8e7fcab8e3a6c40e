// GET /v1/rules/{ruleId}
import { query } from '../../shared/http/operation.ts';
import { loadRule, ruleAnswer, ruleKeys } from '../../shared/http/operations/rules.ts';

export const handler = query('getRule', {
  alsoRead: ruleKeys,
  run: async (context) => ruleAnswer(context, (await loadRule(context)).content),
});
