// The portal for secure messages, after Secure Exchanges: who may administer the organisation.
import type { Ability, Permission } from '../schema.ts';
import type { Module } from './module.ts';

const organisation = 'Organization';
const logs = 'Logs';

/** SE-10..SE-20 without the keeper permission. */
const permissions: Permission[] = [
  {
    id: 'businessManagement',
    title: 'Business management',
    description: 'Customize the colours, the logo and the sending of e-mail, and set up white labelling.',
    area: organisation,
    levels: ['account'],
  },
  {
    id: 'billing',
    title: 'Billing',
    description: 'Access to the bills, the credit card and the plan.',
    area: organisation,
    levels: ['account'],
  },
  {
    id: 'purchase',
    title: 'Purchase',
    description: 'Manage purchases and licences.',
    area: organisation,
    levels: ['account'],
  },
  {
    id: 'userLogs',
    title: 'Logs',
    description: "Access to other users' logs. The logs of administrator accounts are not among them.",
    area: logs,
    levels: ['account'],
  },
  {
    id: 'administratorLogs',
    title: 'Administrator Logs',
    description: 'Access to the logs of administrator accounts.',
    area: logs,
    levels: ['account'],
  },
  {
    id: 'domainManagement',
    title: 'Domain management',
    description: 'Add and manage e-mail domains.',
    area: organisation,
    levels: ['account'],
  },
  {
    id: 'activationRules',
    title: 'Activation rules',
    description: 'Manage the rules that depend on domains.',
    area: organisation,
    levels: ['account'],
  },
];

/** SE-10..SE-31 with the decisions of Q-16. */
const abilities = (keeper: string): Ability[] => [
  {
    id: 'customiseColours',
    title: 'Colours',
    description: "Customize the organization's colours.",
    level: 'account',
    anyOf: ['businessManagement'],
  },
  {
    id: 'customiseLogo',
    title: 'Logo',
    description: "Customize the organization's logo.",
    level: 'account',
    anyOf: ['businessManagement'],
  },
  {
    id: 'customiseEmailSending',
    title: 'Sending of e-mail',
    description: 'Customize how e-mail is sent.',
    level: 'account',
    anyOf: ['businessManagement'],
  },
  {
    id: 'whiteLabelling',
    title: 'White labelling',
    description: 'Set up white labelling.',
    level: 'account',
    anyOf: ['businessManagement'],
  },
  {
    id: 'viewBills',
    title: 'Bills',
    description: 'See the bills.',
    level: 'account',
    anyOf: ['billing'],
  },
  {
    id: 'manageCreditCard',
    title: 'Credit card',
    description: 'Manage the credit card that pays the bills.',
    level: 'account',
    anyOf: ['billing'],
  },
  {
    id: 'managePlan',
    title: 'Plan',
    description: 'Manage the plan of the organization.',
    level: 'account',
    anyOf: ['billing'],
  },
  {
    id: 'managePurchases',
    title: 'Purchases',
    description: 'Manage purchases.',
    level: 'account',
    anyOf: ['purchase'],
  },
  {
    id: 'manageLicences',
    title: 'Licences',
    description: 'Manage licences.',
    level: 'account',
    anyOf: ['purchase'],
  },
  {
    id: 'changeLicenceType',
    title: 'Change a licence',
    description: "Change the type of a user's licence.",
    level: 'account',
    anyOf: ['purchase'],
  },
  {
    id: 'withdrawLicence',
    title: 'Withdraw a licence',
    description: 'Withdraw the licence of a user.',
    level: 'account',
    anyOf: ['purchase'],
  },
  {
    id: 'transferLicence',
    title: 'Transfer a licence',
    description: 'Transfer a licence from one user to another.',
    level: 'account',
    anyOf: ['purchase'],
  },
  {
    id: 'readUserLogs',
    title: "Other users' logs",
    description: "Read other users' logs.",
    level: 'account',
    anyOf: ['userLogs'],
  },
  {
    id: 'readAdministratorLogs',
    title: "Administrators' logs",
    description: 'Read the logs of administrator accounts.',
    level: 'account',
    anyOf: ['administratorLogs'],
  },
  {
    id: 'readOwnLog',
    title: 'Own log',
    description: "Read one's own log.",
    level: 'account',
    open: 'self',
  },
  {
    id: 'manageDomains',
    title: 'Domains',
    description: 'Add and manage e-mail domains.',
    level: 'account',
    anyOf: ['domainManagement'],
  },
  {
    id: 'manageActivationRules',
    title: 'Rules by domain',
    description: 'Add, change and remove the rules that depend on domains.',
    level: 'account',
    anyOf: ['activationRules'],
  },
  {
    id: 'manageRoleGroups',
    title: 'Roles and permissions',
    description: 'Create and manage role groups and permissions.',
    level: 'account',
    anyOf: [keeper],
  },
  {
    id: 'usageStatistics',
    title: 'User statistics',
    description: 'See detailed statistics of how users use the service.',
    level: 'account',
    anyPermission: true,
  },
  {
    id: 'editUserProfile',
    title: "Another user's profile",
    description: 'Change the information and the security settings of another user.',
    level: 'account',
    anyOf: [keeper],
  },
  {
    id: 'sendSecureMessage',
    title: 'Send a secure e-mail',
    description: 'Send a secure message from the portal.',
    level: 'account',
    open: 'everyone',
  },
];

/** @param keeper the permission that opens role groups and the profiles of other users (SE-21, Q-16). */
export const exchangesModule = (keeper: string): Module => ({
  permissions,
  abilities: abilities(keeper),
  actionTypes: [],
  ruleTypes: [],
  features: [],
});
