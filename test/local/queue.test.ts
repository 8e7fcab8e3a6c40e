// The local queue: the work of one line in its order, that of different lines side by side, failures again after a delay,
// and an end that waits.
import { expect, it } from 'vitest';
import type { WorkResult } from '../../functions/work/messages.ts';
import { LocalQueue } from '../../infra/local/queue.ts';
import { mostDeliveries } from '../../shared/http/gateway/queue.ts';

const work = (source: string, id: string, tenant = 't') => ({ tenant, kind: 'run', id, source }) as const;

/** A queue whose work begins and ends by hand, and whose delays end at once. */
const byHand = () => {
  const begun: string[] = [];
  const ends = new Map<string, { done: () => void; die: (error: Error) => void; fail: (seconds?: number) => void }>();
  const logged: string[] = [];
  const waited: number[] = [];
  const waiting = new Map<string, () => void>();
  const queue: LocalQueue = new LocalQueue({
    deliver: ({ Records: [message] }) =>
      new Promise<WorkResult>((resolve, reject) => {
        const { id } = JSON.parse(message?.body ?? '') as { id: string };
        const count = Number(message?.attributes?.ApproximateReceiveCount);
        const name = count > 1 ? `${id} again ${count}` : id;
        begun.push(name);
        const fail = async (seconds?: number) => {
          if (seconds !== undefined) await queue.postpone(message?.receiptHandle ?? '', seconds);
          resolve({ batchItemFailures: [{ itemIdentifier: message?.messageId ?? '' }] });
        };
        ends.set(name, { done: () => resolve({ batchItemFailures: [] }), die: reject, fail });
        waiting.get(name)?.();
      }),
    log: (_, message, fields) => logged.push([message, String(fields?.error ?? fields?.id).split('\n')[0]].join(' ')),
    wait: async (ms) => {
      waited.push(ms);
    },
  });
  /** Resolves when the work has begun, which is never where it does not. */
  const beginning = (name: string) =>
    new Promise<void>((resolve) => (begun.includes(name) ? resolve() : waiting.set(name, resolve)));
  return { queue, begun, ends, logged, waited, beginning };
};

it('works on different lines side by side, and on one line in its order', async () => {
  const { queue, begun, ends, beginning } = byHand();
  for (const item of [work('a', 'a1'), work('a', 'a2'), work('b', 'b1'), work('b', 'b2'), work('a', 'c1', 'u')])
    await queue.enqueue(item);
  await Promise.all([beginning('a1'), beginning('b1'), beginning('c1')]);
  expect(begun).toEqual(['a1', 'b1', 'c1']);
  ends.get('b1')?.done();
  await beginning('b2');
  expect(begun).toEqual(['a1', 'b1', 'c1', 'b2']);
  ends.get('a1')?.done();
  await beginning('a2');
});

it('delivers failed work again, when the worker says or with its own delay, before what stands behind it', async () => {
  const { queue, begun, ends, logged, waited, beginning } = byHand();
  await queue.enqueue(work('a', 'a1'));
  await queue.enqueue(work('a', 'a2'));
  await beginning('a1');
  ends.get('a1')?.fail(7);
  await beginning('a1 again 2');
  ends.get('a1 again 2')?.die(new Error('no thread'));
  await beginning('a1 again 3');
  ends.get('a1 again 3')?.done();
  await beginning('a2');
  expect(begun).toEqual(['a1', 'a1 again 2', 'a1 again 3', 'a2']);
  expect(waited[0]).toBe(7_000);
  expect((waited[1] ?? 0) >= 5_000 && (waited[1] ?? 0) <= 10_000).toBe(true);
  expect(logged).toEqual(['work-failed Error: no thread']);
});

it('sets work aside that has failed as often as it may, says so, and goes on behind it', async () => {
  const { queue, ends, logged, beginning } = byHand();
  await queue.enqueue(work('a', 'a1'));
  await queue.enqueue(work('a', 'a2'));
  for (let count = 1; count <= mostDeliveries; count += 1) {
    const name = count === 1 ? 'a1' : `a1 again ${count}`;
    await beginning(name);
    ends.get(name)?.fail();
  }
  await beginning('a2');
  expect(logged).toEqual(['work-set-aside a1']);
});

it('takes a reminder only for a line in which nothing stands', async () => {
  const { queue, begun, ends, beginning } = byHand();
  await queue.enqueue(work('a', 'a1'));
  await queue.enqueue(work('a', 'a1'), 'reminder');
  await queue.enqueue(work('a', 'a2'));
  await queue.enqueue(work('b', 'b1'), 'reminder');
  await Promise.all([beginning('a1'), beginning('b1')]);
  ends.get('a1')?.done();
  await beginning('a2');
  expect(begun).toEqual(['a1', 'b1', 'a2']);
});

it('waits at its end for what is under way, and begins nothing more', async () => {
  const { queue, begun, ends, beginning } = byHand();
  for (const item of [work('a', 'a1'), work('a', 'a2'), work('b', 'b1')]) await queue.enqueue(item);
  await Promise.all([beginning('a1'), beginning('b1')]);
  let closed = false;
  const closing = queue.close().then(() => {
    closed = true;
  });
  ends.get('b1')?.fail();
  await queue.enqueue(work('b', 'b2'));
  expect(closed).toBe(false);
  ends.get('a1')?.done();
  await closing;
  expect(begun).toEqual(['a1', 'b1']);
});

it('ends during a delay without waiting for it', async () => {
  const delays: (() => void)[] = [];
  const queue = new LocalQueue({
    deliver: async ({ Records: [message] }) => ({ batchItemFailures: [{ itemIdentifier: message?.messageId ?? '' }] }),
    log: () => {},
    wait: (_, until) =>
      new Promise((done) => {
        until.addEventListener('abort', () => done());
        for (const begun of delays) begun();
      }),
  });
  const delayed = new Promise<void>((resolve) => delays.push(resolve));
  await queue.enqueue(work('a', 'a1'));
  await delayed;
  await queue.close();
});
