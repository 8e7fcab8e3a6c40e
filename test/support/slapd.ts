// A throw-away OpenLDAP server on a free port, with LDAP, StartTLS and LDAPS, filled by `slapadd`. It needs no root.
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Account,
  CommandLine,
  certify,
  type Found,
  freePorts,
  keyOf,
  missing,
  type RealDirectory,
  readingOf,
  run,
  ServerFolder,
  text,
  texts,
} from './ldap.ts';

/** Why no slapd can be started here, as half of a sentence; undefined when one can. */
export const available = (): string | undefined =>
  missing(
    ['slapd', 'slapadd', 'ldapsearch', 'ldapmodify', 'openssl'],
    ['/etc/ldap/schema/nis.schema', '/usr/lib/ldap/refint.so', '/usr/lib/ldap/ppolicy.so'],
  );

const base = 'dc=harbour,dc=example';
const account = (name: string): Account => ({ dn: `cn=${name},${base}`, password: `the password of ${name}` });
const admin = account('admin');
const sync = account('sync');
const limited = account('limited');

/** The OpenLDAP kind of a real directory. */
export interface Slapd extends RealDirectory {
  /** Reads everything too, but gets at most 500 entries in all, paged or not. */
  readonly limited: Account;
}

const mayRead = `by dn.exact="${sync.dn}" read by dn.exact="${limited.dn}" read by anonymous auth by * none`;
const accessTo = (hidden?: string): string[] => [
  'to attrs=userPassword by anonymous auth by * none',
  ...(hidden === undefined ? [] : [`to dn.subtree="${hidden}" by dn.exact="${sync.dn}" none by * break`]),
  `to * ${mayRead}`,
];

const settings = (folder: ServerFolder): string => `
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload refint
moduleload ppolicy
pidfile ${folder.in('slapd.pid')}
argsfile ${folder.in('slapd.args')}
TLSCACertificateFile ${folder.in('ca.pem')}
TLSCertificateFile ${folder.in('tls.pem')}
TLSCertificateKeyFile ${folder.in('tls.key')}
sizelimit 500
serverID 1

database config
rootpw "${admin.password}"

database mdb
suffix ${base}
directory ${folder.in('db')}
maxsize 1073741824
rootdn ${admin.dn}
rootpw "${admin.password}"
index objectClass,entryUUID,entryCSN,uid,cn,member,mail eq
dbnosync
limits dn.exact="${sync.dn}" size.soft=unlimited size.hard=unlimited size.prtotal=unlimited time=unlimited
${accessTo()
  .map((rule) => `access ${rule}`)
  .join('\n')}
overlay refint
refint_attributes member
refint_nothing cn=nobody
overlay ppolicy
`;

const reader = ({ dn, password }: Account, name: string): string =>
  `dn: ${dn}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: ${name}\nuserPassword: ${password}`;

const attributes = [
  ...['objectClass', 'entryUUID', 'cn', 'displayName', 'uid', 'mail', 'pwdAccountLockedTime', 'gidNumber'],
  ...['member', 'memberUid'],
];

/** The members of groups that name no entry, besides the placeholder of empty groups. */
const dangling = async (asAdmin: CommandLine): Promise<string[]> => {
  const entries = await asAdmin.search(base, '(objectClass=*)', ['member']);
  const dns = new Set(entries.map(({ dn }) => keyOf(dn)));
  return entries
    .flatMap((entry) => texts(entry, 'member').map(keyOf))
    .filter((dn) => dn.endsWith(base) && !dns.has(dn));
};

/** Records in parts, each up to a move, because what the server corrects after one misses what another renames meanwhile. */
const untilMoves = (records: readonly string[]): string[][] => {
  const parts: string[][] = [];
  let part: string[] = [];
  for (const [at, record] of records.entries()) {
    part.push(record);
    if (!/^changetype: modrdn$/m.test(record) && at < records.length - 1) continue;
    parts.push(part);
    part = [];
  }
  return parts;
};

