/** The permission for each part of a rule. Each catalogue that has rules has all of them. */
export const partPermissions = {
  create: 'createRules',
  general: 'manageRulesOrder',
  conditions: 'manageConditions',
  exceptions: 'manageConditions',
  options: 'manageOptions',
  editActions: 'editActions',
  addActions: 'addActions',
  deleteActions: 'deleteActions',
} as const;
