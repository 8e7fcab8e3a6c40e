// The reading of a directory against a scripted server, which does what real ones do to somebody else, on another day.
import { spawn } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { type Clock, openDirectory } from '../../clients/directory-sync/ldap/directory.ts';
import { withDirectory } from '../../clients/directory-sync/ldap/passes.ts';
import type { Directory, DirectoryConfig, FullEntry, Gone, Listed } from '../../clients/directory-sync/ldap/types.ts';
import { long } from '../support/patience.ts';
import { type Answer, type ScriptedEntry, type ScriptedLdap, startScripted } from '../support/scripted-ldap.ts';

const suffix = 'dc=harbour,dc=example';
const at = '20261129120000Z';
const clock: Clock = { now: () => Date.parse('2026-11-29T13:00:00Z') };

const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const csn = (n: number): string => `20261129120000.${String(n).padStart(6, '0')}Z#000000#001#000000`;

const root = (attributes: ScriptedEntry['attributes'] = {}): ScriptedEntry => ({
  dn: '',
  attributes: { objectClass: ['top', 'OpenLDAProotDSE'], namingContexts: [suffix], ...attributes },
});
const tree: ScriptedEntry = {
  dn: suffix,
  attributes: { objectClass: ['domain'], entryUUID: [uuid(0)], contextCSN: [csn(500)] },
};
const container = (dn: string): ScriptedEntry => ({ dn, attributes: { objectClass: ['organizationalUnit'] } });
const person = (n: number, more: ScriptedEntry['attributes'] = {}, ou = 'people'): ScriptedEntry => ({
  dn: `uid=p${n},ou=${ou},${suffix}`,
  attributes: {
    objectClass: ['inetOrgPerson', 'person'],
    entryUUID: [uuid(n)],
    entryCSN: [csn(n)],
    uid: [`p${n}`],
    cn: [`Person ${n}`],
    ...more,
  },
});
const group = (n: number, members: readonly string[], more: ScriptedEntry['attributes'] = {}): ScriptedEntry => ({
  dn: `cn=g${n},ou=groups,${suffix}`,
  attributes: {
    objectClass: ['groupOfNames'],
    entryUUID: [uuid(10_000 + n)],
    entryCSN: [csn(n)],
    cn: [`Group ${n}`],
    member: members,
    ...more,
  },
});
const people = Array.from({ length: 5 }, (_, i) => person(i + 1));
const standard = [
  root(),
  tree,
  container(`ou=people,${suffix}`),
  container(`ou=groups,${suffix}`),
  ...people,
  group(1, [people[0]!.dn, people[1]!.dn]),
];

let server: ScriptedLdap;
let directory: Directory | undefined;
afterEach(async () => {
  await directory?.close();
  directory = undefined;
  await server?.close();
});

const settings = (over: Partial<DirectoryConfig> = {}): DirectoryConfig => ({
  kind: 'openldap',
  url: server.url,
  bindDn: `cn=sync,${suffix}`,
  secret: 'the secret of the sync',
  users: { bases: [`ou=people,${suffix}`] },
  groups: { bases: [`ou=groups,${suffix}`] },
  pageSize: 2,
  timeout: 5_000,
  connectTimeout: 5_000,
  ...over,
});
const start = async (script: Partial<Parameters<typeof startScripted>[0]> = {}): Promise<void> => {
  server = await startScripted({ entries: standard, ...script });
};
const open = async (over: Partial<DirectoryConfig> = {}): Promise<Directory> => {
  directory = await openDirectory(settings(over), clock);
  return directory;
};
const all = async <T>(from: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const one of from) found.push(one);
  return found;
};
const ids = (listed: readonly { readonly id: string }[]): string[] => listed.map(({ id }) => id);
const everybody = [...people.map((_, i) => uuid(i + 1)), uuid(10_001)];
const fault = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (error) => error,
  );
  expect(error?.name).toBe('DirectoryFault');
  expect(JSON.stringify(error) + error.message + error.stack).not.toContain('the secret of the sync');
  return { code: error.code, message: error.message, retry: error.retry, resultCode: error.resultCode };
};

