// Ids, lives and secrets are drawn once for a mutation: every attempt is handed the same, whatever else it draws.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isId } from '../../shared/domain/base/ids.ts';
import type { IdsAndTime } from '../../shared/domain/change.ts';
import { createRole } from '../../shared/domain/plan/roles.ts';
import { boot, Harness } from '../support/harness.ts';

let harness: Harness;
let close: () => Promise<void>;
beforeAll(async () => {
  const booted = await boot();
  harness = booted.harness;
  close = () => booted.engine.close();
});
afterAll(() => close());

it('by kind and turn: an attempt that draws other kinds first is handed none of the wrong kind', async () => {
  // Those who are faster are in another process: in this one they would wait for the mutation to end.
  const tenant = await new Harness(harness.client, harness.table).tenant();
  const drawn: Record<string, string | readonly string[]>[] = [];
  const orders: ((tools: IdsAndTime) => Record<string, string>)[] = [
    ({ ids }) => ({ user: ids.next('user'), role: ids.next('role'), secret: ids.secret() }),
    ({ ids }) => ({ secret: ids.secret(), life: ids.life(), role: ids.next('role'), user: ids.next('user') }),
    ({ ids }) => ({ role: ids.next('role'), life: ids.life() }),
  ];
  await harness.store.mutate({
    tenant: tenant.id,
    operation: 'test',
    requestId: 'q',
    authorise: () => ({ actor: { kind: 'system' }, keeper: true }),
    plan: async ({ world, tools }) => {
      const order = orders[drawn.length] as (typeof orders)[number];
      const one = order(tools);
      drawn.push({ ...one, order: tools.drawn?.() ?? [] });
      const change = createRole(world, { name: `Role ${drawn.length}`, description: '' }, tools);
      // Somebody is faster, but for the last time.
      if (drawn.length < orders.length) await tenant.role(`Faster ${drawn.length}`);
      return { change, body: undefined };
    },
  });
  const [first, second, third] = drawn;
  expect(drawn).toHaveLength(3);
  expect(isId('user', first?.user as string) && isId('role', first?.role as string)).toBe(true);
  expect(second).toMatchObject({ user: first?.user, role: first?.role, secret: first?.secret });
  expect(third).toMatchObject({ role: first?.role, life: second?.life });
  expect(second?.order).toEqual([second?.secret, second?.life, second?.role, second?.user]);
});
