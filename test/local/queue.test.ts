// The local queue: the work of one tenant in its order, that of different tenants side by side, and an end that waits.
import { expect, it } from 'vitest';
import { LocalQueue } from '../../infra/local/queue.ts';

const work = (tenant: string, id: string) => ({ tenant, kind: 'run', id }) as const;

/** A queue whose work begins and ends by hand. */
const byHand = () => {
  const begun: string[] = [];
  const ends = new Map<string, { done: () => void; fail: (error: Error) => void }>();
  const logged: string[] = [];
  const waiting = new Map<string, () => void>();
  const queue = new LocalQueue(
    ({ id }) =>
      new Promise<void>((done, fail) => {
        begun.push(id);
        ends.set(id, { done, fail });
        waiting.get(id)?.();
      }),
    (_, message, fields) => logged.push(`${message} ${String(fields?.error).split('\n')[0]}`),
  );
  /** Resolves when the work has begun, which is never where it does not. */
  const beginning = (id: string) =>
    new Promise<void>((resolve) => (begun.includes(id) ? resolve() : waiting.set(id, resolve)));
  return { queue, begun, ends, logged, beginning };
};

it('works on different tenants side by side, and on one tenant in its order', async () => {
  const { queue, begun, ends, beginning } = byHand();
  for (const [tenant, id] of [
    ['a', 'a1'],
    ['a', 'a2'],
    ['b', 'b1'],
    ['b', 'b2'],
  ] as const)
    await queue.enqueue(work(tenant, id));
  await Promise.all([beginning('a1'), beginning('b1')]);
  expect(begun).toEqual(['a1', 'b1']);
  ends.get('b1')?.done();
  await beginning('b2');
  expect(begun).toEqual(['a1', 'b1', 'b2']);
  ends.get('a1')?.done();
  await beginning('a2');
});

it('goes on behind work that fails, and says so', async () => {
  const { queue, ends, logged, beginning } = byHand();
  await queue.enqueue(work('a', 'a1'));
  await queue.enqueue(work('a', 'a2'));
  await beginning('a1');
  ends.get('a1')?.fail(new Error('no table'));
  await beginning('a2');
  expect(logged).toEqual(['work-failed Error: no table']);
});

it('waits at its end for what is under way, and begins nothing more', async () => {
  const { queue, begun, ends, beginning } = byHand();
  for (const [tenant, id] of [
    ['a', 'a1'],
    ['a', 'a2'],
    ['b', 'b1'],
  ] as const)
    await queue.enqueue(work(tenant, id));
  await Promise.all([beginning('a1'), beginning('b1')]);
  let closed = false;
  const closing = queue.close().then(() => {
    closed = true;
  });
  ends.get('b1')?.done();
  await queue.enqueue(work('b', 'b2'));
  expect(closed).toBe(false);
  ends.get('a1')?.done();
  await closing;
  expect(begun).toEqual(['a1', 'b1']);
});
