// Runs the access scenarios: facts, what is done, and what decide, explain, effective and the holders must then all say.
import { describe, expect, test } from 'vitest';
import { groupOf, type PolicyId } from '../../shared/domain/base/ids.ts';
import { Refusal } from '../../shared/domain/base/refusal.ts';
import type { Access } from '../../shared/domain/book/records.ts';
import { applied, type Change, type World } from '../../shared/domain/change.ts';
import { decide, type Question } from '../../shared/domain/deciding/decide.ts';
import { effective, explain } from '../../shared/domain/deciding/explain.ts';
import { isHolder } from '../../shared/domain/keeper/keeper.ts';
import { rawOf } from './arbitraries.ts';
import * as naive from './naive.ts';
import { toolsOf } from './plans.ts';
import { decisions } from './scenarios/decisions.ts';
import { emailSecurity } from './scenarios/email-security.ts';
import { emailSets } from './scenarios/email-sets.ts';
import { exchangeRules } from './scenarios/exchange-rules.ts';
import { type Ask, type At, grantsOf, names, type Scenario, type Then, worldFrom } from './scenarios/language.ts';
import { limits } from './scenarios/limits.ts';
import { refusals } from './scenarios/refusals.ts';
import { ruleActions } from './scenarios/rule-actions.ts';
import { secureExchanges } from './scenarios/secure-exchanges.ts';
import { tenants } from './scenarios/tenants.ts';

const atOf = (world: World, tools: At['tools']): At => ({
  world,
  tools,
  ...names,
  access: (name) => world.users.get(names.user(name)) as Access,
  grants: grantsOf,
});

const questionOf = (world: World, ask: Ask): Question => {
  const { what, policy, ...types } = typeof ask === 'string' ? { what: ask } : ask;
  const { catalogue } = world.book;
  const known = catalogue.permission.has(what) || catalogue.ability.has(what);
  if (!known) throw new Error(`${what} is neither a permission nor an ability of ${catalogue.data.id}`);
  const scope = { ...types, ...(policy !== undefined && { policy: names.policy(policy) }) };
  return catalogue.permission.has(what) ? { permission: what, ...scope } : { ability: what, ...scope };
};

const told = (ask: Ask): string => (typeof ask === 'string' ? ask : JSON.stringify(ask));

/** Whatever the scenario looks at, the naive reference must say the same, so that no scenario rests on the code alone. */
const allowed = (world: World, user: Access, ask: Ask): boolean => {
  const question = questionOf(world, ask);
  const answer = decide(world.book, user, question).allowed;
  expect(naive.may(rawOf(world), user, question).allowed, `${told(ask)}: the naive reference`).toBe(answer);
  return answer;
};

const check = (world: World, then: Then): void => {
  const user = world.users.get(names.user(then.user)) as Access;
  const policyName = new Map([...world.book.policies.values()].map((policy) => [policy.id, policy.name]));
  for (const ask of then.may ?? []) expect(allowed(world, user, ask), `${then.user} may ${told(ask)}`).toBe(true);
  for (const ask of then.mayNot ?? [])
    expect(allowed(world, user, ask), `${then.user} may not ${told(ask)}`).toBe(false);
  if (then.opens) {
    const open = world.book.catalogue.data.abilities.filter((ability) => allowed(world, user, ability.id));
    expect(open.map((ability) => ability.id).sort()).toEqual([...then.opens].sort());
  }
  if (then.holds) {
    const lines = effective(world.book, user).map(({ permission, scope, actionTypes, ruleTypes }) => {
      const types = { ...(actionTypes && { actionTypes }), ...(ruleTypes && { ruleTypes }) };
      const limited = actionTypes || ruleTypes ? types : scope;
      return [permission, scope === 'account' ? limited : scope.map((id: PolicyId) => policyName.get(id)).sort()];
    });
    expect(new Set(lines.map(([permission]) => permission)).size).toBe(lines.length);
    expect(Object.fromEntries(lines)).toEqual(then.holds);
  }
  if (then.ways) {
    const { paths } = explain(world.book, user, questionOf(world, then.ways.of));
    const roleName = new Map([...world.book.roles.values()].map(({ record }) => [record.id, record.name]));
    const named = paths.map(({ origin, groups }) => [
      ...groups.map((ref) => world.book.groups.get(groupOf(ref))?.name),
      origin === 'personal' ? origin : roleName.get(origin),
    ]);
    expect(named).toEqual(then.ways.are);
  }
  if (then.says) {
    const { reason, enforced } = decide(world.book, user, questionOf(world, then.says.of));
    expect({ reason, enforced }).toEqual({ reason: then.says.reason, enforced: then.says.enforced ?? true });
  }
};

const run = (scenario: Scenario): void => {
  let world = worldFrom(scenario.facts);
  const tools = toolsOf();
  const steps = scenario.when ?? [];
  steps.forEach((step, i) => {
    const last = i === steps.length - 1;
    let change: Change<unknown> | undefined;
    try {
      change = step(atOf(world, tools));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (!last || !scenario.refused) throw error;
      const [fault] = error.details.errors ?? [];
      expect({ code: error.code, ...(fault && { field: fault.field }) }).toEqual(scenario.refused);
    }
    if (last && scenario.refused) expect(change, 'it was carried out').toBeUndefined();
    if (change) world = applied(world, change);
  });
  for (const then of scenario.after ?? []) check(world, then);
  if (scenario.holders) {
    const ids = [...world.users.values()].filter((user) => isHolder(world.book, user)).map((user) => user?.id);
    expect(ids.sort()).toEqual(scenario.holders.map(names.user).sort());
    expect(naive.holders(rawOf(world))).toEqual(ids);
  }
  scenario.also?.(atOf(world, tools));
};

describe.each([
  ['exchange-rules', exchangeRules],
  ['exchange-rules: actions in rules', ruleActions],
  ['email-security', emailSecurity],
  ['email-security: rules of sets', emailSets],
  ['secure-exchanges', secureExchanges],
  ['new tenants', tenants],
  ['decisions', decisions],
  ['refusals', refusals],
  ['limits', limits],
])('%s', (_, scenarios) => {
  test('no two scenarios have one title', () => {
    expect(new Set(scenarios.map(({ title }) => title)).size).toBe(scenarios.length);
  });
  test.each(scenarios.map((scenario) => [scenario.title, scenario] as const))('%s', (_title, scenario) => {
    run(scenario);
    // A scenario without anything to check would prove nothing.
    expect(scenario.after?.length || scenario.refused || scenario.holders || scenario.also).toBeTruthy();
  });
});
