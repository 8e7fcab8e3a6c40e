// Callers over HTTP for benchmarks. Each holds one connection and asks again as soon as it is answered. Requests are
// bytes that were made before, and an answer is read no further than to its end, so that callers take little of the
// machine that they share with the server.
import { connect, type Socket } from 'node:net';
import { utf8 } from '../shared/text/text.ts';
import { spread } from './numbers.ts';

/** A request that is sent as it is: by HTTP/1.1 on a connection that stays. */
export const requestOf = (path: string, headers: Readonly<Record<string, string>>, body: unknown): Buffer => {
  const text = Buffer.from(JSON.stringify(body));
  const lines = { host: '127.0.0.1', 'content-type': 'application/json', ...headers, 'content-length': text.length };
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${head.join('')}\r\n`), text]);
};

interface Answered {
  readonly status: number;
  readonly body: string;
}

/** One connection, on which one request is under way at a time. */
class Connection {
  readonly #socket: Socket;
  #waiting: { readonly resolve: (answer: Answered) => void; readonly reject: (error: Error) => void } | undefined;
  #parts: Buffer[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (part) => this.#hear(part));
    socket.on('close', () => this.#waiting?.reject(new Error('the server has closed a connection')));
    socket.on('error', (error) => this.#waiting?.reject(error));
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(new Connection(socket)));
      socket.once('error', reject);
    });
  }

  ask(request: Buffer): Promise<Answered> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(request);
    });
  }

  #hear(part: Buffer): void {
    this.#parts.push(part);
    const all = this.#parts.length === 1 ? part : Buffer.concat(this.#parts);
    const end = all.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = all.toString('latin1', 0, end);
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    if (length === undefined) throw new Error(`an answer without its length: ${head}`);
    if (all.length < end + 4 + Number(length)) return;
    this.#parts = [];
    this.#waiting?.resolve({
      status: Number(head.slice(9, 12)),
      get body() {
        return utf8(all.subarray(end + 4));
      },
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

export interface Load {
  /** Requests a second. */
  readonly rate: number;
  /** Milliseconds until the answer. */
  readonly p50: number;
  readonly p99: number;
  readonly requests: number;
}

/** The answers to some requests, one after the other. @throws Error for an answer that is not 200 */
export const answersTo = async (port: number, requests: readonly Buffer[]): Promise<string[]> => {
  const connection = await Connection.open(port);
  const answers: string[] = [];
  for (const request of requests) {
    const { status, body } = await connection.ask(request);
    if (status !== 200) throw new Error(`the server answers ${status}: ${body}`);
    answers.push(body);
  }
  connection.close();
  return answers;
};

/** Asks for some milliseconds over some connections. @throws Error for an answer that is not 200 */
export const loaded = async (
  port: number,
  requests: readonly Buffer[],
  connections: number,
  ms: number,
): Promise<Load> => {
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)));
  const times: number[] = [];
  const began = performance.now();
  const until = began + ms;
  let next = 0;
  const caller = async (connection: Connection): Promise<void> => {
    for (let now = performance.now(); now < until; ) {
      const request = requests[next % requests.length] as Buffer;
      next += 1;
      const { status, body } = await connection.ask(request);
      if (status !== 200) throw new Error(`the server answers ${status}: ${body}`);
      const ended = performance.now();
      times.push(ended - now);
      now = ended;
    }
  };
  await Promise.all(open.map(caller));
  const spent = performance.now() - began;
  for (const connection of open) connection.close();
  return { rate: (1_000 * times.length) / spent, ...spread(times), requests: times.length };
};
