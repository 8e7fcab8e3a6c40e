import { describe, expect, it } from 'vitest';
import { catalogue, catalogues, defaultCatalogue } from '../../shared/catalogues/index.ts';
import { validateCatalogue } from '../../shared/catalogues/validate.ts';
import { given, opened } from './opened.ts';

const c = catalogue(defaultCatalogue);
const parts = ['exchange-rules', 'email-security', 'secure-exchanges'].map((id) => catalogue(id));

describe('the catalogues that ship', () => {
  it('are the three of the seeds and the complete one, which is the default', () => {
    expect([...catalogues.keys()]).toEqual(['exchange-rules', 'email-security', 'secure-exchanges', 'complete']);
    expect(defaultCatalogue).toBe('complete');
  });
  it.each([...catalogues])('%s is valid, as an object and as JSON', (id, { data }) => {
    expect(validateCatalogue(data).id).toBe(id);
    expect(validateCatalogue(JSON.parse(JSON.stringify(data)))).toEqual(data);
  });
  it.each([...catalogues])(
    'FP-21: in %s every permission and ability has a description of its own',
    (_id, { data }) => {
      const things = [...data.permissions, ...data.abilities];
      for (const thing of things) expect(thing.description).not.toBe(thing.title);
      expect(new Set(things.map((thing) => `${thing.title}: ${thing.description}`)).size).toBe(things.length);
    },
  );
  it('are found by id, and by version where one is named', () => {
    expect(catalogue('complete', 1)).toBe(catalogues.get('complete'));
    expect(() => catalogue('complete', 2)).toThrow("No catalogue 'complete' ships in version 2.");
    expect(() => catalogue('nothing')).toThrow("No catalogue 'nothing' ships.");
  });
});

describe('the complete catalogue', () => {
  it('Q-15: has every permission of the three, under one keeper permission with two titles', () => {
    const replaced = ['superAdministrator', 'rolesAndAuthorizations'];
    const all = parts.flatMap((part) => [...part.permission.keys()]).filter((id) => !replaced.includes(id));
    expect([...c.permission.keys()].sort()).toEqual(all.sort());
    expect(c.data.keeper).toBe('manageAccessRights');
    expect(c.permission.get('manageAccessRights')).toMatchObject({
      title: 'Manage access rights',
      alsoKnownAs: 'Roles and authorizations',
    });
  });
  it('has every permission just as it is in its own catalogue', () => {
    for (const part of parts) {
      for (const p of part.data.permissions) {
        if (p.id !== part.data.keeper) expect(c.permission.get(p.id)).toEqual(p);
      }
    }
  });
  it('has every ability of the three; what their keeper permissions open, its own opens', () => {
    expect(c.data.abilities.map((a) => a.id)).toEqual(parts.flatMap((part) => part.data.abilities.map((a) => a.id)));
    for (const part of parts) {
      for (const p of part.data.permissions) {
        if (p.id === part.data.keeper) continue;
        const ofPart = (id: string) => part.ability.has(id);
        expect(opened(c, [p.id]).filter(ofPart)).toEqual(opened(part, [p.id]));
      }
    }
    expect(opened(c, ['manageAccessRights'])).toEqual(['modifyAccessRoles', 'manageRoleGroups', 'editUserProfile']);
  });
  it('has the action types, rule types, features and roles of its parts', () => {
    const [rules, email] = parts;
    expect(c.data.actionTypes).toEqual(rules?.data.actionTypes);
    expect(c.data.ruleTypes).toEqual(rules?.data.ruleTypes);
    expect(c.data.predefinedRoles).toEqual(rules?.data.predefinedRoles);
    expect(c.data.features).toEqual(email?.data.features);
  });
  it('Q-15 FP-01 FP-03 FP-04: the first user holds everything, a new user only View All Reports', () => {
    expect(c.data.firstUser).toEqual({ personal: [{ permission: '*' }] });
    expect(given(c, ['*'])).toEqual([...c.permission.keys()]);
    expect(c.data.newUser).toEqual({ personal: [{ permission: 'viewAllReports' }] });
  });
  it('Q-15 X-1 X-3 X-7: personal grants, of what one holds, always enforced, from the next log-on, edits submitted', () => {
    expect(c.data.personalGrants).toBe(true);
    expect(c.data.grantOnlyWhatYouHold).toBe(true);
    expect(c.data.enforcement).toEqual({ initially: true, switchable: false });
    expect(c.data.changesTakeEffect).toBe('nextLogon');
    expect(c.appliesChanges).toBe('onSubmit');
    expect(c.data.governs).toEqual({
      users: ['manageUsers'],
      directory: ['directorySynchronization'],
      policies: ['modifyConfiguration'],
      audit: ['viewConfigurationAuditTrail', 'administratorLogs'],
      userLogs: ['userLogs'],
      export: ['logExport'],
    });
  });
});
