// The decisions on what the seeds leave open, as far as deciding and planning prove them, and the
// limits of who counts as a holder.
import { expect } from 'vitest';
import { fold } from '../../../shared/domain/base/names.ts';
import { Rights } from '../../../shared/domain/deciding/decide.ts';
import { effective, explain } from '../../../shared/domain/deciding/explain.ts';
import { visiblePart } from '../../../shared/domain/deciding/grants.ts';
import * as roles from '../../../shared/domain/plan/roles.ts';
import { deleteUser, putPersonalGrants, updateUser } from '../../../shared/domain/plan/users.ts';
import type { At, Facts, GrantFact, Scenario } from './language.ts';

const profile = (at: At, name: string) => ({ id: at.user(name), rev: 1, name, createdAt: '2026-01-01T00:00:00.000Z' });
const email: Facts = {
  catalogue: 'email-security',
  policies: ['north', 'south'],
  users: {
    helper: { personal: ['manageUsers', 'viewQuarantine', { permission: 'blockAndAllowLists', policies: ['north'] }] },
    ann: { personal: ['viewQuarantine', 'logExport', '*'] },
  },
};
const asHelper =
  (...grants: GrantFact[]) =>
  (at: At) =>
    putPersonalGrants(at.world, at.user('ann'), Rights.of(at.world.book, at.access('helper')), at.grants(grants));

/** Groups in layers, each group in every group of the next layer: exponentially many ways, all of one length. */
const layers = (depth: number, width: number): Record<string, string[]> =>
  Object.fromEntries(
    Array.from({ length: depth * width }, (_, i) => {
      const layer = Math.floor(i / width);
      return [
        `${layer}/${i % width}`,
        layer + 1 < depth ? Array.from({ length: width }, (_, j) => `${layer + 1}/${j}`) : [],
      ];
    }),
  );

