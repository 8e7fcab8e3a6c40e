import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type LocalState, readState, StateError, stateFolder, writeState } from '../../infra/local/state.ts';
import { LockHeldError, takeLock } from '../../shared/files/lock.ts';
import { createPrivate } from '../../shared/files/private.ts';
import { temporaryFolder } from './support.ts';

const state: LocalState = {
  url: 'http://127.0.0.1:3000',
  endpoint: 'http://127.0.0.1:8000',
  tenants: [{ name: 'Demo', id: 't1', catalogue: 'complete' }],
  issuerKey: '/somewhere/issuer.json',
};

test('state comes back as it was written, private, and nothing else stays in the folder', async () => {
  await using folder = await temporaryFolder();
  const inner = join(folder.path, 'not', 'there', 'yet');
  await writeState(inner, { ...state, tenants: [] });
  await writeState(inner, state);
  expect(await readState(inner)).toEqual(state);
  expect((await stat(join(inner, 'state.json'))).mode & 0o777).toBe(0o600);
  expect(await readdir(inner)).toEqual(['state.json']);
});

test('no state is undefined, and a state that does not parse names its file', async () => {
  await using folder = await temporaryFolder();
  expect(await readState(folder.path)).toBeUndefined();
  for (const text of ['', '{"url":', '{"url":"http://127.0.0.1:1"}', `{"more":1,${JSON.stringify(state).slice(1)}`]) {
    await writeFile(join(folder.path, 'state.json'), text);
    const refused = await readState(folder.path).catch((error) => error);
    expect(refused).toBeInstanceOf(StateError);
    expect(refused.message).toContain(join(folder.path, 'state.json'));
  }
});

test('without a data folder the state is in .holdfast in the project', () => {
  expect(stateFolder()).toBe(join(import.meta.dirname, '..', '..', '.holdfast'));
  expect(stateFolder('/data/x')).toBe('/data/x');
});

test('of many writers that create one file, one wins', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'one');
  const won = await Promise.all(Array.from({ length: 20 }, (_, n) => createPrivate(path, String(n))));
  expect(won.filter(Boolean)).toHaveLength(1);
});

test('a lock is held once, given back, and taken over from a process that is gone', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'lock');
  const release = await takeLock(path);
  await expect(takeLock(path)).rejects.toEqual(new LockHeldError(process.pid));
  await release();
  await release();
  for (const left of [
    JSON.stringify({ pid: 2 ** 22 + 1, since: '' }),
    // The process id belongs to a living process that did not take the lock.
    JSON.stringify({ pid: process.pid, since: 'another boot:1' }),
    // What a crash of the machine may leave.
    '',
    'null',
    '{"pid":"x","since":""}',
  ]) {
    await writeFile(path, left);
    const again = await takeLock(path);
    await again();
    expect(await readdir(folder.path)).toEqual([]);
  }
});

test('of many that find a stale lock, one takes it over', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'lock');
  await writeFile(path, JSON.stringify({ pid: 2 ** 22 + 1, since: '' }));
  const taken = await Promise.allSettled(Array.from({ length: 20 }, () => takeLock(path)));
  expect(taken.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
  for (const outcome of taken) {
    if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(LockHeldError);
  }
});
