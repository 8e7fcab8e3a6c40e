// The command directory-sync against a journey's API and directory, in this process or in one of its own that can be
// killed.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exits } from '../../clients/directory-sync/exits.ts';
import { main } from '../../clients/directory-sync/main.ts';
import { tokenFor } from '../support/server.ts';
import type { Journey } from './journey.ts';

/** How a call of the command has ended. */
export interface Ended {
  /** The name of the exit code, or `killed`. */
  readonly exit: keyof typeof exits | 'killed';
  /** What it logged as JSON. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
}

const nameOf = (code: number | null): Ended['exit'] =>
  (Object.entries(exits).find(([, one]) => one === code)?.[0] ?? 'killed') as Ended['exit'];
const read = (text: string): Ended['log'] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));

export class SyncClient {
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#env = env;
  }

  /** @param url where the client finds the API */
  static async create(journey: Journey, url: string): Promise<SyncClient> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-client-'));
    const { directory, source, tenant } = journey;
    const { kind, caFile, base, sync } = directory;
    const settings = {
      source,
      state: 'client.state',
      api: { url, token: { env: 'TOKEN' } },
      directory: {
        kind: kind === 'ldap' ? 'openldap' : 'samba',
        url: directory.url,
        ca: caFile,
        bindDn: sync.dn,
        secret: { env: 'SECRET' },
      },
      users: { bases: [base] },
      groups: { bases: [base] },
    };
    await writeFile(join(folder, 'settings.json'), JSON.stringify(settings));
    return new SyncClient(folder, { TOKEN: tokenFor(tenant.admin), SECRET: sync.password });
  }

  #words(words: readonly string[]): string[] {
    return [...words, '--config', join(this.#folder, 'settings.json'), '--json'];
  }

  /** Runs the command to its end. */
  async run(...words: readonly string[]): Promise<Ended> {
    let said = '';
    const sink = {
      write: (text: string) => {
        said += text;
      },
    };
    const { signal } = new AbortController();
    const code = await main({ words: this.#words(words), env: this.#env, out: sink, err: sink, signal });
    return { exit: nameOf(code), log: read(said) };
  }

  /** Runs the command in a process of its own. */
  start(...words: readonly string[]): { kill(): void; readonly ended: Promise<Ended> } {
    const script = ['infra/node.js', 'clients/directory-sync/directory-sync.ts', ...this.#words(words)];
    const child = spawn(process.execPath, script, { env: { ...process.env, ...this.#env } });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        said += chunk;
      });
    const ended = new Promise<Ended>((done, fail) => {
      child.once('error', fail);
      child.once('close', (code) => done({ exit: nameOf(code), log: read(said) }));
    });
    return { kill: () => child.kill('SIGKILL'), ended };
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
