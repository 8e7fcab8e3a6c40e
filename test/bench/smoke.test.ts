// Benchmarks of checks, decisions, changes and many tenants run, on sizes small enough for a test, and their ratios are
// sane. Bounds are wide, because a busy machine must not fail them.
import { expect, test } from 'vitest';
import { benchChange } from '../../bench/change.ts';
import { benchCheck } from '../../bench/check.ts';
import { benchDecide } from '../../bench/decide.ts';
import { benchFunction } from '../../bench/function.ts';
import { benchLevers } from '../../bench/levers.ts';
import { partNames } from '../../bench/parts.ts';
import { benchTenants } from '../../bench/tenants.ts';
import { longSuite } from '../support/patience.ts';

const timeout = longSuite.testTimeout;

test('checks over HTTP are answered rightly, and compared', { timeout }, async () => {
  const { rows, engine, parts } = await benchCheck({ connections: [4], rounds: 1, ms: 60, built: false });
  const rate = (name: string) => rows.find((row) => row.name === name)?.questionRate ?? 0;
  for (const { p50, p99, processor } of rows) expect([p50 > 0, p99 >= p50, processor >= 0]).toEqual([true, true, true]);
  for (const name of ['strong', 'bounded', 'in a session', 'batch of 100']) expect(rate(name), name).toBeGreaterThan(0);
  // A check takes longer than a constant answer, and a hundred questions less than a hundred checks.
  expect(rate('a constant answer')).toBeGreaterThan(rate('strong') / 20);
  expect(rate('batch of 100')).toBeGreaterThan(rate('strong') / 20);
  expect(engine.get(4)).toBeGreaterThan(0);
  const all = partNames.reduce((sum, name) => sum + parts[name], 0);
  expect(all).toBeCloseTo(1);
});

test('decisions are made warm, cold, and with their ways', { timeout }, async () => {
  const rates = await benchDecide(1, 20);
  const rate = (name: string) => rates.get(name) ?? 0;
  expect(rate('Holdfast, warm')).toBeGreaterThan(rate('Holdfast, with its ways') / 20);
  expect(rate('Holdfast, cold')).toBeGreaterThan(0);
});

test('changes come to their end with many writers', { timeout }, async () => {
  const rows = await benchChange({ writers: [1, 6], tenants: [1, 2], sets: [1, 5], requests: 12, rounds: 1 });
  expect(rows.map(({ name, writers, tenants }) => `${name}, ${writers} on ${tenants}`)).toEqual([
    'a policy is renamed, 1 on 1',
    'a user is deleted, 1 on 1',
    'a policy is renamed, 6 on 1',
    'a user is deleted, 6 on 1',
    'a policy is renamed, 1 on 2',
    'a user is deleted, 1 on 2',
    'a policy is renamed, 6 on 2',
    'a user is deleted, 6 on 2',
    'a change set of 1, 1 on 1',
    'a change set of 5, 1 on 1',
  ]);
  for (const { rate } of rows) expect(rate).toBeGreaterThan(0);
});

test('many tenants cost a cold process more units than a warm one', { timeout }, async () => {
  const [cold, warm] = await benchTenants({ tenants: 20, checks: 100 });
  expect(warm?.units).toBe(2);
  expect(cold?.units).toBeGreaterThan(2);
});

test('built functions answer warm requests', { timeout }, async () => {
  const rows = await benchFunction(1, 5);
  expect(rows.map(({ name }) => name)).toEqual([
    'a strong check',
    'a bounded check',
    'a batch of 100',
    'a strong check, 4 at once with shared reads',
    'a strong check, 32 at once with shared reads',
  ]);
  for (const { processor, bytes } of rows) expect([processor > 0, bytes > 100_000]).toEqual([true, true]);
});

test('each lever is measured without it and with it', { timeout }, async () => {
  const rows = await benchLevers({ requests: 40, rounds: 1, atOnce: 4, writers: 4 });
  expect(rows).toHaveLength(7);
  for (const { name, without, with: its } of rows) expect(its.rate, name).toBeGreaterThan(without.rate / 20);
  // A token that is remembered is not verified, whatever else the machine does.
  const token = rows.find(({ name }) => name.includes('token'));
  expect(token?.with.processor).toBeLessThan(token?.without.processor ?? 0);
});