describe('a listing', () => {
  it('has every user, then every group, with marker and DN', async () => {
    await start();
    const listed = await all((await open()).list());
    expect(ids(listed)).toEqual(everybody);
    expect(listed[0]).toEqual({ kind: 'user', id: uuid(1), dn: people[0]!.dn, marker: csn(1) });
    expect(listed.at(-1)).toMatchObject({ kind: 'group', marker: csn(1) });
    const searches = server.searches.filter(({ scope }) => scope === 'sub');
    expect(searches.map(({ cookie }) => cookie)).toEqual(['', '2', '4', '']);
    // No limit is asked for: a server answers one as if it had been everything.
    for (const { sizeLimit, timeLimit } of server.searches) expect([sizeLimit, timeLimit]).toEqual([0, 0]);
  });

  it('goes on behind pages without entries', async () => {
    await start({
      onSearch: ({ cookie, pageSize, base }, usual): Answer | undefined => {
        if (pageSize === undefined || !base.startsWith('ou=people')) return undefined;
        // Pages of 0, 2, 0, 0, 2 and 1 entries.
        if (cookie === '') return { cookie: '0' };
        if (cookie === '2') return { cookie: 'empty' };
        if (cookie === 'empty') return { cookie: 'again' };
        if (cookie === 'again') return { entries: people.slice(2, 4), cookie: '4' };
        return usual();
      },
    });
    expect(ids(await all((await open()).list()))).toEqual(everybody);
  });

  it('is not ended by a server that goes round in empty pages, nor believed when it leaves the paging out', async () => {
    await start({ onSearch: ({ pageSize }) => (pageSize === undefined ? undefined : { cookie: 'again' }) });
    expect(await fault(all((await open()).list()))).toMatchObject({ code: 'incomplete', retry: false });
    await directory?.close();
    await server.close();
    await start({
      onSearch: ({ pageSize }, usual) => (pageSize === undefined ? undefined : { entries: usual().entries ?? [] }),
    });
    expect((await fault(all((await open()).list()))).message).toContain('did not say whether there are more pages');
  });

  it.each([
    [4, 'incomplete', false, 'limit'],
    [11, 'incomplete', false, 'limit'],
    [51, 'unreachable', true, 'busy'],
    [52, 'unreachable', true, 'busy'],
    [3, 'unreachable', true, 'busy'],
    [50, 'refused', false, 'right to read'],
    [10, 'refused', false, 'refers to another'],
    [12, 'refused', false, 'pages'],
    [32, 'base-missing', false, `ou=people,${suffix}`],
    [80, 'refused', false, 'result 80'],
  ])('ends with result %i as %s, also when entries came before it', async (code, name, retry, says) => {
    await start({
      onSearch: ({ cookie }, usual) => (cookie === '2' ? { ...usual(), code } : undefined),
    });
    const met = await fault(all((await open()).list()));
    expect(met).toMatchObject({ code: name, retry, resultCode: code });
    expect(met.message).toContain(says);
    // The connection is not used again.
    const before = server.searches.length;
    await fault(all(directory!.list()));
    await fault(directory!.confirmMissing([{ kind: 'user', id: uuid(1) }]));
    expect(server.searches.length).toBe(before);
  });

  it('takes a base that is gone for an error and not for nobody', async () => {
    await start();
    const met = await fault(all((await open({ groups: { bases: [`ou=teams,${suffix}`] } })).list()));
    expect(met).toMatchObject({ code: 'base-missing', retry: false });
    expect(met.message).toContain(`ou=teams,${suffix}`);
  });

  it('takes nobody at all for an error', async () => {
    await start();
    const met = await fault(all((await open({ users: { bases: [suffix], filter: '(uid=nobody)' } })).list()));
    expect(met.code).toBe('no-users');
  });

  it('counts what has no id, and ends', async () => {
    const nameless = { ...person(9), attributes: { objectClass: ['person'], uid: ['p9'] } };
    await start({ entries: [...standard, nameless, { ...nameless, dn: nameless.dn.replace('p9', 'p10') }] });
    const met = await fault(all((await open()).list()));
    expect(met).toMatchObject({ code: 'incomplete', message: expect.stringContaining('2 users have no entryUUID') });
    expect(met.message).not.toContain('p9');
  });

  it('has each entry once where bases overlap', async () => {
    await start();
    const users = { bases: [`ou=people,${suffix}`, `OU=People, ${suffix}`, suffix] };
    await open({ users, groups: { bases: [`ou=groups,${suffix}`] } });
    expect(ids(await all(directory!.list()))).toEqual(everybody);
    expect(new Set(server.searches.filter(({ scope }) => scope === 'sub').map(({ base }) => base)).size).toBe(2);
    expect(directory!.ignored.duplicates).toBe(0);
  });

  it('counts an entry that moved during the listing once', async () => {
    const moved = { ...people[0]!, dn: `uid=p1,ou=staff,ou=people,${suffix}` };
    await start({ entries: [...standard, moved] });
    expect(ids(await all((await open()).list()))).toEqual(everybody);
    expect(directory!.ignored.duplicates).toBe(1);
  });

  it('refuses an entry that is both a user and a group', async () => {
    await start();
    const met = await fault(all((await open({ groups: { bases: [suffix], filter: '(objectClass=person)' } })).list()));
    expect(met).toMatchObject({ code: 'config', message: expect.stringContaining('both') });
  });

  it('gives no marker for an entry that may change again within the same second', async () => {
    const fresh = person(8, { nsUniqueId: [uuid(8)], modifyTimestamp: ['20261129125959Z'] });
    const settled = person(9, { nsUniqueId: [uuid(9)], modifyTimestamp: [at] });
    await start({
      entries: [root({ objectClass: ['top'], vendorName: ['389 Project'] }), ...standard.slice(1, 4), fresh, settled],
    });
    const listed = await all((await open({ kind: '389' })).list());
    expect(listed.map(({ marker }) => marker)).toEqual([undefined, at]);
    const [whole] = (await all(directory!.fetch([listed[0]!]))) as [FullEntry];
    expect(whole).toMatchObject({ version: '20261129125959Z', marker: undefined });
  });
});

