// docs/directory-sync.md as a reader pastes it: every block in one shell, in order, against an instance of its own and the
// slapd that the page starts.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { root } from '../../infra/bundle/bundle.ts';
import { demoSubject, type Instance, scopes, startInstance } from '../../infra/local/instance.ts';
import { describeOn, freePorts } from '../support/ldap.ts';
import { longSuite } from '../support/patience.ts';
import { available } from '../support/slapd.ts';

vi.setConfig(longSuite);

const page = await readFile(join(root, 'docs/directory-sync.md'), 'utf8');
const blocks = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block as string);

describeOn(available(), 'the page on directory synchronisation', () => {
  let folder: string;
  let instance: Instance;
  let outputs: string[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-directory-'));
    instance = await startInstance({ folder, port: 0, demo: true });
    const [first] = instance.tenants;
    const token = await instance.issuer.token({ subject: demoSubject, scope: scopes.person, tenant: first?.id ?? '' });
    const [port] = await freePorts(1);
    // The server ends with the shell also when a block has failed.
    const script = blocks.map((block, i) => `echo '=== block ${i}'\n${block}\n`).join('');
    const child = spawn(
      '/bin/bash',
      ['-c', `trap 'kill $(cat $D/slapd.pid) 2> /dev/null; rm -rf $D' EXIT\n${script}`],
      {
        cwd: root,
        env: {
          ...process.env,
          URL: instance.url,
          TOKEN: token,
          HOLDFAST_DATA: folder,
          LDAP_PORT: String(port),
          TMPDIR: folder,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let out = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        out += chunk;
      });
    await new Promise((done) => child.once('exit', done));
    outputs = out.split(/=== block \d+\n/).slice(1);
  });
  afterAll(async () => {
    await instance?.close();
    await rm(folder, { recursive: true, force: true });
  });
  const answers = (part: string): string[] => {
    const text = outputs.find((output) => output.includes(part)) ?? '';
    return [...text.matchAll(/"allowed":(true|false)/g)].map(([, allowed]) => allowed as string);
  };

  it('runs to its end without a refusal', () => {
    expect(outputs).toHaveLength(blocks.length);
    const all = outputs.join('');
    expect(all).not.toMatch(/"status":4\d\d|SyntaxError|curl: \(|undefined|command not found|ldap_/);
    expect(all).toContain('12 users in scope');
  });

  it('gives the role by the group of a group, and takes it with the next run', () => {
    expect(answers('via')).toEqual(['true', 'false']);
    expect(answers('Looking for changes')).toEqual(['false', 'true']);
  });

  it('holds the mistake until it is approved', () => {
    const held = outputs.find((output) => output.includes('exit code 3')) ?? '';
    expect(held).toMatch(/is held: nothing of it is applied/);
    expect(/"allowed":(true|false)/.exec(held)?.[1]).toBe('true');
    expect(answers('"state":"queued"').at(-1)).toBe('false');
  });
});
