// docs/directory-sync.md as a reader pastes it: every block in one shell, in order, against an instance of its own and the
// slapd that the page starts.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { demoSubject, type Instance, scopes, startInstance } from '../../infra/local/instance.ts';
import { describeOn, freePorts } from '../support/ldap.ts';
import { longSuite } from '../support/patience.ts';
import { available } from '../support/slapd.ts';
import { blocksOf, pasted } from './pasted.ts';

vi.setConfig(longSuite);

const blocks = await blocksOf('docs/directory-sync.md');

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
    outputs = await pasted(blocks, {
      first: "trap 'kill $(cat $D/slapd.pid) 2> /dev/null; rm -rf $D' EXIT",
      env: { URL: instance.url, TOKEN: token, HOLDFAST_DATA: folder, LDAP_PORT: String(port), TMPDIR: folder },
      until: 'exit',
    });
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