describe('a listing that is made twice', () => {
  const late = (marker: string, onlyOnce = false) => {
    let listings = 0;
    return start({
      entries: [...standard, person(7, { entryCSN: [marker] })],
      onSearch: ({ base, cookie, pageSize }, usual) => {
        if (pageSize === undefined || !base.startsWith('ou=people')) return undefined;
        if (cookie === '') listings += 1;
        const hidden = onlyOnce ? listings === 2 : listings === 1;
        const { entries = [], ...reply } = usual();
        return { ...reply, entries: entries.filter(({ dn }) => !hidden || !dn.startsWith('uid=p7')) };
      },
    });
  };

  it('agrees with itself, and asks once more for nothing', async () => {
    await start();
    expect(ids(await all((await open()).list({ recount: true })))).toEqual(everybody);
    expect(server.searches.filter(({ scope }) => scope === 'sub').length).toBe(8);
  });

  it('has who came meanwhile, too', async () => {
    await late(csn(501));
    expect(ids(await all((await open()).list({ recount: true })))).toEqual([...everybody, uuid(7)]);
  });

  it('is incomplete when the first lacked somebody who has not changed', async () => {
    await late(csn(499));
    const met = await fault(all((await open()).list({ recount: true })));
    expect(met).toMatchObject({ code: 'incomplete', retry: true });
  });

  it('is incomplete when the second lacks somebody who is there when asked for', async () => {
    await late(csn(7), true);
    // The third search of the people is the one by id.
    const met = await fault(all((await open()).list({ recount: true })));
    expect(met).toMatchObject({ code: 'incomplete', message: expect.stringContaining('by its id') });
  });
});

describe('what is missing', () => {
  it('is asked for by id before anything may be deleted', async () => {
    await start();
    await open();
    const gone = Array.from({ length: 120 }, (_, i) => ({ kind: 'user', id: uuid(100 + i) }) as const);
    await directory!.confirmMissing(gone);
    expect(server.searches.length).toBe(3);
    const met = await fault(directory!.confirmMissing([...gone, { kind: 'user', id: uuid(3) }]));
    expect(met).toMatchObject({ code: 'incomplete', retry: true });
  });

  it('is missing from its own kind and scope only', async () => {
    await start();
    await open();
    await directory!.confirmMissing([{ kind: 'group', id: uuid(3) }]);
  });
});

describe('a directory that is behind', () => {
  const stamp = (server: number, n: number) => csn(n).replace('#001#', `#00${server}#`);
  const cursorOf = (...stamps: string[]) => stamps.join(',');
  const at = (...stamps: string[]) =>
    start({
      entries: [root(), { ...tree, attributes: { ...tree.attributes, contextCSN: stamps } }, ...standard.slice(2)],
    });
  const asked = async (cursor: string, epoch = uuid(0)) => (await open()).identity({ epoch, cursor });

  it.each([
    ['as it was', [stamp(1, 5), stamp(2, 7)], cursorOf(stamp(1, 5), stamp(2, 7)), false],
    [
      'further, and with a new server',
      [stamp(1, 6), stamp(2, 7), stamp(3, 1)],
      cursorOf(stamp(1, 5), stamp(2, 7)),
      false,
    ],
    ['behind with one of its servers', [stamp(1, 4), stamp(2, 9)], cursorOf(stamp(1, 5), stamp(2, 7)), true],
    ['without one of its servers', [stamp(1, 6)], cursorOf(stamp(1, 5), stamp(2, 7)), true],
    ['compared with a time, which says nothing', [stamp(1, 1)], '20301231000000Z', false],
  ])('is told by contextCSN: %s', async (_, now, before, behind) => {
    await at(...now);
    if (behind) expect(await fault(asked(before))).toMatchObject({ code: 'behind', retry: true });
    else expect((await asked(before)).cursor.split(',').sort()).toEqual([...now].sort());
  });

  it('is another one, and not behind, with another tree', async () => {
    await at(stamp(1, 4));
    expect((await asked(stamp(1, 5), uuid(1))).epoch).toBe(uuid(0));
  });

  it('is asked again on a new connection, which may reach a replica that has caught up', async () => {
    let answers = 0;
    await start({
      onSearch: ({ base }, usual) => {
        const { entries = [] } = usual();
        if (base !== suffix || ++answers > 1) return undefined;
        return { entries: entries.map((one) => ({ ...one, attributes: { ...one.attributes, contextCSN: [csn(1)] } })) };
      },
    });
    const before = { epoch: uuid(0), cursor: csn(500) };
    const pass = (one: Directory) => one.identity(before);
    expect(await withDirectory(settings(), pass, { pause: async () => {} }, clock)).toMatchObject(before);
    expect(server.connections).toBe(2);
  });
});

