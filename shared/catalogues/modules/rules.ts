// Mail-flow rules, after CodeTwo Exchange Rules: who may do what in the program and in its rules.
import type { Ability, ActionType, Permission, PredefinedRole, RuleType } from '../schema.ts';
import type { Module } from './module.ts';

/** The permission that governs each part of a rule. A catalogue with rule types has all of them. */
export const rulePermissions = {
  create: 'createRules',
  /** The General tab, the order of rules and their categories (CT-65..68). */
  general: 'manageRulesOrder',
  conditions: 'manageConditions',
  options: 'manageOptions',
  editActions: 'editActions',
  addActions: 'addActions',
  deleteActions: 'deleteActions',
} as const;

const program = 'Program';
const rules = 'Rules';
const actions = 'Rule actions';

/** CT-55..CT-78 without the keeper permission. Rights on rules can be limited to rule types (CT-43, Q-06). */
const permissions: Permission[] = [
  {
    id: 'manageProgramFeatures',
    title: 'Manage program administrative features',
    description:
      'Open the tabs of the Settings window, use Import/Export, collect log files for diagnosis, open the licensing ' +
      'window and activate the licence, and change notification settings. The Categories tab is not part of it.',
    area: program,
    levels: ['account'],
  },
  {
    id: 'createRules',
    title: 'Create new rules',
    description: 'Add new rules and configure the whole content of a rule while creating it.',
    area: rules,
    levels: ['account'],
    limits: ['ruleTypes'],
  },
  {
    id: 'manageRulesOrder',
    title: 'Manage rules order and their General properties',
    description:
      'Change the order of the list of rules, edit the General tab of rules, and manage the categories of rules.',
    area: rules,
    levels: ['account'],
    limits: ['ruleTypes'],
  },
  {
    id: 'manageConditions',
    title: 'Manage rules Conditions and Exceptions',
    description: 'Edit the Conditions tab and the Exceptions tab of rules.',
    area: rules,
    levels: ['account'],
    limits: ['ruleTypes'],
  },
  {
    id: 'manageActions',
    title: 'Manage rules Actions',
    description: 'Edit the Actions tab of rules without restriction: edit, add and delete actions of every type.',
    area: actions,
    levels: ['account'],
    includes: ['editActions', 'addActions', 'deleteActions'],
    limits: ['ruleTypes'],
  },
  {
    id: 'editActions',
    title: 'Edit existing actions',
    description: 'Edit the properties of actions that rules already have: of all types, or of selected types only.',
    area: actions,
    levels: ['account'],
    limits: ['actionTypes', 'ruleTypes'],
  },
  {
    id: 'addActions',
    title: 'Add actions selected above',
    description: 'Add new actions to rules, but only of the types selected in "Edit existing actions".',
    area: actions,
    levels: ['account'],
    requires: ['editActions'],
  },
  {
    id: 'deleteActions',
    title: 'Delete actions selected above',
    description: 'Delete actions from rules, but only of the types selected in "Edit existing actions".',
    area: actions,
    levels: ['account'],
    requires: ['editActions'],
  },
  {
    id: 'manageOptions',
    title: 'Manage rules Options',
    description: 'Edit the Options tab of rules.',
    area: rules,
    levels: ['account'],
    limits: ['ruleTypes'],
  },
];

/**
 * CT-55..CT-70 and CT-78. Abilities on a rule's tabs also need Edit on that rule, which is decided outside the
 * catalogue.
 */
const abilities = (keeper: string): Ability[] => [
  {
    id: 'settingsTabs',
    title: 'Settings window',
    description: 'Open the tabs of the Settings window, except Categories, Logon Settings and Connection.',
    level: 'account',
    anyOf: ['manageProgramFeatures'],
  },
  {
    id: 'categoriesTab',
    title: 'Categories tab',
    description: 'Manage the categories of rules in the Settings window.',
    level: 'account',
    anyOf: ['manageRulesOrder'],
    whole: true,
  },
  {
    id: 'logonSettingsTab',
    title: 'Logon Settings tab',
    description: 'Open the Logon Settings tab of the Settings window.',
    level: 'account',
    open: 'everyone',
  },
  {
    id: 'connectionTab',
    title: 'Connection tab',
    description: 'Open the Connection tab of the Settings window.',
    level: 'account',
    open: 'everyone',
  },
  {
    id: 'importExport',
    title: 'Import/Export',
    description: 'Import and export the configuration.',
    level: 'account',
    anyOf: ['manageProgramFeatures'],
  },
  {
    id: 'collectDiagnostics',
    title: 'Collect all log files',
    description: 'Gather log files for diagnosis.',
    level: 'account',
    anyOf: ['manageProgramFeatures'],
  },
  {
    id: 'openLicensing',
    title: 'Licensing window',
    description: 'Open the licensing window.',
    level: 'account',
    anyOf: ['manageProgramFeatures'],
  },
  {
    id: 'activateLicence',
    title: 'Activate the licence',
    description: 'Activate the licence of the software.',
    level: 'account',
    anyOf: ['manageProgramFeatures'],
  },
  {
    id: 'changeNotifications',
    title: 'Notification settings',
    description: 'Change the notification settings.',
    level: 'account',
    anyOf: ['manageProgramFeatures'],
  },
  {
    id: 'modifyAccessRoles',
    title: 'Access rights management',
    description: 'Modify access roles: their rights, their members and their rights on rules.',
    level: 'account',
    anyOf: [keeper],
  },
  {
    id: 'addRule',
    title: 'Add a rule',
    description: 'Add a new rule with its whole content.',
    level: 'account',
    anyOf: ['createRules'],
  },
  {
    id: 'reorderRules',
    title: 'Order of rules',
    description: 'Change the order of the list of rules.',
    level: 'account',
    anyOf: ['manageRulesOrder'],
  },
  {
    id: 'editGeneralProperties',
    title: 'General tab',
    description: 'Edit the General tab of a rule.',
    level: 'account',
    anyOf: ['manageRulesOrder'],
  },
  {
    id: 'manageCategories',
    title: 'Category Manager',
    description: 'Manage the categories of rules in the Category Manager of the category picker.',
    level: 'account',
    anyOf: ['manageRulesOrder'],
    whole: true,
  },
  {
    id: 'editConditions',
    title: 'Conditions tab',
    description: 'Edit the Conditions tab of a rule.',
    level: 'account',
    anyOf: ['manageConditions'],
  },
  {
    id: 'editExceptions',
    title: 'Exceptions tab',
    description: 'Edit the Exceptions tab of a rule.',
    level: 'account',
    anyOf: ['manageConditions'],
  },
  {
    id: 'actionsTab',
    title: 'Actions tab',
    description: 'Change something in the Actions tab of a rule; what exactly depends on the types of its actions.',
    level: 'account',
    // Adding and deleting never exceed the edit selection, so they open nothing beyond editing.
    anyOf: ['editActions'],
  },
  {
    id: 'editOptions',
    title: 'Options tab',
    description: 'Edit the Options tab of a rule.',
    level: 'account',
    anyOf: ['manageOptions'],
  },
];

