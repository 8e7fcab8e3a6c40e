// Every refusal of the validator: a good catalogue, one thing broken in it, and exactly what is then said about it.
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../shared/catalogues/index.ts';
import type { Ability, Catalogue, Permission } from '../../shared/catalogues/schema.ts';
import { validateCatalogue } from '../../shared/catalogues/validate.ts';
import { said } from './said.ts';

const good = (): Catalogue => structuredClone(catalogue('complete').data);

/** Where a thing stands in the good catalogue, so that rows can name it by its id. */
const place = (part: 'permissions' | 'abilities' | 'predefinedRoles', id: string): number => {
  const found = good()[part].findIndex((thing) => thing.id === id);
  if (found < 0) throw new Error(`no ${id} in ${part}`);
  return found;
};
const permission = (c: Catalogue, id: string): Permission => c.permissions[place('permissions', id)]!;
const ability = (c: Catalogue, id: string): Ability => c.abilities[place('abilities', id)]!;
const pathOf = (id: string): string => `permissions.${place('permissions', id)}`;
const pathOfAbility = (id: string): string => `abilities.${place('abilities', id)}`;
const pathOfRole = (id: string): string => `predefinedRoles.${place('predefinedRoles', id)}`;
const role = (c: Catalogue, id: string) => c.predefinedRoles[place('predefinedRoles', id)]!;

type Row = [name: string, break_: (c: Catalogue) => unknown, expected: string[]];

const id = 'An id is a lower-case letter and up to 63 further letters and digits.';
const blank = 'This text must not begin or end with a blank, nor contain control characters.';
const long = 'x'.repeat(1001);