describe('references to other servers', () => {
  const referring = (urls: readonly string[]) =>
    start({
      onSearch: ({ base, cookie, pageSize }, usual) =>
        pageSize !== undefined && base.startsWith('ou=people') && cookie === '2'
          ? { ...usual(), references: [urls] }
          : undefined,
    });

  it('end the pass when they lead below a base', async () => {
    await referring([`ldap://elsewhere.example/ou=abroad,ou=people,${suffix}??sub`]);
    const met = await fault(all((await open()).list()));
    expect(met).toMatchObject({ code: 'incomplete', retry: false });
    expect(met.message).toContain('ou=abroad');
    expect(met.message).toContain('ignoreReferrals');
  });

  it.each([['ldap://elsewhere.example'], ['ldap://elsewhere.example/%zz'], ['nonsense']])(
    'end the pass when nobody knows where they lead: %s',
    async (url) => {
      await referring([url]);
      expect(await fault(all((await open()).list()))).toMatchObject({ code: 'incomplete' });
    },
  );

  it('are counted and not followed when they lead elsewhere, or where the settings say', async () => {
    await referring(['ldap://elsewhere.example/o=other']);
    expect(ids(await all((await open()).list()))).toEqual(everybody);
    expect(directory!.ignored.referrals).toBe(1);
    await directory!.close();
    await server.close();
    await referring([`ldap://elsewhere.example/cn=x,OU=Abroad,ou=people,${suffix}`]);
    await open({ ignoreReferrals: [`ou=abroad,ou=people,${suffix}`] });
    expect(ids(await all(directory!.list()))).toEqual(everybody);
    expect(server.connections).toBe(1);
  });
});

const domain = 'DC=example,DC=test';
const guid = (n: number): Buffer => Buffer.from([n, 0, 0, 0, ...Array.from({ length: 12 }, () => 65)]);
const guidText = (n: number): string => `000000${n.toString(16).padStart(2, '0')}-4141-4141-4141-414141414141`;
const activeDirectory = (...entries: readonly ScriptedEntry[]): ScriptedEntry[] => [
  {
    dn: '',
    attributes: {
      objectClass: ['top'],
      supportedCapabilities: ['1.2.840.113556.1.4.800'],
      defaultNamingContext: [domain],
      dsServiceName: ['CN=NTDS Settings,CN=DC1'],
      highestCommittedUSN: ['1000'],
    },
  },
  { dn: 'CN=NTDS Settings,CN=DC1', attributes: { invocationId: [guid(200)] } },
  { dn: domain, attributes: { objectClass: ['domain'], objectGUID: [guid(201)] } },
  {
    dn: `CN=Ada,${domain}`,
    attributes: {
      objectClass: ['user'],
      objectCategory: ['person'],
      objectGUID: [guid(1)],
      uSNChanged: ['10'],
      sAMAccountName: ['ada'],
      objectSid: [Buffer.from('010500000000000515000000010000000200000003000000f4010000', 'hex')],
    },
  },
  ...entries,
];
const adGroup = (members: readonly string[], marker = '20'): ScriptedEntry => ({
  dn: `CN=Crew,${domain}`,
  attributes: { objectClass: ['group'], objectGUID: [guid(2)], uSNChanged: [marker], cn: ['Crew'], member: members },
});
const crew = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => `CN=P${from + i},${domain}`);
const inDomain = { kind: 'active-directory', users: { bases: [domain] }, groups: { bases: [domain] } } as const;

