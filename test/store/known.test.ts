// A mutation may be planned on items that were read a moment ago. What is written is then held by its conditions; what is
// refused, or left as it is, is decided anew on fresh data.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Refusal } from '../../shared/domain/base/refusal.ts';
import type { Access } from '../../shared/domain/book/records.ts';
import { type Change, noChange } from '../../shared/domain/change.ts';
import { ceasing } from '../../shared/domain/session.ts';
import type { Item } from '../../shared/store/db.ts';
import { type Key, keys } from '../../shared/store/keys.ts';
import { boot, type Harness, type Tenant } from '../support/harness.ts';

let close: () => Promise<void>;
let harness: Harness;
let tenant: Tenant;
beforeAll(async () => {
  const booted = await boot();
  close = booted.engine.close;
  harness = booted.harness;
  tenant = await harness.tenant();
});
afterAll(() => close());

const toggled = (before: Access): Change<string> => {
  const state = before.state === 'active' ? 'disabled' : 'active';
  return {
    book: [],
    users: [{ before, after: ceasing(before, { ...before, rev: before.rev + 1, state }) }],
    side: [],
    audit: { action: 'user.updated', target: before.id },
    result: 'toggled',
  };
};

it.each([
  [
    'refused',
    (access: Access) => {
      throw new Refusal('not-found', `The user is ${access.state}.`);
    },
  ],
  ['left as it is', () => noChange('left')],
  ['written', toggled],
])('what is outdated and %s is planned again on fresh data', async (_, onOld) => {
  const id = await tenant.user('Someone');
  const key = keys.access(tenant.id, id);
  const known: (readonly [Key, Item | undefined])[] = [[key, (await harness.store.db.read([key]))[0]]];
  await tenant.ok('updateUser', { params: { userId: id }, body: { state: 'disabled' } });
  const seen: string[] = [];
  const outcome = await harness.store.mutate({
    tenant: tenant.id,
    operation: 'test',
    requestId: 'test',
    known,
    authorise: () => ({ actor: { kind: 'system' }, keeper: true }),
    plan: async (view) => {
      const [access] = (await view.users([id])) as [Access];
      seen.push(access.state);
      const change = access.state === 'active' ? onOld(access) : toggled(access);
      return { change, body: change.result };
    },
  });
  expect(seen).toEqual(['active', 'disabled']);
  expect(outcome?.body).toBe('toggled');
  expect((await harness.store.access(tenant.id, id))?.state).toBe('active');
});
