// What real directory servers have in common in tests: a folder and a process that end with the test, certificates, and
// the command line of OpenLDAP, by which a test changes a directory and reads it without any code of ours.
import { execFile, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe } from 'vitest';

const execute = promisify(execFile);

const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
const isThere = (path: string): boolean => {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
};
/** The first of these programs and files that this machine does not have, as half of a sentence. */
export const missing = (programs: readonly string[], files: readonly string[] = []): string | undefined => {
  if (process.platform !== 'linux') return 'it is started on Linux only';
  const program = programs.find((name) => !folders.some((folder) => isThere(join(folder, name))));
  if (program !== undefined) return `${program} is not installed`;
  const file = files.find((path) => !isThere(path));
  return file && `${file} is not there`;
};

/** Describes what needs a real server; where that cannot run, one line says why, and the tests are skipped. */
export const describeOn = (unavailable: string | undefined, name: string, body: () => void): void => {
  if (unavailable !== undefined) console.warn(`Skipped: ${name}, because ${unavailable}.`);
  describe.skipIf(unavailable !== undefined)(name, body);
};

/** Runs a program to its end. @throws Error with what it said on its error output */
export const run = async (program: string, args: readonly string[], options: RunOptions = {}): Promise<string> => {
  const { input, env } = options;
  const running = execute(program, args, {
    maxBuffer: 1 << 30,
    timeout: 120_000,
    env: { ...process.env, PATH: folders.join(':'), ...env },
  });
  running.child.stdin?.on('error', () => {});
  running.child.stdin?.end(input ?? '');
  return (await running).stdout;
};
interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Ports that nobody uses at the moment, on the loopback address. */
export const freePorts = async (count: number): Promise<number[]> => {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
};

const answers = (host: string, port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect({ host, port }, () => done(true)).once('error', () => done(false));
    socket.once('connect', () => socket.destroy());
  });

/**
 * A temporary folder, and the server in it. Both are gone when the test closes them and when the test's process dies
 * however it likes: a shell of its own session waits for the end of its input, and then ends the server and removes the
 * folder.
 */
export class ServerFolder {
  readonly path: string;
  readonly #guard;
  #server: ReturnType<typeof spawn> | undefined;

