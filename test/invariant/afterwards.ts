// What must be so once nothing is under way: listings name who is there, warm caches equal cold reads, and the handlers
// decide as the naive reference does.

import { Random } from '../../infra/local/model/index.ts';
import type { Book } from '../../shared/domain/book/book.ts';
import type { Store } from '../../shared/store/store.ts';
import { service } from '../support/harness.ts';
import { call, withStore } from './calling.ts';
import { text } from './naive.ts';
import { hasRules, shownRules } from './rules.ts';
import { sessionFaults } from './sessions.ts';
import { Draw, permissionsOf, type Site } from './steps.ts';

const differences = (warm: Book | undefined, cold: Book | undefined): string[] => {
  const names = new Set([...(warm?.records.keys() ?? []), ...(cold?.records.keys() ?? [])]);
  const records = [...names].map((name) => [warm?.records.get(name), cold?.records.get(name)].map(text));
  return [[text(warm?.version), text(cold?.version)], ...records]
    .filter(([a, b]) => a !== b)
    .map(([a, b]) => `${a} for ${b}`);
};

/** What is wrong; `stores` are those with warm caches, `fresh` one without. */
export const afterwards = async (site: Site, fresh: Store, stores: readonly Store[]): Promise<string[]> => {
  const { facts } = site;
  const tenant = site.tenant as never;
  const found = [...facts.listingFaults(), ...site.told.faults(facts)];
  const cold = (await fresh.view(tenant))?.book;
  for (const [number, store] of stores.entries())
    for (const difference of differences((await store.view(tenant))?.book, cold))
      found.push(`the cache of worker ${number} is not as read anew: ${difference}`);
  const warm = stores[0] ?? fresh;
  const permissions = permissionsOf(facts);
  const users = [...facts.users.values()];
  await withStore(warm, async () => {
    for (const permission of permissions) {
      const checks = users.map((user) => ({ user: user.id, permission }));
      const { status, body } = await call('checkBatch', { as: service(site.tenant), body: { checks } }, 'afterwards');
      users.forEach((user, i) => {
        const naive = facts.allows(user, permission);
        if (body.results?.[i]?.allowed !== naive)
          found.push(
            `${permission} of ${user.id}: answered ${status} ${text(body.results?.[i] ?? body)}, naively ${naive}`,
          );
      });
    }
    const draw = new Draw(new Random(1), site);
    for (const user of users.filter(
      ({ identity, kind, state }) => identity !== undefined && kind === 'person' && state === 'active',
    )) {
      const { body } = await call(
        'check',
        { as: draw.tokenOf(String(user.id)), body: { permission: permissions[0] } },
        'afterwards',
      );
      if (body.user !== user.id) found.push(`the sign-in of ${user.id} leads to ${body.user ?? body.code}`);
    }
    const keeper = draw.canSignIn(draw.keepers())[0];
    if (hasRules(facts) && keeper !== undefined)
      found.push(...(await shownRules(site, draw.tokenOf(keeper), (id, request) => call(id, request, 'afterwards'))));
    found.push(...(await sessionFaults(facts, (id, request) => call(id, request, 'afterwards'))));
    const [keeping] = permissions;
    const listed: string[] = [];
    // A page ends after so many places to look, too, whether or not it is full.
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const body = { permission: keeping, limit: 200, ...(cursor !== undefined && { cursor }) };
      const { body: page } = await call('listHolders', { as: service(site.tenant), body }, 'afterwards');
      listed.push(...((page.items ?? []) as { user: string }[]).map(({ user }) => user));
      cursor = page.cursor;
    }
    listed.sort();
    const naive = facts.keepers().sort();
    if (text(listed) !== text(naive)) found.push(`holders listed: ${listed.join()}; naively: ${naive.join()}`);
  });
  return found.map((one) => `afterwards, ${site.tenant}: ${one}`);
};
