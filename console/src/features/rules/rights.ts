// What the person may do to rules, and the words for what is missing.
import { useCatalogue, useTitles } from '../../catalogue/catalogue.ts';
import { useMe } from '../../shell/me.ts';
import { useTexts } from '../../texts/texts.ts';
import { holds, lacking, lackingToMove, type Need, type OnRule, partPermissions } from './needs.ts';
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

/** What the person may do to rules: each function gives the reason why not, or undefined. */
export const useRuleRights = () => {
  const { permissions } = useMe();
  const { actionTypes = [], ruleTypes = [] } = useCatalogue() ?? {};
  const reason = useReason();
  return {
    toCreate: (type: string) =>
      reason(
        holds(permissions, partPermissions.create, { ruleType: type }) ? [] : [{ permission: partPermissions.create }],
      ),
    /** No rule of any type. */
    toCreateAny: () =>
      reason(
        ruleTypes.some(({ id }) => holds(permissions, partPermissions.create, { ruleType: id }))
          ? []
          : [{ permission: partPermissions.create }],
      ),
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
