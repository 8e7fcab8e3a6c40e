// The reading of a directory against OpenLDAP and against Samba as Active Directory.
import { readFile } from 'node:fs/promises';
import { createServer, connect as dial, type Socket } from 'node:net';
import { FilterParser } from 'ldapts';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { openDirectory } from '../../clients/directory-sync/ldap/directory.ts';
import { Session } from '../../clients/directory-sync/ldap/session.ts';
import type { Directory, DirectoryConfig, FullEntry, Listed } from '../../clients/directory-sync/ldap/types.ts';
import { rangesOf } from '../../clients/directory-sync/ldap/values.ts';
import { describeOn, type RealDirectory } from '../support/ldap.ts';
import { longSuite } from '../support/patience.ts';
import { available as sambaAvailable, startSamba } from '../support/samba.ts';
import { type Slapd, available as slapdAvailable, startSlapd } from '../support/slapd.ts';

vi.setConfig(longSuite);

let directory: Directory | undefined;
afterEach(async () => {
  await directory?.close();
  directory = undefined;
});
const open = async (config: DirectoryConfig): Promise<Directory> => {
  directory = await openDirectory(config);
  return directory;
};
const all = async <T>(from: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const one of from) found.push(one);
  return found;
};
const fault = async (work: Promise<unknown>): Promise<{ code: string; message: string; detail?: string }> =>
  work.then(
    () => {
      throw new Error('nothing was wrong');
    },
    (error) => ({ code: error.code, message: error.message, detail: error.detail }),
  );
const settings = async (server: RealDirectory, over: Partial<DirectoryConfig> = {}): Promise<DirectoryConfig> => ({
  kind: server.kind === 'ldap' ? 'openldap' : 'samba',
  url: server.url,
  ca: await readFile(server.caFile, 'utf8'),
  bindDn: server.sync.dn,
  secret: server.sync.password,
  users: { bases: [server.base] },
  groups: { bases: [server.base] },
  ...over,
});
/** What was listed and read must be what the administrator's ldapsearch finds. */
const expectAsRead = async (server: RealDirectory, listed: readonly Listed[], whole: readonly FullEntry[]) => {
  const { people, groups } = await server.read();
  const byKind = (kind: string) => listed.filter((one) => one.kind === kind).map(({ id, dn }) => [id, dn]);
  const dns = (found: ReadonlyMap<string, { dn: string }>) => [...found].map(([id, { dn }]) => [id, dn]);
  expect(new Map(byKind('user') as [string, string][])).toEqual(new Map(dns(people) as [string, string][]));
  expect(new Map(byKind('group') as [string, string][])).toEqual(new Map(dns(groups) as [string, string][]));
  const idByDn = new Map(listed.map(({ id, dn }) => [dn.toLowerCase(), id]));
  for (const { kind, id, members, attributes } of whole) {
    if (kind === 'user') {
      const person = people.get(id);
      expect(attributes.displayname?.[0] ?? attributes.cn?.[0]).toBe(person?.name);
      expect(attributes.mail?.[0]).toBe(person?.mail);
    } else {
      const group = groups.get(id)!;
      const found = members.flatMap((dn) => idByDn.get(dn.toLowerCase()) ?? []).sort();
      expect(found).toEqual(expect.arrayContaining([...group.groups]));
      if (attributes.primarygrouptoken === undefined) expect(found).toEqual([...group.people, ...group.groups].sort());
    }
  }
};

