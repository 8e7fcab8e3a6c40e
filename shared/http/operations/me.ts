// The operations that are open to a caller.
import { Refusal } from '../../domain/base/refusal.ts';
import type { Book } from '../../domain/book/book.ts';
import type { Need, Operation } from '../../routes/entry.ts';
import { type OperationId, operation, operationIds } from '../../routes/operations.ts';
import type { View } from '../../store/view.ts';
import { authoriser } from '../gateway/authorise.ts';
import type { Token } from '../gateway/token.ts';

/** Operations that decide by themselves, and always as one of these needs would. */
const decidedAs: Partial<Record<OperationId, Need>> = {
  // A product service has no user, so that the table cannot demand a permission of the caller.
  listHolders: 'keeper',
  createPolicy: 'policies',
  deletePolicy: 'policies',
};

/** True where the tenant's catalogue has what an operation is about. */
const isAbout = ({ catalogue: { data, policyPermissions } }: Book, { area, problems }: Operation): boolean => {
  if (area === 'rules') return data.ruleTypes.length > 0;
  if (area === 'policies') return policyPermissions.length > 0;
  return data.personalGrants || !problems.includes('personal-grants-off');
};

/**
 * The operations that are open to the caller, besides those that are open to everybody. The function that refuses requests
 * is asked about each, so that what a console shows and what is refused cannot differ.
 */
export const openTo = async (view: View, token: Token): Promise<OperationId[]> => {
  const authorise = authoriser(view, token);
  const open: OperationId[] = [];
  for (const id of operationIds) {
    const asked = operation(id);
    if (asked.callers.length === 0 || asked.callers.includes('guest') || !isAbout(view.book, asked)) continue;
    try {
      await authorise({ ...asked, needs: decidedAs[id] ?? asked.needs });
      open.push(id);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }
  return open;
};
