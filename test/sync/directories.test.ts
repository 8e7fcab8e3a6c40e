// The real servers that other tests read from: what is started, how it can be reached, and that nothing of it is left.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { CommandLine, describeOn, type RealDirectory, run } from '../support/ldap.ts';
import { longSuite } from '../support/patience.ts';
import { available as sambaAvailable, startSamba } from '../support/samba.ts';
import { type Slapd, available as slapdAvailable, startSlapd } from '../support/slapd.ts';

vi.setConfig(longSuite);

const unit = (name: string, base: string): string =>
  `dn: ou=${name},${base}\nobjectClass: organizationalUnit\nou: ${name}`;
const isOpen = (url: string): Promise<boolean> => {
  const { hostname, port } = new URL(url);
  return new Promise((done) => {
    const socket = connect(Number(port) || 636, hostname, () => done(true)).once('error', () => done(false));
    socket.once('connect', () => socket.destroy());
  });
};
const names = async (d: RealDirectory): Promise<string[]> =>
  [...(await d.read()).people.values()].map(({ login }) => login);
const visible = async (d: RealDirectory): Promise<number> =>
  (await new CommandLine(d.url, d.caFile, d.sync).search(d.base, '(objectClass=person)', ['cn'])).length;

describeOn(slapdAvailable(), 'slapd', () => {
  const base = 'dc=harbour,dc=example';
  const person = (n: number, ou = 'people'): string =>
    `dn: uid=u${n},ou=${ou},${base}\nobjectClass: inetOrgPerson\nuid: u${n}\ncn: User ${n}\nsn: ${n}\nmail: u${n}@harbour.example`;
  let d: Slapd;
  beforeAll(async () => {
    d = await startSlapd([
      unit('people', base),
      unit('away', base),
      ...Array.from({ length: 600 }, (_, n) => person(n)),
      person(600, 'away'),
      `dn: cn=Crew,${base}\nobjectClass: groupOfNames\ncn: Crew\nmember: uid=u1,ou=people,${base}\nmember: uid=u600,ou=away,${base}`,
      `dn: cn=All,${base}\nobjectClass: groupOfNames\ncn: All\nmember: cn=Crew,${base}\nmember: cn=gone,${base}`,
    ]);
  });
  afterAll(() => d?.close());

  it('is read by the command line: people, groups, members by their ids', async () => {
    const { people, groups } = await d.read();
    expect([people.size, groups.size]).toEqual([601, 2]);
    const idOf = (login: string) => [...people].find(([, one]) => one.login === login)?.[0];
    const [crew, all] = ['Crew', 'All'].map((name) => [...groups].find(([, one]) => one.name === name));
    expect(crew?.[1].people).toEqual([idOf('u1'), idOf('u600')].sort());
    expect([all?.[1].people, all?.[1].groups]).toEqual([[], [crew?.[0]]]);
    expect(people.get(idOf('u7') as string)).toEqual({
      dn: `uid=u7,ou=people,${base}`,
      name: 'User 7',
      login: 'u7',
      mail: 'u7@harbour.example',
      enabled: true,
    });
  });

  it('is changed: disabled, moved, renamed, and groups follow', async () => {
    await d.change(
      `dn: uid=u1,ou=people,${base}\nchangetype: modify\nreplace: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z`,
      `dn: ou=away,${base}\nchangetype: modrdn\nnewrdn: ou=far\ndeleteoldrdn: 1\nnewsuperior: ou=people,${base}`,
      `dn: uid=u2,ou=people,${base}\nchangetype: modrdn\nnewrdn: uid=v2\ndeleteoldrdn: 1`,
    );
    const { people } = await d.read();
    const of = (login: string) => [...people.values()].find((one) => one.login === login);
    expect([of('u1')?.enabled, of('u2'), of('v2')?.name]).toEqual([false, undefined, 'User 2']);
    expect(of('u600')?.dn).toBe(`uid=u600,ou=far,ou=people,${base}`);
  });

  it('limits one account, and hides a branch from another, without an error', async () => {
    const limited = new CommandLine(d.url, d.caFile, d.limited);
    await expect(limited.search(base, '(objectClass=person)', ['cn'])).rejects.toThrow('Size limit exceeded');
    expect(await visible(d)).toBe(601);
    await d.hide(`ou=far,ou=people,${base}`);
    expect(await visible(d)).toBe(600);
    await d.show();
    expect(await visible(d)).toBe(601);
  });

  it('is reached by StartTLS with its authority only', async () => {
    const args = ['-x', '-ZZ', '-LLL', '-H', d.plainUrl, '-s', 'base', '-b', '', 'dn'];
    const plain = (ca: string) => run('ldapsearch', args, { env: { LDAPTLS_CACERT: ca } });
    expect(await plain(d.caFile)).toContain('dn:');
    await expect(plain('/dev/null')).rejects.toThrow(/Connect error|TLS/);
  });

  it('is stopped and started on the same address, with what it had', async () => {
    const before = await names(d);
    await d.stop();
    expect(await isOpen(d.url)).toBe(false);
    await d.start();
    expect(await names(d)).toEqual(before);
  });
});

describeOn(sambaAvailable(), 'Samba', () => {
  let d: RealDirectory;
  const base = 'OU=Harbour,DC=example,DC=test';
  beforeAll(async () => {
    d = await startSamba([
      unit('Staff', base),
      unit('Away', base),
      ...[1, 2, 3].map(
        (n) =>
          `dn: CN=User ${n},OU=${n === 3 ? 'Away' : 'Staff'},${base}\nobjectClass: user\nsAMAccountName: u${n}\nuserPrincipalName: u${n}@example.test\nuserAccountControl: ${n === 2 ? 514 : 512}`,
      ),
      `dn: CN=Crew,${base}\nobjectClass: group\nsAMAccountName: Crew\nmember: CN=User 1,OU=Staff,${base}`,
    ]);
  });
  afterAll(() => d?.close());

  it('is read by the command line: people, groups, members by their ids', async () => {
    const { people, groups } = await d.read();
    expect([...people.values()].sort((a, b) => (a.login < b.login ? -1 : 1))).toEqual(
      [1, 2, 3].map((n) => ({
        dn: `CN=User ${n},OU=${n === 3 ? 'Away' : 'Staff'},${base}`,
        name: `User ${n}`,
        login: `u${n}@example.test`,
        enabled: n !== 2,
      })),
    );
    const [first] = [...people].find(([, { login }]) => login.startsWith('u1')) ?? [];
    expect([...groups.values()]).toEqual([{ dn: `CN=Crew,${base}`, name: 'Crew', people: [first], groups: [] }]);
  });

  it('hides a branch from the account of the synchronisation, without an error', async () => {
    expect(await visible(d)).toBe(3);
    await d.hide(`OU=Away,${base}`);
    expect(await visible(d)).toBe(2);
    await d.show();
    expect(await visible(d)).toBe(3);
  });
});

describeOn(slapdAvailable(), 'a test that is killed', () => {
  it('leaves neither server nor folder', async () => {
    const script =
      "const { startSlapd } = await import('./test/support/slapd.ts'); const d = await startSlapd([]); console.log(d.url, d.caFile); setInterval(() => {}, 1e6);";
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said = await new Promise<string>((done) => child.stdout.once('data', (line) => done(String(line).trim())));
    const [url, caFile] = said.split(' ') as [string, string];
    expect([await isOpen(url), existsSync(caFile)]).toEqual([true, true]);
    child.kill('SIGKILL');
    await vi.waitUntil(async () => !existsSync(dirname(caFile)) && !(await isOpen(url)), {
      timeout: 10_000,
      interval: 20,
    });
  });
});
