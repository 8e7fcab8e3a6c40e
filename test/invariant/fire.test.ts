// A short burst of the fire, with every kind of fault, and the checker itself broken once to see that it can fail.
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../shared/store/keys.ts';
import { long } from '../support/patience.ts';
import { fireEmbedded } from './embedded.ts';
import { addFigures, fire, noFigures } from './fire.ts';
import { Facts, type Raw } from './naive.ts';
import { Watch } from './watch.ts';

describe('under fire nobody is locked out', () => {
  const together = noFigures();
  test.each([1, 2, 3])('on the adversarial model, seed %i', { timeout: long }, async (seed) => {
    const { figures, violations } = await fire({ seed, workers: 48, steps: 12 });
    expect(violations).toEqual([]);
    addFigures(together, figures);
  });

  // Nothing is proved where nothing happens.
  test('and enough happens in all of them together', () => {
    expect(together.commits).toBeGreaterThan(800);
    expect(together.moves).toBeGreaterThan(30);
    expect(together.refused).toBeGreaterThan(20);
    for (const what of ['sets', 'onRules', 'onSessions', 'onSources', 'runsEnded'] as const)
      expect(together[what], what).toBeGreaterThan(15);
    for (const what of ['restored', 'compacted', 'ruled', 'fullRuns', 'undone'] as const)
      expect(together[what], what).toBeGreaterThan(0);
    expect(together.busy).toBeLessThan(together.mutations / 50);
  });

  test('and the events tell who was allowed what, at each moment that was quiet', { timeout: long }, async () => {
    const { figures, violations } = await fire({
      seed: 4,
      workers: 1,
      steps: 150,
      catalogues: ['complete'],
      faults: {},
    });
    expect(violations).toEqual([]);
    expect(figures.commits).toBeGreaterThan(80);
  });

  test('while two export each tenant, and the files have its events in sequence', { timeout: long }, async () => {
    const { figures, violations } = await fire({ seed: 6, workers: 12, steps: 12, exports: true });
    expect(violations).toEqual([]);
    expect(figures.commits).toBeGreaterThan(80);
    expect(figures.files).toBeGreaterThan(20);
    expect(figures.manifests).toBeGreaterThan(0);
  });

  test.each([1, 2])(
    'where a process serves many at once, and they share reads and transactions, seed %i',
    { timeout: long },
    async (seed) => {
      const { figures, violations } = await fire({ seed, workers: 8, steps: 8, lanes: 6 });
      expect(violations).toEqual([]);
      expect(figures.commits).toBeGreaterThan(100);
      expect(figures.moves).toBeGreaterThan(2);
      expect(figures.joined).toBeGreaterThan(2);
      expect(figures.onSessions).toBeGreaterThan(2);
    },
  );

  // A worker was about to read the plan of a run that others had held, approved and begun again; or the file of one whose
  // end it saw half of.
  test.each([5, 47])('and a slice that others have overtaken tells so, seed %i', { timeout: long }, async (seed) => {
    const { violations } = await fire({ seed, workers: 16, steps: 12 });
    expect(violations).toEqual([]);
  });

  test('in a tenant with many things besides', { timeout: long }, async () => {
    const ballast = { users: 200, groups: 500, roles: 60, membersOfRole: 20, policies: 50 };
    const { figures, violations } = await fire({ seed: 1, workers: 8, steps: 12, catalogues: ['complete'], ballast });
    expect(violations).toEqual([]);
    expect(figures.commits).toBeGreaterThan(50);
    expect(figures.refused).toBeGreaterThan(0);
  });

  test('on the embedded engine', { timeout: long }, async () => {
    const { figures, violations } = await fireEmbedded({ seed: 1, phases: 1, steps: 10, quiet: 6 });
    expect(violations).toEqual([]);
    expect(figures.asked).toBeGreaterThan(5);
    // How much fits into a phase, the machine decides.
    expect(figures.sets + figures.onRules).toBeGreaterThan(0);
  });
});

