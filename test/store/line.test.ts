// Writers of one process who change the book of one tenant at the same moment: all come to their end, each after at most
// one attempt in vain, because those who have lost stand in line.
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { expect, it } from 'vitest';
import type { DocumentClient } from '../../shared/store/db.ts';
import { WriterLine } from '../../shared/store/line.ts';
import { bootEngine, Harness } from '../support/harness.ts';

it('a line is passed in order, whatever becomes of those before', async () => {
  const line = new WriterLine();
  const told: string[] = [];
  const open: (() => void)[] = [];
  const work = (name: string) => async (isAlone: boolean) => {
    told.push(`${name}${isAlone ? ' alone' : ''}`);
    await new Promise<void>((done) => open.push(done));
    if (name === 'b') throw new Error('b fails');
    return name;
  };
  const all = ['a', 'b', 'c'].map((name) => line.run('t', work(name)).catch((error: Error) => error.message));
  const other = line.run('u', work('d'));
  const next = async () => {
    await new Promise(setImmediate);
    open.shift()?.();
    await new Promise(setImmediate);
  };
  await next();
  expect(told).toEqual(['a alone', 'd alone', 'b']);
  for (let n = 0; n < 3; n += 1) await next();
  expect([...(await Promise.all(all)), await other]).toEqual(['a', 'b fails', 'c', 'd']);
  // Nobody is left in it.
  const last = line.run('t', work('e'));
  await next();
  expect([await last, told.at(-1)]).toEqual(['e', 'e alone']);
});

it('many writers of one tenant waste one attempt each at most', async () => {
  const { client, table } = await bootEngine();
  let sent = 0;
  const counting: DocumentClient = {
    send: (command, options) => {
      if (command instanceof TransactWriteCommand) sent += 1;
      return client.send(command, options);
    },
  };
  const h = new Harness(counting, table);
  const tenant = await h.tenant();
  const writers = 24;
  const names = Array.from({ length: writers }, (_, n) => `Policy ${n}`);
  const before = sent;
  await Promise.all(names.map((name) => tenant.ok('createPolicy', { body: { name } })));
  const { body } = await tenant.ok('listPolicies', { query: { limit: '200' } });
  const made = (body.items as { name: string }[]).map(({ name }) => name).filter((name) => names.includes(name));
  expect(made.sort()).toEqual([...names].sort());
  expect(sent - before).toBeLessThan(2 * writers);
});
