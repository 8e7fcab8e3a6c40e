import { describe, expect, it } from 'vitest';
import { catalogue } from '../../shared/catalogues/index.ts';
import { given, opened, openTo } from './opened.ts';

const c = catalogue('secure-exchanges', 1);

describe('permissions of secure-exchanges', () => {
  it('Q-14: has the titles of the seed, with Logs for the mistranslated one', () => {
    expect(Object.fromEntries(c.data.permissions.map((p) => [p.id, p.title]))).toEqual({
      businessManagement: 'Business management',
      billing: 'Billing',
      purchase: 'Purchase',
      userLogs: 'Logs',
      administratorLogs: 'Administrator Logs',
      domainManagement: 'Domain management',
      activationRules: 'Activation rules',
      rolesAndAuthorizations: 'Roles and authorizations',
    });
  });

  const rows: [string, string, string[]][] = [
    [
      'SE-10 SE-11 SE-12 SE-13',
      'businessManagement',
      ['customiseColours', 'customiseLogo', 'customiseEmailSending', 'whiteLabelling'],
    ],
    ['SE-14', 'billing', ['viewBills', 'manageCreditCard', 'managePlan']],
    [
      'SE-15 SE-26 SE-27 SE-28 Q-16',
      'purchase',
      ['managePurchases', 'manageLicences', 'changeLicenceType', 'withdrawLicence', 'transferLicence'],
    ],
    ['SE-16', 'userLogs', ['readUserLogs']],
    ['SE-17', 'administratorLogs', ['readAdministratorLogs']],
    ['SE-19', 'domainManagement', ['manageDomains']],
    ['SE-20', 'activationRules', ['manageActivationRules']],
    ['SE-21 SE-31 Q-16', 'rolesAndAuthorizations', ['manageRoleGroups', 'editUserProfile']],
  ];
  it.each(rows)('%s: %s opens exactly what the seed lists', (_ids, permission, abilities) => {
    expect(opened(c, [permission])).toEqual(abilities);
    expect(given(c, [permission])).toEqual([permission]);
  });
  it('leaves no permission out of that list', () => {
    expect(rows.map((row) => row[1])).toEqual([...c.permission.keys()]);
  });

  it("SE-18: one's own log needs no permission, and no other ability is open that way", () => {
    expect(openTo(c, 'self')).toEqual(['readOwnLog']);
  });
  it('SE-30: sending a secure message, and nothing else, is open to everyone', () => {
    expect(openTo(c, 'everyone')).toEqual(['sendSecureMessage']);
  });
  it('SE-29 Q-16: usage statistics open with any permission', () => {
    expect(c.data.abilities.filter((a) => a.anyPermission).map((a) => a.id)).toEqual(['usageStatistics']);
  });
  it('SE-32: every ability of the related pages is governed by something', () => {
    const related = [
      'changeLicenceType',
      'withdrawLicence',
      'transferLicence',
      'usageStatistics',
      'sendSecureMessage',
      'editUserProfile',
    ];
    const ways = related.map((id) => c.ability.get(id)).map((a) => a?.anyOf ?? a?.open ?? a?.anyPermission);
    expect(ways).toEqual([['purchase'], ['purchase'], ['purchase'], true, 'everyone', ['rolesAndAuthorizations']]);
  });
});

describe('defaults of secure-exchanges', () => {
  it('Q-15: the keeper permission is Roles and authorizations, and the first user is in the role that holds all', () => {
    expect(c.data.keeper).toBe('rolesAndAuthorizations');
    expect(c.data.firstUser).toEqual({ role: 'administrators' });
    expect(c.data.predefinedRoles.map((r) => [r.id, r.grants])).toEqual([['administrators', [{ permission: '*' }]]]);
  });
  it('X-1 X-7: changes take effect immediately, each as it is saved', () => {
    expect(c.data.changesTakeEffect).toBe('immediately');
    expect(c.appliesChanges).toBe('onSave');
  });
  it('X-2 X-3 Q-01: new users have nothing, rights attach to role groups and are always enforced', () => {
    expect(c.data.newUser.personal).toEqual([]);
    expect(c.data.personalGrants).toBe(false);
    expect(c.data.grantOnlyWhatYouHold).toBe(false);
    expect(c.data.enforcement).toEqual({ initially: true, switchable: false });
  });
  it('beside keepers, domain management opens the directory and administrator logs the audit', () => {
    expect(c.data.governs).toEqual({
      users: [],
      directory: ['domainManagement'],
      policies: [],
      audit: ['administratorLogs'],
      userLogs: ['userLogs'],
      export: [],
    });
  });
});
