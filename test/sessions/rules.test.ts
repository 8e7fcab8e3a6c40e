// Rights on rules in a session: kept for the rules that were there at log-on; on rules that came later, the defaults that
// the roles had then. Against what the book said at log-on, in random worlds.
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Life, RoleId, RuleId, UserId } from '../../shared/domain/base/ids.ts';
import { userRef } from '../../shared/domain/base/ids.ts';
import type { Book } from '../../shared/domain/book/book.ts';
import type { Access, BookRecord } from '../../shared/domain/book/records.ts';
import { decide, type Question, subjectOf } from '../../shared/domain/deciding/decide.ts';
import { judge } from '../../shared/domain/deciding/judge.ts';
import { Offline, offlineOf } from '../../shared/domain/deciding/offline.ts';
import { columns } from '../../shared/domain/rules/rule-rights.ts';
import { keptSubject, snapshotOf, snapshotSchema } from '../../shared/domain/session.ts';
import { lives, runs, userId } from '../domain/arbitraries.ts';
import { Bookkeeper } from '../domain/rule-worlds.ts';
import { boot, type Harness } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { Rules, seedRules } from '../support/rules.ts';
import { Sessions } from './support.ts';

vi.setConfig(longSuite);

let harness: Harness;
let close: () => Promise<void>;
beforeAll(async () => {
  const booted = await boot();
  harness = booted.harness;
  close = () => booted.engine.close();
});
afterAll(() => close());

describe('rules', () => {
  /** A tenant with rules whose rights are enforced, somebody in a role, and a session of theirs. */
  const scene = async () => {
    const rules = await Rules.of(harness);
    await rules.tenant.ok('updateTenant', { body: { enforced: true } });
    const ann = await rules.person('Ann', [{ permission: 'createRules' }]);
    const old = (await rules.create()).id as string;
    await rules.rights(ann.role, { newRules: { view: true, edit: false, delete: true } });
    const at = new Sessions(rules.tenant);
    const session = await at.logOn(ann.id);
    const has = async (rule: string) => {
      const answers = [];
      for (const right of columns) answers.push(await at.may(session, { right, rule }));
      return answers;
    };
    return { rules, ann, old, at, session, has };
  };

  it('CT-23: ticks after log-on, of a column or of one rule, are not seen', async () => {
    const { rules, ann, old, has, at, session } = await scene();
    const before = await has(old);
    expect(before).toEqual([true, true, false]);
    await rules.rights(ann.role, { columns: { view: false, edit: false, delete: true } });
    await rules.rights(ann.role, { rules: [{ rule: old, view: false, edit: false, delete: true }] });
    expect(await has(old)).toEqual(before);
    expect((await at.ask(session, { right: 'edit', rule: old })).body.current).toEqual({
      allowed: false,
      reason: 'unknown-rule',
    });
  });

  it("rules created later follow the defaults that the snapshot's roles had at log-on, whoever owns them", async () => {
    const { rules, ann, has } = await scene();
    await rules.rights(ann.role, { newRules: { view: false, edit: true, delete: false } });
    const later = (await rules.create()).id;
    expect(await has(later)).toEqual([true, false, true]);
    const own = (await rules.create({}, ann)).id;
    expect(await has(own)).toEqual([true, false, true]);
  });

  it('a rule that was deleted is not there, and one that takes its date is not taken for it', async () => {
    const { rules, ann, old, at, session, has } = await scene();
    await rules.rights(ann.role, { columns: { edit: true } });
    const again = await at.logOn(ann.id);
    await rules.author.ok('deleteRule', { params: { ruleId: old } });
    expect((await at.ask(session, { right: 'view', rule: old })).body.reason).toBe('unknown-rule');
    // The newest of all rules is gone: the next one is younger all the same.
    const next = (await rules.create()).id;
    expect(await has(next)).toEqual([true, false, true]);
    expect(await at.may(again, { right: 'edit', rule: next })).toBe(false);
  });

  it('a role that is removed after log-on still gives what it gave', async () => {
    const { rules, ann, old, at, session, has } = await scene();
    await rules.tenant.ok('deleteRole', { params: { roleId: ann.role } });
    expect(await has(old)).toEqual([true, true, false]);
    expect(await at.may(session, { permission: 'createRules' })).toBe(true);
    expect(await at.may(await at.logOn(ann.id), { permission: 'createRules' })).toBe(false);
  });

  it('10,000 of them fit one item, whatever the rights', async () => {
    const rules = await Rules.of(harness);
    await rules.tenant.ok('updateTenant', { body: { enforced: true } });
    const ann = await rules.person('Ann', [{ permission: 'createRules' }]);
    const ids = await seedRules(rules.tenant, 10_000, rules.owner);
    const bit = (i: number, n: number) => ((i * 2654435761) >>> (20 + n)) % 2 === 1;
    for (let from = 0; from < ids.length; from += 500)
      await rules.rights(ann.role, {
        rules: ids.slice(from, from + 500).map((rule, i) => ({
          rule,
          view: bit(from + i, 0),
          edit: bit(from + i, 1),
          delete: bit(from + i, 2),
        })),
      });
    const at = new Sessions(rules.tenant);
    const session = await at.logOn(ann.id);
    const [item] = (await harness.facts(rules.tenant.id)).filter(({ SK }) => SK === 'SNAPSHOT');
    expect((item as { kept: Uint8Array }).kept.length).toBeLessThan(150_000);
    for (const i of [0, 17, 9_999]) {
      const rule = ids[i] as string;
      expect(await at.may(session, { right: 'view', rule })).toBe(bit(i, 0));
      expect(await at.may(session, { right: 'edit', rule })).toBe(bit(i, 0) && bit(i, 1));
    }
    const { body } = await rules.tenant.ok('createSnapshotToken', { params: { sessionId: session } });
    expect(body.token.length).toBeLessThan(256_000);
  }, 120_000);
});

