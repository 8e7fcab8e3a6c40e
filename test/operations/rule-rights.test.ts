// Rights on single rules: who sees, edits and deletes which, by role; who owns a rule; and that a rule one does not see
// does not exist for one.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot, type Harness, type Reply, service } from '../support/harness.ts';
import { expectProblem } from '../support/problems.ts';
import { allOnRules, type Person, Rules, type Somebody } from '../support/rules.ts';

let harness: Harness;
let close: () => Promise<void>;
beforeAll(async () => {
  const booted = await boot();
  harness = booted.harness;
  close = () => booted.engine.close();
});
afterAll(() => close());

const any = { 'if-match': '*' };

type Line = Record<'view' | 'edit' | 'delete' | 'owned', boolean> & { rule: string; name: string; position: number };
const linesOf = async (rules: Rules, role: string, query: Record<string, string> = {}): Promise<Line[]> =>
  (await rules.tenant.ok('getRuleRights', { params: { roleId: role }, query })).body.items;
const bits = ({ view, edit, delete: gone }: Line) => [view, edit, gone];
const rightsOf = async (by: Somebody, rule: string) =>
  (await by.ok('getRule', { params: { ruleId: rule } })).body.rights;

/** A tenant with three rules and a reader in a role of their own. */
const three = async (): Promise<{ rules: Rules; ids: string[]; reader: Person }> => {
  const rules = await Rules.of(harness);
  const ids = [];
  for (const name of ['Cherry', 'Apple', 'Banana']) ids.push((await rules.create({ name })).id);
  return { rules, ids, reader: await rules.person('Reader') };
};

