// The right to see and change policies: administrators of the account have it for all policies, and the administrator
// of one policy for that policy (FP-12, FP-13).
import type { PolicyId } from '../../domain/base/ids.ts';
import { Refusal } from '../../domain/base/refusal.ts';
import type { PolicyRecord } from '../../domain/book/records.ts';
import { seesPolicy } from '../../domain/deciding/visible.ts';
import { policyOf } from '../../domain/plan/policies.ts';
import type { Authorised } from '../../store/authorised.ts';
import type { View } from '../../store/view.ts';
import { missing } from '../gateway/authorise.ts';

/** A policy that the caller may see. @throws Refusal not-found for a missing policy, and for a hidden policy (FP-15) */
export const policyFor = (view: View, by: Authorised, id: PolicyId): PolicyRecord => {
  if (!seesPolicy(view.book, by, id)) throw new Refusal('not-found', 'There is no such policy.');
  return policyOf(view.book, id);
};

/**
 * Checks that the caller holds a permission that governs policies, for `policy`, or for the account when absent.
 * @throws Refusal forbidden
 */
export const needPolicyRight = (view: View, by: Authorised, policy?: PolicyId): void => {
  const { governs } = view.book.catalogue.data;
  if (by.keeper || governs.policies.some((permission) => by.rights?.holds(permission, { policy }))) return;
  throw new Refusal('forbidden', missing(view, 'policies'));
};