const shape: Row[] = [
  ['an unknown key', (c) => Object.assign(c, { colour: 'red' }), ['catalogue: Unrecognized key: "colour"']],
  [
    'an unknown key of a permission',
    (c) => Object.assign(permission(c, 'billing'), { exludes: ['purchase'] }),
    [`${pathOf('billing')}: Unrecognized key: "exludes"`],
  ],
  [
    'an unknown key of an ability',
    (c) => Object.assign(ability(c, 'viewBills'), { noneOf: ['purchase'] }),
    [`${pathOfAbility('viewBills')}: Unrecognized key: "noneOf"`],
  ],
  [
    'an unknown key of a grant',
    (c) => Object.assign(c.newUser.personal[0]!, { policy: 'p' }),
    ['newUser.personal.0: Unrecognized key: "policy"'],
  ],
  [
    'an unknown key of a role',
    (c) => Object.assign(role(c, 'rulesViewers'), { members: [] }),
    [`${pathOfRole('rulesViewers')}: Unrecognized key: "members"`],
  ],
  [
    'an unknown key of rule rights',
    (c) => Object.assign(role(c, 'rulesViewers').newRules!, { own: true }),
    [`${pathOfRole('rulesViewers')}.newRules: Unrecognized key: "own"`],
  ],
  [
    'an unknown key of a feature',
    (c) => Object.assign(c.features[0]!, { price: 1 }),
    ['features.0: Unrecognized key: "price"'],
  ],
  [
    'an unknown key of an action type',
    (c) => Object.assign(c.actionTypes[0]!, { icon: 'x' }),
    ['actionTypes.0: Unrecognized key: "icon"'],
  ],
  [
    'an unknown key of what governs',
    (c) => Object.assign(c.governs, { roles: [] }),
    ['governs: Unrecognized key: "roles"'],
  ],
  [
    'an unknown key of enforcement',
    (c) => Object.assign(c.enforcement, { later: true }),
    ['enforcement: Unrecognized key: "later"'],
  ],
  [
    'an unknown key of the first user',
    (c) => Object.assign(c.firstUser, { name: 'A' }),
    ['firstUser: Unrecognized key: "name"'],
  ],
  [
    'an unknown key of new users',
    (c) => Object.assign(c.newUser, { role: 'rulesViewers' }),
    ['newUser: Unrecognized key: "role"'],
  ],
  [
    'an id with a capital at its front',
    (c) => Object.assign(c.features[0]!, { id: 'Feature' }),
    [`features.0.id: ${id}`],
  ],
  ['an id with a hyphen', (c) => Object.assign(c.ruleTypes[0]!, { id: 'a-rule' }), [`ruleTypes.0.id: ${id}`]],
  ['an id beyond ASCII', (c) => Object.assign(c.actionTypes[0]!, { id: 'é' }), [`actionTypes.0.id: ${id}`]],
  ['an empty id', (c) => Object.assign(permission(c, 'billing'), { id: '' }), [`${pathOf('billing')}.id: ${id}`]],
  [
    'an id of 65 characters',
    (c) => Object.assign(ability(c, 'viewBills'), { id: 'x'.repeat(65) }),
    [`${pathOfAbility('viewBills')}.id: ${id}`],
  ],
  [
    'an id of a catalogue with a slash',
    (c) => Object.assign(c, { id: 'a/b' }),
    ['id: The id of a catalogue consists of lower-case words and digits joined by hyphens.'],
  ],
  ['version 0', (c) => Object.assign(c, { version: 0 }), ['version: Too small: expected number to be >=1']],
  ['version 1.5', (c) => Object.assign(c, { version: 1.5 }), ['version: Invalid input: expected int, received number']],
  [
    'an empty title',
    (c) => Object.assign(permission(c, 'billing'), { title: '' }),
    [`${pathOf('billing')}.title: This text must not be empty.`],
  ],
  [
    'a title of 101 characters',
    (c) => Object.assign(permission(c, 'billing'), { title: 'x'.repeat(101) }),
    [`${pathOf('billing')}.title: This text must have at most 100 characters.`],
  ],
  [
    'a title that is only blanks',
    (c) => Object.assign(ability(c, 'viewBills'), { title: '  ' }),
    [`${pathOfAbility('viewBills')}.title: ${blank}`],
  ],
  ['a line break in a title', (c) => Object.assign(c.features[0]!, { title: 'a\nb' }), [`features.0.title: ${blank}`]],
  [
    'an empty description',
    (c) => Object.assign(c.features[0]!, { description: '' }),
    ['features.0.description: This text must not be empty.'],
  ],
  [
    'a description of 1001 characters',
    (c) => Object.assign(ability(c, 'viewBills'), { description: long }),
    [`${pathOfAbility('viewBills')}.description: This text must have at most 1000 characters.`],
  ],
  [
    'a permission without a level',
    (c) => Object.assign(permission(c, 'billing'), { levels: [] }),
    [`${pathOf('billing')}.levels: A permission has at least one level.`],
  ],
  [
    'an unknown level',
    (c) => Object.assign(permission(c, 'billing'), { levels: ['team'] }),
    [`${pathOf('billing')}.levels.0: A level is 'account' or 'policy'.`],
  ],
  [
    'an unknown limit',
    (c) => Object.assign(permission(c, 'editActions'), { limits: ['rules'] }),
    [`${pathOf('editActions')}.limits.0: A limit is 'actionTypes' or 'ruleTypes'.`],
  ],
  [
    'an ability that any of no permissions opens',
    (c) => Object.assign(ability(c, 'viewBills'), { anyOf: [] }),
    [`${pathOfAbility('viewBills')}.anyOf: Name at least one, or leave this out.`],
  ],
  [
    'an ability that all of no permissions open',
    (c) => Object.assign(ability(c, 'globalCustomCategories'), { allOf: [] }),
    [`${pathOfAbility('globalCustomCategories')}.allOf: Name at least one, or leave this out.`],
  ],
  [
    'an ability open to strangers',
    (c) => Object.assign(ability(c, 'readOwnLog'), { open: 'strangers' }),
    [`${pathOfAbility('readOwnLog')}.open: An ability is open to 'everyone' or to one's 'self'.`],
  ],
  [
    'an unknown time of effect',
    (c) => Object.assign(c, { changesTakeEffect: 'tomorrow' }),
    ["changesTakeEffect: Changes take effect 'immediately' or at the 'nextLogon'."],
  ],
  [
    'an unknown way of applying',
    (c) => Object.assign(c, { appliesChanges: 'atOnce' }),
    ["appliesChanges: Changes are applied 'onSubmit' or 'onSave'."],
  ],
  [
    '* among what is required',
    (c) => Object.assign(permission(c, 'billing'), { requires: ['*'] }),
    [`${pathOf('billing')}.requires.0: ${id}`],
  ],
  [
    'a grant of something that is no id',
    (c) => Object.assign(c.newUser.personal[0]!, { permission: '**' }),
    ["newUser.personal.0.permission: This must be the id of a permission, or '*'."],
  ],
];

