// Parts of the console that compute, and need no browser.
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hasName } from '../../console/src/api/ids.ts';
import { addedTo } from '../../console/src/changes/added.ts';
import { freshName, joined, type Step, stepsOn, waitingBody, waitsAlready } from '../../console/src/changes/steps.ts';
import { byDay, dayIn, daysOf } from '../../console/src/features/audit/days.ts';
import { reachOf } from '../../console/src/features/changes/counted.ts';
import { stepsFor } from '../../console/src/features/review/ending.ts';
import { placed } from '../../console/src/features/review/layers.ts';
import { hasWords, nearness } from '../../console/src/parts/words.ts';
import { idsFrom } from '../../shared/domain/base/ids.ts';

describe('ids', () => {
  it('that have a name are told from all others', () => {
    const ids = idsFrom(randomBytes);
    for (const kind of ['user', 'group', 'role', 'policy', 'source', 'rule', 'category'] as const)
      expect(hasName(ids.next(kind)), kind).toBe(true);
    for (const kind of ['tenant', 'run', 'action', 'draft', 'session'] as const)
      expect(hasName(ids.next(kind)), kind).toBe(false);
    for (const text of ['', 'unknown', 'tenant', 'viewQuarantine', 'r123', '$role1']) expect(hasName(text)).toBe(false);
  });
});

describe('words that are typed', () => {
  it('are nearest to a name that is them, then that begins so, then that has them all, whatever case and accents', () => {
    const near = (name: string) => nearness(name, ' MODIFIER  regles ');
    expect(['Modifier règles', 'Modifier règles ici', 'Règles à modifier', 'Règles'].map(near)).toEqual([0, 1, 2, 3]);
    expect(hasWords('Règles à modifier', 'modifier regles')).toBe(true);
    expect(hasWords('Règles', 'modifier regles')).toBe(false);
  });
});

describe('a written day', () => {
  it('is read in the ways in which days are written, and is no other day', () => {
    for (const text of ['2026-01-05', ' 2026/1/5 ', '2026.01.5']) expect(dayIn(text), text).toBe('2026-01-05');
    expect(dayIn(' ')).toBe('');
    for (const text of ['2026/13/45', '2026-02-30', '2026', '5/1/2026', 'today'])
      expect(dayIn(text), text).toBeUndefined();
    expect(dayIn('2028-02-29')).toBe('2028-02-29');
  });
});

describe('what a change adds to those that wait', () => {
  type Effect = Parameters<typeof addedTo>[0];
  const user = 'u1' as Effect['users'][number]['user'];
  const of = (gained: readonly object[], lost: readonly object[], rest: object = {}): Effect =>
    ({ users: [{ user, gained, lost }], more: false, things: [], ...rest }) as unknown as Effect;
  const all = (permission: string) => ({ permission, scope: 'account' });
  const some = (permission: string, ...scope: string[]) => ({ permission, scope });

  it('is the difference of both effects: what is lost twice, and what is taken back', () => {
    expect(addedTo(of([], [all('a')]), of([], [all('a'), all('b')]))).toEqual(of([], [all('b')]));
    expect(addedTo(of([all('a')], []), of([], []))).toEqual(of([], [all('a')]));
    expect(addedTo(of([], [all('a')]), of([all('a')], []))).toEqual(of([all('a')], []));
    expect(addedTo(of([], [some('a', 'p1')]), of([], [some('a', 'p1', 'p2')]))).toEqual(of([], [some('a', 'p2')]));
    expect(addedTo(of([], [all('a')]), of([], [all('a')]))?.users).toEqual([]);
  });

  it('is what was excepted, once nothing is', () => {
    const limits = { actionTypes: ['insertSignature'] };
    const but = { ...all('a'), except: [{ scope: 'account', limits }] };
    expect(addedTo(of([], [but]), of([], [all('a')]))).toEqual(of([], [{ ...all('a'), limits }]));
    expect(addedTo(of([but], []), of([all('a')], []))).toEqual(of([{ ...all('a'), limits }], []));
    expect(addedTo(of([], [but]), of([], [but, all('b')]))).toEqual(of([], [all('b')]));
  });

  it('names only the things that change otherwise than they would without it', () => {
    const role = (id: string, left: number) => ({ kind: 'role', id, change: 'changed', left });
    const before = of([], [], { things: [role('r1', 1), role('r2', 1)] });
    expect(addedTo(before, of([], [], { things: [role('r1', 1), role('r2', 2)] }))?.things).toEqual([role('r2', 2)]);
  });

  it('is not told where no simple difference is true', () => {
    const one = of([], [all('a')]);
    expect(addedTo(one, of([], [some('a', 'p1')]))).toBeUndefined();
    expect(addedTo(one, of([], [{ ...all('a'), limits: { actionTypes: ['x'] } }]))).toBeUndefined();
    expect(addedTo(one, of([], [{ ...all('a'), except: [{ scope: ['p1'] }] }]))).toBeUndefined();
    expect(addedTo(of([all('a')], []), of([some('a', 'p1')], [all('a')]))).toBeUndefined();
    expect(addedTo(one, { ...one, more: true })).toBeUndefined();
    expect(addedTo(one, { ...one, users: [{ ...one.users[0]!, more: true }] })).toBeUndefined();
  });
});

