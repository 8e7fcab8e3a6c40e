// The catalogue of CodeTwo Exchange Rules: rights attach to roles only, and the tenant switches them on.
import { rulesModule, rulesRoles } from './modules/rules.ts';
import type { Catalogue, Permission } from './schema.ts';

/** CT-62: the keeper permission of exchange-rules, and of the complete catalogue. */
export const manageAccessRights: Permission = {
  id: 'manageAccessRights',
  title: 'Manage access rights',
  description:
    'Change who may do what: roles, their members, their rights and their rights on rules. ' +
    'At least one active user always holds this permission.',
  area: 'Access rights',
  levels: ['account'],
};

const { permissions, ...parts } = rulesModule(manageAccessRights.id);

/** CT-01..CT-105. */
export const exchangeRules: Catalogue = {
  id: 'exchange-rules',
  version: 1,
  title: 'Exchange rules',
  description: 'Access roles for the program and its mail-flow rules, with rights on single rules.',
  ...parts,
  permissions: [manageAccessRights, ...permissions],
  predefinedRoles: rulesRoles,
  keeper: manageAccessRights.id,
  firstUser: { role: 'programAndRulesAdministrators' },
  newUser: { personal: [] },
  administratorsRole: 'programAndRulesAdministrators',
  personalGrants: false,
  grantOnlyWhatYouHold: false,
  enforcement: { initially: false, switchable: true },
  changesTakeEffect: 'nextLogon',
  appliesChanges: 'onSubmit',
  governs: {
    users: [],
    directory: ['manageProgramFeatures'],
    policies: [],
    audit: ['manageProgramFeatures'],
    userLogs: [],
    export: [],
  },
};