const references: Row[] = [
  ...(['requires', 'excludes', 'includes'] as const).map(
    (list): Row => [
      `an unknown permission in ${list}`,
      (c) => Object.assign(permission(c, 'billing'), { [list]: ['purchase', 'nothing'] }),
      [`${pathOf('billing')}.${list}.1: There is no permission 'nothing'.`],
    ],
  ),
  ...(['users', 'directory', 'policies', 'audit', 'userLogs', 'export'] as const).map(
    (part): Row => [
      `an unknown permission that governs ${part}`,
      (c) => Object.assign(c.governs, { [part]: ['nothing'] }),
      [`governs.${part}.0: There is no permission 'nothing'.`],
    ],
  ),
  [
    'an ability where a permission governs',
    (c) => c.governs.users.push('logOn'),
    ["governs.users.1: There is no permission 'logOn'."],
  ],
  [
    'an unknown permission in anyOf',
    (c) => ability(c, 'viewBills').anyOf?.push('nothing'),
    [`${pathOfAbility('viewBills')}.anyOf.1: There is no permission 'nothing'.`],
  ],
  [
    'an unknown permission in allOf',
    (c) => ability(c, 'globalCustomCategories').allOf?.push('nothing'),
    [`${pathOfAbility('globalCustomCategories')}.allOf.3: There is no permission 'nothing'.`],
  ],
  [
    'an unknown permission in a role',
    (c) => role(c, 'rulesViewers').grants.push({ permission: 'nothing' }),
    [`${pathOfRole('rulesViewers')}.grants.0.permission: There is no permission 'nothing'.`],
  ],
  [
    'an unknown permission of new users',
    (c) => c.newUser.personal.push({ permission: 'nothing' }),
    ["newUser.personal.1.permission: There is no permission 'nothing'."],
  ],
  [
    'an unknown permission of the first user',
    (c) => c.firstUser.personal?.push({ permission: 'nothing' }),
    ["firstUser.personal.1.permission: There is no permission 'nothing'."],
  ],
  [
    'an unknown feature of a permission',
    (c) => Object.assign(permission(c, 'billing'), { feature: 'nothing' }),
    [`${pathOf('billing')}.feature: There is no feature 'nothing'.`],
  ],
  [
    'an unknown feature of an ability',
    (c) => Object.assign(ability(c, 'viewBills'), { feature: 'nothing' }),
    [`${pathOfAbility('viewBills')}.feature: There is no feature 'nothing'.`],
  ],
  [
    'an unknown role of the first user',
    (c) => Object.assign(c.firstUser, { role: 'nobody' }),
    ["firstUser.role: There is no predefined role 'nobody'."],
  ],
  [
    'an unknown role of administrators',
    (c) => Object.assign(c, { administratorsRole: 'nobody' }),
    ["administratorsRole: There is no predefined role 'nobody'."],
  ],
  [
    'an unknown action type',
    (c) => role(c, 'signaturesEditors').grants[0]?.actionTypes?.push('dance'),
    [`${pathOfRole('signaturesEditors')}.grants.0.actionTypes.3: There is no action type 'dance'.`],
  ],
  [
    'an unknown rule type',
    (c) => Object.assign(role(c, 'rulesAdministrators').grants[0]!, { ruleTypes: ['dance'] }),
    [`${pathOfRole('rulesAdministrators')}.grants.0.ruleTypes.0: There is no rule type 'dance'.`],
  ],
  [
    'a permission defined twice',
    (c) => c.permissions.push({ ...permission(c, 'billing') }),
    [`permissions.${good().permissions.length}.id: The id 'billing' is taken by another permission.`],
  ],
  [
    'an ability with the id of a permission',
    (c) => c.abilities.push({ ...ability(c, 'viewBills'), id: 'billing' }),
    [`abilities.${good().abilities.length}.id: The id 'billing' is taken by another permission or ability.`],
  ],
  [
    'an ability defined twice',
    (c) => c.abilities.push({ ...ability(c, 'viewBills') }),
    [`abilities.${good().abilities.length}.id: The id 'viewBills' is taken by another permission or ability.`],
  ],
  [
    'an action type defined twice',
    (c) => c.actionTypes.push({ ...c.actionTypes[0]! }),
    [`actionTypes.${good().actionTypes.length}.id: The id 'insertSignature' is taken by another action type.`],
  ],
  [
    'a rule type defined twice',
    (c) => c.ruleTypes.push({ ...c.ruleTypes[0]! }),
    [`ruleTypes.${good().ruleTypes.length}.id: The id 'signatureRule' is taken by another rule type.`],
  ],
  [
    'a feature defined twice',
    (c) => c.features.push({ ...c.features[0]! }),
    ["features.2.id: The id 'fullTrafficLogging' is taken by another feature."],
  ],
  [
    'a predefined role defined twice',
    (c) => c.predefinedRoles.push({ ...role(c, 'rulesViewers'), name: 'Others' }),
    ["predefinedRoles.4.id: The id 'rulesViewers' is taken by another predefined role."],
  ],
  [
    'two predefined roles whose names differ only in case and width',
    (c) => c.predefinedRoles.push({ ...role(c, 'rulesViewers'), id: 'others', name: 'RULES ｖiewers' }),
    ["predefinedRoles.4.name: Another predefined role has the name 'RULES ｖiewers'."],
  ],
  [
    'a level named twice',
    (c) => permission(c, 'billing').levels.push('account'),
    [`${pathOf('billing')}.levels.1: 'account' is named twice.`],
  ],
  [
    'a limit named twice',
    (c) => permission(c, 'editActions').limits?.push('ruleTypes'),
    [`${pathOf('editActions')}.limits.2: 'ruleTypes' is named twice.`],
  ],
  [
    'a permission named twice in a list',
    (c) => ability(c, 'viewBills').anyOf?.push('billing'),
    [`${pathOfAbility('viewBills')}.anyOf.1: 'billing' is named twice.`],
  ],
];