describe('Active Directory', () => {
  it('has ids that are text by chance, SIDs as text, and its own partitions beside the people', async () => {
    await start({
      entries: activeDirectory(),
      onSearch: ({ pageSize, cookie }, usual) =>
        pageSize !== undefined && cookie === ''
          ? {
              ...usual(),
              references: [
                [`ldap://ForestDnsZones.example.test/DC=ForestDnsZones,${domain}`],
                [`ldap://example.test/CN=Configuration,${domain}`],
              ],
            }
          : undefined,
    });
    const listed = await all((await open(inDomain)).list());
    expect(listed).toEqual([{ kind: 'user', id: guidText(1), dn: `CN=Ada,${domain}`, marker: '10' }]);
    expect(directory!.ignored.referrals).toBe(4);
    const [ada] = (await all(directory!.fetch(listed))) as [FullEntry];
    expect(ada.attributes).toMatchObject({ samaccountname: ['ada'], objectsid: ['S-1-5-21-1-2-3-500'] });
    await directory!.confirmMissing([{ kind: 'user', id: guidText(7) }]);
    await fault(directory!.confirmMissing([{ kind: 'user', id: guidText(1) }]));
  });

  it.each([3, 1500])('gives the members of a group in ranges of %i', async (rangeLength) => {
    const members = crew(4_001);
    await start({
      entries: activeDirectory(adGroup(members.slice(0, rangeLength === 3 ? 10 : undefined))),
      rangeLength,
    });
    const listed = await all((await open(inDomain)).list());
    const [found] = (await all(directory!.fetch(listed.filter(({ kind }) => kind === 'group')))) as [FullEntry];
    expect(found.members).toEqual(members.slice(0, rangeLength === 3 ? 10 : undefined));
    expect(found.unreadable).toEqual([]);
  });

  it('reads a group again whose members moved up while its ranges were read, though no marker moved', async () => {
    let asked = 0;
    const entries = activeDirectory();
    const members = crew(10);
    await start({
      entries,
      rangeLength: 4,
      onSearch: ({ attributes }, usual) => {
        // Whoever was the second member is deleted between the first and the second range.
        if (attributes.some((name) => name === 'member;range=3-*') && asked++ === 0) {
          members.splice(1, 1);
          entries.splice(-1, 1, adGroup(members));
        }
        return usual();
      },
    });
    entries.push(adGroup(members));
    const listed = await all((await open(inDomain)).list());
    const [found] = (await all(directory!.fetch(listed.filter(({ kind }) => kind === 'group')))) as [FullEntry];
    expect(found.members).toEqual(crew(10).filter((_, i) => i !== 1));
    expect(asked).toBeGreaterThan(1);
  });

  it('gives up on a group that changes all the time, and says that it may be tried again', async () => {
    const entries = activeDirectory();
    entries.push(adGroup(crew(10)));
    let marker = 20;
    await start({
      entries,
      rangeLength: 4,
      onSearch: ({ attributes }, usual) => {
        if (attributes.includes('member;range=3-*')) entries.splice(-1, 1, adGroup(crew(10), String(++marker)));
        return usual();
      },
    });
    const listed = await all((await open(inDomain)).list());
    const met = await fault(all(directory!.fetch(listed.filter(({ kind }) => kind === 'group'))));
    expect(met).toMatchObject({ code: 'incomplete', retry: true, message: expect.stringContaining('changes faster') });
  });

  it('says how far it is, and is another one after a restore or on another server', async () => {
    const entries = activeDirectory();
    const at = (usn: string, invocation = 200) => {
      entries[0] = { dn: '', attributes: { ...entries[0]!.attributes, highestCommittedUSN: [usn] } };
      entries[1] = { dn: entries[1]!.dn, attributes: { invocationId: [guid(invocation)] } };
    };
    const ask = async (before?: { epoch: string; cursor: string }) => {
      const found = await (await open(inDomain)).identity(before);
      await directory!.close();
      return found;
    };
    await start({ entries });
    const first = await ask();
    expect(first).toEqual({ vendor: 'Active Directory', cursor: '1000', epoch: `${guidText(200)}.${guidText(201)}` });
    at('1200');
    const second = await ask(first);
    expect(second).toEqual({ ...first, cursor: '1200' });
    at('1160', 210);
    expect(await ask(second)).toEqual({ ...first, cursor: '1160', epoch: `${guidText(210)}.${guidText(201)}` });
    // A copy of the disk from before: same ids, lower numbers.
    at('1199');
    await open(inDomain);
    expect(await fault(directory!.identity(second))).toMatchObject({ code: 'behind', retry: true });
    expect(await directory!.identity()).toEqual({ ...first, cursor: '1199' });
  });

  it('is not taken for another kind, nor another kind for it', async () => {
    await start({ entries: activeDirectory() });
    expect(await fault((await open({ ...inDomain, kind: 'openldap' })).identity())).toMatchObject({ code: 'config' });
    await directory!.close();
    await server.close();
    await start();
    const met = await fault((await open({ kind: 'samba' })).identity());
    expect(met.message).toContain('kind is samba, but the server is another one: OpenLDAP');
  });
});