describeOn(slapdAvailable(), 'OpenLDAP', () => {
  const base = 'dc=harbour,dc=example';
  const unit = (name: string): string => `dn: ou=${name},${base}\nobjectClass: organizationalUnit\nou: ${name}`;
  const person = (n: number): string =>
    `dn: uid=u${n},ou=${n < 1_190 ? 'people' : 'away'},${base}\nobjectClass: inetOrgPerson\nuid: u${n}\ncn: Üser ${n}\nsn: ${n}\nmail: u${n}@harbour.example`;
  const dnOf = (n: number) => `uid=u${n},ou=${n < 1_190 ? 'people' : 'away'},${base}`;
  let server: Slapd;
  beforeAll(async () => {
    server = await startSlapd([
      unit('people'),
      unit('away'),
      ...Array.from({ length: 1_200 }, (_, n) => person(n)),
      `dn: cn=Crew,${base}\nobjectClass: groupOfNames\ncn: Crew\n${Array.from({ length: 1_200 }, (_, n) => `member: ${dnOf(n)}`).join('\n')}`,
      `dn: cn=All,${base}\nobjectClass: groupOfNames\ncn: All\nmember: cn=Crew,${base}`,
    ]);
  });
  afterAll(() => server?.close());

  it('is listed and read whole over ldaps, twice the same', async () => {
    await open(await settings(server));
    const { vendor, epoch, cursor } = await directory!.identity();
    expect(vendor).toBe('OpenLDAP');
    expect(epoch).toMatch(/^[0-9a-f-]{36}$/);
    expect(cursor).not.toBe('');
    const listed = await all(directory!.list({ recount: true }));
    expect(listed.length).toBe(1_202);
    expect(listed.every(({ marker }) => marker !== undefined)).toBe(true);
    const whole = (await all(directory!.fetch(listed))) as FullEntry[];
    expect(whole.length).toBe(1_202);
    await expectAsRead(server, listed, whole);
  });

  it('shows by DN and marker what changed, and nothing about groups whose members moved', async () => {
    const before = new Map((await all((await open(await settings(server))).list())).map((one) => [one.id, one]));
    const known = await directory!.identity();
    await directory!.close();
    await server.change(
      `dn: uid=u7,ou=people,${base}\nchangetype: modify\nreplace: mail\nmail: seven@harbour.example`,
      `dn: ou=away,${base}\nchangetype: modrdn\nnewrdn: ou=far\ndeleteoldrdn: 1\nnewsuperior: ou=people,${base}`,
      `dn: uid=u9,ou=people,${base}\nchangetype: delete`,
    );
    const listed = await all((await open(await settings(server))).list());
    const changed = listed.filter(({ id, marker }) => before.get(id)?.marker !== marker);
    expect(changed.map(({ dn }) => dn)).toEqual([`uid=u7,ou=people,${base}`]);
    const moved = listed.filter(({ id, dn }) => before.get(id)?.dn !== dn);
    expect(moved.length).toBe(10);
    const missing = [...before.values()].filter(({ id }) => !listed.some((one) => one.id === id));
    expect(missing.map(({ dn }) => dn)).toEqual([`uid=u9,ou=people,${base}`]);
    await directory!.confirmMissing(missing);
    const [one] = moved as [Listed];
    expect((await fault(directory!.confirmMissing([one]))).code).toBe('incomplete');
    expect((await directory!.identity(known)).epoch).toBe(known.epoch);
    const [seven] = (await all(directory!.fetch(changed))) as [FullEntry];
    expect(seven.attributes).toMatchObject({ cn: ['Üser 7'], mail: ['seven@harbour.example'] });
    expect(await all(directory!.groupsWith([one.dn]))).toEqual(
      listed.filter(({ dn }) => dn.startsWith('cn=Crew')).map(({ id }) => id),
    );
    // By the name that it had when it was listed before.
    expect(await all(directory!.fetch([before.get(one.id)!, ...missing]))).toMatchObject([
      { id: one.id, dn: one.dn },
      { gone: true },
    ]);
  });

  it('is read over StartTLS, by the name in the certificate and no other', async () => {
    const over = { url: server.plainUrl, startTls: true };
    expect((await all((await open(await settings(server, over))).list())).length).toBe(1_201);
    await directory!.close();
    expect(
      (await all((await open(await settings(server, { ...over, serverName: server.serverName }))).list())).length,
    ).toBe(1_201);
    for (const url of [server.url, server.plainUrl]) {
      const other = { url, startTls: url === server.plainUrl, serverName: 'another.example' };
      const met = await fault(open(await settings(server, other)));
      expect(met).toMatchObject({ code: 'tls', message: expect.stringContaining('another name') });
    }
  });

  it('is not trusted without its authority, and has no TLS where none is spoken', async () => {
    for (const url of [server.url, server.plainUrl]) {
      const met = await fault(open(await settings(server, { url, startTls: url === server.plainUrl, ca: undefined })));
      expect(met).toMatchObject({ code: 'tls', message: expect.stringContaining('not trusted') });
    }
    const met = await fault(
      open(await settings(server, { url: server.plainUrl.replace('ldap:', 'ldaps:'), connectTimeout: 1_000 })),
    );
    expect(met.code).toMatch(/^(tls|unreachable)$/);
  });

  it('fails loudly for an account with a size limit, and for one that may not bind', async () => {
    const limited = { bindDn: server.limited.dn, secret: server.limited.password };
    const met = await fault(all((await open(await settings(server, limited))).list()));
    expect(met).toMatchObject({ code: 'incomplete', message: expect.stringContaining('size limit') });
    const wrong = await fault(open(await settings(server, { secret: 'not this one' })));
    expect(wrong).toMatchObject({ code: 'refused', message: expect.stringContaining('secret is wrong') });
    expect(`${wrong.message}${wrong.detail}`).not.toContain('not this one');
  });

  it('ends the pass when the connection drops, over ldap, StartTLS and ldaps', async () => {
    for (const [url, startTls] of [
      [server.plainUrl, false],
      [server.plainUrl, true],
      [server.url, false],
    ] as const) {
      const live = new Set<Socket>();
      const proxy = createServer((near) => {
        const far = dial(Number(new URL(url).port), '127.0.0.1');
        for (const one of [near, far]) live.add(one.on('error', () => {}));
        near.pipe(far).pipe(near);
      });
      await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
      const { port } = proxy.address() as { port: number };
      const at = url.replace(/\d+$/, String(port));
      await open(await settings(server, { url: at, startTls, serverName: '127.0.0.1', pageSize: 100 }));
      let listed = 0;
      const met = await fault(
        (async () => {
          for await (const _ of directory!.list()) if (++listed === 100) for (const one of live) one.destroy();
        })(),
      );
      // Seen at once: the time that a request may take is half a minute.
      expect(met).toMatchObject({ code: 'unreachable', message: expect.stringContaining('connection was lost') });
      expect(listed).toBeLessThan(300);
      await new Promise((done) => proxy.close(done));
    }
  });

  it('shows less without an error to an account whose rights shrink, which is for the service to hold', async () => {
    await server.hide(`ou=people,${base}`);
    expect((await fault(all((await open(await settings(server))).list()))).code).toBe('no-users');
    await server.show();
  });
});