  constructor(path: string) {
    this.path = path;
    const script = 'while read one; do pid=$one; done; [ -z "$pid" ] || kill -9 "$pid" 2> /dev/null; rm -rf "$1"';
    this.#guard = spawn('sh', ['-c', script, 'sh', path], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    this.#guard.unref();
    (this.#guard.stdin as unknown as Socket).unref();
  }

  static async create(): Promise<ServerFolder> {
    return new ServerFolder(await mkdtemp(join(tmpdir(), 'holdfast-directory-')));
  }

  in(name: string): string {
    return join(this.path, name);
  }

  write(name: string, text: string): Promise<void> {
    return writeFile(this.in(name), text);
  }

  /** Starts the server, and waits until it accepts connections. @throws Error with its output when it ends instead */
  async serve(program: string, args: readonly string[], host: string, port: number): Promise<void> {
    const server = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { ...process.env, PATH: folders.join(':') },
    });
    this.#server = server;
    let said = '';
    for (const stream of [server.stdout, server.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said = `${said}${chunk}`.slice(-4_000);
      });
      (stream as unknown as Socket).unref();
    }
    server.unref();
    const failed = new Promise<never>((_, fail) => {
      server.once('error', fail);
      server.once('exit', (code) => fail(new Error(`${program} ended (${code}): ${said.trim()}`)));
    });
    failed.catch(() => {});
    // The guard may end by itself, when somebody ends all processes of the test.
    this.#guard.stdin.on('error', () => {});
    this.#guard.stdin.write(`${server.pid}\n`);
    const until = Date.now() + 60_000;
    while (!(await Promise.race([answers(host, port), failed]))) {
      if (Date.now() > until) throw new Error(`${program} did not answer within a minute: ${said.trim()}`);
      await delay(20);
    }
  }

  /** Ends the server, so that its files can be worked on, or a client loses it. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const ended = new Promise((done) => server.once('exit', done));
    server.kill('SIGTERM');
    await ended;
  }

  async close(): Promise<void> {
    await this.stop();
    const removed = new Promise((done) => this.#guard.once('exit', done));
    this.#guard.stdin.end();
    await removed;
  }
}

/** Files of an authority and of a certificate by it, for a name and an address. The key is its owner's alone. */
interface Certificate {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

export const certify = async (folder: ServerFolder, name: string, address: string): Promise<Certificate> => {
  const path = (file: string) => folder.in(file);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await folder.write('names', `subjectAltName=DNS:${name},IP:${address}\n`);
  const authority = ['-x509', ...key, '-days', '2', '-subj', '/CN=Authority of a test'];
  await run('openssl', ['req', ...authority, '-keyout', path('ca.key'), '-out', path('ca.pem')]);
  await run('openssl', ['req', ...key, '-subj', `/CN=${name}`, '-keyout', path('tls.key'), '-out', path('tls.csr')]);
  const signed = ['-req', '-in', path('tls.csr'), '-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial'];
  await run('openssl', ['x509', ...signed, '-days', '2', '-out', path('tls.pem'), '-extfile', path('names')]);
  await chmod(path('tls.key'), 0o600);
  return { ca: path('ca.pem'), certificate: path('tls.pem'), key: path('tls.key') };
};

/** Who signs in to a directory. */
export interface Account {
  readonly dn: string;
  readonly password: string;
}

/** An entry as `ldapsearch` prints it: attributes in lower case, each value as its bytes. */
export interface FoundEntry {
  readonly dn: string;
  readonly attributes: ReadonlyMap<string, readonly Buffer[]>;
}

/** Reads what `ldapsearch -LLL -o ldif-wrap=no` prints. It is no reader of LDIF: no folds, no changes. */
const printed = (text: string): FoundEntry[] =>
  text
    .split('\n\n')
    .map((block) => block.split('\n').flatMap((line) => /^([^#:\s][^:]*)(::?) ?(.*)$/.exec(line) ?? []))
    .flatMap((fields) => {
      const attributes = new Map<string, Buffer[]>();
      for (let at = 0; at < fields.length; at += 4) {
        const [, name = '', colons, value = ''] = fields.slice(at, at + 4);
        const key = name.toLowerCase();
        const values = attributes.get(key) ?? [];
        values.push(Buffer.from(value, colons === '::' ? 'base64' : 'utf8'));
        attributes.set(key, values);
      }
      const dn = attributes.get('dn')?.[0]?.toString();
      return dn === undefined ? [] : [{ dn, attributes }];
    });

/** The command line of OpenLDAP, as one account on one server over TLS. */
export class CommandLine {
  readonly url: string;
  readonly ca: string;
  readonly as: Account;

  constructor(url: string, ca: string, as: Account) {
    this.url = url;
    this.ca = ca;
    this.as = as;
  }

  #run(program: string, args: readonly string[], input?: string): Promise<string> {
    const bound = ['-x', '-H', this.url, '-D', this.as.dn, '-w', this.as.password];
    const env = { LDAPTLS_CACERT: this.ca, LDAPCONF: '/dev/null' };
    return run(program, [...bound, ...args], { env, ...(input !== undefined && { input }) });
  }

  /** Everything below the base that matches. @throws Error when the server refuses or limits the search */
  async search(base: string, filter: string, attributes: readonly string[] = []): Promise<FoundEntry[]> {
    const args = ['-LLL', '-o', 'ldif-wrap=no', '-E', 'pr=500/noprompt', '-b', base, filter, ...attributes];
    return printed(await this.#run('ldapsearch', args));
  }

  /** One attribute of one entry. @throws Error when it has none */
  async valueOf(dn: string, attribute: string): Promise<string> {
    const found = (await this.search(dn, '(objectClass=*)', [attribute]))[0]?.attributes.get(attribute.toLowerCase());
    if (found?.[0] === undefined) throw new Error(`${dn} has no ${attribute}`);
    return found[0].toString();
  }

  /** Carries out change records, in order. @throws Error with what the server said to the first that it refused */
  async change(...records: readonly string[]): Promise<void> {
    await this.#run('ldapmodify', [], `${records.join('\n\n')}\n`);
  }
}

/** A person as the directory has them, by the attributes that Holdfast takes. */
interface ReadPerson {
  readonly dn: string;
  readonly name: string;
  readonly login: string;
  readonly mail?: string;
  readonly enabled: boolean;
}
/** A group with the ids of its direct members, primary ones included. */
interface ReadGroup {
  readonly dn: string;
  readonly name: string;
  readonly people: readonly string[];
  readonly groups: readonly string[];
}
/** What a directory says at one moment, by immutable id. */
interface Reading {
  readonly people: ReadonlyMap<string, ReadPerson>;
  readonly groups: ReadonlyMap<string, ReadGroup>;
}

/** What is read of one entry before its members are looked up. */
export interface Found {
  readonly id: string;
  readonly dn: string;
  readonly person?: Omit<ReadPerson, 'dn'>;
  readonly group?: {
    readonly name: string;
    readonly dns: readonly string[];
    readonly logins: readonly string[];
    /** The number by which people name this group as their primary one. */
    readonly number?: string | undefined;
  };
  /** The number of the person's primary group. */
  readonly primary?: string | undefined;
  readonly uid?: string | undefined;
}

/** A DN without regard to its escapes and case: what is escaped stands for itself, unless it separates parts. */
export const keyOf = (dn: string): string =>
  dn
    .replace(/(?:\\[0-9a-f]{2})+|\\./gi, (written) => {
      const pairs = /^(?:\\[0-9a-f]{2})+$/i.test(written);
      const plain = pairs ? Buffer.from(written.replaceAll('\\', ''), 'hex').toString() : written.slice(1);
      return plain.replace(/[,+;]/g, '\\$&');
    })
    .toLowerCase();

/** Joins what was found: members by DN, by login and by primary group. Members that are not among the found are nobody. */
export const readingOf = (found: readonly Found[]): Reading => {
  const people = new Map(found.flatMap(({ id, dn, person }) => (person ? [[id, { dn, ...person }]] : [])));
  const byDn = new Map(found.map((one) => [keyOf(one.dn), one]));
  const byUid = new Map(found.flatMap((one) => (one.person && one.uid ? [[one.uid, one]] : [])));
  const byPrimary = new Map<string, string[]>();
  for (const { id, primary } of found)
    if (primary !== undefined) byPrimary.set(primary, [...(byPrimary.get(primary) ?? []), id]);
  const groups = new Map<string, ReadGroup>();
  for (const { id, dn, group } of found) {
    if (group === undefined) continue;
    const members = [
      ...group.dns.map((one) => byDn.get(keyOf(one))?.id),
      ...group.logins.map((one) => byUid.get(one)?.id),
      ...(group.number === undefined ? [] : (byPrimary.get(group.number) ?? [])),
    ].filter((one) => one !== undefined);
    const direct = [...new Set(members)].sort();
    groups.set(id, {
      dn,
      name: group.name,
      people: direct.filter((one) => people.has(one)),
      groups: direct.filter((one) => !people.has(one) && one !== id),
    });
  }
  return { people, groups };
};

/** One text of an entry. */
export const text = ({ attributes }: FoundEntry, name: string): string | undefined =>
  attributes.get(name)?.[0]?.toString();
export const texts = ({ attributes }: FoundEntry, name: string): string[] =>
  (attributes.get(name) ?? []).map((value) => value.toString());

/** A server that a test has started. */
export interface RealDirectory {
  readonly kind: 'ldap' | 'active-directory';
  /** ldaps:// with the address; the certificate is good for it, and for `serverName`. */
  readonly url: string;
  /** ldap://, for StartTLS. */
  readonly plainUrl: string;
  readonly serverName: string;
  /** Path of the authority's certificate. */
  readonly caFile: string;
  readonly base: string;
  /** Who may do everything. */
  readonly admin: Account;
  /** Who may read everything below the base, and nothing else: the account of a synchronisation. */
  readonly sync: Account;
  /** Carries out LDIF change records as the administrator. */
  change(...records: readonly string[]): Promise<void>;
  /** Hides everything below this DN from the account of the synchronisation, which gets no error for it. */
  hide(dn: string): Promise<void>;
  /** Lets the account of the synchronisation read everything again. */
  show(): Promise<void>;
  /** One attribute of one entry, by its name as asked for. @throws Error when it has none */
  valueOf(dn: string, attribute: string): Promise<string>;
  /** What the directory has, read by the administrator with `ldapsearch`. */
  read(): Promise<Reading>;
  /** Ends the server without its folder, and starts it again on the same address. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

export const readText = (path: string): Promise<string> => readFile(path, 'utf8');
