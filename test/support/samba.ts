// A throw-away Samba domain controller, as Active Directory, on a loopback address of its own, with its LDAP task alone.
// Provisioning takes seven seconds, so it happens once for a version of Samba, and every server starts from a copy.
import { randomInt } from 'node:crypto';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { resolve } from 'node:path';
import {
  type Account,
  CommandLine,
  certify,
  type Found,
  type FoundEntry,
  missing,
  type RealDirectory,
  readingOf,
  readText,
  run,
  ServerFolder,
  text,
  texts,
} from './ldap.ts';

/** Why no domain controller can be started here, as half of a sentence; undefined when one can. */
export const available = (): string | undefined =>
  missing(
    ['samba', 'samba-tool', 'ldapsearch', 'ldapmodify', 'openssl'],
    ['/usr/share/doc/samba-dsdb-modules', '/usr/share/samba/setup/provision.ldif', '/usr/share/doc/samba-vfs-modules'],
  ) ?? (process.getuid?.() === 0 ? undefined : 'Samba needs root');

const domain = 'DC=example,DC=test';
const base = `OU=Harbour,${domain}`;
const serverName = 'dc1.example.test';
const password = 'Passw0rd!x';
const admin: Account = { dn: `CN=Administrator,CN=Users,${domain}`, password };
const sync: Account = { dn: `CN=sync,CN=Users,${domain}`, password };

/** The folder into which the domain is provisioned, and which is replaced in the settings of its copies. */
const provision = async (): Promise<string> => {
  const version = (await run('samba', ['--version'])).replace(/[^0-9A-Za-z.]+/g, '-');
  const kept = resolve('node_modules/.cache', `holdfast-domain-${version}`);
  const done = resolve(kept, 'etc/smb.conf');
  if (await readText(done).then(Boolean, () => false)) return kept;
  await mkdir(resolve('node_modules/.cache'), { recursive: true });
  const folder = await ServerFolder.create();
  try {
    // Otherwise the machine's own settings would be read.
    await folder.write('empty.conf', '[global]\n');
    const options = ['bind interfaces only=yes', 'server services=ldap', 'ldb:nosync=yes'];
    await run('samba-tool', [
      ...['domain', 'provision', `--configfile=${folder.in('empty.conf')}`, `--targetdir=${folder.in('domain')}`],
      ...['--realm=EXAMPLE.TEST', '--domain=EXAMPLE', '--server-role=dc', '--dns-backend=NONE', '--backend-store=mdb'],
      ...[`--adminpass=${password}`, '--host-name=dc1', '--host-ip=127.0.0.1', '--quiet'],
      ...options.map((option) => `--option=${option}`),
    ]);
    // Two files may provision at once: whoever is first is kept, as a whole.
    const copy = `${kept}-${process.pid}`;
    await cp(folder.in('domain'), copy, { recursive: true });
    await rename(copy, kept).catch(() => rm(copy, { recursive: true }));
    return kept;
  } finally {
    await folder.close();
  }
};

