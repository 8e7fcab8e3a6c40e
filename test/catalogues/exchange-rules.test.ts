import { describe, expect, it } from 'vitest';
import { catalogue } from '../../shared/catalogues/index.ts';
import { given, opened, openTo } from './opened.ts';

const c = catalogue('exchange-rules', 1);
const role = (id: string) => {
  const found = c.data.predefinedRoles.find((r) => r.id === id);
  if (found === undefined) throw new Error(`no role ${id}`);
  return found;
};
const givenTo = (id: string) =>
  given(
    c,
    role(id).grants.map((g) => g.permission),
  );

describe('permissions of exchange-rules', () => {
  it('has the titles of the seed', () => {
    expect(Object.fromEntries(c.data.permissions.map((p) => [p.id, p.title]))).toEqual({
      manageProgramFeatures: 'Manage program administrative features',
      manageAccessRights: 'Manage access rights',
      createRules: 'Create new rules',
      manageRulesOrder: 'Manage rules order and their General properties',
      manageConditions: 'Manage rules Conditions and Exceptions',
      manageActions: 'Manage rules Actions',
      editActions: 'Edit existing actions',
      addActions: 'Add actions selected above',
      deleteActions: 'Delete actions selected above',
      manageOptions: 'Manage rules Options',
    });
  });

  const rows: [string, string, string[]][] = [
    [
      'CT-55 CT-58 CT-59 CT-60 CT-61',
      'manageProgramFeatures',
      ['settingsTabs', 'importExport', 'collectDiagnostics', 'openLicensing', 'activateLicence', 'changeNotifications'],
    ],
    ['CT-62', 'manageAccessRights', ['modifyAccessRoles']],
    ['CT-64', 'createRules', ['addRule']],
    [
      'CT-56 CT-65 CT-66 CT-67 CT-68',
      'manageRulesOrder',
      ['categoriesTab', 'reorderRules', 'editGeneralProperties', 'manageCategories'],
    ],
    ['CT-69', 'manageConditions', ['editConditions', 'editExceptions']],
    ['CT-70', 'manageActions', ['actionsTab']],
    ['CT-72', 'editActions', ['actionsTab']],
    ['alone', 'addActions', []],
    ['alone', 'deleteActions', []],
    ['CT-78', 'manageOptions', ['editOptions']],
  ];
  it.each(rows)('%s: %s opens exactly what the seed lists', (_ids, permission, abilities) => {
    expect(opened(c, [permission])).toEqual(abilities);
  });
  it('leaves no permission out of that list', () => {
    expect(rows.map((row) => row[1]).sort()).toEqual([...c.permission.keys()].sort());
  });

  it('CT-57: the Logon Settings and Connection tabs, and nothing else, are open to everyone', () => {
    expect(openTo(c, 'everyone')).toEqual(['logonSettingsTab', 'connectionTab']);
    expect(openTo(c, 'self')).toEqual([]);
  });

  it('CT-71: the right on actions is granted whole, or in parts of which the others need editing', () => {
    expect(given(c, ['manageActions'])).toEqual(['manageActions', 'editActions', 'addActions', 'deleteActions']);
    for (const part of ['editActions', 'addActions', 'deleteActions']) expect(given(c, [part])).toEqual([part]);
    expect(c.permission.get('editActions')?.requires).toBeUndefined();
    expect(c.permission.get('addActions')?.requires).toEqual(['editActions']);
    expect(c.permission.get('deleteActions')?.requires).toEqual(['editActions']);
  });

  it('only editing has a selection of action types; adding and deleting have none of their own', () => {
    const limited = c.data.permissions.filter((p) => p.limits?.includes('actionTypes')).map((p) => p.id);
    expect(limited).toEqual(['editActions']);
    expect(c.data.actionTypes.length).toBeGreaterThanOrEqual(12);
  });

  it('Q-06: rights on rules, and only those, can be limited to rule types', () => {
    const limited = c.data.permissions.filter((p) => p.limits?.includes('ruleTypes')).map((p) => p.id);
    expect(limited).toEqual([
      'createRules',
      'manageRulesOrder',
      'manageConditions',
      'manageActions',
      'editActions',
      'manageOptions',
    ]);
    expect(c.data.ruleTypes.length).toBeGreaterThan(1);
  });

  it('CT-79: no right excludes another', () => {
    expect(c.data.permissions.filter((p) => p.excludes !== undefined)).toEqual([]);
  });
});

