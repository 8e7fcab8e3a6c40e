// The catalogue of Secure Exchanges: rights attach to role groups and take effect at once.
import { exchangesModule } from './modules/exchanges.ts';
import type { Catalogue, Permission } from './schema.ts';

/** SE-21 and Q-15: the keeper permission, called Manage access rights in other catalogues. */
const rolesAndAuthorizations: Permission = {
  id: 'rolesAndAuthorizations',
  title: 'Roles and authorizations',
  description: 'Create and manage role groups and permissions. At least one active user always holds this permission.',
  area: 'Access rights',
  levels: ['account'],
};

const { permissions, ...parts } = exchangesModule(rolesAndAuthorizations.id);

/** SE-01..SE-32. */
export const secureExchanges: Catalogue = {
  id: 'secure-exchanges',
  version: 1,
  title: 'Secure exchanges',
  description: 'Role groups for the administration of an organization that exchanges secure messages.',
  ...parts,
  permissions: [...permissions, rolesAndAuthorizations],
  predefinedRoles: [
    {
      id: 'administrators',
      name: 'Administrators',
      description: 'Everything in the organization, permissions added later included.',
      grants: [{ permission: '*' }],
    },
  ],
  keeper: rolesAndAuthorizations.id,
  firstUser: { role: 'administrators' },
  newUser: { personal: [] },
  personalGrants: false,
  grantOnlyWhatYouHold: false,
  enforcement: { initially: true, switchable: false },
  changesTakeEffect: 'immediately',
  appliesChanges: 'onSave',
  governs: {
    users: [],
    directory: ['domainManagement'],
    policies: [],
    audit: ['administratorLogs'],
    userLogs: ['userLogs'],
    export: [],
  },
};