const contradictions: Row[] = [
  [
    'a permission that requires itself',
    (c) => Object.assign(permission(c, 'billing'), { requires: ['billing'] }),
    [`${pathOf('billing')}.requires: Permission 'billing' requires itself, directly or through others.`],
  ],
  [
    'a cycle of requires',
    (c) => {
      Object.assign(permission(c, 'billing'), { requires: ['purchase'] });
      Object.assign(permission(c, 'purchase'), { requires: ['billing'] });
    },
    [
      `${pathOf('billing')}.requires: Permission 'billing' requires itself, directly or through others.`,
      `${pathOf('purchase')}.requires: Permission 'purchase' requires itself, directly or through others.`,
    ],
  ],
  [
    'a cycle of includes',
    (c) => {
      Object.assign(permission(c, 'billing'), { includes: ['purchase'] });
      Object.assign(permission(c, 'purchase'), { includes: ['billing'] });
    },
    [
      `${pathOf('billing')}.includes: Permission 'billing' includes itself, directly or through others.`,
      `${pathOf('purchase')}.includes: Permission 'purchase' includes itself, directly or through others.`,
    ],
  ],
  [
    'a permission that requires what it excludes',
    (c) => Object.assign(permission(c, 'billing'), { requires: ['purchase'], excludes: ['purchase'] }),
    [
      `${pathOf('billing')}: Permission 'billing' can never be granted: it needs both 'billing' and 'purchase', and 'billing' excludes 'purchase'.`,
    ],
  ],
  [
    'a permission whose needs exclude each other at one remove',
    (c) => {
      Object.assign(permission(c, 'billing'), { requires: ['purchase', 'userLogs'] });
      Object.assign(permission(c, 'purchase'), { requires: ['domainManagement'] });
      Object.assign(permission(c, 'userLogs'), { excludes: ['domainManagement'] });
    },
    [
      `${pathOf('billing')}: Permission 'billing' can never be granted: it needs both 'userLogs' and 'domainManagement', and 'userLogs' excludes 'domainManagement'.`,
    ],
  ],
  [
    'a permission that includes what excludes it',
    (c) => {
      Object.assign(permission(c, 'billing'), { includes: ['purchase'] });
      Object.assign(permission(c, 'purchase'), { excludes: ['billing'] });
    },
    [
      `${pathOf('billing')}: Permission 'billing' can never be granted: it needs both 'purchase' and 'billing', and 'purchase' excludes 'billing'.`,
    ],
  ],
  [
    'a permission for the account that requires one for single policies only',
    (c) => {
      Object.assign(permission(c, 'billing'), { requires: ['viewQuarantine'] });
      Object.assign(permission(c, 'viewQuarantine'), { levels: ['policy'] });
    },
    [
      `${pathOf('viewQuarantinedImages')}.requires.0: Granted at the account, 'viewQuarantinedImages' could never be given the 'viewQuarantine' that it requires.`,
      `${pathOf('billing')}.requires.0: Granted at the account, 'billing' could never be given the 'viewQuarantine' that it requires.`,
    ],
  ],
  [
    'a permission for single policies that includes one for the account only',
    (c) => Object.assign(permission(c, 'viewQuarantine'), { includes: ['billing'] }),
    [
      `${pathOf('viewQuarantine')}.includes.0: 'viewQuarantine' can be granted at the level 'policy', but the included 'billing' cannot.`,
    ],
  ],
  [
    'a permission for single policies that widens',
    (c) => Object.assign(permission(c, 'viewQuarantine'), { widens: true }),
    [
      `${pathOf('viewQuarantine')}.widens: 'viewQuarantine' widens grants to every policy, so it cannot be granted for a single policy.`,
    ],
  ],
  [
    '* with something beside it',
    (c) => Object.assign(permission(c, 'billing'), { includes: ['*', 'purchase'] }),
    [`${pathOf('billing')}.includes: '*' includes everything, so nothing stands beside it.`],
  ],
  [
    'everything with a limit',
    (c) => Object.assign(permission(c, 'billing'), { includes: ['*'], limits: ['ruleTypes'] }),
    [`${pathOf('billing')}.includes: 'billing' includes everything, so it has no limits and no level but the account.`],
  ],
  [
    'everything for a single policy',
    (c) => Object.assign(permission(c, 'viewQuarantine'), { includes: ['*'] }),
    [
      `${pathOf('viewQuarantine')}.includes: 'viewQuarantine' includes everything, so it has no limits and no level but the account.`,
    ],
  ],
  [
    'an ability with two ways in',
    (c) => Object.assign(ability(c, 'viewBills'), { open: 'everyone' }),
    [
      `${pathOfAbility('viewBills')}: Ability 'viewBills' must have exactly one of anyOf, allOf, anyPermission and open.`,
    ],
  ],
  [
    'an ability with no way in',
    (c) => delete ability(c, 'viewBills').anyOf,
    [
      `${pathOfAbility('viewBills')}: Ability 'viewBills' must have exactly one of anyOf, allOf, anyPermission and open.`,
    ],
  ],
  [
    'an ability of the account opened by a permission for single policies only',
    (c) => {
      Object.assign(permission(c, 'viewDeliveredMessages'), { levels: ['policy'] });
      Object.assign(ability(c, 'viewMessageLogs'), { level: 'account' });
    },
    [
      `${pathOfAbility('viewMessageLogs')}.anyOf.0: 'viewDeliveredMessages' cannot be granted at the account, so it never opens 'viewMessageLogs'.`,
    ],
  ],
  [
    'rights that are never enforced',
    (c) => Object.assign(c.enforcement, { initially: false }),
    ['enforcement: Rights that start unenforced and cannot be switched on would never be enforced.'],
  ],
];

