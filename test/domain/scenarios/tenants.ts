// What a new tenant is like, and what switching access rights on does: CT-02, CT-08, CT-30..CT-32, FP-01..FP-04, Q-05, Q-15.
import { expect } from 'vitest';
import { Book } from '../../../shared/domain/book/book.ts';
import { type Access, recordName } from '../../../shared/domain/book/records.ts';
import type { Change, World } from '../../../shared/domain/change.ts';
import { Rights } from '../../../shared/domain/deciding/decide.ts';
import { isHolder, witnessSurvives } from '../../../shared/domain/keeper/keeper.ts';
import { removeMembers } from '../../../shared/domain/plan/roles.ts';
import { createTenant, updateTenant } from '../../../shared/domain/plan/tenant.ts';
import { createUser } from '../../../shared/domain/plan/users.ts';
import type { At, Facts, Scenario } from './language.ts';

/** A tenant as it is created, with its first user. */
const fresh = (at: At, catalogue: string) => {
  const identity = { issuer: 'https://idp.example', subject: '1' };
  const made = createTenant({ name: 'New', catalogue, firstUser: { name: 'First', identity } }, 'digest', at.tools);
  const { change, witness } = made as { change: Change<unknown>; witness: typeof made.witness };
  const book = new Book(1, new Map(change.book.map((record) => [recordName(record), record])));
  const [first] = change.users.map(({ after }) => after) as [Access];
  return { book, first, witness, change, world: { book, users: new Map([[first.id, first]]) } satisfies World };
};

const keepers = {
  'exchange-rules': 'manageAccessRights',
  'secure-exchanges': 'rolesAndAuthorizations',
  'email-security': 'superAdministrator',
  complete: 'manageAccessRights',
};
const role = 'programAndRulesAdministrators';
const enabling = (groups: Facts['groups'] = {}): Facts => ({
  catalogue: 'exchange-rules',
  off: true,
  users: { ann: {}, bob: { groups: ['administrators'] } },
  groups: { administrators: [], ...groups },
  roles: { [role]: { members: ['ann'] } },
});
const named = (at: At) => updateTenant(at.world, { administratorsGroup: at.group('administrators') });
const on = (at: At) => updateTenant(at.world, { enforced: true });
const off = (at: At) => updateTenant(at.world, { enforced: false });

export const tenants: Scenario[] = [
  {
    title: 'CT-02: in a new tenant access rights are off',
    facts: { catalogue: 'exchange-rules' },
    also: (at) =>
      expect(fresh(at, 'exchange-rules').book.tenant).toMatchObject({ enforced: false, enabledBefore: false }),
  },
  {
    title: 'CT-08, CT-28, Q-02: four predefined roles, the fourth without any right but to see rules',
    facts: { catalogue: 'exchange-rules' },
    also: (at) => {
      const roles = [...fresh(at, 'exchange-rules').book.roles.values()].map(({ record }) => record);
      expect(roles.map((one) => one.name)).toEqual([
        'Program and rules administrators',
        'Rules administrators',
        'Signatures editors',
        'Rules viewers',
      ]);
      expect(roles[3]).toMatchObject({ grants: [], newRules: { view: true, edit: false, delete: false } });
    },
  },
  {
    title: 'Q-15, FP-01, FP-02: in every catalogue the first user is a holder and the witness, with every permission',
    facts: { catalogue: 'exchange-rules' },
    also: (at) => {
      for (const [catalogue, keeper] of Object.entries(keepers)) {
        const { book, first, witness, change, world } = fresh(at, catalogue);
        expect(book.catalogue.data.keeper).toBe(keeper);
        expect(isHolder(book, first)).toBe(true);
        expect(first.pinned).toBe(witness.entry);
        expect(witnessSurvives(world, change, witness)).toBe(true);
        const rights = Rights.of(book, first);
        for (const id of book.catalogue.permission.keys()) expect(rights.holds(id)).toBe(true);
      }
    },
  },
  {
    title: 'FP-03, FP-04: a new person starts with View All Reports and nothing else; a machine with nothing',
    facts: { catalogue: 'email-security' },
    also: (at) => {
      for (const catalogue of ['email-security', 'complete']) {
        const { world } = fresh(at, catalogue);
        const user = (kind: 'person' | 'machine') =>
          createUser(world, { kind, source: 'local', name: 'New' }, {}, at.tools).result.access;
        expect(user('person').personal).toEqual([{ permission: 'viewAllReports' }]);
        expect(user('machine').personal).toEqual([]);
      }
    },
  },
  {
    title: 'X-2: where the catalogue gives new users nothing, they start with nothing',
    facts: { catalogue: 'secure-exchanges' },
    also: (at) => {
      for (const catalogue of ['exchange-rules', 'secure-exchanges']) {
        const { world } = fresh(at, catalogue);
        expect(
          createUser(world, { kind: 'person', source: 'local', name: 'New' }, {}, at.tools).result.access.personal,
        ).toEqual([]);
      }
    },
  },
  {
    title: 'CT-30, CT-32, Q-05: on first enabling the Administrators group joins the role, and there is a holder',
    facts: enabling(),
    when: [named, on],
    after: [
      { user: 'bob', may: ['manageAccessRights'], ways: { of: 'manageAccessRights', are: [['administrators', role]] } },
    ],
    holders: ['ann', 'bob'],
  },
  {
    title: 'CT-30: naming the group and enabling in one request does the same',
    facts: enabling(),
    when: [(at) => updateTenant(at.world, { enforced: true, administratorsGroup: at.group('administrators') })],
    holders: ['ann', 'bob'],
  },
  {
    title: 'CT-31: off and on again does not add the group again',
    facts: enabling(),
    when: [named, on, off, (at) => removeMembers(at.world, at.role(role), [at.group('administrators')]), on],
    after: [{ user: 'bob', mayNot: ['manageAccessRights'] }],
    holders: ['ann'],
  },
  {
    title: 'CT-32, Q-05: without a named group, enabling goes on and the enabling keeper remains',
    facts: enabling(),
    when: [on],
    after: [{ user: 'bob', mayNot: ['manageAccessRights'], says: { of: 'manageOptions', reason: 'not-granted' } }],
    holders: ['ann'],
  },
  {
    title: 'Q-01: while off, keepers are counted as ever',
    facts: enabling(),
    after: [{ user: 'bob', may: ['manageAccessRights'] }],
    holders: ['ann'],
  },
];
