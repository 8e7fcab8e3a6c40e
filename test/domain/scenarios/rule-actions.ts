// Rights on the actions in rules: CT-36..CT-42 and CT-71..CT-77, action type by action type.
import * as roles from '../../../shared/domain/plan/roles.ts';
import type { Ask, Facts, GrantFact, Scenario } from './language.ts';

const catalogue = 'exchange-rules';
const signatures = ['insertSignature', 'insertDisclaimer', 'insertBanner'];
const verbs = ['editActions', 'addActions', 'deleteActions'];
const each = (what: string, types: readonly string[]): Ask[] => types.map((actionType) => ({ what, actionType }));
const inRole = (...grants: GrantFact[]): Facts => ({
  catalogue,
  users: { ann: {} },
  roles: { role: { grants, members: ['ann'] } },
});
const disclaimer = { permission: 'editActions', actionTypes: ['insertDisclaimer'] };

export const ruleActions: Scenario[] = [
  {
    title: 'CT-36, CT-37: Signatures editors edit signatures, disclaimers and banners',
    facts: { catalogue, users: { ann: {} }, roles: { signaturesEditors: { members: ['ann'] } } },
    after: [{ user: 'ann', may: [...each('editActions', signatures), ...each('actionsTab', signatures)] }],
  },
  {
    title: 'CT-39, CT-40, CT-41, CT-42: Signatures editors have no other right at all',
    facts: { catalogue, users: { ann: {} }, roles: { signaturesEditors: { members: ['ann'] } } },
    after: [
      {
        user: 'ann',
        holds: { editActions: { actionTypes: signatures } },
        opens: ['actionsTab', 'logonSettingsTab', 'connectionTab'],
        mayNot: [
          'editConditions',
          'editExceptions',
          ...each('editActions', ['blockMessage', 'setHeader', 'autoRespond']),
          ...each('actionsTab', ['blockMessage']),
          ...verbs.slice(1).flatMap((verb) => each(verb, signatures)),
          'editActions',
          'editGeneralProperties',
          'editOptions',
          'reorderRules',
          'manageCategories',
          'addRule',
          'settingsTabs',
          'modifyAccessRoles',
        ],
      },
    ],
  },
  {
    title: 'CT-71: Manage rules Actions can be granted whole',
    facts: inRole('manageActions'),
    after: [
      {
        user: 'ann',
        may: verbs.flatMap((verb) => [verb, ...each(verb, ['blockMessage', 'insertBanner'])]),
        holds: { manageActions: 'account', editActions: 'account', addActions: 'account', deleteActions: 'account' },
      },
    ],
  },
  {
    title: 'CT-71, CT-72: or customised: editing of all action types',
    facts: inRole('editActions'),
    after: [
      {
        user: 'ann',
        may: ['editActions', ...each('editActions', ['blockMessage'])],
        mayNot: ['addActions', 'deleteActions', 'manageActions'],
      },
    ],
  },
  {
    title: 'CT-72: editing of selected action types only',
    facts: inRole({ permission: 'editActions', actionTypes: ['insertDisclaimer', 'setHeader'] }),
    after: [
      {
        user: 'ann',
        may: each('editActions', ['insertDisclaimer', 'setHeader']),
        mayNot: ['editActions', ...each('editActions', ['insertBanner'])],
      },
    ],
  },
  {
    title: 'CT-73, CT-74: adding and deleting reach the types selected for editing and no other',
    facts: inRole(
      { permission: 'editActions', actionTypes: ['insertDisclaimer', 'setHeader'] },
      'addActions',
      'deleteActions',
    ),
    after: [
      {
        user: 'ann',
        may: verbs.flatMap((verb) => each(verb, ['insertDisclaimer', 'setHeader'])),
        mayNot: ['addActions', 'deleteActions', ...verbs.flatMap((verb) => each(verb, ['insertBanner']))],
      },
    ],
  },
  {
    title: 'CT-73, CT-74: with editing of all types, adding and deleting reach all types',
    facts: inRole('editActions', 'addActions', 'deleteActions'),
    after: [
      {
        user: 'ann',
        may: [...verbs, ...each('addActions', ['blockMessage']), ...each('deleteActions', ['blockMessage'])],
      },
    ],
  },
  {
    title: 'CT-75, CT-76: the worked example: editing limited to disclaimers, with the flag for deleting',
    facts: inRole(disclaimer, 'deleteActions'),
    after: [
      {
        user: 'ann',
        may: [...each('editActions', ['insertDisclaimer']), ...each('deleteActions', ['insertDisclaimer'])],
        mayNot: [
          ...each('addActions', ['insertDisclaimer']),
          ...verbs.flatMap((verb) => each(verb, ['insertSignature', 'blockMessage'])),
        ],
        holds: {
          editActions: { actionTypes: ['insertDisclaimer'] },
          deleteActions: { actionTypes: ['insertDisclaimer'] },
        },
      },
    ],
  },
  {
    title: 'CT-77: with an empty selection the flags grant nothing',
    facts: inRole({ permission: 'editActions', actionTypes: [] }, 'addActions', 'deleteActions'),
    after: [{ user: 'ann', holds: {}, mayNot: [...verbs, ...verbs.flatMap((verb) => each(verb, signatures))] }],
  },
  {
    title: 'CT-73, CT-74: a flag without any selection cannot be granted',
    facts: inRole(),
    when: [(at) => roles.addRoleGrant(at.world, at.role('role'), { permission: 'addActions' })],
    refused: { code: 'permission-missing' },
  },
  {
    title: 'CT-73, CT-74: the selection cannot be taken away while a flag needs it',
    facts: inRole(disclaimer, 'deleteActions'),
    when: [(at) => roles.removeRoleGrant(at.world, at.role('role'), { permission: 'editActions' })],
    refused: { code: 'permission-missing' },
    after: [{ user: 'ann', may: each('deleteActions', ['insertDisclaimer']) }],
  },
  {
    title: 'Q-08: action bits are computed inside each role before they are added together',
    facts: {
      catalogue,
      users: { ann: {} },
      roles: {
        one: { grants: [disclaimer, 'addActions'], members: ['ann'] },
        other: {
          grants: [{ permission: 'editActions', actionTypes: ['insertBanner'] }, 'deleteActions'],
          members: ['ann'],
        },
      },
    },
    after: [
      {
        user: 'ann',
        may: [
          ...each('editActions', ['insertDisclaimer', 'insertBanner']),
          ...each('addActions', ['insertDisclaimer']),
          ...each('deleteActions', ['insertBanner']),
        ],
        mayNot: [...each('addActions', ['insertBanner']), ...each('deleteActions', ['insertDisclaimer'])],
      },
    ],
  },
  {
    title: 'Q-08: limits of different roles are not multiplied',
    facts: {
      catalogue,
      users: { ann: {} },
      roles: {
        one: { grants: [{ permission: 'editActions', actionTypes: ['insertBanner'] }], members: ['ann'] },
        other: { grants: [{ permission: 'editActions', ruleTypes: ['routingRule'] }], members: ['ann'] },
      },
    },
    after: [
      {
        user: 'ann',
        may: [
          { what: 'editActions', actionType: 'insertBanner', ruleType: 'signatureRule' },
          { what: 'editActions', actionType: 'blockMessage', ruleType: 'routingRule' },
        ],
        mayNot: ['editActions', { what: 'editActions', actionType: 'blockMessage', ruleType: 'signatureRule' }],
      },
    ],
  },
];
