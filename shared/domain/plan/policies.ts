// Plans for policies.
import type { PolicyId } from '../base/ids.ts';
import { changedName, freeName } from '../base/names.ts';
import { withinQuota } from '../base/quotas.ts';
import { Refusal } from '../base/refusal.ts';
import type { Book } from '../book/book.ts';
import { type PolicyRecord, tombstone } from '../book/records.ts';
import { type Change, type IdsAndTime, noChange, type World } from '../change.ts';

/** The policy with this id. @throws Refusal not-found */
export const policyOf = (book: Book, id: PolicyId): PolicyRecord => {
  const policy = book.policies.get(id);
  if (!policy) throw new Refusal('not-found', 'There is no such policy.');
  return policy;
};

const freePolicyName = (book: Book, name: string, except?: PolicyId): string => {
  const others = [...book.policies.values()].filter((policy) => policy.id !== except).map((policy) => policy.name);
  return freeName(name, others, 'policy');
};

export const createPolicy = (
  world: World,
  input: { name: string; description: string },
  tools: IdsAndTime,
): Change<PolicyRecord> => {
  const { book } = world;
  if (book.catalogue.policyPermissions.length === 0)
    throw new Refusal('policies-not-applicable', 'The catalogue of this tenant has no permission for policies.');
  withinQuota('policies', book.policies.size + 1);
  const record: PolicyRecord = {
    kind: 'policy',
    rev: 0,
    id: tools.ids.next('policy'),
    name: freePolicyName(book, input.name),
    description: input.description,
    deleted: false,
  };
  return {
    book: [record],
    users: [],
    side: [],
    audit: {
      action: 'policy.created',
      target: record.id,
      after: { name: record.name, description: record.description },
    },
    result: record,
  };
};

export const updatePolicy = (
  world: World,
  id: PolicyId,
  input: { name?: string | undefined; description?: string | undefined },
): Change<PolicyRecord> => {
  const before = policyOf(world.book, id);
  const after = {
    ...before,
    name: changedName(before.name, input.name, (name) => freePolicyName(world.book, name, id)),
    description: input.description ?? before.description,
  };
  if (after.name === before.name && after.description === before.description) return noChange(before);
  return {
    book: [after],
    users: [],
    side: [],
    audit: {
      action: 'policy.updated',
      target: id,
      before: { name: before.name, description: before.description },
      after: { name: after.name, description: after.description },
    },
    result: after,
  };
};

/** Deletes a policy. Grants that are limited to it give nothing from then on. */
export const deletePolicy = (world: World, id: PolicyId): Change<undefined> => {
  const before = policyOf(world.book, id);
  return {
    book: [tombstone(before)],
    users: [],
    side: [],
    audit: { action: 'policy.deleted', target: id, before: { name: before.name } },
    result: undefined,
  };
};
