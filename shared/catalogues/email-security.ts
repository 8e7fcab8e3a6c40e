// The catalogue of the Forcepoint cloud portal: rights attach to users, for the account or for single policies.
import { emailModule } from './modules/email.ts';
import type { Catalogue, Permission } from './schema.ts';

/** FP-01, FP-02 and Q-15: the master user's grant of everything, later permissions included. */
const superAdministrator: Permission = {
  id: 'superAdministrator',
  title: 'Super administrator',
  description:
    'Everything in the account, permissions added later included, as the initial contact has it. ' +
    'At least one active user always holds this permission.',
  area: 'Account permissions',
  levels: ['account'],
  includes: ['*'],
};

const { permissions, ...parts } = emailModule;

/** FP-01..FP-55. */
export const emailSecurity: Catalogue = {
  id: 'email-security',
  version: 1,
  title: 'E-mail security',
  description: 'Permissions of portal administrators, for the whole account or for single policies.',
  ...parts,
  permissions: [superAdministrator, ...permissions],
  predefinedRoles: [],
  keeper: superAdministrator.id,
  firstUser: { personal: [{ permission: '*' }] },
  newUser: { personal: [{ permission: 'viewAllReports' }] },
  personalGrants: true,
  grantOnlyWhatYouHold: true,
  enforcement: { initially: true, switchable: false },
  changesTakeEffect: 'nextLogon',
  appliesChanges: 'onSave',
  governs: {
    users: ['manageUsers'],
    directory: ['directorySynchronization'],
    policies: ['modifyConfiguration'],
    audit: ['viewConfigurationAuditTrail'],
    userLogs: [],
    export: ['logExport'],
  },
};