export const decisions: Scenario[] = [
  {
    title: 'Q-04: groups nest to any depth, and cycles are harmless',
    facts: {
      catalogue: 'exchange-rules',
      users: { ann: { groups: ['a'] }, bob: { groups: ['z'] } },
      groups: { a: ['b'], b: ['c', 'a'], c: ['a', 'd'], d: ['e'], e: ['f', 'c'], f: [], z: ['z'] },
      roles: { editors: { grants: ['manageOptions'], members: ['f'] } },
    },
    after: [
      {
        user: 'ann',
        may: ['manageOptions'],
        ways: { of: 'manageOptions', are: [['a', 'b', 'c', 'd', 'e', 'f', 'editors']] },
      },
      { user: 'bob', mayNot: ['manageOptions'] },
    ],
  },
  {
    title: 'Q-04: a deleted group passes nothing on',
    facts: {
      catalogue: 'exchange-rules',
      users: { ann: { groups: ['a'] } },
      groups: { a: ['b'], b: ['c'], c: [] },
      deletedGroups: ['b'],
      roles: { editors: { grants: ['manageOptions'], members: ['c', 'b'] } },
    },
    after: [{ user: 'ann', mayNot: ['manageOptions'] }],
  },
  {
    title: 'Q-04: a disabled user holds nothing and is no holder; enabled again, everything is back',
    facts: {
      catalogue: 'exchange-rules',
      users: { ann: {}, bob: {} },
      roles: { keepers: { grants: ['*'], members: ['ann', 'bob'] } },
    },
    when: [
      (at) => updateUser(at.world, at.user('ann'), profile(at, 'ann'), { state: 'disabled' }),
      (at) => {
        expect(effective(at.world.book, at.access('ann'))).toEqual([]);
        return updateUser(at.world, at.user('ann'), profile(at, 'ann'), { state: 'active' });
      },
      (at) => updateUser(at.world, at.user('bob'), profile(at, 'bob'), { state: 'disabled' }),
    ],
    after: [
      { user: 'ann', may: ['manageAccessRights'] },
      { user: 'bob', mayNot: ['manageAccessRights', 'connectionTab'], holds: {} },
    ],
    holders: ['ann'],
  },
  {
    title: 'Q-04: a deleted user holds nothing, though memberships are left behind',
    facts: {
      catalogue: 'exchange-rules',
      users: { ann: {}, bob: {} },
      roles: { keepers: { grants: ['*'], members: ['ann', 'bob'] } },
    },
    when: [(at) => deleteUser(at.world, at.user('ann'), profile(at, 'ann'), 0)],
    after: [
      { user: 'ann', mayNot: ['manageAccessRights'], says: { of: 'manageAccessRights', reason: 'unknown-user' } },
    ],
    holders: ['bob'],
  },
  {
    title:
      'Q-04, Q-15, Q-22: machines, the disabled and those who have not signed in are no holders, whatever their directory says',
    facts: {
      catalogue: 'exchange-rules',
      sources: ['directory'],
      users: {
        person: {},
        machine: { kind: 'machine' },
        disabled: { state: 'disabled' },
        unbound: { unbound: true },
        directory: { unbound: true, source: 'directory' },
        elsewhere: { unbound: true, source: 'another directory' },
      },
      roles: {
        keepers: {
          grants: ['manageAccessRights'],
          members: ['person', 'machine', 'disabled', 'unbound', 'directory', 'elsewhere'],
        },
      },
    },
    holders: ['person'],
  },
  {
    title: 'Q-09: any permission at all is enough to log on, also one for a single policy',
    facts: {
      catalogue: 'email-security',
      policies: ['north'],
      users: {
        ann: { personal: [{ permission: 'viewQuarantine', policies: ['north'] }] },
        bob: { groups: ['staff'] },
        eve: {},
      },
      groups: { staff: [] },
      roles: { team: { grants: ['manageEdgeDevices'], members: ['staff'] } },
    },
    after: [
      { user: 'ann', may: ['logOn'], ways: { of: 'logOn', are: [['personal']] } },
      { user: 'bob', may: ['logOn'], ways: { of: 'logOn', are: [['staff', 'team']] } },
      { user: 'eve', mayNot: ['logOn'] },
    ],
  },
  {
    title: 'Q-13: names are compared by NFKC_Casefold',
    facts: { catalogue: 'exchange-rules' },
    also: () => {
      for (const [a, b] of [
        ['Straße', 'STRASSE'],
        ['ΟΔΟΣ', 'οδος'],
        ['οδοσ', 'οδος'],
        ['ﬁne', 'FINE'],
        ['Ａ', 'a'],
        ['é', 'é'],
        ['Ⅳ', 'iv'],
        ['STRAẞE', 'strasse'],
        ['Ꭰ', 'ꭰ'],
        ['ΐ', 'Ϊ́'],
        ['نمی\u200cخواهم', 'نمیخواهم'],
        ['a\u00adb\ufe0f', 'ab'],
      ])
        expect(fold(a as string), `${a} and ${b}`).toBe(fold(b as string));
      for (const [a, b] of [
        ['a', 'b'],
        ['é', 'e'],
        ['a b', 'ab'],
        ['ı', 'i'],
      ])
        expect(fold(a as string)).not.toBe(fold(b as string));
    },
  },
  {
    title: 'Q-13: a name is trimmed, and its own role may keep it',
    facts: { catalogue: 'exchange-rules', roles: { Team: {} } },
    when: [(at) => roles.updateRole(at.world, at.role('Team'), { name: ' TEAM ' })],
    also: (at) => expect(at.world.book.roles.get(at.role('Team'))?.record.name).toBe('TEAM'),
  },
  {
    title: 'Q-13: a name is free again once its role is deleted',
    facts: { catalogue: 'exchange-rules', roles: { Team: {} } },
    when: [
      (at) => roles.deleteRole(at.world, at.role('Team')),
      (at) => roles.createRole(at.world, { name: 'team', description: '' }, at.tools),
    ],
    also: (at) => expect(at.world.book.roles.size).toBe(1),
  },
  {
    title: 'Q-17, FP-14: a holder of Manage Users sees of a set only what is held, in that scope',
    facts: email,
    also: (at) => {
      const rights = Rights.of(at.world.book, at.access('helper'));
      const set = at.grants([
        '*',
        'logExport',
        'viewQuarantine',
        { permission: 'blockAndAllowLists', policies: ['north'] },
      ]);
      expect(visiblePart(at.world.book, rights, set)).toEqual(
        at.grants(['viewQuarantine', { permission: 'blockAndAllowLists', policies: ['north'] }]),
      );
      // For the account it is more than the helper holds.
      expect(visiblePart(at.world.book, rights, at.grants(['blockAndAllowLists']))).toEqual([]);
    },
  },
  {
    title: 'Q-17, FP-14: and grants and revokes only that; what is not visible stays',
    facts: email,
    when: [asHelper({ permission: 'blockAndAllowLists', policies: ['north'] })],
    also: (at) =>
      expect(at.access('ann').personal).toEqual(
        at.grants(['*', { permission: 'blockAndAllowLists', policies: ['north'] }, 'logExport']),
      ),
  },
  ...([['logExport'], ['superAdministrator'], ['*'], ['viewQuarantine', 'blockAndAllowLists']] as GrantFact[][]).map(
    (grants): Scenario => ({
      title: `Q-17: a holder of Manage Users cannot grant ${grants.at(-1)}, not held in that scope`,
      facts: email,
      when: [asHelper(...grants)],
      refused: { code: 'not-held' },
    }),
  ),
  {
    title: 'Q-15: a keeper grants and revokes everything, the grant of everything included',
    facts: email,
    when: [
      (at) => putPersonalGrants(at.world, at.user('helper'), 'keeper', at.grants(['*'])),
      (at) => putPersonalGrants(at.world, at.user('ann'), 'keeper', at.grants(['logExport'])),
    ],
    after: [{ user: 'ann', holds: { logExport: 'account' } }],
    holders: ['helper'],
  },
  {
    title: 'CT-81: effective permissions name every role that grants one, for whichever policy or type',
    facts: {
      catalogue: 'complete',
      policies: ['north', 'south'],
      users: { ann: {} },
      roles: {
        north: { grants: [{ permission: 'viewQuarantine', policies: ['north'] }], members: ['ann'] },
        south: { grants: [{ permission: 'viewQuarantine', policies: ['south'] }], members: ['ann'] },
        routing: { grants: [{ permission: 'createRules', ruleTypes: ['routingRule'] }], members: ['ann'] },
        all: { grants: ['createRules'], members: ['ann'] },
      },
    },
    after: [{ user: 'ann', holds: { createRules: 'account', viewQuarantine: ['north', 'south'] } }],
    also: (at) => {
      const ways = effective(at.world.book, at.access('ann')).map((line) => line.paths.map((path) => path.origin));
      expect(ways).toEqual([['routing', 'all'].map(at.role).sort(), ['north', 'south'].map(at.role).sort()]);
    },
  },
  {
    title: 'CT-81: a right that comes through a lattice of groups is explained, by 20 ways of the shortest length',
    facts: {
      catalogue: 'exchange-rules',
      users: { ann: { groups: ['0/0', '0/1', '0/2'] } },
      groups: layers(12, 4),
      roles: { editors: { grants: ['manageOptions'], members: ['11/2'] } },
    },
    after: [{ user: 'ann', may: ['manageOptions'] }],
    also: (at) => {
      const { paths } = explain(at.world.book, at.access('ann'), { permission: 'manageOptions' });
      expect(paths).toHaveLength(20);
      expect(new Set(paths.map((path) => path.groups.join())).size).toBe(20);
      expect(paths.every((path) => path.groups.length === 12)).toBe(true);
    },
  },
];