const keeper: Row[] = [
  [
    'no keeper permission',
    (c) => Object.assign(c, { keeper: 'nobody' }),
    [
      "keeper: There is no permission 'nobody'.",
      "firstUser: The first user would not hold the keeper permission 'nobody'.",
    ],
  ],
  [
    'an ability as keeper',
    (c) => Object.assign(c, { keeper: 'logOn' }),
    [
      "keeper: There is no permission 'logOn'.",
      "firstUser: The first user would not hold the keeper permission 'logOn'.",
    ],
  ],
  [
    'a keeper for single policies only',
    (c) =>
      Object.assign(c, {
        keeper: 'viewQuarantine',
        permissions: c.permissions.map((p) => (p.id === 'viewQuarantine' ? { ...p, levels: ['policy'] } : p)),
        abilities: [],
      }),
    [
      `${pathOf('viewQuarantinedImages')}.requires.0: Granted at the account, 'viewQuarantinedImages' could never be given the 'viewQuarantine' that it requires.`,
      'keeper: The keeper permission must have the level account.',
    ],
  ],
  [
    'a keeper that depends on a feature',
    (c) => Object.assign(permission(c, 'manageAccessRights'), { feature: 'filteredReports' }),
    ['keeper: The keeper permission must not have feature.'],
  ],
  [
    'a keeper that requires another permission',
    (c) => Object.assign(permission(c, 'manageAccessRights'), { requires: ['billing'] }),
    ['keeper: The keeper permission must not have requires.'],
  ],
  [
    'a keeper that excludes another permission',
    (c) => Object.assign(permission(c, 'manageAccessRights'), { excludes: ['billing'] }),
    ['keeper: The keeper permission must not have excludes.'],
  ],
  [
    'a keeper with limits',
    (c) => Object.assign(permission(c, 'manageAccessRights'), { limits: ['ruleTypes'] }),
    ['keeper: The keeper permission must not have limits.'],
  ],
  [
    'another permission that includes the keeper permission',
    (c) => Object.assign(permission(c, 'billing'), { includes: ['manageAccessRights'] }),
    [
      `${pathOf('billing')}.includes: Only '*' may include the keeper permission 'manageAccessRights', directly or through others.`,
    ],
  ],
  [
    'another permission that includes one that includes everything',
    (c) => {
      Object.assign(permission(c, 'purchase'), { includes: ['*'] });
      Object.assign(permission(c, 'billing'), { includes: ['purchase'] });
    },
    [
      `${pathOf('billing')}.includes: Only '*' may include the keeper permission 'manageAccessRights', directly or through others.`,
    ],
  ],
  [
    'a first user with nothing',
    (c) => Object.assign(c, { firstUser: {} }),
    ["firstUser: The first user would not hold the keeper permission 'manageAccessRights'."],
  ],
  [
    'a first user with everything but the keeper permission',
    (c) => Object.assign(c, { firstUser: { role: 'rulesAdministrators', personal: [{ permission: 'manageUsers' }] } }),
    ["firstUser: The first user would not hold the keeper permission 'manageAccessRights'."],
  ],
  [
    'new users with the keeper permission',
    (c) => c.newUser.personal.push({ permission: 'manageAccessRights' }),
    ["newUser.personal: New users must not hold the keeper permission 'manageAccessRights'."],
  ],
  [
    'new users with everything',
    (c) => Object.assign(c.newUser, { personal: [{ permission: '*' }] }),
    ["newUser.personal: New users must not hold the keeper permission 'manageAccessRights'."],
  ],
];

