/** What the tests of the local server share: a server that echoes events, raw requests, and a folder per test. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type LocalRoute, type LocalServer, type ServeOptions, serve } from '../../infra/local/adapter.ts';
import type { LocalEvent, LocalHandler } from '../../infra/local/event.ts';
import { createIssuer, type Issuer, localAudience, verifier } from '../../infra/local/issuer.ts';

interface Echo {
  id: string;
  event: LocalEvent;
}

/** Answers with the event it got, under the id of the route. */
export function echo(id: string, method: string, path: string, auth: 'jwt' | 'none' = 'none'): LocalRoute {
  const handler: LocalHandler = async (event) => ({
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id, event }),
  });
  return { id, method, path, auth, handler };
}

export function route(id: string, handler: LocalHandler): LocalRoute {
  return { id, method: 'GET', path: `/v1/${id}`, auth: 'none', handler };
}

interface TestServer extends LocalServer {
  issuer: Issuer;
  logged: string[];
  echo(path: string, init?: RequestInit): Promise<Echo>;
}

export async function testServer(routes: LocalRoute[], options: Partial<ServeOptions> = {}): Promise<TestServer> {
  const issuer = await createIssuer();
  const verify = verifier({ issuer: issuer.issuer, audience: localAudience, jwks: issuer.jwks() });
  const logged: string[] = [];
  const server = await serve({ routes, verify, port: 0, log: (line) => logged.push(line), ...options });
  return {
    ...server,
    issuer,
    logged,
    async echo(path, init) {
      const response = await fetch(server.url + path, init);
      if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
      return (await response.json()) as Echo;
    },
  };
}

/** fetch() tidies addresses and headers up before they leave; this sends them as they are. */
export function raw(
  url: string,
  target: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<RawAnswer> {
  const { hostname, port, host } = new URL(url);
  const lines = Object.entries({ host, connection: 'close', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return new Promise((done, fail) => {
    let text = '';
    const socket = connect(Number(port), hostname, () =>
      socket.write(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`),
    );
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    socket.once('error', fail);
    socket.once('close', () => {
      const split = text.indexOf('\r\n\r\n');
      const body = text.slice(split + 4);
      done({ status: Number(text.split(' ')[1]), head: text.slice(0, split).toLowerCase(), body });
    });
  });
}

interface RawAnswer {
  status: number;
  head: string;
  body: string;
}

export async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Where process 1 does not collect orphans, an ended one stays as a zombie. */
export async function processLives(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
  } catch {
    return false;
  }
}

/** True as soon as the condition holds; false when it does not within a time that no machine needs, however busy. */
export async function eventually(condition: () => Promise<boolean>, withinMs = 15_000): Promise<boolean> {
  for (const deadline = Date.now() + withinMs; Date.now() < deadline; await delay(20))
    if (await condition()) return true;
  return false;
}
