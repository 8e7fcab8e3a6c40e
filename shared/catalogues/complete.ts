// The default catalogue: the modules of all three products under one keeper permission.
import { manageAccessRights } from './exchange-rules.ts';
import { emailModule } from './modules/email.ts';
import { exchangesModule } from './modules/exchanges.ts';
import { combine } from './modules/module.ts';
import { rulesModule, rulesRoles } from './modules/rules.ts';
import type { Catalogue, Permission } from './schema.ts';

const keeper: Permission = { ...manageAccessRights, alsoKnownAs: 'Roles and authorizations' };

const { permissions, ...parts } = combine(rulesModule(keeper.id), emailModule, exchangesModule(keeper.id));

/** All three modules, with personal grants beside roles. */
export const complete: Catalogue = {
  id: 'complete',
  version: 1,
  title: 'Complete',
  description: 'Mail-flow rules, e-mail security and secure messages in one set of permissions.',
  ...parts,
  permissions: [keeper, ...permissions],
  predefinedRoles: rulesRoles,
  keeper: keeper.id,
  firstUser: { personal: [{ permission: '*' }] },
  newUser: { personal: [{ permission: 'viewAllReports' }] },
  personalGrants: true,
  grantOnlyWhatYouHold: true,
  enforcement: { initially: true, switchable: false },
  changesTakeEffect: 'nextLogon',
  appliesChanges: 'onSubmit',
  governs: {
    users: ['manageUsers'],
    directory: ['directorySynchronization'],
    policies: ['modifyConfiguration'],
    audit: ['viewConfigurationAuditTrail', 'administratorLogs'],
    userLogs: ['userLogs'],
    export: ['logExport'],
  },
};