describe('entries read whole', () => {
  const fetched = async (
    wanted: (listed: Listed[]) => Listed[],
    change?: () => void,
  ): Promise<(FullEntry | Gone)[]> => {
    const listed = await all((await open()).list());
    change?.();
    return all(directory!.fetch(wanted(listed)));
  };

  it('come with attributes, members, logins and version', async () => {
    const odd = group(2, [people[2]!.dn], {
      objectClass: ['groupOfUniqueNames', 'posixGroup'],
      uniqueMember: [`${people[3]!.dn}#'0101'B`],
      memberUid: ['p5'],
      gidNumber: ['70'],
    });
    await start({ entries: [...standard, odd] });
    const found = await fetched((listed) => listed.filter(({ id }) => id === uuid(10_002) || id === uuid(2)));
    expect(found).toEqual([
      {
        kind: 'user',
        id: uuid(2),
        dn: people[1]!.dn,
        marker: csn(2),
        version: csn(2),
        attributes: { objectclass: ['inetOrgPerson', 'person'], cn: ['Person 2'], uid: ['p2'] },
        members: [],
        memberUids: [],
        unreadable: [],
      },
      {
        kind: 'group',
        id: uuid(10_002),
        dn: odd.dn,
        marker: csn(2),
        version: csn(2),
        attributes: { objectclass: ['groupOfUniqueNames', 'posixGroup'], cn: ['Group 2'], gidnumber: ['70'] },
        members: [people[2]!.dn, people[3]!.dn],
        memberUids: ['p5'],
        unreadable: [],
      },
    ]);
  });

  it('keep a byte order mark, and say which attributes are no text', async () => {
    const odd = person(6, {
      cn: ['\ufeffMark'],
      sn: [Buffer.from([0x4d, 0xfc, 0x6c])],
      mail: ['broken\ufffd@harbour.example', 'whole@harbour.example'],
      'cn;lang-en': ['Marc'],
      'displayName;lang-de': ['Herr Mark'],
      userAccountControl: [Buffer.from([0xff])],
      dn: ['not a name'],
    });
    await start({ entries: [...standard, odd] });
    const [found] = (await fetched((listed) => listed.filter(({ id }) => id === uuid(6)))) as [FullEntry];
    expect(found.dn).toBe(odd.dn);
    expect(found.attributes).toMatchObject({
      cn: ['\ufeffMark'],
      mail: ['whole@harbour.example'],
      useraccountcontrol: ['?'],
    });
    expect(found.attributes.sn).toBeUndefined();
    expect(found.unreadable).toEqual(['mail', 'sn', 'useraccountcontrol']);
  });

  it('are found when they moved since the listing, and told as gone when they left', async () => {
    const entries = [...standard];
    await start({ entries });
    const found = await fetched(
      (listed) => listed.slice(0, 3),
      () => {
        const replace = (n: number, ...by: ScriptedEntry[]) => entries.splice(entries.indexOf(people[n]!), 1, ...by);
        replace(0, { ...people[0]!, dn: `uid=p1,ou=staff,ou=people,${suffix}` });
        // The name of the second goes to another person.
        replace(1, { ...person(9), dn: people[1]!.dn });
        replace(2);
      },
    );
    expect(found).toMatchObject([
      { id: uuid(1), dn: `uid=p1,ou=staff,ou=people,${suffix}` },
      { id: uuid(2), gone: true },
      { id: uuid(3), gone: true },
    ]);
  });

  it('come page by page when they are many', async () => {
    const many = Array.from({ length: 60 }, (_, i) => person(i + 1));
    await start({ entries: [...standard.slice(0, 4), ...many, group(1, [])] });
    await open({ pageSize: 20 });
    const listed = await all(directory!.list());
    const before = server.searches.length;
    expect(ids(await all(directory!.fetch(listed))).sort()).toEqual(ids(listed).sort());
    expect(server.searches.length - before).toBe(4);
  });

  it('are asked for by group when a member comes into scope', async () => {
    await start({ entries: [...standard, group(2, [people[1]!.dn]), group(3, [people[4]!.dn])] });
    await open();
    const found = await all(directory!.groupsWith([people[1]!.dn, ...crew(30)]));
    expect(found).toEqual([uuid(10_001), uuid(10_002)]);
  });
});

