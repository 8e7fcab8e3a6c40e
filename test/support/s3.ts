// A stand-in for S3 in what exports need of it, by HTTP: conditional writes, versions, markers of deletion, Object Lock.
// It refuses an unconditional write, as the policy of the bucket does. What only the real S3 proves is in docs/deploy.md.
import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';

interface Version {
  readonly id: string;
  /** Absent for a marker of deletion. */
  readonly bytes?: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

const locked = {
  'x-amz-object-lock-mode': 'COMPLIANCE',
  'x-amz-object-lock-retain-until-date': '2126-01-01T00:00:00Z',
};

const xml = (name: string, content: string) => `<?xml version="1.0" encoding="UTF-8"?><${name}>${content}</${name}>`;

export class StandInBucket {
  /** The versions of each key, the newest last. */
  readonly versions = new Map<string, Version[]>();
  /** Requests, as `PUT key`. */
  readonly requests: string[] = [];
  /** True where the policy of the bucket refuses deletions, as that of a deployment does. */
  keeps = false;
  /** Most entries of a page of a list. */
  page = 1_000;
  readonly #writing = new Set<string>();
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  client(): S3Client {
    return new S3Client({
      endpoint: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`,
      forcePathStyle: true,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 's' },
      maxAttempts: 1,
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://s3');
    const key = decodeURIComponent(url.pathname).split('/').slice(2).join('/');
    this.requests.push(`${request.method} ${key}`);
    const say = (status: number, body: string | Buffer = '', headers: Record<string, string> = {}) =>
      response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
    const fail = (status: number, code: string) => say(status, xml('Error', `<Code>${code}</Code>`));
    const all = this.versions.get(key) ?? [];
    const asked = url.searchParams.get('versionId');
    const found = asked === null ? all.at(-1) : all.find(({ id }) => id === asked);
    if (request.method === 'PUT') return this.#put(request, key, say, fail);
    if (url.searchParams.has('versions')) return void say(200, this.#list(url.searchParams));
    if (request.method === 'DELETE') {
      if (asked !== null || this.keeps) return void fail(403, 'AccessDenied');
      this.versions.set(key, [...all, { id: randomUUID(), headers: {} }]);
      return void say(204);
    }
    if (!found?.bytes) return void fail(404, 'NoSuchKey');
    say(200, found.bytes, { ...found.headers, ...locked, 'x-amz-version-id': found.id });
  }

  async #put(
    request: IncomingMessage,
    key: string,
    say: (status: number, body?: string, headers?: Record<string, string>) => unknown,
    fail: (status: number, code: string) => unknown,
  ): Promise<void> {
    if (request.headers['if-none-match'] !== '*') return void fail(403, 'AccessDenied');
    const taken = this.#writing.has(key);
    this.#writing.add(key);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (taken) return void fail(409, 'ConditionalRequestConflict');
    this.#writing.delete(key);
    const bytes = Buffer.concat(chunks);
    const digest = createHash('sha256').update(bytes).digest('base64');
    const all = this.versions.get(key) ?? [];
    if (request.headers['x-amz-checksum-sha256'] !== digest) return void fail(400, 'BadDigest');
    if (all.at(-1)?.bytes) return void fail(412, 'PreconditionFailed');
    const headers = { 'content-type': String(request.headers['content-type']), 'x-amz-checksum-sha256': digest };
    const encoding = request.headers['content-encoding'];
    this.versions.set(key, [
      ...all,
      { id: randomUUID(), bytes, headers: { ...headers, ...(encoding && { 'content-encoding': encoding }) } },
    ]);
    say(200, '');
  }

  #list(query: URLSearchParams): string {
    const [prefix, marker, after] = ['prefix', 'key-marker', 'version-id-marker'].map((name) => query.get(name) ?? '');
    const entries = [...this.versions]
      .filter(([key]) => key.startsWith(prefix as string))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([key, list]) => [...list].reverse().map((version) => ({ key, ...version })));
    const from = marker ? entries.findIndex(({ key, id }) => key === marker && (!after || id === after)) + 1 : 0;
    const page = entries.slice(from, from + this.page);
    const last = page.at(-1);
    const more = last && from + page.length < entries.length;
    return xml(
      'ListVersionsResult',
      page
        .map(({ key, id, bytes }) => {
          const tag = bytes ? 'Version' : 'DeleteMarker';
          const size = bytes ? `<Size>${bytes.length}</Size>` : '';
          return `<${tag}><Key>${key}</Key><VersionId>${id}</VersionId>${size}</${tag}>`;
        })
        .join('') +
        `<IsTruncated>${more === true}</IsTruncated>` +
        (more ? `<NextKeyMarker>${last.key}</NextKeyMarker><NextVersionIdMarker>${last.id}</NextVersionIdMarker>` : ''),
    );
  }
}