describe('rights of a role on rules', () => {
  it('CT-12, CT-85, CT-87: are View, Edit and Delete of each rule, set separately, besides the role rights', async () => {
    const { rules, ids, reader } = await three();
    const [a, b, c] = ids as [string, string, string];
    await rules.rights(reader.role, {
      rules: [
        { rule: a, edit: false },
        { rule: b, delete: true },
        { rule: c, view: false },
      ],
    });
    expect((await linesOf(rules, reader.role)).map(bits)).toEqual([
      [true, false, false],
      [true, true, true],
      [false, true, false],
    ]);
    expect(await rightsOf(reader, a)).toEqual({ view: true, edit: false, delete: false });
    expect(await rightsOf(reader, b)).toEqual({ view: true, edit: true, delete: true });
    // Edit on the rule is no right to a section, and the other way round.
    const [body, params] = [{ name: 'New' }, { ruleId: b }];
    expectProblem(await reader.call('updateRule', { params, body }), 'forbidden');
    await reader.ok('deleteRule', { params });
  });

  it('CT-88..90: are listed in the order of rules, or by name, which never changes the order', async () => {
    const { rules, ids, reader } = await three();
    const names = async (query: Record<string, string>) =>
      (await linesOf(rules, reader.role, query)).map(({ name }) => name);
    expect(await names({})).toEqual(['Cherry', 'Apple', 'Banana']);
    expect(await names({ sort: 'name' })).toEqual(['Apple', 'Banana', 'Cherry']);
    expect(await names({})).toEqual(['Cherry', 'Apple', 'Banana']);
    expect((await linesOf(rules, reader.role, { sort: 'name' })).map(({ position }) => position)).toEqual([2, 3, 1]);
    await rules.author.ok('moveRule', { params: { ruleId: ids[2] as string }, body: { to: 'first' } });
    expect(await names({})).toEqual(['Banana', 'Cherry', 'Apple']);
    const paged: string[] = [];
    for (let cursor = ''; paged.length < 9; ) {
      const query = { limit: '1', ...(cursor && { cursor }) };
      const { body } = await rules.tenant.ok('getRuleRights', { params: { roleId: reader.role }, query });
      paged.push(...body.items.map((line: Line) => line.name));
      if (!body.cursor) break;
      cursor = body.cursor;
    }
    expect(paged).toEqual(['Banana', 'Cherry', 'Apple']);
  });

  it('CT-91: a whole column at once sets that right for every rule, later exceptions and later rules apart', async () => {
    const { rules, ids, reader } = await three();
    await rules.rights(reader.role, { rules: [{ rule: ids[0], delete: true }] });
    await rules.rights(reader.role, { columns: { delete: true, edit: false } });
    expect((await linesOf(rules, reader.role)).map(bits)).toEqual(Array(3).fill([true, false, true]));
    await rules.rights(reader.role, { columns: { delete: false }, rules: [{ rule: ids[1], delete: true }] });
    expect((await linesOf(rules, reader.role)).map((line) => line.delete)).toEqual([false, true, false]);
    await rules.create({ name: 'Later' });
    expect((await linesOf(rules, reader.role)).map(bits).at(-1)).toEqual([true, true, false]);
  });

  it('new rules: what a role gets on rules of others is set beforehand, and holds from then on', async () => {
    const { rules, reader } = await three();
    const changed = await rules.rights(reader.role, { newRules: { edit: false, delete: true } });
    expect(changed.body.newRules).toEqual({ view: true, edit: false, delete: true });
    expect((await rules.tenant.ok('getRole', { params: { roleId: reader.role } })).body.newRules).toEqual({
      ...{ view: true, edit: false, delete: true },
    });
    await rules.create({ name: 'Later' });
    expect((await linesOf(rules, reader.role)).map(bits)).toEqual([
      ...Array(3).fill([true, true, false]),
      [true, false, true],
    ]);
  });

  it('a change carries the ETag of what was read, and says nothing twice', async () => {
    const { rules, ids, reader } = await three();
    const params = { roleId: reader.role };
    const { etag = '' } = await rules.tenant.ok('getRuleRights', { params });
    const body = { rules: [{ rule: ids[0], view: false }] };
    const put = () => rules.tenant.call('putRuleRights', { params, body, headers: { 'if-match': etag } });
    const [one, two] = await Promise.all([put(), put()]);
    expect([one.status, two.status].sort()).toEqual([200, 412]);
    const { etag: after = '' } = await rules.tenant.ok('getRuleRights', { params });
    const again = await rules.tenant.ok('putRuleRights', { params, body, headers: { 'if-match': after } });
    expect(again.etag).toBe(after);
    const events = await rules.tenant.ok('listEvents', { query: { target: reader.role } });
    const changes = events.body.items.filter((e: { action: string }) => e.action === 'role.rule-rights.changed');
    expect(changes).toHaveLength(1);
    expect(changes[0].after).toEqual({ rules: { [ids[0] as string]: { view: false } } });
  });

  it('are for those to change who manage access rights', async () => {
    const { rules, reader } = await three();
    const params = { roleId: reader.role };
    for (const by of [reader, rules.author]) {
      expectProblem(await by.call('getRuleRights', { params }), 'forbidden');
      const put = { params, body: { columns: { view: true } }, headers: { 'if-match': '*' } };
      expectProblem(await by.call('putRuleRights', put), 'forbidden');
    }
  });

  it('of predefined roles are as decided: administrators everything, editors View and Edit, viewers View', async () => {
    const { rules } = await three();
    const { body } = await rules.tenant.ok('listRoles');
    const found = [];
    for (const role of body.items)
      if (role.predefined) found.push([role.predefined, bits((await linesOf(rules, role.id))[0] as Line)]);
    expect(found).toEqual([
      ['programAndRulesAdministrators', [true, true, true]],
      ['rulesAdministrators', [true, true, true]],
      ['rulesViewers', [true, false, false]],
      ['signaturesEditors', [true, true, false]],
    ]);
  });

  it('are copied by a clone, what comes from owning a rule included: as exceptions of its own (CT-15, Q-03)', async () => {
    const { rules, ids } = await three();
    await rules.rights(rules.owner, {
      newRules: { delete: false, edit: false },
      rules: [{ rule: ids[1], view: false }],
    });
    await rules.create({ name: 'Later' });
    const clone = await rules.tenant.ok('cloneRole', { params: { roleId: rules.owner }, body: { name: 'Clone' } });
    const rightsOf = async (role: string) => (await linesOf(rules, role)).map(bits);
    const all = [
      [true, true, true],
      [false, true, true],
      [true, true, true],
      [true, true, true],
    ];
    expect(await rightsOf(rules.owner)).toEqual(all);
    expect(await rightsOf(clone.body.id)).toEqual(all);
    // The role owns no rule, so its rights stay when an owner changes.
    for (const ruleId of ids)
      await rules.tenant.ok('putRuleOwner', { params: { ruleId }, body: { owner: null }, headers: any });
    expect(await rightsOf(clone.body.id)).toEqual(all);
    const again = await rules.tenant.ok('cloneRole', { params: { roleId: clone.body.id }, body: { name: 'Again' } });
    expect(await rightsOf(again.body.id)).toEqual(all);
    await rules.rights(clone.body.id, { columns: { view: false } });
    expect((await rightsOf(clone.body.id)).map(([view]) => view)).toEqual([false, false, false, false]);
    expect(await rightsOf(again.body.id)).toEqual(all);
  });

  it('said by hand on an owned rule outlive the ownership, though they equal what it gives (CT-100, CT-103, Q-03)', async () => {
    const { rules, ids } = await three();
    const [single, ticked] = ids as [string, string];
    const role = rules.owner;
    const deleteOn = async (id: string) => (await linesOf(rules, role)).find(({ rule }) => rule === id)?.delete;
    const disown = (ruleId: string) =>
      rules.tenant.ok('putRuleOwner', { params: { ruleId }, body: { owner: null }, headers: any });
    await rules.rights(role, { rules: [{ rule: single, delete: true }] });
    await disown(single);
    expect(await deleteOn(single)).toBe(true);
    const params = { roleId: role };
    const { etag } = await rules.tenant.ok('getRuleRights', { params });
    await rules.rights(role, { rules: [{ rule: single, delete: true }] });
    expect((await rules.tenant.ok('getRuleRights', { params })).etag).toBe(etag);
    // A column is said by hand, too.
    await rules.rights(role, { columns: { delete: true } });
    await disown(ticked);
    expect(await deleteOn(ticked)).toBe(true);
  });
});