describe('a connection', () => {
  it('that drops between two pages ends the pass, and is not made again', async () => {
    await start({ onSearch: ({ cookie }) => (cookie === '2' ? 'drop' : undefined) });
    const met = await fault(all((await open()).list()));
    expect(met).toMatchObject({ code: 'unreachable', retry: true });
    await fault(all(directory!.list()));
    expect(server.connections).toBe(1);
  });

  it('on which the server falls silent ends when the time is over', async () => {
    await start({ onSearch: ({ cookie }) => (cookie === '2' ? 'silence' : undefined) });
    // A busy machine may take longer for the bind: that ends the same way.
    const listed = async () => all((await open({ timeout: 200 })).list());
    expect(await fault(listed())).toMatchObject({ code: 'unreachable', retry: true });
    await directory!.close();
    await server.close();
    await start({ onBind: () => 'silence' });
    expect(await fault(open({ timeout: 50 }))).toMatchObject({ code: 'unreachable', retry: true });
  });

  it('on which something else than LDAP comes ends the pass at once', async () => {
    // A message without a number: ldapts drops it and what follows.
    const noise = Buffer.from('3003020100', 'hex');
    await start({ onSearch: ({ cookie }, usual) => (cookie === '2' ? { ...usual(), noise } : undefined) });
    const met = await fault(all((await open({ timeout: 600_000 })).list()));
    expect(met).toMatchObject({ code: 'unreachable', retry: true, message: 'the server sent what is not LDAP' });
  });

  it('that cannot be made, or takes too long, is tried again by whoever likes', async () => {
    await start();
    const { url } = server;
    await server.close();
    expect(await fault(open({ url }))).toMatchObject({ code: 'unreachable', retry: true });
  });

  const starting = { startTls: true };
  it('does not go on in the clear where StartTLS is refused', async () => {
    await start();
    const met = await fault(open(starting));
    expect(met).toMatchObject({
      code: 'tls',
      retry: false,
      message: expect.stringContaining('refuses StartTLS: result 2'),
    });
    expect(server.searches).toEqual([]);
  });

  it('takes nothing that was put in the clear behind the answer to StartTLS', async () => {
    // The answer to a bind that nobody has sent yet.
    await start({ injected: Buffer.from('300c02010261070a010004000400', 'hex') });
    const met = await fault(open(starting));
    expect(met).toMatchObject({ code: 'tls', retry: false, message: expect.stringContaining('more than its answer') });
  });

  it.each([
    ['before TLS begins', { startTls: true }, 'ldap'],
    ['within TLS', {}, 'ldaps'],
  ])('is given up when the server falls silent %s', async (_, over, scheme) => {
    const silent = createServer((socket) => socket.on('error', () => {}).resume());
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    const { port } = silent.address() as AddressInfo;
    server = { url: '', searches: [], connections: 0, close: async () => void silent.close() };
    const met = await fault(open({ ...over, url: `${scheme}://127.0.0.1:${port}`, connectTimeout: 50 }));
    expect(met).toMatchObject({ code: 'unreachable', retry: true, message: expect.stringContaining('within 50 ms') });
  });

  it('is not bound by a wrong secret, and says so without it', async () => {
    await start({ onBind: (_, secret) => (secret === 'right' ? 0 : 49) });
    const met = await fault(open());
    expect(met).toMatchObject({ code: 'refused', resultCode: 49, retry: false });
    expect(met.message).toContain('secret is wrong');
  });
});

describe('passes', () => {
  const noPause = async () => {};

  it('begin again, on a new connection, while a server is busy', async () => {
    let busy = 2;
    await start({ onSearch: ({ cookie }) => (cookie === '2' && busy-- > 0 ? { code: 51 } : undefined) });
    const waits: number[] = [];
    const listed = await withDirectory(
      settings(),
      (one) => all(one.list()),
      { pause: async (ms) => void waits.push(ms) },
      clock,
    );
    expect(ids(listed)).toEqual(everybody);
    expect(server.connections).toBe(3);
    expect(waits.length).toBe(2);
    expect(waits[0]).toBeGreaterThanOrEqual(500);
    expect(waits[1]).toBeGreaterThanOrEqual(1_000);
    expect(waits[1]).toBeLessThanOrEqual(2_000);
  });

  it('end after some attempts, and at once for what does not pass by itself', async () => {
    await start({ onSearch: ({ cookie }) => (cookie === '2' ? { code: 51 } : undefined) });
    const told: string[] = [];
    const patience = { attempts: 3, pause: noPause, onWait: ({ code }: { code: string }) => void told.push(code) };
    await fault(withDirectory(settings(), (one) => all(one.list()), patience, clock));
    expect([server.connections, told]).toEqual([3, ['unreachable', 'unreachable']]);
    await server.close();
    await start({ onSearch: ({ cookie }) => (cookie === '2' ? { code: 4 } : undefined) });
    await fault(withDirectory(settings(), (one) => all(one.list()), { pause: noPause }, clock));
    expect(server.connections).toBe(1);
  });
});

/** Numbers below a bound, the same for the same seed (mulberry32). */
const numbers = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
};

