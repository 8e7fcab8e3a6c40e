// GET /v1/rules/{ruleId}/owner
import { query } from '../../shared/http/operation.ts';
import { ownerAnswer, ruleKeys } from '../../shared/http/operations/rules.ts';

export const handler = query('getRuleOwner', {
  alsoRead: ruleKeys,
  run: (context) => ownerAnswer(context),
});
