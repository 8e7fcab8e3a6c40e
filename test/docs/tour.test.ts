// docs/tour.md as a reader pastes it: every block in one shell, in order, against an instance of its own. In zsh as well
// where there is one.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../infra/bundle/bundle.ts';
import { demoSubject, type Instance, scopes, startInstance } from '../../infra/local/instance.ts';

const blocks = [...(await readFile(join(root, 'docs/tour.md'), 'utf8')).matchAll(/^```sh\n(.*?)^```$/gms)].map(
  ([, block]) => block as string,
);

const run = async (shell: string, env: Record<string, string>): Promise<string[]> => {
  const marked = blocks.map((block, i) => `echo '=== block ${i}'\n${block}\n`).join('');
  const child = spawn(shell, ['-c', `set -u\n${marked}`], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      out += chunk;
    });
  await new Promise((done) => child.once('close', done));
  return out.split(/=== block \d+\n/).slice(1);
};

const shells = ['/bin/bash', '/usr/bin/zsh', '/bin/zsh'].filter(existsSync);

describe.each(shells)('the tour in %s', (shell) => {
  let folder: string;
  let instance: Instance;
  let outputs: string[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-tour-'));
    instance = await startInstance({ folder, port: 0, demo: true });
    const [first] = instance.tenants;
    const token = await instance.issuer.token({ subject: demoSubject, scope: scopes.person, tenant: first?.id ?? '' });
    outputs = await run(shell, { URL: instance.url, TOKEN: token, HOLDFAST_DATA: folder });
  }, 120_000);
  afterAll(async () => {
    await instance.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('runs to its end, every answer a success but the refusals that it announces', () => {
    expect(outputs).toHaveLength(blocks.length);
    for (const [i, output] of outputs.entries()) {
      const announced = [...(blocks[i] as string).matchAll(/^# refused: (\S+)$/gm)].map(([, code]) => code);
      const refused = [...output.matchAll(/"status":4\d\d,"code":"([a-z-]+)"/g)].map(([, code]) => code);
      expect(refused, `${blocks[i]}\n${output}`).toEqual(announced);
      expect(output).not.toMatch(/SyntaxError|curl: \(|undefined|not found|command not/);
    }
  });

  it('CT-45: its first check says yes, and the last access manager stays', () => {
    const first = outputs.find((output) => output.includes('"allowed":')) ?? '';
    expect(/"allowed":(true|false)/.exec(first)?.[1]).toBe('true');
    expect(outputs.join('')).toContain('"code":"last-access-manager"');
  });
});

it('comments in it stand on lines of their own: zsh would hand them to curl', () => {
  for (const block of blocks) expect(block).not.toMatch(/\S[ \t]+# /);
});
