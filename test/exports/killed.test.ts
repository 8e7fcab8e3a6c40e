// A process that exports is killed before and after each of its files, without a word: what stands in the folder at the
// end is whole, is there once, and verifies.
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { main } from '../../clients/audit/main.ts';
import { localNotary, newNotaryKey } from '../../shared/http/signing/notary.ts';
import { bootEngine, Harness } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import type { Dying } from './dying.ts';

const { engine, client, table } = await bootEngine('embedded');
afterAll(() => engine.close());

/** Runs the process, and kills it at the n-th time that it asks. True when it came to its end before. */
const ended = (given: Dying, killedAt: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const script = join(import.meta.dirname, 'dying.ts');
    const child = spawn(process.execPath, [script, JSON.stringify(given)], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    let asked = 0;
    child.on('message', () => {
      asked += 1;
      if (asked === killedAt) child.kill('SIGKILL');
      else child.send('yes');
    });
    child.once('exit', (code, signal) => {
      if (code !== 0 && signal !== 'SIGKILL') reject(new Error(`the process ended with ${code}`));
      else resolve(code === 0);
    });
  });

it('leaves an export that goes on and verifies, wherever it dies', { timeout: longSuite.testTimeout }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-killed-'));
  try {
    const h = new Harness(client, table);
    const t = await h.tenant();
    for (let n = 0; n < 3; n += 1) await t.role(`Role ${n}`);
    const key = newNotaryKey();
    const given = { endpoint: engine.endpoint, table, tenant: t.id, folder, key, ahead: 60_000 };
    let deaths = 0;
    for (let at = 1; !(await ended({ ...given, ahead: 60_000 + at }, at)); at += 1) deaths += 1;
    // The same with the day behind it, whose manifest is to be written.
    const tomorrow = 60_000 + 26 * 3_600_000;
    for (let at = 1; !(await ended({ ...given, ahead: tomorrow + at }, at)); at += 1) deaths += 1;
    expect(deaths).toBeGreaterThan(6);
    const { jwk } = await localNotary(h.store.db, key).key();
    const said: string[] = [];
    const out = { write: (text: string) => void said.push(text) };
    const words = ['verify', folder, '--key', jwk.kid];
    const code = await main({ words, env: {}, out, err: out, signal: new AbortController().signal });
    expect([code, said.join('')]).toEqual([0, said.join('')]);
    const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    // What a killed process has begun leaves no file of another name.
    expect(names.filter(({ name }) => !/\.(ndjson\.gz|jws|json)$/.test(name)).map(({ name }) => name)).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
