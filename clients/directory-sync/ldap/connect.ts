// Opens a connection: in TLS from the first byte, in TLS after StartTLS (RFC 4511, section 4.14), or in the clear.
//
// ldapts gets the socket when it is ready, because its own StartTLS takes "localhost" for the name in the certificate,
// and never notices that the connection has ended.
import net from 'node:net';
import tls from 'node:tls';
import { BerReader, ExtendedRequest } from 'ldapts';
import { DirectoryFault } from './fault.ts';
import type { DirectoryConfig } from './types.ts';

const startTlsOid = '1.3.6.1.4.1.1466.20037';
const extendedResponse = 0x78;

interface Address {
  readonly host: string;
  readonly port: number;
  readonly mode: 'tls' | 'start-tls' | 'clear';
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);

/** @throws DirectoryFault with the field that is wrong */
export const addressOf = ({ url, startTls = false, insecure = false }: Omit<DirectoryConfig, 'secret'>): Address => {
  const wrong = (why: string) => new DirectoryFault('config', why);
  if (!URL.canParse(url)) throw wrong('url is not an address: write ldaps://host');
  const parsed = new URL(url);
  const isTls = parsed.protocol === 'ldaps:';
  if (!isTls && parsed.protocol !== 'ldap:') throw wrong('url must begin with ldaps:// or ldap://');
  if (parsed.username !== '' || parsed.password !== '') throw wrong('url must not have a name or a secret: use bindDn');
  const rest = `${parsed.pathname.replace(/^\/$/, '')}${parsed.search}${parsed.hash}`;
  if (parsed.hostname === '' || rest !== '') throw wrong('url must have a host, and nothing behind host and port');
  if (isTls && startTls) throw wrong('startTls is for ldap:// only, because ldaps:// begins with TLS');
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1');
  const mode = isTls ? 'tls' : startTls ? 'start-tls' : 'clear';
  if (mode === 'clear' && !insecure && !isLoopback(host))
    throw wrong('url is ldap:// without TLS, so the secret would travel in the clear: use ldaps://, or startTls');
  return { host, port: Number(parsed.port) || (isTls ? 636 : 389), mode };
};

/** Waits for an event of a socket. An end and an error of the socket are errors. */
const first = <T>(socket: net.Socket, event: string): Promise<T> =>
  new Promise((resolve, reject) => {
    const end = () => reject(new Error('the server has closed the connection'));
    const done = (value: T) => {
      socket.off('error', reject).off('close', end);
      resolve(value);
    };
    socket.once(event, done).once('error', reject).once('close', end);
  });

/** True when the server has agreed to StartTLS; throws when it has not. */
const agreed = async (socket: net.Socket): Promise<void> => {
  socket.write(new ExtendedRequest({ messageId: 1, oid: startTlsOid }).write());
  let answer = Buffer.alloc(0);
  while (true) {
    answer = Buffer.concat([answer, await first<Buffer>(socket, 'data')]);
    const reader = new BerReader(answer);
    if (reader.readSequence() === null || reader.remain < reader.length) continue;
    // What comes in the clear behind the answer would be taken for an answer within TLS, so somebody may have put it there.
    if (reader.remain > reader.length)
      throw new DirectoryFault('tls', 'the server sent more than its answer to StartTLS');
    reader.readInt();
    const result = reader.readSequence() === extendedResponse ? reader.readEnumeration() : null;
    if (result !== 0) throw new DirectoryFault('tls', `the server refuses StartTLS: result ${result ?? 'unknown'}`);
    socket.pause();
    return;
  }
};

const secured = async (options: tls.ConnectionOptions): Promise<tls.TLSSocket> => {
  const socket = tls.connect(options);
  try {
    await first(socket, 'secureConnect');
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
};

/** Errors of the network: all others of a TLS socket are about TLS itself. */
const ofNetwork = /^E[A-Z]+$|^ERR_SOCKET/;

const faultOfConnecting = (error: unknown): DirectoryFault => {
  if (error instanceof DirectoryFault) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  // Node goes on with options of its own, behind a semicolon.
  const [said = ''] = message.split('; if ');
  const detail = [code, said].filter((part) => part !== undefined).join(': ');
  if (code === undefined || ofNetwork.test(code))
    return new DirectoryFault('unreachable', 'the server cannot be reached: see directory.url', { detail });
  const fix =
    code === 'ERR_TLS_CERT_ALTNAME_INVALID'
      ? 'the certificate is for another name: use that name in directory.url, or as directory.serverName'
      : 'the certificate is not trusted: directory.ca must name the certificate of the authority that has signed it';
  return new DirectoryFault('tls', fix, { detail });
};

/**
 * A socket on which LDAP may begin. The time to connect covers StartTLS and the handshake, because a silent server could
 * stop in each of them. @throws DirectoryFault
 */
export const connected = async (config: Omit<DirectoryConfig, 'secret'>): Promise<net.Socket> => {
  const { host, port, mode } = addressOf(config);
  const { ca, connectTimeout = 10_000 } = config;
  const name = config.serverName ?? host;
  const trust: tls.ConnectionOptions = {
    host,
    minVersion: 'TLSv1.2',
    ...(ca !== undefined && { ca }),
    // An address cannot be asked for by name (RFC 6066, section 3); the certificate is held to it all the same.
    ...(net.isIP(name) === 0 && { servername: name }),
    checkServerIdentity: (_, certificate) => tls.checkServerIdentity(name, certificate),
  };
  const plain = net.connect({ host, port });
  // An error without a listener would end the process. Whoever waits hears of it, and later the end of the socket tells.
  plain.on('error', () => {});
  const late = new DirectoryFault('unreachable', `the server did not answer within ${connectTimeout} ms`);
  const timer = setTimeout(() => plain.destroy(late), connectTimeout);
  try {
    await first(plain, 'connect');
    if (mode === 'start-tls') await agreed(plain);
    const socket = mode === 'clear' ? plain : await secured({ ...trust, socket: plain });
    socket.on('error', () => {});
    return socket;
  } catch (error) {
    plain.destroy();
    throw faultOfConnecting(plain.errored ?? error);
  } finally {
    clearTimeout(timer);
  }
};