/**
 * Starts a server with these entries below its base `dc=harbour,dc=example`, which is there already. @param content
 * LDIF entries, parents first
 */
export const startSlapd = async (content: readonly string[]): Promise<Slapd> => {
  const folder = await ServerFolder.create();
  try {
    await certify(folder, 'localhost', '127.0.0.1');
    await run('mkdir', [folder.in('db')]);
    await folder.write('slapd.conf', settings(folder));
    const own = [`dn: ${base}\nobjectClass: domain\ndc: harbour`, reader(sync, 'sync'), reader(limited, 'limited')];
    await folder.write('content.ldif', `${[...own, ...content].join('\n\n')}\n`);
    // The server's id must be given, or markers of changes carry another one than the server's own.
    const load = ['-q', '-w', '-S', '1', '-f', folder.in('slapd.conf'), '-b', base, '-l', folder.in('content.ldif')];
    await run('slapadd', load);
    const [port, tlsPort] = (await freePorts(2)) as [number, number];
    const plainUrl = `ldap://127.0.0.1:${port}`;
    const url = `ldaps://127.0.0.1:${tlsPort}`;
    const start = () => {
      // -d keeps the server in the foreground.
      const args = ['-d', '0', '-f', folder.in('slapd.conf'), '-h', `${plainUrl}/ ${url}/`];
      return folder.serve('slapd', args, '127.0.0.1', tlsPort);
    };
    await start();
    const caFile = folder.in('ca.pem');
    const asAdmin = new CommandLine(url, caFile, admin);
    const asConfig = new CommandLine(url, caFile, { dn: 'cn=config', password: admin.password });
    const allow = (hidden?: string) =>
      asConfig.change(
        [
          'dn: olcDatabase={1}mdb,cn=config',
          'changetype: modify',
          'replace: olcAccess',
          ...accessTo(hidden).map((rule, at) => `olcAccess: {${at}}${rule}`),
        ].join('\n'),
      );
    return {
      kind: 'ldap',
      url,
      plainUrl,
      serverName: 'localhost',
      caFile,
      base,
      admin,
      sync,
      limited,
      change: async (...records) => {
        for (const part of untilMoves(records)) {
          const moves = part.some((one) => /^changetype: (modrdn|delete)$/m.test(one));
          const before = new Set(moves ? await dangling(asAdmin) : []);
          await asAdmin.change(...part);
          // The server corrects the members of groups after it has answered, and their markers do not move: wait for it.
          const late = async () => (moves ? (await dangling(asAdmin)).filter((dn) => !before.has(dn)) : []);
          for (let left = await late(), n = 0; left.length > 0; left = await late(), n += 1) {
            if (n === 500) throw new Error(`the server does not correct its groups: ${left.join('; ')}`);
            await delay(20);
          }
        }
      },
      hide: allow,
      show: () => allow(),
      valueOf: (dn, attribute) => asAdmin.valueOf(dn, attribute),
      read: async () => {
        const entries = await asAdmin.search(base, '(objectClass=*)', attributes);
        return readingOf(
          entries.map((entry): Found => {
            const is = (name: string) => texts(entry, 'objectclass').some((one) => one.toLowerCase() === name);
            const found = { id: text(entry, 'entryuuid') ?? '', dn: entry.dn };
            if (is('inetorgperson')) {
              const [uid = '', mail] = [text(entry, 'uid'), text(entry, 'mail')];
              const name = text(entry, 'displayname') ?? text(entry, 'cn') ?? '';
              const enabled = text(entry, 'pwdaccountlockedtime') !== '000001010000Z';
              const person = { name, login: uid, enabled, ...(mail !== undefined && { mail }) };
              return { ...found, person, primary: text(entry, 'gidnumber'), uid };
            }
            if (!is('groupofnames') && !is('posixgroup')) return found;
            const number = text(entry, 'gidnumber');
            const members = { dns: texts(entry, 'member'), logins: texts(entry, 'memberuid') };
            return { ...found, group: { name: text(entry, 'cn') ?? '', ...members, number } };
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
