// docs/tour.md as a reader pastes it: every block in one shell, in order, against an instance of its own. In zsh as well
// where there is one.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoSubject, type Instance, scopes, startInstance } from '../../infra/local/instance.ts';
import { blocksOf, pasted } from './pasted.ts';

const blocks = await blocksOf('docs/tour.md');
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
    const env = { URL: instance.url, TOKEN: token, HOLDFAST_DATA: folder };
    outputs = await pasted(blocks, { shell, first: 'set -u', env });
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
