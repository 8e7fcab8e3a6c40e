// What is counted has its noun in the right number.
import { expect, it } from 'vitest';
import * as z from 'zod';
import type { RunView } from '../../clients/directory-sync/api.ts';
import { tellPlan } from '../../clients/directory-sync/plan.ts';
import { inWords } from '../../shared/domain/plan/guards.ts';
import { messageOf } from '../../shared/http/gateway/faults.ts';

const toldOf = async (plan: RunView['plan']): Promise<string> => {
  const said: string[] = [];
  const say = (_: string, text: string) => void said.push(text);
  const api = { losses: async () => undefined } as never;
  await tellPlan({ api, report: { say, fault: say, progress: () => {} } }, { id: 'r1', plan } as RunView);
  return said.join('\n');
};

it('a plan speaks of one thing in the singular', async () => {
  const one = await toldOf({
    gains: { users: 1, nestings: 1, enabled: 1 },
    losses: {
      memberships: { count: 1 },
      accessManagers: { count: 1, of: 1, percent: 100 },
      groups: { count: 1, of: 4 },
    },
  });
  expect(one).toContain('gives       1 user, 1 nesting, 1 enabled\n');
  expect(one).toContain('takes away  1 membership, 1 of 1 (100 %) access manager, 1 of 4 groups\n');
  const two = await toldOf({
    gains: { users: 2, nestings: 3 },
    losses: { memberships: { count: 2, of: 9, percent: 22 } },
  });
  expect(two).toContain('gives       2 users, 3 nestings\n');
  expect(two).toContain('takes away  2 of 9 (22 %) memberships\n');
});

it('a guard does so, too', () => {
  const over = { number: 0 };
  expect(inWords({ what: 'users', lost: 1, over } as never)).toBe('The run would delete 1 user: more than 0.');
  expect(inWords({ what: 'managers', lost: 1, over } as never)).toMatch(/from 1 person: /);
  expect(inWords({ what: 'users', lost: 1, of: { count: 3 }, over } as never)).toMatch(/delete 1 of 3 users: /);
  expect(inWords({ what: 'groups', lost: 2, over } as never)).toMatch(/delete 2 groups: /);
});

it('and so does what a field must have', () => {
  const faultOf = (schema: z.ZodType, value: unknown) =>
    schema.safeParse(value, { error: messageOf }).error?.issues[0]?.message;
  expect(faultOf(z.array(z.string()).min(1), [])).toBe('must have at least 1 entry');
  expect(faultOf(z.array(z.string()).min(2), [])).toBe('must have at least 2 entries');
  expect(faultOf(z.string().min(1), '')).toBe('must have at least 1 character');
  expect(faultOf(z.number().min(1), 0)).toBe('must be at least 1');
});