/** A book with somebody in some of its roles. */
const withMember = (keeper: Bookkeeper, roles: readonly RoleId[]): { book: Book; access: Access } => {
  const access: Access = {
    id: userId(1) as UserId,
    life: lives[0] as Life,
    rev: 1,
    kind: 'person',
    state: 'active',
    source: 'local',
    groups: new Set(),
    personal: [],
    stamp: 0,
  };
  const chunks = roles.map(
    (role): BookRecord => ({
      kind: 'members',
      rev: 1,
      role,
      chunk: 0,
      users: new Set([userRef(access.id, access.life)]),
    }),
  );
  return { book: keeper.world.book.with(chunks), access };
};

const step = fc.record({
  kind: fc.constantFrom(
    ...(['createRole', 'createRule', 'createRule', 'deleteRule', 'deleteRule', 'owner', 'newRules', 'column'] as const),
    ...(['single', 'single', 'deleteRole'] as const),
  ),
  a: fc.nat(),
  b: fc.nat(),
  said: fc.record(
    { view: fc.boolean(), edit: fc.boolean(), delete: fc.boolean() },
    { requiredKeys: [], noNullPrototype: true },
  ),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const take = (keeper: Bookkeeper, { kind, a, b, said }: Step): void => {
  const role = keeper.roles[a % Math.max(1, keeper.roles.length)];
  const rule = keeper.order[b % Math.max(1, keeper.order.length)];
  if (kind === 'createRole' || role === undefined) keeper.createRole();
  else if (kind === 'deleteRole') keeper.deleteRole(role, undefined);
  else if (kind === 'createRule' || rule === undefined) keeper.createRule(role, 'signatureRule');
  else if (kind === 'deleteRule') keeper.deleteRule(rule);
  else if (kind === 'owner') keeper.giveOwner(rule, role);
  else if (kind === 'newRules') keeper.setNewRules(role, said);
  else keeper.setRights(role, kind === 'column' ? said : {}, kind === 'single' ? [{ rule, ...said }] : []);
};

describe('in random worlds', () => {
  it('rules of then are decided as then, later ones by the defaults of then; a token says the same', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 4, maxLength: 25 }),
        fc.array(step, { maxLength: 25 }),
        fc.nat(),
        (before, after, n) => {
          const keeper = new Bookkeeper();
          keeper.createRole();
          for (const one of before) take(keeper, one);
          const roles = keeper.roles.filter((_, i) => ((n >> i) & 1) === 1);
          const { book: then, access } = withMember(keeper, roles);
          const snapshot = snapshotSchema().parse(JSON.parse(JSON.stringify(snapshotOf(then, access, 5_000))));
          const defaults = roles.map((role) => ({ ...keeper.newRules.get(role) }));
          for (const one of after) take(keeper, one);
          const now = keeper.world.book;
          const { ground, subject } = keptSubject(now, snapshot);
          const offline = new Offline(JSON.parse(JSON.stringify(offlineOf(ground, 'manageAccessRights', subject))));
          for (const rule of [...then.rules.byId.keys(), ...now.rules.byId.keys()]) {
            const is = (right: (typeof columns)[number]) => judge(ground, subject, { right, rule });
            for (const right of columns) expect(offline.decide({ right, rule })).toEqual(is(right));
            if (!now.rules.byId.has(rule)) expect(is('view').reason).toBe('unknown-rule');
            else if (then.rules.byId.has(rule))
              for (const right of columns) expect(is(right)).toEqual(decide(then, access, { right, rule }));
            else {
              const [view, edit, gone] = columns.map((right) => defaults.some((one) => one[right]));
              const allowed = columns.map((right) => is(right).allowed);
              expect(allowed).toEqual([view, view && edit, view && gone]);
            }
          }
        },
      ),
      runs(400),
    );
  });

  it('a rule that came later is younger, also when the newest date of all has gone meanwhile', () => {
    const keeper = new Bookkeeper();
    keeper.createRole();
    const [role] = keeper.roles as [RoleId];
    keeper.createRule(role, 'signatureRule');
    const { book: then, access } = withMember(keeper, [role]);
    const rights = (newest: number): BookRecord => ({
      kind: 'rights',
      rev: 1,
      role,
      newRules: [{ view: true, edit: true, delete: false, at: 0 }],
      columns: { delete: newest },
      edits: 1,
    });
    const ticked = then.with([rights(50)]);
    expect(ticked.rules.clock).toBe(50);
    const snapshot = snapshotOf(ticked, access, 5_000);
    keeper.world = { ...keeper.world, book: ticked.with([rights(0)]) };
    keeper.createRule(role, 'signatureRule');
    const [old, later] = keeper.order as [RuleId, RuleId];
    const { ground, subject } = keptSubject(keeper.world.book, snapshot);
    const may = (rule: RuleId) => judge(ground, subject, { right: 'delete', rule }).allowed;
    expect([may(old), may(later)]).toEqual([true, false]);
  });

  it('a rule that came later is younger, also than one that was deleted in between', () => {
    const keeper = new Bookkeeper();
    keeper.createRole();
    const [role] = keeper.roles as [RoleId];
    keeper.createRule(role, 'signatureRule');
    keeper.createRule(role, 'signatureRule');
    const { book, access } = withMember(keeper, [role]);
    const snapshot = snapshotOf(book, access, 5_000);
    keeper.deleteRule(keeper.order[1] as RuleId);
    keeper.createRule(role, 'signatureRule');
    const [old, later] = keeper.order as [RuleId, RuleId];
    const { ground, subject } = keptSubject(keeper.world.book, snapshot);
    const may = (rule: RuleId) => judge(ground, subject, { right: 'delete', rule }).allowed;
    // The first was theirs at log-on; of the other they have the default.
    expect([may(old), may(later)]).toEqual([true, false]);
  });

  it('a right on no rule is none', () => {
    const keeper = new Bookkeeper();
    keeper.createRole();
    const { book, access } = withMember(keeper, keeper.roles);
    for (const right of columns)
      expect(decide(book, access, { right })).toMatchObject({ allowed: false, reason: 'not-granted' });
  });

  it('is small: what most rules have is said once', () => {
    const keeper = new Bookkeeper();
    keeper.createRole();
    for (let n = 0; n < 300; n += 1) keeper.createRule(keeper.roles[0] as RoleId, 'signatureRule');
    keeper.createRole();
    const { book, access } = withMember(keeper, keeper.roles.slice(1));
    const snapshot = snapshotOf(book, access, 5_000);
    expect(snapshot.rules.except).toEqual([]);
    expect(deflateSync(JSON.stringify(snapshot)).length).toBeLessThan(400);
    const rule = keeper.order[0] as RuleId;
    const question: Question = { right: 'edit', rule };
    expect(judge(book, subjectOf(book, access), question)).toEqual(decide(book, access, question));
  });
});