describe('steps that wait', () => {
  const params = { roleId: 'r1' };
  const put = (body: object, ifMatch?: string): Step => ({
    operation: 'putRoleGrants',
    params,
    body,
    ...(ifMatch && { ifMatch }),
  });

  it('are set once, as last said, on the state of the first edit', () => {
    expect(joined([put({ grants: [1] }, 'a')], [put({ grants: [2] }, 'b')])).toEqual([put({ grants: [2] }, 'a')]);
  });

  it('gather the fields of updates of one thing', () => {
    const update = (body: object): Step => ({ operation: 'updateRole', params, body });
    const other: Step = { operation: 'updateRole', params: { roleId: 'r2' }, body: { name: 'c' } };
    expect(joined([update({ name: 'a' })], [update({ description: 'b' }), other])).toEqual([
      update({ name: 'a', description: 'b' }),
      other,
    ]);
  });

  it('that add or remove stand one after the other', () => {
    const add: Step = { operation: 'addRoleMembers', params, body: { members: ['u1'] } };
    expect(joined([add], [add])).toEqual([add, add]);
  });

  it('are found by what they are on, and what they create has a name of its own', () => {
    const create: Step = { operation: 'createRole', body: { name: 'New' }, as: 'role1' };
    const all = [create, put({ grants: [] })];
    expect(stepsOn(all, 'r1')).toEqual([put({ grants: [] })]);
    expect(stepsOn(all, '$role1')).toEqual([create]);
    expect(freshName(all, 'role')).toBe('role2');
    expect(waitingBody(all, 'putRoleGrants', params)).toEqual({ grants: [] });
    expect(waitingBody(all, 'putRoleGrants', { roleId: 'r2' })).toBeUndefined();
  });
});