/** The action types that add signatures, disclaimers and advertising banners (CT-37). */
const signatureActionTypes = ['insertSignature', 'insertDisclaimer', 'insertBanner'];

const actionTypes: ActionType[] = [
  { id: 'insertSignature', title: 'Insert signature', description: "Adds the sender's signature to the message." },
  { id: 'insertDisclaimer', title: 'Insert disclaimer', description: 'Adds a legal notice to the message.' },
  { id: 'insertBanner', title: 'Insert banner', description: 'Adds an advertising banner to the message.' },
  { id: 'autoRespond', title: 'Send automatic reply', description: 'Answers the sender with a prepared message.' },
  { id: 'forwardMessage', title: 'Forward message', description: 'Sends a copy to further recipients.' },
  { id: 'redirectMessage', title: 'Redirect message', description: 'Delivers to other recipients instead.' },
  { id: 'addRecipient', title: 'Add recipient', description: 'Adds recipients to the message.' },
  { id: 'removeRecipient', title: 'Remove recipient', description: 'Removes recipients from the message.' },
  { id: 'stripAttachments', title: 'Strip attachments', description: 'Removes attachments from the message.' },
  { id: 'compressAttachments', title: 'Compress attachments', description: 'Packs attachments into an archive.' },
  { id: 'addSubjectTag', title: 'Tag the subject', description: 'Adds text to the subject of the message.' },
  { id: 'setHeader', title: 'Set header', description: 'Adds or replaces a header of the message.' },
  { id: 'blockMessage', title: 'Block message', description: 'Stops the message from being delivered.' },
];

const ruleTypes: RuleType[] = [
  { id: 'signatureRule', title: 'Signatures and disclaimers', description: 'Adds content to messages.' },
  { id: 'attachmentRule', title: 'Attachments', description: 'Deals with the attachments of messages.' },
  { id: 'routingRule', title: 'Routing', description: 'Decides where messages go.' },
  { id: 'complianceRule', title: 'Compliance', description: 'Stops or marks messages that break a policy.' },
  { id: 'autoReplyRule', title: 'Automatic replies', description: 'Answers messages.' },
];

/** CT-28..CT-42 and Q-02; `newRules` as decided for rule rights of other roles on a new rule. */
export const rulesRoles: PredefinedRole[] = [
  {
    id: 'programAndRulesAdministrators',
    name: 'Program and rules administrators',
    description: 'Full access: rules, all features, administrative ones, and access rights.',
    grants: [{ permission: '*' }],
    newRules: { view: true, edit: true, delete: true },
  },
  {
    id: 'rulesAdministrators',
    name: 'Rules administrators',
    description: 'Full access to the configuration of rules, but not to access rights and administrative features.',
    grants: [
      { permission: 'createRules' },
      { permission: 'manageRulesOrder' },
      { permission: 'manageConditions' },
      { permission: 'manageActions' },
      { permission: 'manageOptions' },
    ],
    newRules: { view: true, edit: true, delete: true },
  },
  {
    id: 'signaturesEditors',
    name: 'Signatures editors',
    description: 'Edit the properties of actions that add signatures, disclaimers or banners, and nothing else.',
    grants: [{ permission: 'editActions', actionTypes: signatureActionTypes }],
    newRules: { view: true, edit: true, delete: false },
  },
  {
    id: 'rulesViewers',
    name: 'Rules viewers',
    description: 'See every rule, and change none.',
    grants: [],
    newRules: { view: true, edit: false, delete: false },
  },
];

/** @param keeper the permission that opens the management of access rights (CT-62). */
export const rulesModule = (keeper: string): Module => ({
  permissions,
  abilities: abilities(keeper),
  actionTypes,
  ruleTypes,
  features: [],
});
