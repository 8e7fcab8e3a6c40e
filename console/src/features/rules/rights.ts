// What the person may do to rules, and the words for what is missing.
import { useRead } from '../../api/reads.ts';
import { useCatalogue, useTitles } from '../../catalogue/catalogue.ts';
import { partPermissions } from '../../on-rules/parts.ts';
import { useMe } from '../../shell/me.ts';
import { useTexts } from '../../texts/texts.ts';
import { holds, lacking, lackingToMove, type Need, type OnRule } from './needs.ts';
import { ruleTexts } from './texts.ts';

/** Lacks of one permission for many types are said as one. */
const mostTypes = 3;

/** Says what is lacking, by the titles of the catalogue; undefined when nothing is. */
const useReason = (): ((lacks: readonly Need[]) => string | undefined) => {
  const t = useTexts(ruleTexts);
  const titles = useTitles();
  // The catalogue that somebody sees may leave out what they do not hold.
  const titleOf = (id: string) => {
    const title = titles(id);
    return title === id ? (t.permissions[id] ?? id) : title;
  };
  return (lacks) => {
    if (lacks.length === 0) return undefined;
    const rights = lacks.flatMap((lack) =>
      'right' in lack ? [lack.of ? t.rightOnEvery(t.rights[lack.right]) : t.rightOn(t.rights[lack.right])] : [],
    );
    const permissions = Map.groupBy(
      lacks.flatMap((lack) => ('permission' in lack ? [lack] : [])),
      ({ permission }) => permission,
    );
    const said = [...permissions].map(([permission, all]) => {
      const types = all.flatMap(({ actionType }) => (actionType === undefined ? [] : [titleOf(actionType)]));
      if (types.length === 0) return titleOf(permission);
      return types.length > mostTypes
        ? t.forTypes(titleOf(permission), types.length)
        : `${titleOf(permission)} (${types.join(', ')})`;
    });
    return t.needs([...said, ...rights].join('; '));
  };
};

/**
 * Whether a role of the person may create rules of a type. A permission of their own is not enough, because a role owns
 * the rule. True until it is known.
 */
const useOwning = (): ((ruleType: string) => boolean) => {
  const { user, permissions } = useMe();
  const personal = useCatalogue()?.personalGrants === true;
  const asks = personal && permissions.some(({ permission }) => permission === partPermissions.create);
  const { data } = useRead('getEffectivePermissions', { params: { userId: user.id } }, { when: asks });
  if (data === undefined || data.body.cursor !== undefined) return () => true;
  const byRoles = data.body.permissions.filter(({ paths }) => paths.some(({ via }) => via !== 'personal'));
  return (ruleType) => holds(byRoles, partPermissions.create, { ruleType });
};

/** What the person may do to rules: each function gives the reason why not, or undefined. */
export const useRuleRights = () => {
  const { permissions } = useMe();
  const { actionTypes = [], ruleTypes = [] } = useCatalogue() ?? {};
  const reason = useReason();
  const t = useTexts(ruleTexts);
  const owning = useOwning();
  const toCreate = (type: string): string | undefined => {
    if (!holds(permissions, partPermissions.create, { ruleType: type }))
      return reason([{ permission: partPermissions.create }]);
    return owning(type) ? undefined : t.needsRole;
  };
  return {
    toCreate,
    /** No rule of any type. */
    toCreateAny: (): string | undefined => {
      const reasons = ruleTypes.map(({ id }) => toCreate(id));
      return reasons.includes(undefined) ? undefined : (reasons.find((one) => one === t.needsRole) ?? reasons[0]);
    },
    toMove: (rule: OnRule) => reason(lacking(permissions, [{ permission: partPermissions.general }], rule)),
    toDelete: (rule: OnRule) => reason(lacking(permissions, [{ right: 'delete' }], rule)),
    toEdit: (rule: OnRule, part: 'general' | 'conditions' | 'exceptions' | 'options') =>
      reason(lacking(permissions, [{ permission: partPermissions[part] }, { right: 'edit' }], rule)),
    toAct: (rule: OnRule, verb: 'editActions' | 'addActions' | 'deleteActions', actionType: string) =>
      reason(lacking(permissions, [{ permission: partPermissions[verb], actionType }, { right: 'edit' }], rule)),
    toMoveActions: (rules: readonly OnRule[]) => reason(lackingToMove(permissions, rules, actionTypes)),
    /** Categories belong to all rules, so a right for some types of rules is not enough. */
    toManageCategories: () =>
      reason(holds(permissions, partPermissions.general) ? [] : [{ permission: partPermissions.general }]),
  };
};
