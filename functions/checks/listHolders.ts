// POST /v1/holders

import { invalid, Refusal } from '../../shared/domain/base/refusal.ts';
import type { Access } from '../../shared/domain/book/records.ts';
import { decide } from '../../shared/domain/deciding/decide.ts';
import { grantersOf, rolesGranting } from '../../shared/domain/deciding/explain.ts';
import { whereHeld } from '../../shared/domain/deciding/where-held.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { needKnown } from '../../shared/http/operations/checks.ts';
import { listOfStreams, streamsFor } from '../../shared/store/candidates.ts';

/** Policies that are named of one holder. */
const mostPolicies = 20;

export const handler = query('listHolders', {
  run: async (context) => {
    const { book, by, input, tenant, runtime } = context;
    if (!by.keeper && by.actor.kind !== 'service')
      throw new Refusal(
        'forbidden',
        'Only users who manage access rights and product services may ask who holds a permission.',
      );
    const asked = pageInput(context, input.body);
    const question = input.body;
    needKnown(book, question);
    const ability = question.ability === undefined ? undefined : book.catalogue.ability.get(question.ability);
    if (ability?.open) throw invalid('/ability', 'is open to every active user: list the users instead');
    if (question.policy !== undefined && !book.policies.has(question.policy))
      throw invalid('/policy', 'there is no such policy');
    const streams = streamsFor(book, rolesGranting(book, question), grantersOf(book, question));
    // Holders by the grants alone, whether or not the tenant enforces access rights now.
    const enforced = book.with([{ ...book.tenant, enforced: true }]);
    const holds = (access: Access) => decide(enforced, access, question).allowed;
    const holders = listOfStreams(runtime.store.db, tenant, streams, holds, asked.limit, asked.after);
    return pageAnswer(context, asked, holders, {
      show(access) {
        const { id: user, kind } = access;
        const scope = whereHeld(enforced, access, question);
        if (scope.length <= mostPolicies || scope === 'account') return { user, kind, scope };
        return { user, kind, scope: scope.slice(0, mostPolicies), more: true };
      },
    });
  },
});
