import { describe, expect, it } from 'vitest';
import { catalogue } from '../../shared/catalogues/index.ts';
import { given, opened, openTo } from './opened.ts';

const c = catalogue('email-security', 1);
const permission = (id: string) => {
  const found = c.permission.get(id);
  if (found === undefined) throw new Error(`no permission ${id}`);
  return found;
};

const atAccountOnly = [
  'superAdministrator',
  'manageUsers',
  'directorySynchronization',
  'viewAllReports',
  'manageEdgeDevices',
  'logExport',
];
const atBothLevels = [
  'modifyConfiguration',
  'viewConfiguration',
  'viewConfigurationAuditTrail',
  'quarantineAdministration',
  'viewQuarantine',
  'viewAdministratorAuditTrail',
  'viewQuarantinedImages',
  'viewDeliveredMessages',
  'blockAndAllowLists',
  'viewFilteredReports',
];

describe('permissions of email-security', () => {
  it('has the titles of the seed', () => {
    expect(c.data.permissions.slice(1).map((p) => p.title)).toEqual([
      'Manage Users',
      'Directory Synchronization',
      'View All Reports',
      'Manage edge devices',
      'Log Export',
      'Modify Configuration',
      'View Configuration',
      'View Configuration Audit Trail',
      'Quarantine Administration',
      'View Quarantine',
      'View Administrator Audit Trail',
      'View Quarantined Images',
      'View Delivered Messages',
      'Block and Allow Lists',
      'View Filtered Reports',
    ]);
  });

  it('FP-11 FP-34: account-level permissions have no policy level', () => {
    for (const id of atAccountOnly) expect(permission(id).levels).toEqual(['account']);
  });
  it('FP-11 FP-35: the others can be granted for the account or for single policies', () => {
    for (const id of atBothLevels) expect(permission(id).levels).toEqual(['account', 'policy']);
    expect(c.policyPermissions).toEqual(atBothLevels);
    expect([...atAccountOnly, ...atBothLevels]).toEqual([...c.permission.keys()]);
  });

  const rows: [string, string, string[]][] = [
    ['FP-28 FP-29', 'manageUsers', ['manageLogons', 'manageUserPermissions']],
    ['FP-30', 'directorySynchronization', ['synchronizeDirectory']],
    ['FP-06 FP-31', 'viewAllReports', ['reportingTab', 'runAllReports', 'runFilteredReports']],
    ['FP-32', 'manageEdgeDevices', ['configureEdgeDevices']],
    ['Q-11', 'logExport', ['exportLogs', 'downloadTrafficLogs']],
    ['FP-36 FP-37', 'modifyConfiguration', ['readConfiguration', 'changeConfiguration']],
    ['FP-38', 'viewConfiguration', ['readConfiguration']],
    ['FP-39 FP-40 FP-50', 'viewConfigurationAuditTrail', ['searchConfigurationAuditTrail', 'searchLists']],
    ['FP-41 FP-42', 'quarantineAdministration', ['searchQuarantine', 'actOnQuarantine']],
    ['FP-43', 'viewQuarantine', ['searchQuarantine']],
    ['FP-44 FP-45 FP-50', 'viewAdministratorAuditTrail', ['searchAdministratorAuditTrail', 'searchLists']],
    ['FP-46', 'viewQuarantinedImages', ['searchQuarantinedImages']],
    ['FP-48', 'viewDeliveredMessages', ['searchQuarantine', 'viewMessageLogs']],
    ['FP-49', 'blockAndAllowLists', ['searchLists', 'manageLists']],
    ['FP-51', 'viewFilteredReports', ['reportingTab', 'runFilteredReports']],
  ];
  it.each(rows)('%s: %s opens exactly what the seed lists', (_ids, id, abilities) => {
    expect(opened(c, [id])).toEqual(abilities);
  });
  it('leaves no permission but the keeper permission out of that list', () => {
    expect(rows.map((row) => row[1])).toEqual([...c.permission.keys()].slice(1));
  });

  it('FP-35: what a permission for single policies opens is asked for a policy; what needs the account, for the account', () => {
    for (const ability of c.data.abilities) {
      if (ability.anyOf === undefined) continue;
      const forPolicies = ability.anyOf.some((id) => c.policyPermissions.includes(id));
      expect([ability.id, ability.level]).toEqual([ability.id, forPolicies ? 'policy' : 'account']);
    }
  });

  it('FP-17 Q-17: the Global Custom Category list needs every configuration permission, at account level', () => {
    const configuration = ['modifyConfiguration', 'viewConfiguration', 'viewConfigurationAuditTrail'];
    expect(c.ability.get('globalCustomCategories')?.level).toBe('account');
    expect(opened(c, configuration)).toContain('globalCustomCategories');
    for (const missing of configuration) {
      const rest = configuration.filter((id) => id !== missing);
      expect(opened(c, rest)).not.toContain('globalCustomCategories');
    }
  });

  it('FP-08: a help desk can look for problems without control over configuration', () => {
    const helpDesk = opened(c, ['viewDeliveredMessages', 'viewConfiguration', 'viewAdministratorAuditTrail']);
    expect(helpDesk).toEqual([
      'readConfiguration',
      'searchAdministratorAuditTrail',
      'searchQuarantine',
      'viewMessageLogs',
      'searchLists',
    ]);
  });

  it('Q-09: any permission at all is enough to log on, and nothing is open without one', () => {
    expect(c.ability.get('logOn')?.anyPermission).toBe(true);
    expect(c.data.abilities.filter((a) => a.anyPermission).map((a) => a.id)).toEqual(['logOn']);
    expect([...openTo(c, 'everyone'), ...openTo(c, 'self')]).toEqual([]);
  });

  it('one holder of Directory Synchronization is expected, and of no other permission any number', () => {
    const expected = c.data.permissions.filter((p) => p.expectedHolders !== undefined);
    expect(expected.map((p) => [p.id, p.expectedHolders])).toEqual([['directorySynchronization', 1]]);
  });
  it('Manage Users, and nothing else, widens grants to every policy', () => {
    expect(c.data.permissions.filter((p) => p.widens).map((p) => p.id)).toEqual(['manageUsers']);
  });
  it('Q-12: only View Quarantined Images requires another permission, which is View Quarantine', () => {
    const requiring = c.data.permissions.filter((p) => p.requires !== undefined);
    expect(requiring.map((p) => [p.id, p.requires])).toEqual([['viewQuarantinedImages', ['viewQuarantine']]]);
  });
  it('View All Reports and View Filtered Reports exclude each other', () => {
    const excluding = c.data.permissions.filter((p) => p.excludes !== undefined);
    expect(excluding.map((p) => [p.id, p.excludes])).toEqual([
      ['viewAllReports', ['viewFilteredReports']],
      ['viewFilteredReports', ['viewAllReports']],
    ]);
  });
  it('full traffic logs and filtered reports depend on features of the account', () => {
    expect(c.data.features.map((f) => [f.id, f.initially])).toEqual([
      ['fullTrafficLogging', false],
      ['filteredReports', true],
    ]);
    expect(c.data.abilities.filter((a) => a.feature).map((a) => [a.id, a.feature])).toEqual([
      ['downloadTrafficLogs', 'fullTrafficLogging'],
    ]);
    expect(c.data.permissions.filter((p) => p.feature).map((p) => [p.id, p.feature])).toEqual([
      ['viewFilteredReports', 'filteredReports'],
    ]);
  });
});