describeOn(sambaAvailable(), 'Samba', () => {
  const base = 'OU=Harbour,DC=example,DC=test';
  const person = (n: number): string =>
    `dn: CN=User ${n},${base}\nobjectClass: user\nsAMAccountName: u${n}\nuserPrincipalName: u${n}@example.test\nuserAccountControl: ${n === 3 ? 514 : 512}\ndisplayName: Üser ${n}`;
  const group = (name: string, members: readonly string[]): string =>
    [
      `dn: CN=${name},${base}`,
      'objectClass: group',
      `sAMAccountName: ${name}`,
      ...members.map((dn) => `member: ${dn}`),
    ].join('\n');
  const count = 60;
  let server: RealDirectory;
  beforeAll(async () => {
    const people = Array.from({ length: count }, (_, n) => `CN=User ${n},${base}`);
    server = await startSamba([
      ...people.map((_, n) => person(n)),
      group('Crew', people),
      group('All', [`CN=Crew,${base}`]),
    ]);
  });
  afterAll(() => server?.close());

  it('is listed and read whole over ldaps and StartTLS', async () => {
    await open(await settings(server));
    const { vendor, epoch, cursor } = await directory!.identity();
    expect(vendor).toMatch(/Samba/);
    expect(epoch).toMatch(/^[0-9a-f-]{36}\.[0-9a-f-]{36}$/);
    expect(cursor).toMatch(/^\d+$/);
    const listed = await all(directory!.list({ recount: true }));
    expect(listed.length).toBe(count + 2);
    const whole = (await all(directory!.fetch(listed))) as FullEntry[];
    await expectAsRead(server, listed, whole);
    expect(whole.find(({ dn }) => dn.startsWith('CN=User 3,'))?.attributes).toMatchObject({
      useraccountcontrol: ['514'],
      primarygroupid: ['513'],
      objectsid: [expect.stringMatching(/^S-1-5-21-/)],
      userprincipalname: ['u3@example.test'],
    });
    await directory!.close();
    const over = { url: server.plainUrl, startTls: true, serverName: server.serverName };
    expect((await all((await open(await settings(server, over))).list())).length).toBe(count + 2);
  });

  it('shows changes by marker and DN, and confirms a deletion by its id', async () => {
    const before = new Map((await all((await open(await settings(server))).list())).map((one) => [one.id, one]));
    const known = await directory!.identity();
    await directory!.close();
    await server.change(
      `dn: CN=User 7,${base}\nchangetype: modify\nreplace: displayName\ndisplayName: Seven`,
      `dn: CN=User 8,${base}\nchangetype: modrdn\nnewrdn: CN=Eight\ndeleteoldrdn: 1`,
      `dn: CN=User 9,${base}\nchangetype: delete`,
    );
    const listed = await all((await open(await settings(server))).list());
    const changed = listed.filter(({ id, marker }) => before.get(id)?.marker !== marker);
    expect(changed.map(({ dn }) => dn).sort()).toEqual([`CN=Eight,${base}`, `CN=User 7,${base}`]);
    const missing = [...before.values()].filter(({ id }) => !listed.some((one) => one.id === id));
    expect(missing.map(({ dn }) => dn)).toEqual([`CN=User 9,${base}`]);
    await directory!.confirmMissing(missing);
    expect((await fault(directory!.confirmMissing(changed))).code).toBe('incomplete');
    const now = await directory!.identity(known);
    expect(now.epoch).toBe(known.epoch);
    expect(Number(now.cursor)).toBeGreaterThan(Number(known.cursor));
    const eight = changed.find(({ dn }) => dn.startsWith('CN=Eight'))!;
    expect(await all(directory!.groupsWith([eight.dn]))).toEqual(
      listed.filter(({ dn }) => dn.startsWith('CN=Crew')).map(({ id }) => id),
    );
  });

  it('gives members in ranges that overlap as they are asked for', async () => {
    const session = await Session.open(await settings(server));
    try {
      const dn = `CN=Crew,${base}`;
      const filter = FilterParser.parseString('(objectClass=*)');
      const part = async (range: string) =>
        rangesOf((await session.entry(dn, { filter, attributes: [`member;range=${range}`] }, 'a test'))!)[0]!;
      const first = await part('0-19');
      const second = await part('19-*');
      expect([first.to, first.values.length, second.to]).toEqual([19, 20, '*']);
      expect(second.values[0]).toEqual(first.values[19]);
      expect(second.values.length).toBe(count - 1 - 19);
    } finally {
      await session.close();
    }
  });

  it('is bounded to its domain, and gives all members', async () => {
    const listed = await all((await open(await settings(server, { pageSize: 20 }))).list());
    const [crew] = (await all(directory!.fetch(listed.filter(({ dn }) => dn.startsWith('CN=Crew'))))) as [FullEntry];
    expect(crew.members.length).toBe(count - 1);
    await directory!.close();
    // The whole domain, with the partitions that it refers to.
    const domain = { users: { bases: ['DC=example,DC=test'] }, groups: { bases: ['DC=example,DC=test'] } };
    expect((await all((await open(await settings(server, domain))).list())).length).toBeGreaterThan(count);
    expect(directory!.ignored.referrals).toBeGreaterThan(0);
  });

  it('wants TLS, and does not bind with an empty secret', async () => {
    const clear = await fault(open(await settings(server, { url: server.plainUrl, insecure: true })));
    expect(clear).toMatchObject({ code: 'refused', message: expect.stringContaining('wants TLS') });
    expect((await fault(open(await settings(server, { secret: '' })))).code).toBe('config');
  });
});
