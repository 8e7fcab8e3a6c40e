// The e-mail security portal, after Forcepoint: permissions of its administrators, for the account or single policies.
import type { Ability, Feature, Permission } from '../schema.ts';
import type { Module } from './module.ts';

const account = 'Account permissions';
const policy = 'Policy permissions';

/** FP-28..FP-33: account level only (FP-34). */
const accountPermissions: Permission[] = [
  {
    id: 'manageUsers',
    title: 'Manage Users',
    description:
      'View, create, edit and remove the logons and permissions of users. ' +
      'Other permissions that its holder has for single policies count for every policy.',
    area: account,
    levels: ['account'],
    widens: true,
  },
  {
    id: 'directorySynchronization',
    title: 'Directory Synchronization',
    description:
      'Synchronize an LDAP directory with the cloud service. ' +
      'Only the contact that the synchronization client uses should need it.',
    area: account,
    levels: ['account'],
    expectedHolders: 1,
  },
  {
    id: 'viewAllReports',
    title: 'View All Reports',
    description: 'Run all reports of the licensed services.',
    area: account,
    levels: ['account'],
    excludes: ['viewFilteredReports'],
  },
  {
    id: 'manageEdgeDevices',
    title: 'Manage edge devices',
    description: 'Configure devices at the edge of the network that connect to the cloud service.',
    area: account,
    levels: ['account'],
  },
  {
    id: 'logExport',
    title: 'Log Export',
    description:
      'Export log data to a SIEM system and, where the account has Full Traffic Logging, download full traffic logs.',
    area: account,
    levels: ['account'],
  },
];

/** FP-36..FP-53: for the account or for single policies (FP-35). */
const policyPermissions: Permission[] = [
  {
    id: 'modifyConfiguration',
    title: 'Modify Configuration',
    description: "Change all options in Account Settings, except users' logons, which need Manage Users.",
    area: policy,
    levels: ['account', 'policy'],
  },
  {
    id: 'viewConfiguration',
    title: 'View Configuration',
    description: 'See all configuration in Account Settings without being able to change it.',
    area: policy,
    levels: ['account', 'policy'],
  },
  {
    id: 'viewConfigurationAuditTrail',
    title: 'View Configuration Audit Trail',
    description: 'Open and search the audit trail of the policy set-up, and search the blocklists and allowlists.',
    area: policy,
    levels: ['account', 'policy'],
  },
  {
    id: 'quarantineAdministration',
    title: 'Quarantine Administration',
    description: 'Search quarantined messages in the Message Center, and act on them.',
    area: policy,
    levels: ['account', 'policy'],
  },
  {
    id: 'viewQuarantine',
    title: 'View Quarantine',
    description: 'Search quarantined messages in the Message Center, without acting on them.',
    area: policy,
    levels: ['account', 'policy'],
  },
  {
    id: 'viewAdministratorAuditTrail',
    title: 'View Administrator Audit Trail',
    description: 'Open and search the audit trail of the Message Center, and search the blocklists and allowlists.',
    area: policy,
    levels: ['account', 'policy'],
  },
  {
    id: 'viewQuarantinedImages',
    title: 'View Quarantined Images',
    description: 'Open and search quarantined images in the Message Center. Needs View Quarantine as well.',
    area: policy,
    levels: ['account', 'policy'],
    requires: ['viewQuarantine'],
  },
  {
    id: 'viewDeliveredMessages',
    title: 'View Delivered Messages',
    description: 'Everything that View Quarantine gives, and the message logs.',
    area: policy,
    levels: ['account', 'policy'],
  },
  {
    id: 'blockAndAllowLists',
    title: 'Block and Allow Lists',
    description: 'Open, search and manage all blocklists and allowlists.',
    area: policy,
    levels: ['account', 'policy'],
  },
  {
    id: 'viewFilteredReports',
    title: 'View Filtered Reports',
    description:
      'View only reports that can be filtered by the granted policies. Not available beside View All Reports.',
    area: policy,
    levels: ['account', 'policy'],
    excludes: ['viewAllReports'],
    feature: 'filteredReports',
  },
];

/** "Full account-level permission" (FP-15, FP-17) is all of these at account level. */
const configurationPermissions = ['modifyConfiguration', 'viewConfiguration', 'viewConfigurationAuditTrail'];