describe('a rule that one does not see', () => {
  const hide = async (): Promise<{ rules: Rules; hidden: string; seen: string; reader: Person }> => {
    const { rules, ids, reader } = await three();
    await rules.tenant.ok('addRoleMembers', { params: { roleId: reader.role }, body: { members: [reader.id] } });
    await rules.tenant.roleGrants(reader.role, allOnRules);
    await rules.rights(reader.role, { rules: [{ rule: ids[1], view: false, edit: true, delete: true }] });
    return { rules, hidden: ids[1] as string, seen: ids[0] as string, reader };
  };

  it('CT-86: is in no list, and found by nothing', async () => {
    const { rules, hidden, reader } = await hide();
    expect(await rules.names(reader)).toEqual(['Cherry', 'Banana']);
    expect(await rules.names(reader, { sort: 'name' })).toEqual(['Banana', 'Cherry']);
    expect(await rules.names(reader, { name: 'app' })).toEqual([]);
    const first = await reader.ok('listRules', { query: { limit: '1' } });
    const second = await reader.ok('listRules', { query: { limit: '1', cursor: first.body.cursor } });
    expect(second.body.items[0].name).toBe('Banana');
    expect(second.body.cursor).toBeUndefined();
    expect(JSON.stringify([first, second])).not.toContain(hidden);
    expect(await rules.names(rules.author)).toHaveLength(3);
  });

  it('CT-86: is not found by any operation, as one that does not exist, whatever else one may do to it', async () => {
    const { hidden, seen, reader } = await hide();
    const nobody = 'l00000000000z';
    const actionId = 'a000000000000';
    const same = (reply: Reply) => ({ ...reply.body, requestId: '' });
    const calls = [
      ['getRule', undefined],
      ['updateRule', { name: 'X' }],
      ['deleteRule', undefined],
      ['moveRule', { to: 'first' }],
      ['addAction', { type: 'insertBanner' }],
      ['updateAction', { properties: {} }],
      ['deleteAction', undefined],
      ['moveAction', { to: 'first' }],
    ] as const;
    for (const [id, body] of calls) {
      const action = /Action$/.test(id) && id !== 'addAction' ? { actionId } : {};
      const at = (ruleId: string) => reader.call(id, { params: { ruleId, ...action }, ...(body && { body }) });
      const reply = await at(hidden);
      expectProblem(reply, 'not-found', id);
      expect(same(reply), id).toEqual(same(await at(nobody)));
      // Before its ETag is looked at, too.
      const headers = { 'if-match': '"x"' };
      const request = { params: { ruleId: hidden, ...action }, headers, ...(body && { body }) };
      if (id !== 'getRule') expectProblem(await reader.call(id, request), 'not-found', id);
    }
    const beside = (other: string) => reader.call('moveRule', { params: { ruleId: seen }, body: { before: other } });
    expect(same(await beside(hidden))).toEqual(same(await beside(nobody)));
  });

  it('CT-86: checks do not tell it from one that does not exist', async () => {
    const { rules, hidden, seen, reader } = await hide();
    await rules.tenant.ok('updateTenant', { body: { enforced: true } });
    const check = async (question: object) => {
      const { body } = await reader.ok('check', { body: question });
      return { ...body, asOf: '', version: 0 };
    };
    for (const question of [{ right: 'view' }, { right: 'delete' }, { permission: 'manageConditions' }]) {
      const answer = await check({ ...question, rule: hidden });
      expect(answer).toMatchObject({ allowed: false, reason: 'unknown-rule' });
      expect(answer).toEqual(await check({ ...question, rule: 'l00000000000z' }));
    }
    expect(await check({ permission: 'manageConditions', rule: seen })).toMatchObject({
      allowed: true,
      reason: 'granted',
    });
  });

  it('two tenants that differ only in hidden rules answer the same, cursors included', async () => {
    const [plain, other] = [await hide(), await hide()];
    for (let i = 0; i < 12; i += 1) {
      const { id } = await other.rules.create({ name: `Extra ${i}` });
      await other.rules.rights(other.reader.role, { rules: [{ rule: id, view: false }] });
      if (i % 2 === 0) await other.rules.author.ok('moveRule', { params: { ruleId: id }, body: { to: 'first' } });
    }
    const told = async ({ reader, rules }: typeof plain) => {
      const replies = [];
      for (const sort of ['order', 'name'])
        for (const limit of ['1', '2', '3']) {
          const { body } = await reader.ok('listRules', { query: { sort, limit } });
          const position = body.cursor && JSON.parse(Buffer.from(body.cursor, 'base64url').toString())[1];
          const ids = await rules.tenant.ok('getRuleRights', { params: { roleId: reader.role } });
          let text = JSON.stringify([body.items, position]);
          for (const line of ids.body.items) text = text.replaceAll(line.rule, line.name);
          replies.push(text.replaceAll(/"(createdAt|owner)":"[^"]*"/g, ''));
        }
      return replies;
    };
    expect(await told(other)).toEqual(await told(plain));
  });

  it('is there for keepers where rights on rules are managed, by id, name and order, and nowhere else', async () => {
    const { rules, hidden } = await hide();
    await rules.tenant.ok('removeRoleMembers', {
      params: { roleId: rules.owner },
      body: { members: [rules.author.id] },
    });
    const admins = (await rules.tenant.ok('listRoles')).body.items[1];
    const params = { roleId: admins.id };
    expect(admins.predefined).toBe('programAndRulesAdministrators');
    await rules.rights(admins.id, { columns: { view: false } });
    expect((await rules.tenant.ok('listRules')).body.items).toEqual([]);
    expectProblem(await rules.tenant.call('getRule', { params: { ruleId: hidden } }), 'not-found');
    const { body } = await rules.tenant.ok('getRuleRights', { params });
    expect(body.items.map(({ name, position }: Line) => [name, position])).toEqual([
      ['Cherry', 1],
      ['Apple', 2],
      ['Banana', 3],
    ]);
    const owner = await rules.tenant.ok('getRuleOwner', { params: { ruleId: hidden } });
    expect(owner.body).toEqual({ id: hidden, name: 'Apple', owner: rules.owner });
  });

  it('a change that leaves rules to nobody is made, and says which', async () => {
    const rules = await Rules.of(harness);
    const ids: string[] = [];
    for (let i = 0; i < 25; i += 1) ids.push((await rules.create()).id);
    const { body } = await rules.tenant.ok('listRoles');
    for (const role of body.items)
      if (role.id !== rules.owner)
        expect((await rules.rights(role.id, { columns: { view: false } })).body.warnings).toBeUndefined();
    const one = await rules.rights(rules.owner, { rules: [{ rule: ids[0], view: false }] });
    expect(one.body.warnings).toEqual([`rule-seen-by-nobody:${ids[0]}`]);
    const all = await rules.rights(rules.owner, { columns: { view: false } });
    // Those that nobody saw before are no news; more than 20 are not named one by one.
    expect(all.body.warnings).toEqual([
      ...ids.slice(1, 21).map((id) => `rule-seen-by-nobody:${id}`),
      'rule-seen-by-nobody:more',
    ]);
  });
});

describe('the owner of a rule', () => {
  const creator = { permission: 'createRules' };

  it('CT-92: with several roles that may create rules, one must be chosen, and it is refused without', async () => {
    const rules = await Rules.of(harness);
    const one = await rules.person('Twice', [creator]);
    const second = await rules.tenant.role('Second', [creator], [one.id]);
    const body = { type: 'signatureRule', name: 'Whose?' };
    const reply = await one.call('createRule', { body });
    expectProblem(reply, 'owner-needed');
    expect(reply.body.roles).toEqual([
      { id: one.role, name: 'Role of Twice' },
      { id: second, name: 'Second' },
    ]);
    expect((await one.ok('createRule', { body: { ...body, owner: second } })).body.owner).toBe(second);
    expect((await one.ok('createRule', { body: { ...body, owner: one.role } })).body.owner).toBe(one.role);
  });

  it('CT-93: with exactly one it is used without asking, however many others there are', async () => {
    const rules = await Rules.of(harness);
    const one = await rules.person('Once', [{ permission: 'manageOptions' }]);
    const owner = await rules.tenant.role('Creates', [creator], [one.id]);
    expect((await rules.create({}, one)).owner).toBe(owner);
  });

  it('CT-94: with none it is denied; a role one is not in, or that may not create rules, cannot be chosen', async () => {
    const rules = await Rules.of(harness, 'complete');
    const none = await rules.person('None', [{ permission: 'manageConditions' }]);
    const body = { type: 'signatureRule', name: 'X' };
    expectProblem(await none.call('createRule', { body }), 'forbidden');
    expectProblem(await none.call('createRule', { body: { ...body, owner: rules.owner } }), 'forbidden');
    const able = await rules.person('Able', [creator]);
    const idle = await rules.tenant.role('Idle', [], [able.id]);
    const typed = await rules.tenant.role('Routing', [{ ...creator, ruleTypes: ['routingRule'] }], [able.id]);
    for (const owner of [rules.owner, idle, typed, 'r000000000000'])
      expectProblem(await able.call('createRule', { body: { ...body, owner } }), 'invalid-request');
    // CT-96: a user cannot own a rule, so a personal grant does not create any.
    await rules.tenant.setGrants(none.id, [creator]);
    expectProblem(await none.call('createRule', { body }), 'forbidden');
  });

  it('CT-95, CT-97, CT-98: is a role: it has View, Edit and Delete on the new rule, and so have its members', async () => {
    const rules = await Rules.of(harness);
    const one = await rules.person('Owner', [creator]);
    const { id } = await rules.create({}, one);
    const line = (await linesOf(rules, one.role)).find(({ rule }) => rule === id);
    expect(line).toMatchObject({ owned: true, view: true, edit: true, delete: true });
    const colleague = await rules.person('Colleague');
    expect((await rightsOf(colleague, id)).delete).toBe(false);
    await rules.tenant.ok('addRoleMembers', { params: { roleId: one.role }, body: { members: [colleague.id] } });
    expect(await rightsOf(colleague, id)).toEqual({ view: true, edit: true, delete: true });
  });

  it('CT-99, CT-100: its rights cannot be limited beforehand, and can once the rule exists', async () => {
    const rules = await Rules.of(harness);
    const one = await rules.person('Owner', [creator]);
    await rules.rights(one.role, { newRules: { view: false, edit: false }, columns: { view: false, delete: false } });
    const { id } = await rules.create({}, one);
    expect(await rightsOf(one, id)).toEqual({ view: true, edit: true, delete: true });
    await rules.rights(one.role, { rules: [{ rule: id, edit: false, delete: false }] });
    expect(await rightsOf(one, id)).toEqual({ view: true, edit: false, delete: false });
    await rules.rights(one.role, { columns: { view: false } });
    expectProblem(await one.call('getRule', { params: { ruleId: id } }), 'not-found');
  });

  it('CT-101..103: who leaves the owner role loses what came from it, also on own rules; the rule stays owned', async () => {
    const rules = await Rules.of(harness);
    const one = await rules.person('Leaver', [creator]);
    const other = await rules.tenant.role('Other', [], [one.id]);
    await rules.rights(other, { newRules: { delete: false, edit: false } });
    const { id } = await rules.create({}, one);
    await rules.tenant.ok('removeRoleMembers', { params: { roleId: one.role }, body: { members: [one.id] } });
    expect(await rightsOf(one, id)).toEqual({ view: true, edit: false, delete: false });
    const owner = await rules.tenant.ok('getRuleOwner', { params: { ruleId: id } });
    expect(owner.body.owner).toBe(one.role);
    await rules.tenant.ok('removeRoleMembers', { params: { roleId: other }, body: { members: [one.id] } });
    expectProblem(await one.call('getRule', { params: { ruleId: id } }), 'not-found');
  });

  it('CT-103: the rule stays with the role when its creator is deleted', async () => {
    const rules = await Rules.of(harness);
    const one = await rules.person('Gone', [creator]);
    const { id } = await rules.create({}, one);
    await rules.tenant.ok('deleteUser', { params: { userId: one.id } });
    expect((await rules.tenant.ok('getRuleOwner', { params: { ruleId: id } })).body.owner).toBe(one.role);
  });

  const setOwner = async (rules: Rules, rule: string, owner: string | null) =>
    rules.tenant.ok('putRuleOwner', { params: { ruleId: rule }, body: { owner }, headers: { 'if-match': '*' } });

  it('CT-96: is changed by a keeper, to a role or to none: all rights come with it, and go with it', async () => {
    const rules = await Rules.of(harness);
    const [old, next] = [await rules.person('Old', [creator]), await rules.person('Next')];
    const { id } = await rules.create({}, old);
    const params = { ruleId: id };
    for (const by of [old, next]) expectProblem(await by.call('getRuleOwner', { params }), 'forbidden');
    await setOwner(rules, id, next.role);
    expect(await rightsOf(next, id)).toEqual({ view: true, edit: true, delete: true });
    expect(await rightsOf(old, id)).toEqual({ view: true, edit: true, delete: false });
    await setOwner(rules, id, null);
    expect(await rightsOf(next, id)).toEqual({ view: true, edit: true, delete: false });
    const user = await rules.tenant.call('putRuleOwner', {
      params,
      body: { owner: next.id },
      headers: { 'if-match': '*' },
    });
    expectProblem(user, 'invalid-request');
  });

  it('deleting its role passes the rules on, or leaves them without owner, governed by rule rights alone', async () => {
    const rules = await Rules.of(harness);
    const [old, heir, reader] = [
      await rules.person('Old', [creator]),
      await rules.person('Heir'),
      await rules.person('Reader'),
    ];
    const { id } = await rules.create({}, old);
    const owner = async () => (await rules.tenant.ok('getRuleOwner', { params: { ruleId: id } })).body.owner;
    const remove = (role: string, query: Record<string, string> = {}) =>
      rules.tenant.call('deleteRole', { params: { roleId: role }, query });
    for (const wrong of [old.role, 'r000000000000'])
      expectProblem(await remove(old.role, { newOwner: wrong }), 'invalid-request');
    expect((await remove(old.role, { newOwner: heir.role })).status).toBe(204);
    expect(await owner()).toBe(heir.role);
    expect(await rightsOf(heir, id)).toEqual({ view: true, edit: true, delete: true });
    expectProblem(await old.call('getRule', { params: { ruleId: id } }), 'not-found');
    expect((await remove(heir.role)).status).toBe(204);
    expect(await owner()).toBeNull();
    expect(await rightsOf(reader, id)).toEqual({ view: true, edit: true, delete: false });
  });

  it('giving a rule away, and deleting a role, tell of rules that nobody sees any more', async () => {
    const rules = await Rules.of(harness);
    const one = await rules.person('Only', [creator]);
    const [a, b] = [await rules.create({}, one), await rules.create({}, one)];
    const { body } = await rules.tenant.ok('listRoles');
    for (const role of body.items) if (role.id !== one.role) await rules.rights(role.id, { columns: { view: false } });
    await rules.rights(one.role, { newRules: { view: false } });
    const blind = await rules.create({}, one);
    for (const role of body.items) if (role.id !== one.role) await rules.rights(role.id, { columns: { view: false } });
    expect((await setOwner(rules, blind.id, null)).body.warnings).toEqual([`rule-seen-by-nobody:${blind.id}`]);
    await rules.tenant.ok('deleteRole', { params: { roleId: one.role } });
    const events = await rules.tenant.ok('listEvents', { query: { target: one.role, action: 'role.deleted' } });
    expect(events.body.items[0].after).toEqual({ rulesSeenByNobody: [a.id, b.id] });
  });
});

describe('checks on a rule', () => {
  it('answer by permission, View and Edit, with the ways to each; or by one right (CT-85, Q-08)', async () => {
    const { rules, ids, reader } = await three();
    await rules.tenant.ok('updateTenant', { body: { enforced: true } });
    const rule = ids[0] as string;
    const ask = async (question: object) =>
      (await harness.ok('check', { as: service(rules.tenant.id), body: { user: reader.id, ...question } })).body;
    expect(await ask({ permission: 'manageConditions', rule })).toMatchObject({
      allowed: false,
      reason: 'not-granted',
    });
    const conditions = await rules.tenant.role('Conditions', [{ permission: 'manageConditions' }], [reader.id]);
    const answer = await ask({ permission: 'manageConditions', rule });
    expect(answer).toMatchObject({ allowed: true, reason: 'granted', by: ['manageConditions'] });
    expect(answer.paths).toEqual([{ permission: 'manageConditions', via: conditions }]);
    expect(answer.rulePaths).toContainEqual({ right: 'edit', via: reader.role });
    expect(answer.rulePaths).toContainEqual({ right: 'view', via: conditions });
    for (const role of [conditions, reader.role]) await rules.rights(role, { rules: [{ rule, edit: false }] });
    expect(await ask({ permission: 'manageConditions', rule })).toMatchObject({
      allowed: false,
      reason: 'no-right-on-rule',
    });
    expect(await ask({ right: 'view', rule })).toMatchObject({ allowed: true, reason: 'granted' });
    expect(await ask({ right: 'delete', rule })).toMatchObject({ allowed: false, reason: 'not-granted' });
    expect(await ask({ ability: 'editConditions', rule })).toMatchObject({
      allowed: false,
      reason: 'no-right-on-rule',
    });
  });

  it('take one question at a time, and a right only with a rule', async () => {
    const { rules, ids } = await three();
    const rule = ids[0] as string;
    for (const question of [
      { right: 'view' },
      { right: 'view', permission: 'manageOptions', rule },
      { permission: 'manageOptions', rule, ruleType: 'signatureRule' },
      { rule },
      { right: 'own', rule },
    ])
      expectProblem(await rules.tenant.call('check', { body: question }), 'invalid-request', JSON.stringify(question));
  });

  it('while access-rights management is switched off allow everything; the API of rules stays guarded (Q-01)', async () => {
    const { rules, ids, reader } = await three();
    const rule = ids[0] as string;
    await rules.rights(reader.role, { rules: [{ rule, view: false }] });
    expect((await reader.ok('check', { body: { right: 'delete', rule } })).body).toMatchObject({
      allowed: true,
      enforced: false,
    });
    expectProblem(await reader.call('getRule', { params: { ruleId: rule } }), 'not-found');
  });
});