describe('the checker', () => {
  const t = 'T#t000000000000';
  const tenant = { PK: `${t}#BOOK`, SK: 'tenant', kind: 'tenant', rev: 1, catalogue: 'complete', enforced: true };
  const witness = { user: 'u1.life', entry: 'personal' };
  const head = { PK: t, SK: 'HEAD', version: 1, sum: 1, records: 1, guard: 1, witness };
  const personal = [{ permission: '*' }];
  const user = {
    PK: `${t}#U#u1`,
    SK: 'ACCESS',
    id: 'u1',
    life: 'life',
    kind: 'person',
    state: 'active',
    source: 'local',
  };
  const signIn = { issuer: 'https://issuer.test', subject: 'ada' };
  const identity = digestOf('identity', signIn.issuer, signIn.subject);
  const ada = { ...user, identity, personal, pinned: 'personal' };
  const profile = { PK: user.PK, SK: 'PROFILE', id: 'u1', ...signIn };
  const record = { PK: `${t}#A#${identity}`, SK: 'ALIAS', user: 'u1' };
  const sourceOf = { PK: `${t}#BOOK`, kind: 'source', rev: 1, signIn: { issuer: signIn.issuer, claim: 'oid' } };
  const event = { PK: `${t}#E#0`, SK: 'e1', outcome: 'done', requestId: 'r1', actor: { kind: 'person', id: 'u1' } };
  const factsOf = (...items: { PK: string; SK: string }[]): Facts => {
    const facts = new Facts('t000000000000');
    for (const after of items) facts.take({ pk: after.PK, sk: after.SK, after });
    return facts;
  };

  test('finds nothing wrong with a sound tenant', () => {
    expect(factsOf(head, tenant, ada, profile, record).faults()).toEqual([]);
  });

  test.each([
    ['nobody left', [head, tenant, { ...ada, state: 'disabled' }], 'LOCKED OUT'],
    ['a machine', [head, tenant, { ...ada, kind: 'machine' }], 'LOCKED OUT'],
    ['nobody who can sign in', [head, tenant, { ...ada, identity: undefined }], 'LOCKED OUT'],
    ['a sign-in that leads to nobody', [head, tenant, ada, profile], 'no holder can sign in'],
    [
      'a sign-in that leads to another',
      [head, tenant, ada, profile, { ...record, user: 'u2' }],
      'no holder can sign in',
    ],
    [
      'two sources by one claim',
      [head, tenant, ada, ...['s1', 's2'].map((id) => ({ ...sourceOf, SK: `source#${id}`, id }))],
      'two sources sign in by one claim',
    ],
    ['no right', [head, tenant, { ...ada, personal: [{ permission: 'viewAllReports' }] }], 'LOCKED OUT'],
    ['no pin', [head, tenant, { ...ada, pinned: undefined }], 'is pinned by undefined'],
    ['two pins', [head, tenant, ada, { ...ada, PK: `${t}#U#u2`, id: 'u2' }], '2 pins'],
    ['a pin by another entry', [head, tenant, { ...ada, pinned: 'role:r1' }], 'is pinned by role:r1'],
    ['another life', [head, tenant, { ...ada, life: 'other' }], 'is no holder'],
    ['a wrong sum', [{ ...head, sum: 2 }, tenant, ada], "the head's sum is 2"],
    ['a record too many', [head, tenant, ada, { ...tenant, SK: 'x', kind: 'x', rev: 0 }], 'there are 2'],
    ['a record from the future', [head, { ...tenant, rev: 2 }, ada], 'newer than version'],
  ])('sees %s', (_, items, said) => {
    expect(
      factsOf(...items)
        .faults()
        .join(),
    ).toContain(said);
  });

  test('sees a change without an event, an event without a change, and one written twice', () => {
    const born = [head, tenant, ada, profile, record].map((after) => ({
      pk: after.PK,
      sk: after.SK,
      before: undefined,
      after,
    }));
    const said = { pk: event.PK, sk: event.SK, before: undefined, after: event };
    const changed = { ...(born[2] as (typeof born)[0]), before: ada };
    const watch = new Watch();
    expect(watch.commit([...born, said])).toEqual([]);
    expect(watch.commit([changed]).join()).toContain('0 events for one change');
    expect(watch.commit([{ ...said, sk: 'e2' }]).join()).toContain('an event without a change');
    const epoch = { ...changed, after: { ...ada, rev: 2, epoch: 1 } };
    expect(watch.commit([epoch])).toEqual([]);
    const more = { ...epoch, after: { ...epoch.after, epoch: 2, state: 'disabled' } };
    expect(watch.commit([more]).join()).toContain('0 events for one change');
    expect(watch.commit([changed, said]).join()).toContain('the event e1 is written twice');
  });

  test('sees somebody bound who is bound, and lets one request bind twice who came again meanwhile', () => {
    const watch = new Watch();
    const bound = { ...event, action: 'user.bound', target: 'u1', difference: '{"after":{"by":"claim"}}' };
    const binds = (before: Raw, n: number) =>
      watch.commit([
        { pk: user.PK, sk: user.SK, before, after: ada },
        { pk: event.PK, sk: `e${n}`, before: undefined, after: { ...bound, SK: `e${n}` } },
      ]);
    for (const after of [head, tenant, ada, profile, record])
      watch.facts('t000000000000').take({ pk: after.PK, sk: after.SK, after });
    expect(binds(user, 1)).toEqual([]);
    expect(binds({ ...user, rev: 3 }, 2)).toEqual([]);
    expect(binds(ada, 3).join()).toContain('u1 is bound, and bound again');
  });

  test('sees a request that is done as somebody else than its sign-in is, and takes a refusal for no sign-in', () => {
    const written = (...items: { PK: string; SK: string }[]) =>
      items.map((after) => ({ pk: after.PK, sk: after.SK, before: undefined, after }));
    const watch = new Watch();
    for (const requestId of ['r1', 'r2', 'r3']) watch.sends(requestId, { subject: signIn.subject }, 0);
    expect(watch.commit(written(head, tenant, ada, profile, record, event))).toEqual([]);
    const refused = { ...event, SK: 'e2', requestId: 'r2', action: 'user.bound', outcome: 'refused' };
    expect(watch.commit(written(refused))).toEqual([]);
    expect(watch.doneAt.has('r2')).toBe(false);
    const other = { ...event, SK: 'e3', requestId: 'r3', actor: { kind: 'person', id: 'u2' } };
    expect(watch.commit(written({ ...ada, name: 'changed' } as typeof ada, other)).join()).toContain(
      'the sign-in of u1 acts as u2',
    );
  });

  test('sees a directory that goes on when its source is off', () => {
    const watch = new Watch();
    const written = (n: number, ...items: { PK: string; SK: string }[]) => {
      const said = { ...event, SK: `e${n}`, requestId: `r${n}`, actor: { kind: 'system', id: 's1' } };
      return [...items, said].map((after) => ({ pk: after.PK, sk: after.SK, before: undefined, after }));
    };
    const off = { ...sourceOf, SK: 'source#s1', id: 's1', enabled: false };
    const eve = (name: string) => ({ ...user, PK: `${t}#U#u2`, id: 'u2', name });
    for (const n of [1, 2, 3]) watch.sends(`r${n}`, undefined, n * 1_000);
    watch.commit(written(0, head, tenant, ada, profile, record, off), 1_500);
    const said = (n: number, at: number) => watch.commit(written(n, eve(`${n}`)), at).join();
    expect(said(1, 1_600)).not.toContain('is off');
    expect(said(2, 2_100)).toContain('the source s1 is off');
    const on = { ...off, enabled: true };
    watch.commit(written(4, on), 2_500);
    expect(said(3, 3_100)).not.toContain('is off');
  });

  test('sees who lets somebody up', () => {
    const born = [head, tenant, ada, profile, record].map((after) => ({
      pk: after.PK,
      sk: after.SK,
      before: undefined,
      after,
    }));
    const eve = { ...user, PK: `${t}#U#u2`, id: 'u2', identity: 'j', personal };
    const write = { pk: eve.PK, sk: eve.SK, before: undefined, after: eve };
    const by = (id: string, n: number) => ({
      ...event,
      SK: `e${n}`,
      requestId: `r${n}`,
      actor: { kind: 'person', id },
    });
    const said = (id: string, n: number) => ({ pk: event.PK, sk: `e${n}`, before: undefined, after: by(id, n) });
    const watch = new Watch();
    watch.commit([...born, said('u1', 1)]);
    expect(watch.commit([write, said('u2', 2)]).join()).toContain('WAY UP');
  });
});