/** FP-05, FP-06, FP-17, and the abilities that FP-28..FP-51 give to each permission. */
const abilities: Ability[] = [
  {
    id: 'logOn',
    title: 'Log on',
    description: 'Log on to the portal.',
    level: 'account',
    anyPermission: true,
  },
  {
    id: 'reportingTab',
    title: 'Reporting tab',
    description: 'Open the Reporting tab of the main menu.',
    level: 'policy',
    anyOf: ['viewAllReports', 'viewFilteredReports'],
  },
  {
    id: 'runAllReports',
    title: 'All reports',
    description: 'Run any report of the licensed services.',
    level: 'account',
    anyOf: ['viewAllReports'],
  },
  {
    id: 'runFilteredReports',
    title: 'Reports of a policy',
    description: 'Run a report that is filtered by a policy.',
    level: 'policy',
    // All reports include those of every policy, so over several grant sets the wider one wins (FP-52).
    anyOf: ['viewFilteredReports', 'viewAllReports'],
  },
  {
    id: 'manageLogons',
    title: 'User logons',
    description: 'View, create, edit and remove user logons.',
    level: 'account',
    anyOf: ['manageUsers'],
  },
  {
    id: 'manageUserPermissions',
    title: 'User permissions',
    description: 'View, create, edit and remove the permissions of users.',
    level: 'account',
    anyOf: ['manageUsers'],
  },
  {
    id: 'synchronizeDirectory',
    title: 'Directory synchronization',
    description: 'Synchronize an LDAP directory with the service.',
    level: 'account',
    anyOf: ['directorySynchronization'],
  },
  {
    id: 'configureEdgeDevices',
    title: 'Edge devices',
    description: 'Configure devices at the edge of the network that connect to the service.',
    level: 'account',
    anyOf: ['manageEdgeDevices'],
  },
  {
    id: 'exportLogs',
    title: 'Log export',
    description: 'Export log data to a SIEM system.',
    level: 'account',
    anyOf: ['logExport'],
  },
  {
    id: 'downloadTrafficLogs',
    title: 'Full traffic logs',
    description: 'Download full traffic logs.',
    level: 'account',
    anyOf: ['logExport'],
    feature: 'fullTrafficLogging',
  },
  {
    id: 'readConfiguration',
    title: 'See configuration',
    description: 'See configuration in Account Settings.',
    level: 'policy',
    // Changing the configuration implies viewing it.
    anyOf: ['viewConfiguration', 'modifyConfiguration'],
  },
  {
    id: 'changeConfiguration',
    title: 'Change configuration',
    description: "Change options in Account Settings, except users' logons.",
    level: 'policy',
    anyOf: ['modifyConfiguration'],
  },
  {
    id: 'globalCustomCategories',
    title: 'Global Custom Category list',
    description: 'Open the list of custom categories that hold for the whole account.',
    level: 'account',
    allOf: configurationPermissions,
  },
  {
    id: 'searchConfigurationAuditTrail',
    title: 'Configuration audit trail',
    description: 'Open and search the audit trail of the policy set-up.',
    level: 'policy',
    anyOf: ['viewConfigurationAuditTrail'],
  },
  {
    id: 'searchAdministratorAuditTrail',
    title: 'Message Center audit trail',
    description: 'Open and search the audit trail of the Message Center.',
    level: 'policy',
    anyOf: ['viewAdministratorAuditTrail'],
  },
  {
    id: 'searchQuarantine',
    title: 'Search the quarantine',
    description: 'Search quarantined messages in the Message Center.',
    level: 'policy',
    anyOf: ['viewQuarantine', 'quarantineAdministration', 'viewDeliveredMessages'],
  },
  {
    id: 'actOnQuarantine',
    title: 'Act on quarantined messages',
    description: 'Perform actions on quarantined messages.',
    level: 'policy',
    anyOf: ['quarantineAdministration'],
  },
  {
    id: 'searchQuarantinedImages',
    title: 'Quarantined images',
    description: 'Open and search quarantined images.',
    level: 'policy',
    anyOf: ['viewQuarantinedImages'],
  },
  {
    id: 'viewMessageLogs',
    title: 'Message logs',
    description: 'View the logs of messages.',
    level: 'policy',
    anyOf: ['viewDeliveredMessages'],
  },
  {
    id: 'searchLists',
    title: 'Search blocklists and allowlists',
    description: 'Search the blocklists and allowlists, without changing them.',
    level: 'policy',
    anyOf: ['viewConfigurationAuditTrail', 'viewAdministratorAuditTrail', 'blockAndAllowLists'],
  },
  {
    id: 'manageLists',
    title: 'Manage blocklists and allowlists',
    description: 'Change the blocklists and allowlists.',
    level: 'policy',
    anyOf: ['blockAndAllowLists'],
  },
];

/** Features that an account may have or lack (FP-33, FP-53). */
const features: Feature[] = [
  {
    id: 'fullTrafficLogging',
    title: 'Full Traffic Logging',
    description: 'The service records full traffic logs, which can be downloaded.',
    initially: false,
  },
  {
    id: 'filteredReports',
    title: 'Filtered reports',
    description: 'Reports can be restricted to single policies.',
    initially: true,
  },
];

export const emailModule: Module = {
  permissions: [...accountPermissions, ...policyPermissions],
  abilities,
  actionTypes: [],
  ruleTypes: [],
  features,
};
