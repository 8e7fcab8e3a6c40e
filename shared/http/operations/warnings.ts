// Warnings about changes that are allowed.
import type { Book } from '../../domain/book/book.ts';
import type { GrantSet } from '../../domain/book/records.ts';
import type { Change } from '../../domain/change.ts';
import { givenStill } from '../../domain/deciding/taking.ts';
import type { Authorised } from '../../store/authorised.ts';
import { crowdedBy } from '../../store/crowded.ts';
import type { Db } from '../../store/db.ts';
import type { View } from '../../store/view.ts';
import type { Answer } from '../gateway/call.ts';
import { seenBy } from './seen.ts';

/**
 * Warnings about a planned change: `more-holders-than-expected:<permission>` when it gives the permission to a further
 * user (FP-10), as far as the caller may see that.
 */
export const warningsOf = async (
  db: Db,
  plan: { readonly view: View; readonly by: Authorised; readonly change: Change },
): Promise<string[]> => {
  const { keeper, rights } = plan.by;
  const { seen, only } = seenBy(plan);
  const sees = (permission: string) => keeper || (only === undefined && rights?.holds(permission) === true);
  return crowdedBy(db, plan.view, plan.change, { seen, roles: keeper, sees });
};

/** Adds warnings to an answer that has a body. */
export const warned = (answer: Answer, warnings: readonly string[]): Answer => {
  const { body } = answer;
  if (warnings.length === 0 || body === null || typeof body !== 'object') return answer;
  const own = (body as { readonly warnings?: readonly string[] }).warnings ?? [];
  return { ...answer, body: { ...body, warnings: [...warnings, ...own] } };
};

/** Warnings about permissions that a new grant set no longer names but still gives through a wider grant. */
export const stillGranted = (book: Book, had: GrantSet, has: GrantSet): string[] =>
  givenStill(book, had, has).map((permission) => `still-granted:${permission}`);