const defaults: Row[] = [
  [
    'personal defaults where there are no personal grants',
    (c) => Object.assign(c, { personalGrants: false }),
    [
      'firstUser.personal: This catalogue has no personal grants.',
      'newUser.personal: This catalogue has no personal grants.',
    ],
  ],
  [
    'a role that lacks what its grants require',
    (c) => role(c, 'rulesViewers').grants.push({ permission: 'deleteActions' }),
    [`${pathOfRole('rulesViewers')}.grants.0: 'deleteActions' requires 'editActions', which is not granted beside it.`],
  ],
  [
    'a role that grants what its grants exclude',
    (c) => role(c, 'rulesViewers').grants.push({ permission: 'viewAllReports' }, { permission: 'viewFilteredReports' }),
    [
      `${pathOfRole('rulesViewers')}.grants.0: 'viewAllReports' excludes 'viewFilteredReports', which is granted beside it.`,
      `${pathOfRole('rulesViewers')}.grants.1: 'viewFilteredReports' excludes 'viewAllReports', which is granted beside it.`,
    ],
  ],
  [
    'new users that lack what their grants require',
    (c) => c.newUser.personal.push({ permission: 'viewQuarantinedImages' }),
    ["newUser.personal.1: 'viewQuarantinedImages' requires 'viewQuarantine', which is not granted beside it."],
  ],
  [
    'a limit on a permission that has none',
    (c) => role(c, 'rulesViewers').grants.push({ permission: 'billing', ruleTypes: ['signatureRule'] }),
    [`${pathOfRole('rulesViewers')}.grants.0.ruleTypes: A grant of 'billing' cannot be limited to ruleTypes.`],
  ],
  [
    'a limit that the permission does not have',
    (c) => role(c, 'rulesViewers').grants.push({ permission: 'createRules', actionTypes: [] }),
    [`${pathOfRole('rulesViewers')}.grants.0.actionTypes: A grant of 'createRules' cannot be limited to actionTypes.`],
  ],
  [
    'a limited grant of everything',
    (c) => Object.assign(c.firstUser, { personal: [{ permission: '*', ruleTypes: ['signatureRule'] }] }),
    ["firstUser.personal.0.ruleTypes: A grant of '*' cannot be limited to ruleTypes."],
  ],
  [
    'a grant for single policies',
    (c) => role(c, 'rulesViewers').grants.push({ permission: 'viewQuarantine', policies: ['p1'] }),
    [
      `${pathOfRole('rulesViewers')}.grants.0.policies: A catalogue cannot name policies, since each tenant has its own.`,
    ],
  ],
  [
    'a grant of a permission for single policies only',
    (c) => {
      Object.assign(permission(c, 'blockAndAllowLists'), { levels: ['policy'] });
      role(c, 'rulesViewers').grants.push({ permission: 'blockAndAllowLists' });
    },
    [
      `${pathOfRole('rulesViewers')}.grants.0.permission: 'blockAndAllowLists' can be granted for single policies only, which a catalogue cannot name.`,
    ],
  ],
];