it.each(Array.from({ length: 60 }, (_, seed) => seed))(
  'whatever a server does, seed %i: everything or a fault',
  async (seed) => {
    const next = numbers(seed);
    const crowd = Array.from({ length: 1 + next(40) }, (_, i) => person(i + 1));
    const teams = Array.from({ length: next(12) }, (_, i) =>
      group(
        i + 1,
        Array.from({ length: next(6) }, () => crowd[next(crowd.length)]!.dn),
      ),
    );
    const faults: readonly Answer[] = ['drop', { code: 51 }, { code: 4 }, { code: 80 }, { code: 32 }, { entries: [] }];
    const faulty = new Map(Array.from({ length: next(4) }, () => [1 + next(40), faults[next(faults.length)]!]));
    await start({
      entries: [...standard.slice(0, 4), ...crowd, ...teams],
      onSearch: ({ number, pageSize, cookie }, usual): Answer => {
        const fault = faulty.get(number);
        // Without pages, no entry is an answer like others.
        if (fault !== undefined && (pageSize !== undefined || typeof fault === 'string' || fault.code === 80))
          return fault;
        const reply = usual();
        if (pageSize === undefined || next(3) > 0) return reply;
        // A page without entries; the next one is as this would have been.
        return { cookie: cookie === '' ? '0' : cookie, references: next(4) === 0 ? [['ldap://a.example/o=x']] : [] };
      },
    });
    const pass = async (one: Directory) => {
      const listed = await all(one.list({ recount: next(2) === 0 }));
      const whole = await all(one.fetch(listed));
      await one.confirmMissing([{ kind: 'user', id: uuid(9_999) }]);
      return { listed, whole: whole as FullEntry[] };
    };
    const over = { pageSize: 1 + next(15) };
    const met = await withDirectory(settings(over), pass, { pause: async () => {} }, clock).catch((error) => {
      expect(error.name).toBe('DirectoryFault');
      return undefined;
    });
    if (met === undefined) {
      expect(faulty.size).toBeGreaterThan(0);
      return;
    }
    const truth = [...crowd, ...teams];
    expect(met.listed.map(({ dn }) => dn)).toEqual(truth.map(({ dn }) => dn));
    expect(met.whole.map(({ dn }) => dn).sort()).toEqual(truth.map(({ dn }) => dn).sort());
    for (const { dn, members } of met.whole) {
      const given = truth.find((one) => one.dn === dn)?.attributes.member ?? [];
      expect([...members].sort()).toEqual([...new Set(given as string[])].sort());
    }
  },
);

describe('settings that cannot work', () => {
  it.each([
    [{ url: 'https://x' }, 'url must begin with ldaps://'],
    [{ url: 'nonsense' }, 'url is not an address'],
    [{ url: 'ldap://directory.example' }, 'the secret would travel in the clear'],
    [{ url: 'ldaps://directory.example', startTls: true }, 'startTls is for ldap:// only'],
    [{ url: 'ldaps://a:b@directory.example' }, 'use bindDn'],
    [{ url: 'ldaps://directory.example/dc=x' }, 'nothing behind host and port'],
    [{ ...inDomain, url: 'ldaps://directory.example:3269' }, 'global catalogue'],
    [{ secret: '' }, 'the secret is empty'],
    [{ ca: '/etc/ssl/ca.pem' }, 'ca has no certificate'],
    [{ bindDn: ' ' }, 'bindDn is empty'],
    [{ pageSize: 0 }, 'pageSize must be a whole number from 1 to 1000'],
    [{ timeout: 0 }, 'timeout must be'],
    [{ users: { bases: [] } }, 'users.bases is empty'],
    [{ users: { bases: [''] } }, 'users.bases[0] is empty'],
    [{ groups: { bases: [suffix, 'nonsense'] } }, 'groups.bases[1]'],
    [{ users: { bases: [suffix], filter: '(a=b' } }, 'users.filter is not a filter'],
    [{ kind: 'edirectory' as 'openldap' }, 'kind must be one of'],
  ])('are told by field, before anybody is asked: %o', async (over, says) => {
    await start();
    const met = await fault(open(over));
    expect(met).toMatchObject({ code: 'config', retry: false });
    expect(met.message).toContain(says);
    expect(server.connections).toBe(0);
  });
});

it(
  '200,000 entries are listed in bounded memory',
  async () => {
    const count = 200_000;
    await start({
      onSearch: ({ base, pageSize, cookie }): Answer | undefined => {
        if (pageSize === undefined) return undefined;
        if (!base.startsWith('ou=people')) return { cookie: '' };
        const from = Number(cookie || 0);
        const entries = Array.from({ length: pageSize }, (_, i) => ({
          dn: `uid=p${from + i},ou=people,${suffix}`,
          attributes: { entryUUID: [uuid(from + i)], entryCSN: [csn(1)] },
        }));
        return { entries, cookie: from + pageSize < count ? String(from + pageSize) : '' };
      },
    });
    const script = new URL('../support/list-many.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.end(JSON.stringify(settings({ pageSize: 500, timeout: 60_000 })));
    const said = JSON.parse(await text(child.stdout));
    expect(said.listed).toBe(count);
    expect(said.mebibytes).toBeLessThan(400);
  },
  long,
);