describe('defaults of email-security', () => {
  it('FP-01: the first user holds every permission', () => {
    expect(c.data.firstUser).toEqual({ personal: [{ permission: '*' }] });
    expect(given(c, ['*'])).toEqual([...c.permission.keys()]);
  });
  it('Q-15: the keeper permission is that grant of everything', () => {
    expect(c.data.keeper).toBe('superAdministrator');
    expect(given(c, ['superAdministrator'])).toEqual([...c.permission.keys()]);
  });
  it('FP-03 FP-04: a new user starts with View All Reports and nothing else', () => {
    expect(c.data.newUser).toEqual({ personal: [{ permission: 'viewAllReports' }] });
    expect(given(c, ['viewAllReports'])).toEqual(['viewAllReports']);
  });
  it('X-1 X-3 X-7 Q-01 Q-17: personal grants, of what one holds, always enforced, from the next log-on, each form saved', () => {
    expect(c.data.personalGrants).toBe(true);
    expect(c.data.grantOnlyWhatYouHold).toBe(true);
    expect(c.data.enforcement).toEqual({ initially: true, switchable: false });
    expect(c.data.changesTakeEffect).toBe('nextLogon');
    expect(c.appliesChanges).toBe('onSave');
  });
  it('users, directory, policies and audit each open by their own permission', () => {
    expect(c.data.governs).toEqual({
      users: ['manageUsers'],
      directory: ['directorySynchronization'],
      policies: ['modifyConfiguration'],
      audit: ['viewConfigurationAuditTrail'],
      userLogs: [],
      export: ['logExport'],
    });
  });
});
