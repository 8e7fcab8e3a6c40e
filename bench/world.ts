// One small tenant, and questions about it, for comparisons: 5 roles, 10 groups, 1,000 rules. Users are in groups, groups
// in roles, a role may do something for the account, for one policy, and to the rules that it owns.
import type { RoleId, RuleId, TenantId } from '../shared/domain/base/ids.ts';
import { Book } from '../shared/domain/book/book.ts';
import { type Access, recordName } from '../shared/domain/book/records.ts';
import { decide, type Question, rolesOf } from '../shared/domain/deciding/decide.ts';
import { tenantOf, userOfBench } from './tenant.ts';

/** What a question is about, in words that every engine knows. */
export type Asked =
  | { readonly user: number; readonly about: 'account' }
  | { readonly user: number; readonly about: 'policy'; readonly policy: string }
  | { readonly user: number; readonly about: 'rule'; readonly rule: RuleId };

const sizes = { users: 100, roles: 5, groups: 10, memberships: 5, rules: 1_000, policies: 5 };

/** A sequence of numbers below a limit that is the same at every run. */
const drawing = (): ((below: number) => number) => {
  let state = 7;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
};

/** The tenant, its users, and questions in a random order that is the same at every run. */
export const worldOf = (tenant: TenantId, count = 600) => {
  const made = tenantOf(sizes);
  const book = new Book(made.records.length, new Map(made.records.map((record) => [recordName(record), record])));
  const groups = [...book.groups.values()].map(({ id, life }) => `${id}.${life}`);
  const written = made.users.map((ref, n) => userOfBench(ref, n, [groups[n % groups.length] as string]));
  const users = written.map((user) => ({ groups: [], ...user }) as unknown as Access);
  const [policies, rules] = [[...book.policies.keys()], [...book.rules.byId.keys()]];
  const draw = drawing();
  const asked = Array.from({ length: count }, (_, n): Asked => {
    const user = draw(users.length);
    if (n % 3 === 0) return { user, about: 'account' };
    if (n % 3 === 1) return { user, about: 'policy', policy: policies[draw(policies.length)] as string };
    return { user, about: 'rule', rule: rules[draw(rules.length)] as RuleId };
  });
  const questions = asked.map(questionOf);
  const answers = asked.map(({ user }, n) => decide(book, users[user], questions[n] as Question).allowed);
  return { tenant, made, written, book, users, asked, questions, answers };
};
export type BenchWorld = ReturnType<typeof worldOf>;

/** The same question for Holdfast. */
const questionOf = (asked: Asked): Question => {
  if (asked.about === 'account') return { permission: 'billing' };
  if (asked.about === 'policy') return { permission: 'viewQuarantine', policy: asked.policy as never };
  return { right: 'edit', rule: asked.rule };
};

/** A role in words that every engine knows. */
interface PlainRole {
  readonly id: RoleId;
  /** True for the role that may do everything. */
  readonly all: boolean;
  /** The policy whose quarantine the role may view. */
  readonly policy: string | undefined;
}

/** What other engines are told about the tenant. */
export const plainly = ({ book, users }: BenchWorld) => ({
  roles: [...book.roles.values()].map(
    ({ record }): PlainRole => ({
      id: record.id,
      all: record.grants.some(({ permission }) => permission === '*'),
      policy: record.grants.flatMap(({ policies = [] }) => policies)[0],
    }),
  ),
  rolesOfUser: users.map((access) => rolesOf(book, access).map(({ record }) => record.id)),
  owners: new Map([...book.rules.byId].map(([id, rule]) => [id, rule.owner] as const)),
});
