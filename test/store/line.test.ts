// The line in which writers of one process stand who change the book of one tenant at the same moment.
import { AsyncLocalStorage } from 'node:async_hooks';
import { expect, it } from 'vitest';
import { type Served, WriterLine } from '../../shared/store/line.ts';

const done = (value: string): PromiseSettledResult<string> => ({ status: 'fulfilled', value });
const turn = () => new Promise(setImmediate);

/** A line whose servings are answered one after the other. */
const lineOf = () => {
  let now = 0;
  const told: string[] = [];
  const open: ((served: Served<string>) => void)[] = [];
  const line = new WriterLine<string, string>(
    async (places, isAlone) => {
      told.push(`${places.map(({ job }) => job).join('')}${isAlone ? ' alone' : ''}`);
      return new Promise((answer) => open.push(answer));
    },
    () => now,
  );
  const answer = async (served: Served<string>) => {
    open.shift()?.(served);
    await turn();
  };
  const pass = (name: string, job: string) => line.pass(name, job).catch((error: Error) => error.message);
  return { line, told, answer, pass, goOn: (ms: number) => (now += ms) };
};

it('serves those who came meanwhile together, in order; who gets no answer stays first', async () => {
  const { told, answer, pass } = lineOf();
  const all = ['a', 'b', 'c', 'd'].map((job) => pass('t', job));
  const other = pass('u', 'x');
  await turn();
  expect(told).toEqual(['a alone', 'x alone']);
  await answer([done('A')]);
  await answer([done('X')]);
  const late = pass('t', 'e');
  await answer([done('B'), undefined, { status: 'rejected', reason: new Error('d fails') }]);
  expect(told).toEqual(['a alone', 'x alone', 'bcd', 'ce']);
  await answer([done('C'), done('E')]);
  expect(await Promise.all([...all, other, late])).toEqual(['A', 'B', 'C', 'd fails', 'X', 'E']);
});

it('a serving that fails is the failure of the first alone', async () => {
  const told: string[] = [];
  const line = new WriterLine<string, string>(
    async (places) => {
      told.push(places.map(({ job }) => job).join(''));
      if (told.length === 2) throw new Error('fails');
      return places.map(({ job }) => done(job));
    },
    () => 0,
  );
  const all = ['a', 'b', 'c'].map((job) => line.pass('t', job).catch((error: Error) => error.message));
  expect(await Promise.all(all)).toEqual(['a', 'fails', 'c']);
  expect(told).toEqual(['a', 'bc', 'c']);
});

it('is busy while somebody is in it and it moves, and for a moment afterwards', async () => {
  const { line, answer, pass, goOn } = lineOf();
  expect(line.isBusy('t')).toBe(false);
  const all = [pass('t', 'a'), pass('t', 'b')];
  goOn(2_999);
  expect([line.isBusy('t'), line.isBusy('u')]).toEqual([true, false]);
  // A search for another holder, say: whoever comes has no part in that.
  goOn(1);
  expect(line.isBusy('t')).toBe(false);
  await answer([done('A')]);
  expect(line.isBusy('t')).toBe(true);
  await answer([done('B')]);
  await Promise.all(all);
  goOn(199);
  expect(line.isBusy('t')).toBe(true);
  goOn(1);
  expect(line.isBusy('t')).toBe(false);
});

it('remembers a thousand lines at rest, and none that somebody stands in is forgotten', async () => {
  const waits = new Set(['t0', 't1']);
  const line = new WriterLine<string, string>(
    async ([place]) => {
      if (waits.has(place?.job as string)) await new Promise(() => {});
      return [done('')];
    },
    () => 0,
  );
  for (const name of waits) line.pass(name, name);
  for (let n = 2; n < 1_500; n += 1) await line.pass(`t${n}`, `t${n}`);
  const busy = Array.from({ length: 1_500 }, (_, n) => n).filter((n) => line.isBusy(`t${n}`));
  expect(busy).toEqual([0, 1, ...Array.from({ length: 998 }, (_, n) => 502 + n)]);
});

it('runs what a place does in its own surroundings, and the line itself in nobody’s', async () => {
  const store = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  const line = new WriterLine<string, string>(
    async (places) => {
      seen.push([store.getStore(), ...places.map(({ as }) => as(() => store.getStore()))]);
      return places.map(({ job }) => done(job));
    },
    () => 0,
  );
  await Promise.all(['a', 'b', 'c'].map((job) => store.run(`of ${job}`, () => line.pass('t', job))));
  expect(seen).toEqual([
    [undefined, 'of a'],
    [undefined, 'of b', 'of c'],
  ]);
});
