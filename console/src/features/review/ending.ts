// The step of a change that takes away one thing of those that end a right. Pure.
import type { AnswerOf } from '../../../../clients/typescript/index.ts';
import { type Step, waitingBody } from '../../changes/steps.ts';

type Removal = NonNullable<AnswerOf<'explain'>['ending']>['removals'][number];

/** The limits of a grant as the query of its removal takes them: one value each, or the whole grant. */
const only = (values: readonly string[] | undefined): string | undefined =>
  values?.length === 1 ? values[0] : undefined;

/** Undefined for what only the directory can take away. */
const stepOf = (removal: Removal, user: string): Step | undefined => {
  switch (removal.kind) {
    case 'roleMember':
      return { operation: 'removeRoleMembers', params: { roleId: removal.role }, body: { members: [removal.user] } };
    case 'roleGroup':
      return { operation: 'removeRoleMembers', params: { roleId: removal.role }, body: { members: [removal.group] } };
    case 'groupMember':
    case 'nestedGroup':
      return undefined;
    case 'ruleRight':
      return {
        operation: 'putRuleRights',
        params: { roleId: removal.role },
        body: { rules: [{ rule: removal.rule, [removal.right]: false }] },
        ifMatch: '*',
      };
    case 'grant': {
      const { via, grant } = removal;
      const limits = {
        policy: only(grant.policies),
        actionType: only(grant.actionTypes),
        ruleType: only(grant.ruleTypes),
      };
      const query = Object.fromEntries(
        Object.entries(limits).flatMap(([name, value]) => (value ? [[name, value]] : [])),
      );
      const permission = grant.permission;
      return via === 'personal'
        ? { operation: 'removeUserGrant', params: { userId: user, permission }, query }
        : { operation: 'removeRoleGrant', params: { roleId: via, permission }, query };
    }
  }
};

interface RightsBody {
  readonly newRules?: object;
  readonly rules?: readonly { readonly rule: string }[];
}

/**
 * The steps that take away all of these; undefined as long as the directory must do a part. The rights of a role on rules
 * are set by one step, so it says again what waits for the role already.
 */
export const stepsFor = (
  removals: readonly Removal[],
  user: string,
  waiting: readonly Step[],
): readonly Step[] | undefined => {
  const steps: Step[] = [];
  for (const removal of removals) {
    const step = stepOf(removal, user);
    if (step === undefined) return undefined;
    if (removal.kind !== 'ruleRight') steps.push(step);
    else {
      const at = steps.findIndex(
        ({ operation, params }) => operation === step.operation && params?.roleId === removal.role,
      );
      const before = (steps[at]?.body ?? waitingBody(waiting, step.operation, step.params ?? {}) ?? {}) as RightsBody;
      const known = before.rules?.find(({ rule }) => rule === removal.rule);
      const rules = [
        ...(before.rules ?? []).filter((one) => one !== known),
        { ...known, rule: removal.rule, [removal.right]: false },
      ];
      steps.splice(at < 0 ? steps.length : at, at < 0 ? 0 : 1, { ...step, body: { ...before, rules } });
    }
  }
  return steps;
};
