// Where somebody holds what a question is about: for the whole account, or for which policies.

import type { PolicyId } from '../base/ids.ts';
import type { Book } from '../book/book.ts';
import type { Access } from '../book/records.ts';
import { opens, type Question, Rights } from './decide.ts';

/**
 * `account`, or the policies for which a user holds what the question asks for, sorted by id; whichever policy it names.
 * An ability of the account, or one that any permission opens, is held for the account.
 */
export const whereHeld = (book: Book, access: Access, question: Question): 'account' | PolicyId[] => {
  const { catalogue } = book;
  const ability = question.ability === undefined ? undefined : catalogue.ability.get(question.ability);
  if (ability?.level === 'account' || ability?.anyPermission) return 'account';
  const rights = Rights.of(book, access);
  const { actionType, ruleType } = question;
  const types = ability && !ability.whole ? (['actionType', 'ruleType'] as const) : [];
  const open = ['policy' as const, ...types.filter((type) => question[type] === undefined)];
  const ids = opens(book, question) ?? [];
  const suffices = ability?.allOf ? ids.every.bind(ids) : ids.some.bind(ids);
  const policies = new Set<PolicyId>();
  for (const scope of rights.scopesIn(ids, { open, actionType, ruleType })) {
    if (!suffices((id) => rights.holds(id, scope))) continue;
    if (scope.policy === undefined) return 'account';
    policies.add(scope.policy);
  }
  // With a permission that widens, what is held for one policy is held for all.
  return (policies.size > 0 && rights.widened ? [...book.policies.keys()] : [...policies]).sort();
};
