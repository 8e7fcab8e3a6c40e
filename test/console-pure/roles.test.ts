// The edits of a role, and what waits for roles, as steps.
import { describe, expect, test } from 'vitest';
import {
  bodyOf,
  editOf,
  givenOn,
  givenOnNew,
  rightOn,
  startingRights,
  withColumn,
  withNewRules,
  withRight,
} from '../../console/src/features/roles/rights.ts';
import { startOf, stepsFor } from '../../console/src/features/roles/role-edit.ts';
import { listed, membersThatWait } from '../../console/src/features/roles/waiting.ts';

const row = { rule: 'r1', view: true, edit: false, delete: false };
const other = { ...row, rule: 'r2' };

describe('the rights on rules', () => {
  test('CT-91 a column sets every rule, and a rule that is set afterwards outdoes it', () => {
    const ticked = withColumn(editOf(), 'delete', true);
    expect(rightOn(ticked, row, 'delete')).toBe(true);
    const but = withRight(ticked, other, 'delete', false);
    expect(rightOn(but, other, 'delete')).toBe(false);
    expect(bodyOf(but)).toEqual({ columns: { delete: true }, rules: [{ rule: 'r2', delete: false }] });
    expect(bodyOf(withColumn(but, 'delete', false))).toEqual({ columns: { delete: false } });
  });

  test('what is set back to what is stored is not said', () => {
    expect(bodyOf(withRight(withRight(editOf(), row, 'view', false), row, 'view', true))).toBeUndefined();
    const stored = { view: true, edit: true, delete: false };
    const edited = withNewRules(editOf(), stored, 'edit', false);
    expect(bodyOf(edited)).toEqual({ newRules: { edit: false } });
    expect(bodyOf(withNewRules(edited, stored, 'edit', true))).toBeUndefined();
  });

  test('of a new role are said where they are not those that it gets by itself, on what is there and what comes', () => {
    expect(startingRights('edit')).toBeUndefined();
    expect(startingRights('view')).toEqual({ newRules: { edit: false }, columns: { edit: false } });
    const stored = { view: true, edit: true, delete: false };
    const rows = ['r1', 'r2'].map((rule) => ({ rule, ...stored })) as never;
    const none = editOf(startingRights('none'));
    expect([givenOn(none, rows), givenOnNew(none, stored)]).toEqual([{ view: 0, edit: 0, delete: 0 }, []]);
    const one = withRight(none, { rule: 'r1', ...stored }, 'view', true);
    expect(givenOn(one, rows)).toEqual({ view: 1, edit: 0, delete: 0 });
    expect(givenOnNew(editOf(), stored)).toEqual(['view', 'edit']);
  });

  test('an edit goes on from the one that waits', () => {
    const waiting = { columns: { edit: true }, rules: [{ rule: 'r2', view: false }] };
    const edit = withRight(editOf(waiting), row, 'edit', false);
    expect(bodyOf(edit)).toEqual({ columns: { edit: true }, rules: [...waiting.rules, { rule: 'r1', edit: false }] });
  });
});

describe('the edits of a role', () => {
  const data = {
    name: 'Writers',
    description: '',
    grants: [{ permission: 'createRules' }],
    members: { added: ['u1'], removed: ['u2'] },
    etags: {},
    waits: true,
  };
  const from = startOf(data);
  const picked = (id: string) => ({ id, type: 'user' as const, name: id });

  test('SE-24 say nothing of what stays as it was', () => {
    expect(stepsFor('x', from, { ...from, grants: [...from.grants] }, {})).toEqual([]);
    expect(stepsFor('x', from, { ...from, name: ' Writers ' }, {})).toEqual([]);
  });

  test('SE-23 come to one step for each part, on the condition of what was read', () => {
    const to = {
      ...from,
      name: 'Editors',
      grants: [],
      added: [picked('u1'), picked('u3')],
      removed: new Set<string>(),
    };
    expect(stepsFor('x', from, to, { role: '"1"', grants: '"2"' })).toEqual([
      { operation: 'updateRole', params: { roleId: 'x' }, body: { name: 'Editors' }, ifMatch: '"1"' },
      { operation: 'addRoleMembers', params: { roleId: 'x' }, body: { members: ['u3', 'u2'] } },
      { operation: 'putRoleGrants', params: { roleId: 'x' }, body: { grants: [] }, ifMatch: '"2"' },
    ]);
  });

  test('take back who waits to come', () => {
    expect(stepsFor('x', from, { ...from, added: [] }, {})).toEqual([
      { operation: 'removeRoleMembers', params: { roleId: 'x' }, body: { members: ['u1'] } },
    ]);
  });
});

describe('roles that wait', () => {
  const members = (operation: string, ...ids: string[]) => ({
    operation,
    params: { roleId: 'x' },
    body: { members: ids },
  });

  test('CT-25 count the last word on each member', () => {
    const waiting = [members('addRoleMembers', 'u1', 'g1'), members('removeRoleMembers', 'u1', 'u2')];
    expect(membersThatWait(waiting, 'x')).toEqual({ added: ['g1'], removed: ['u1', 'u2'] });
    expect(membersThatWait(waiting, 'y')).toEqual({ added: [], removed: [] });
  });

  test('are listed behind the others, and marked', () => {
    const role = { name: 'A', description: '', users: 2, groups: 0 };
    const waiting = [
      { operation: 'createRole', body: { name: 'New' }, as: 'role1' },
      { operation: 'updateRole', params: { roleId: '$role1' }, body: { description: 'Fresh' } },
      { operation: 'addRoleMembers', params: { roleId: '$role1' }, body: { members: ['u1', 'g1'] } },
      { operation: 'updateRole', params: { roleId: 'x' }, body: { name: 'B' } },
      { operation: 'deleteRole', params: { roleId: 'y' } },
      { operation: 'cloneRole', params: { roleId: 'z' }, body: { name: 'Copy' }, as: 'role2' },
    ];
    expect(
      listed(
        ['x', 'y', 'z'].map((id) => ({ ...role, id })),
        waiting,
      ),
    ).toEqual([
      { ...role, id: 'x', name: 'B', waits: 'changed' },
      { ...role, id: 'y', waits: 'removed' },
      { ...role, id: 'z' },
      { id: '$role1', name: 'New', description: 'Fresh', users: 1, groups: 1, waits: 'created' },
      { id: '$role2', name: 'Copy', description: '', users: 0, groups: 0, waits: 'created' },
    ]);
  });
});