describe('predefined roles of exchange-rules', () => {
  it('CT-08 CT-28 Q-02: there are four', () => {
    expect(c.data.predefinedRoles.map((r) => r.name)).toEqual([
      'Program and rules administrators',
      'Rules administrators',
      'Signatures editors',
      'Rules viewers',
    ]);
  });

  it('CT-29: Program and rules administrators hold everything, Manage access rights included', () => {
    expect(givenTo('programAndRulesAdministrators')).toEqual([...c.permission.keys()]);
    expect(role('programAndRulesAdministrators').grants).toEqual([{ permission: '*' }]);
  });

  it('CT-33: Rules administrators hold every right on rules, for all action types and rule types', () => {
    expect(givenTo('rulesAdministrators')).toEqual([
      'createRules',
      'manageRulesOrder',
      'manageConditions',
      'manageActions',
      'editActions',
      'addActions',
      'deleteActions',
      'manageOptions',
    ]);
    for (const grant of role('rulesAdministrators').grants) expect(Object.keys(grant)).toEqual(['permission']);
  });
  it('CT-34: Rules administrators lack Manage access rights', () => {
    expect(givenTo('rulesAdministrators')).not.toContain('manageAccessRights');
  });
  it('CT-35: Rules administrators lack the administrative features of the program', () => {
    expect(givenTo('rulesAdministrators')).not.toContain('manageProgramFeatures');
  });

  it('CT-36 CT-37 CT-41: Signatures editors edit actions that add signatures, disclaimers and banners, no others', () => {
    const [grant, ...others] = role('signaturesEditors').grants;
    expect(others).toEqual([]);
    expect(grant).toEqual({
      permission: 'editActions',
      actionTypes: ['insertSignature', 'insertDisclaimer', 'insertBanner'],
    });
    const untouched = c.data.actionTypes.map((t) => t.id).filter((id) => !grant?.actionTypes?.includes(id));
    expect(untouched).toContain('forwardMessage');
    expect(untouched).toHaveLength(c.data.actionTypes.length - 3);
  });
  it('CT-39 CT-40 CT-42: Signatures editors hold no other right, so no condition, exception or other part is open', () => {
    expect(givenTo('signaturesEditors')).toEqual(['editActions']);
    expect(opened(c, ['editActions'])).toEqual(['actionsTab']);
  });

  it('Q-02: Rules viewers hold no right but to see rules', () => {
    expect(role('rulesViewers').grants).toEqual([]);
    expect(role('rulesViewers').newRules).toEqual({ view: true, edit: false, delete: false });
  });
  it('gives the other roles the rule rights decided for rules that others create', () => {
    const all = { view: true, edit: true, delete: true };
    expect(role('programAndRulesAdministrators').newRules).toEqual(all);
    expect(role('rulesAdministrators').newRules).toEqual(all);
    expect(role('signaturesEditors').newRules).toEqual({ view: true, edit: true, delete: false });
  });
});

describe('defaults of exchange-rules', () => {
  it('Q-01: management of access rights starts switched off and can be switched on', () => {
    expect(c.data.enforcement).toEqual({ initially: false, switchable: true });
  });
  it('Q-01 Q-05: the first user and the administrators group belong to the role that holds everything', () => {
    expect(c.data.firstUser).toEqual({ role: 'programAndRulesAdministrators' });
    expect(c.data.administratorsRole).toBe('programAndRulesAdministrators');
  });
  it('X-1 X-2 X-3 X-7: a user in no role has nothing, rights attach to roles, changes wait for submit and log-on', () => {
    expect(c.data.newUser.personal).toEqual([]);
    expect(c.data.personalGrants).toBe(false);
    expect(c.data.grantOnlyWhatYouHold).toBe(false);
    expect(c.data.changesTakeEffect).toBe('nextLogon');
    expect(c.appliesChanges).toBe('onSubmit');
  });
  it('Q-15: the keeper permission is Manage access rights', () => {
    expect(c.data.keeper).toBe('manageAccessRights');
    expect([...(c.granters.get('manageAccessRights') ?? [])].sort()).toEqual(['*', 'manageAccessRights']);
  });
  it('lets program administrators, beside keepers, see audit and directory', () => {
    expect(c.data.governs).toEqual({
      users: [],
      directory: ['manageProgramFeatures'],
      policies: [],
      audit: ['manageProgramFeatures'],
      userLogs: [],
      export: [],
    });
  });
});
