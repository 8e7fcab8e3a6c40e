// A tenant with rules and people in roles, and shorthands for tests of rules.
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { RoleId, RuleId } from '../../shared/domain/base/ids.ts';
import type { RuleEntry, RulesRecord } from '../../shared/domain/book/records.ts';
import type { RuleContent } from '../../shared/domain/rules/content.ts';
import { spread } from '../../shared/domain/rules/order.ts';
import { rulesPerChunk } from '../../shared/domain/rules/rule-index.ts';
import type { OperationId } from '../../shared/routes/operations.ts';
import { ruleItem } from '../../shared/store/rules.ts';
import { freshIds, putRecords } from './facts.ts';
import { type As, type Harness, person, type Reply, type Tenant } from './harness.ts';

/** A person who signs in and has roles. */
export interface Somebody {
  readonly id: string;
  readonly as: As;
  call(id: OperationId, request?: object): Promise<Reply>;
  ok(id: OperationId, request?: object): Promise<Reply>;
}

/** A person with the role that was made for them. */
export interface Person extends Somebody {
  readonly role: RoleId;
}

export const allOnRules = ['createRules', 'manageRulesOrder', 'manageConditions', 'manageActions', 'manageOptions'].map(
  (permission) => ({ permission }),
);

export class Rules {
  readonly tenant: Tenant;
  /** Creates rules and may do everything with them. The role owns the rules. */
  readonly author: Somebody;
  readonly owner: RoleId;
  #names = 0;

  private constructor(tenant: Tenant, author: Somebody, owner: RoleId) {
    this.tenant = tenant;
    this.author = author;
    this.owner = owner;
  }

  static async of(harness: Harness, catalogue = 'exchange-rules'): Promise<Rules> {
    const tenant = await harness.tenant(catalogue);
    const author = await somebody(tenant, 'Author');
    const owner = (await tenant.role('Authors', allOnRules, [author.id])) as RoleId;
    return new Rules(tenant, author, owner);
  }

  /** Creates a person in a new role with these grants. */
  async person(name: string, grants: readonly object[] = []): Promise<Person> {
    const one = await somebody(this.tenant, name);
    const role = (await this.tenant.role(`Role of ${name}`, grants, [one.id])) as RoleId;
    return { ...one, role };
  }

  async create(more: object = {}, by: Somebody = this.author): Promise<Reply['body']> {
    this.#names += 1;
    const body = { type: 'signatureRule', name: `Rule ${this.#names}`, ...more };
    return (await by.ok('createRule', { body })).body;
  }

  async names(by: Somebody = this.author, query: object = {}): Promise<string[]> {
    return (await by.ok('listRules', { query })).body.items.map((rule: { name: string }) => rule.name);
  }

  /** Sets what a role may do to rules. */
  async rights(role: string, body: object): Promise<Reply> {
    return this.tenant.ok('putRuleRights', { params: { roleId: role }, body, headers: { 'if-match': '*' } });
  }
}

const somebody = async (tenant: Tenant, name: string): Promise<Somebody> => {
  const id = await tenant.user(name, name);
  const as = person(tenant.id, name);
  return {
    id,
    as,
    call: (operation, request = {}) => tenant.harness.call(operation, { as, ...request }),
    ok: (operation, request = {}) => tenant.harness.ok(operation, { as, ...request }),
  };
};

/** Writes many rules at once, as records and items, as if the role's members had created them one after the other. */
export const seedRules = async (tenant: Tenant, count: number, owner: RoleId, contents = false): Promise<RuleId[]> => {
  const ids = Array.from({ length: count }, () => freshIds.next('rule'));
  const places = spread(count);
  const chunks: RulesRecord[] = [];
  ids.forEach((id, i) => {
    const chunk = Math.floor(i / rulesPerChunk);
    chunks[chunk] ??= { kind: 'rules', rev: 0, chunk, entries: {} };
    const born = i + 1;
    const entry: RuleEntry = {
      order: places[i] as string,
      type: 'signatureRule',
      categories: [],
      owner,
      ownedAt: born,
      born,
    };
    (chunks[chunk] as RulesRecord).entries[id] = entry;
  });
  await putRecords(tenant, chunks);
  if (contents) await seedContents(tenant, ids);
  return ids;
};

const contentOf = (id: RuleId, i: number): RuleContent => ({
  id,
  rev: 1,
  name: `Seeded ${String(i).padStart(5, '0')}`,
  description: '',
  enabled: true,
  conditions: [],
  exceptions: [],
  actions: [],
  options: {},
  createdAt: '2026-01-01T00:00:00.000Z',
});

const seedContents = async ({ harness, id: tenant }: Tenant, ids: readonly RuleId[]): Promise<void> => {
  const puts = ids.map((id, i) => ({ Put: { TableName: harness.table, Item: ruleItem(tenant, contentOf(id, i)) } }));
  for (let at = 0; at < puts.length; at += 100)
    await harness.client.send(new TransactWriteCommand({ TransactItems: puts.slice(at, at + 100) }));
};