describe('a catalogue is refused', () => {
  it.each([...shape, ...references, ...contradictions, ...keeper, ...defaults])('for %s', (_name, break_, expected) => {
    const c = good();
    expect(said(c)).toEqual([]);
    break_(c);
    expect(said(c)).toEqual(expected);
  });

  it.each([[undefined], [null], [[]], ['complete'], [{}]])('when it is not a catalogue at all: %j', (input) => {
    expect(said(input).length).toBeGreaterThan(0);
  });

  it('with every problem, in the error and in its message', () => {
    const c = good();
    c.governs.users.push('nothing');
    Object.assign(permission(c, 'billing'), { requires: ['billing'] });
    expect(said(c)).toHaveLength(2);
    expect(() => validateCatalogue(c)).toThrow(
      `The catalogue is not valid:\n- ${pathOf('billing')}.requires: Permission 'billing' requires itself, directly or ` +
        "through others.\n- governs.users.1: There is no permission 'nothing'.",
    );
  });
});

describe('a catalogue is accepted', () => {
  const accepted: [string, (c: Catalogue) => unknown][] = [
    [
      'with an id of 64 characters',
      (c) => {
        Object.assign(c.features[0]!, { id: 'x'.repeat(64) });
        Object.assign(ability(c, 'downloadTrafficLogs'), { feature: 'x'.repeat(64) });
      },
    ],
    [
      'with a title of 100 and a description of 1000 characters',
      (c) => Object.assign(c, { title: 'x'.repeat(100), description: 'x'.repeat(1000) }),
    ],
    [
      'with another permission that includes everything',
      (c) => Object.assign(permission(c, 'billing'), { includes: ['*'] }),
    ],
    [
      'with a role whose grant includes what another of its grants requires',
      (c) => role(c, 'rulesViewers').grants.push({ permission: 'manageActions' }, { permission: 'addActions' }),
    ],
    [
      'with a role that grants everything beside something that excludes another',
      (c) => role(c, 'rulesViewers').grants.push({ permission: '*' }, { permission: 'viewAllReports' }),
    ],
    [
      'with a first user who is keeper through a role alone',
      (c) => Object.assign(c, { firstUser: { role: 'programAndRulesAdministrators' } }),
    ],
    [
      'with a first user who is granted the keeper permission by name',
      (c) => Object.assign(c, { firstUser: { personal: [{ permission: 'manageAccessRights' }] } }),
    ],
    [
      'with an empty selection of action types',
      (c) => Object.assign(role(c, 'signaturesEditors').grants[0]!, { actionTypes: [] }),
    ],
    [
      'with a permission for single policies that requires one for the account only',
      (c) =>
        Object.assign(permission(c, 'viewQuarantine'), { levels: ['policy'], requires: ['billing'] }) &&
        delete permission(c, 'viewQuarantinedImages').requires,
    ],
    [
      'with enforcement that starts off and can be switched on',
      (c) => Object.assign(c, { enforcement: { initially: false, switchable: true } }),
    ],
    ['that does not say how edits are applied', (c) => delete c.appliesChanges],
    [
      'with an exclusion that only one of two permissions states',
      (c) => delete permission(c, 'viewAllReports').excludes,
    ],
  ];
  it.each(accepted)('%s', (_name, change) => {
    const c = good();
    change(c);
    expect(said(c)).toEqual([]);
  });
});