/** A loopback address on which nobody serves LDAP. */
const freeAddress = async (): Promise<string> => {
  for (;;) {
    const address = `127.${randomInt(16, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
    const taken = await new Promise((done) => {
      const socket = connect({ host: address, port: 636 }, () => done(true)).once('error', () => done(false));
      socket.once('connect', () => socket.destroy());
    });
    if (!taken) return address;
  }
};

const attributes = [
  ...['objectClass', 'objectGUID', 'cn', 'displayName', 'userPrincipalName', 'sAMAccountName', 'mail'],
  ...['userAccountControl', 'primaryGroupID', 'primaryGroupToken', 'member'],
];

/** The text of a GUID: the first three fields have their low byte first (MS-DTYP section 2.3.4.2). */
const guid = (entry: FoundEntry): string => {
  const bytes = Buffer.from(entry.attributes.get('objectguid')?.[0] ?? Buffer.alloc(16));
  const ordered = [bytes.subarray(0, 4).reverse(), bytes.subarray(4, 6).reverse(), bytes.subarray(6, 8).reverse()];
  const fields = [...ordered, bytes.subarray(8, 10), bytes.subarray(10)];
  return fields.map((field) => field.toString('hex')).join('-');
};

/** Starts a domain with these entries below its base `OU=Harbour,DC=example,DC=test`, which is there already. */
export const startSamba = async (content: readonly string[]): Promise<RealDirectory> => {
  const [kept, address] = await Promise.all([provision(), freeAddress()]);
  const folder = await ServerFolder.create();
  try {
    const path = folder.in('domain');
    await cp(kept, path, { recursive: true });
    const certificate = await certify(folder, serverName, address);
    const named = await readText(resolve(path, 'etc/smb.conf'));
    const was = /private dir = (.*)\/private/.exec(named)?.[1] as string;
    const options = [
      `interfaces = ${address}/8`,
      `tls cafile = ${certificate.ca}`,
      `tls certfile = ${certificate.certificate}`,
      `tls keyfile = ${certificate.key}`,
      `pid directory = ${folder.path}`,
      `ncalrpc dir = ${folder.in('ncalrpc')}`,
      `log file = ${folder.in('log')}`,
      `winbindd socket directory = ${folder.in('winbind')}`,
      `ntp signd socket directory = ${folder.in('ntp')}`,
    ];
    const settings = folder.in('smb.conf');
    await folder.write(
      'smb.conf',
      named.replaceAll(was, path).replace('[global]\n', `[global]\n\t${options.join('\n\t')}\n`),
    );
    const start = () =>
      folder.serve('samba', ['-i', '-M', 'single', '--no-process-group', '-s', settings], address, 636);
    await start();
    const url = `ldaps://${address}`;
    const caFile = certificate.ca;
    const asAdmin = new CommandLine(url, caFile, admin);
    const own = [
      `dn: ${base}\nchangetype: add\nobjectClass: organizationalUnit`,
      [
        `dn: ${sync.dn}`,
        ...['changetype: add', 'objectClass: user', 'sAMAccountName: sync', 'userAccountControl: 512'],
        `unicodePwd:: ${Buffer.from(`"${sync.password}"`, 'utf16le').toString('base64')}`,
      ].join('\n'),
    ];
    await asAdmin.change(...own, ...content.map((entry) => entry.replace('\n', '\nchangetype: add\n')));
    const [account] = await asAdmin.search(sync.dn, '(objectClass=*)', ['objectSid']);
    const sid = sidText(account?.attributes.get('objectsid')?.[0] as Buffer);
    /** Descriptors of what is hidden, as they were. */
    const hidden = new Map<string, Buffer>();
    return {
      kind: 'active-directory',
      url,
      plainUrl: `ldap://${address}`,
      serverName,
      caFile,
      base,
      admin,
      sync,
      change: (...records) => asAdmin.change(...records),
      hide: async (dn) => {
        const found = await asAdmin.search(dn, '(objectClass=organizationalUnit)', ['nTSecurityDescriptor']);
        const descriptor = found.find((one) => one.dn === dn)?.attributes.get('ntsecuritydescriptor')?.[0];
        if (descriptor === undefined) throw new Error(`${dn} is no organisational unit`);
        if (!hidden.has(dn)) hidden.set(dn, descriptor);
        const ace = `(D;CI;RPLCLORC;;;${sid})`;
        const database = resolve(path, 'private/sam.ldb');
        await run('samba-tool', ['dsacl', 'set', '-H', database, '-s', settings, `--objectdn=${dn}`, `--sddl=${ace}`]);
      },
      show: async () => {
        for (const [dn, descriptor] of hidden)
          await asAdmin.change(
            `dn: ${dn}\nchangetype: modify\nreplace: nTSecurityDescriptor\nnTSecurityDescriptor:: ${descriptor.toString('base64')}`,
          );
        hidden.clear();
      },
      valueOf: (dn, attribute) => asAdmin.valueOf(dn, attribute),
      read: async () => {
        const entries = await asAdmin.search(base, '(objectClass=*)', attributes);
        return readingOf(
          entries.map((entry): Found => {
            const is = (name: string) => texts(entry, 'objectclass').some((one) => one.toLowerCase() === name);
            const found = { id: guid(entry), dn: entry.dn };
            if (is('user') && !is('computer')) {
              const login = text(entry, 'userprincipalname') ?? text(entry, 'samaccountname') ?? '';
              const mail = text(entry, 'mail');
              const name = text(entry, 'displayname') ?? text(entry, 'cn') ?? '';
              const enabled = (Number(text(entry, 'useraccountcontrol')) & 2) === 0;
              const person = { name, login, enabled, ...(mail !== undefined && { mail }) };
              return { ...found, person, primary: text(entry, 'primarygroupid') };
            }
            if (!is('group')) return found;
            const number = text(entry, 'primarygrouptoken');
            return {
              ...found,
              group: { name: text(entry, 'cn') ?? '', dns: texts(entry, 'member'), logins: [], number },
            };
          }),
        );
      },
      stop: () => folder.stop(),
      start,
      close: () => folder.close(),
    };
  } catch (error) {
    await folder.close();
    throw error;
  }
};

/** The text of a security identifier (MS-DTYP section 2.4.2). */
const sidText = (bytes: Buffer): string => {
  const parts = Array.from({ length: bytes[1] as number }, (_, at) => bytes.readUInt32LE(8 + 4 * at));
  return `S-${bytes[0]}-${bytes.readUIntBE(2, 6)}-${parts.join('-')}`;
};