describe('what is drawn', () => {
  it('counts a user once for each permission, those that reach most first', () => {
    const a = { permission: 'a' };
    const b = { permission: 'b' };
    expect(
      reachOf([
        { gained: [a, a], lost: [] },
        { gained: [b], lost: [a] },
      ]),
    ).toEqual([
      { permission: 'a', gain: 1, lose: 1 },
      { permission: 'b', gain: 1, lose: 0 },
    ]);
  });

  it('places the user left, roles and what is needed right of all groups, also in a circle', () => {
    const nodes = [
      { id: 'u', type: 'user' },
      { id: 'g1', type: 'group' },
      { id: 'g2', type: 'group' },
      { id: 'r', type: 'role' },
      { id: 'x', type: 'bit' },
    ] as const;
    const edges = [
      ['u', 'g1'],
      ['g1', 'g2'],
      ['g2', 'g1'],
      ['g2', 'r'],
      ['r', 'x'],
    ].map(([from = '', to = '']) => ({ from, to }));
    expect(placed(nodes, edges).map(({ id, column }) => [id, column])).toEqual([
      ['u', 0],
      ['g1', 1],
      ['g2', 2],
      ['r', 3],
      ['x', 4],
    ]);
  });

  it('has a bar for every day, and adds up what is counted twice', () => {
    const days = daysOf({}, new Date('2026-03-01T00:30:00Z'), 2, 366);
    expect(days).toEqual(['2026-02-28', '2026-03-01']);
    const count = { day: '2026-03-01', outcome: 'done', times: 2 } as const;
    expect(byDay(days, [count, count, { ...count, outcome: 'refused' }])).toEqual([
      { day: '2026-02-28', done: 0, refused: 0 },
      { day: '2026-03-01', done: 4, refused: 2 },
    ]);
  });
});

describe('what ends a right', () => {
  const stepsOf = (removals: object[], waiting: Step[] = []) => stepsFor(removals as never, 'u1', waiting);

  it('is a step where the service can take it away, and none where the directory decides (CT-83)', () => {
    const grant = { permission: 'billing', policies: ['p1'] };
    expect(stepsOf([{ kind: 'grant', via: 'r1', grant }])).toEqual([
      { operation: 'removeRoleGrant', params: { roleId: 'r1', permission: 'billing' }, query: { policy: 'p1' } },
    ]);
    expect(stepsOf([{ kind: 'grant', via: 'personal', grant: { permission: 'billing' } }])).toEqual([
      { operation: 'removeUserGrant', params: { userId: 'u1', permission: 'billing' }, query: {} },
    ]);
    expect(stepsOf([{ kind: 'groupMember', group: 'g1', user: 'u1' }])).toBeUndefined();
  });

  it('says again what waits for the same role, and is known once it waits', () => {
    const rights = (body: object): Step => ({
      operation: 'putRuleRights',
      params: { roleId: 'r1' },
      body,
      ifMatch: '*',
    });
    const waiting = [rights({ newRules: { view: false }, rules: [{ rule: 'x1', delete: false }] })];
    const steps = stepsOf(
      [
        { kind: 'ruleRight', role: 'r1', rule: 'x1', right: 'edit' },
        { kind: 'ruleRight', role: 'r1', rule: 'x2', right: 'edit' },
      ],
      waiting,
    );
    expect(steps).toEqual([
      rights({
        newRules: { view: false },
        rules: [
          { rule: 'x1', delete: false, edit: false },
          { rule: 'x2', edit: false },
        ],
      }),
    ]);
    expect(waitsAlready(waiting, steps![0]!)).toBe(false);
    expect(waitsAlready(joined(waiting, steps!), steps![0]!)).toBe(true);
  });
});

describe('the days of a filter', () => {
  const now = new Date('2026-11-30T10:00:00Z');
  const days = (given: { from?: string; to?: string }) => {
    const all = daysOf(given, now, 3, 366);
    return [all[0], all.at(-1), all.length];
  };
  it('are those that it names, the usual ones without, and never more than are counted', () => {
    expect(days({})).toEqual(['2026-11-28', '2026-11-30', 3]);
    expect(days({ to: '2026-01-02' })).toEqual(['2025-12-31', '2026-01-02', 3]);
    expect(days({ from: '2026-11-29' })).toEqual(['2026-11-29', '2026-11-30', 2]);
    expect(days({ from: '2020-01-01', to: '2026-11-01' })).toEqual(['2025-11-01', '2026-11-01', 366]);
    expect(days({ from: '2026-12-24' })).toEqual([undefined, undefined, 0]);
    expect(days({ from: '2026-02-30' })).toEqual(['2026-11-28', '2026-11-30', 3]);
  });
});
