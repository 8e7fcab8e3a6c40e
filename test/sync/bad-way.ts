// A way between client and API on which everything happens that happens to requests: they are lost before they arrive or
// after they were answered, come twice, come again later, come cut off or with half their content. Drawn by a seed.
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Random } from '../../infra/local/model/random.ts';

type Mishap = 'lost' | 'unanswered' | 'twice' | 'cut' | 'halved' | 'again';
/** How often of a hundred requests that only read, where little can go wrong, of batches, and of all others. */
const chances = {
  reads: { lost: 4, unanswered: 4 },
  batches: { lost: 4, unanswered: 8, twice: 8, cut: 8, halved: 12, again: 12 },
  others: { lost: 6, unanswered: 12, twice: 12, cut: 6, again: 14 },
} as const satisfies Readonly<Record<string, Partial<Record<Mishap, number>>>>;

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}
interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

const read = async (stream: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/** Half of the lines of a batch, so that it is well-formed and says less. */
const halved = (sent: Sent): Sent => {
  if (sent.headers['content-encoding'] !== 'gzip') return sent;
  const lines = gunzipSync(sent.body).toString().split('\n');
  return { ...sent, body: gzipSync(lines.slice(0, Math.ceil(lines.length / 2)).join('\n')) };
};

export class BadWay {
  readonly #server: Server;
  readonly #to: () => string;
  readonly #random: Random;
  /** Requests that come again later. */
  readonly #later: Sent[] = [];
  readonly #under: Set<Promise<unknown>> = new Set();
  /** What has happened, in order. */
  readonly happened: string[] = [];
  /** False to pass everything on as it is. */
  bad = true;
  /** Called for each request, before it is passed on and after the API has answered it. What it throws ends the request. */
  watch: ((method: string, when: 'before' | 'after') => void | Promise<void>) | undefined;
  #requests = 0;

  private constructor(to: () => string, random: Random) {
    this.#to = to;
    this.#random = random;
    this.#server = createServer((from, answer) => {
      const work = this.#pass(from, answer).catch(() => void from.socket.destroy());
      this.#under.add(work);
      void work.finally(() => this.#under.delete(work));
    });
  }

  /** @param to the address of the API at the moment */
  static async start(to: () => string, random: Random): Promise<BadWay> {
    const way = new BadWay(to, random);
    await new Promise<void>((done, fail) => way.#server.once('error', fail).listen(0, '127.0.0.1', done));
    return way;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  #draw(method: string): Mishap | undefined {
    let dice = this.#random.next() * 100;
    const of = method === 'GET' ? chances.reads : method === 'PUT' ? chances.batches : chances.others;
    for (const [mishap, chance] of Object.entries(of)) {
      dice -= chance;
      if (dice < 0) return mishap as Mishap;
    }
    return undefined;
  }

  async #pass(from: IncomingMessage, to: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/', headers } = from;
    const sent: Sent = { method, path, headers, body: await read(from) };
    this.#requests += 1;
    const n = this.#requests;
    await this.watch?.(method, 'before');
    const mishap = this.bad ? this.#draw(method) : undefined;
    if (mishap !== undefined) this.happened.push(`${mishap} ${n}: ${method} ${path}`);
    if (mishap === 'lost') return void from.socket.destroy();
    if (mishap === 'cut') {
      await this.#send(sent, sent.body.subarray(0, Math.floor(sent.body.length / 2))).catch(() => {});
      return void from.socket.destroy();
    }
    if (mishap === 'again') this.#later.push(sent);
    // What comes again comes after others, so it is out of order.
    if (this.bad && this.#later.length > 0 && this.#random.chance(0.3)) {
      const late = this.#later.splice(Math.floor(this.#random.next() * this.#later.length), 1)[0] as Sent;
      this.happened.push(`late: ${late.method} ${late.path}`);
      await this.#send(late).catch(() => {});
    }
    if (mishap === 'twice') await this.#send(sent);
    const answer = await this.#send(mishap === 'halved' ? halved(sent) : sent);
    await this.watch?.(method, 'after');
    if (mishap === 'unanswered') return void from.socket.destroy();
    to.writeHead(answer.status, { ...answer.headers, connection: 'close' }).end(answer.body);
  }

  /** Lets everything come again that has not yet. */
  async late(): Promise<void> {
    for (const sent of this.#later.splice(0)) await this.#send(sent).catch(() => {});
  }

  /** Passes a request on. @param body what arrives of it, if not all: then the connection ends. */
  #send(sent: Sent, body = sent.body): Promise<Answer> {
    const { method, path, headers } = sent;
    const { host: _, connection: __, 'transfer-encoding': ___, ...rest } = headers;
    return new Promise((done, fail) => {
      const to = request(`${this.#to()}${path}`, {
        method,
        agent: false,
        headers: { ...rest, 'content-length': body === sent.body ? sent.body.length : sent.body.length + 1 },
      });
      to.once('error', fail);
      to.once('response', (response) => {
        const { statusCode: status = 500, headers: found } = response;
        read(response).then((content) => done({ status, headers: found, body: content }), fail);
      });
      if (body === sent.body) to.end(body);
      else to.write(body, () => to.destroy(new Error('cut off')));
    });
  }

  async close(): Promise<void> {
    const closed = new Promise((done) => this.#server.close(done));
    this.#server.closeAllConnections();
    await Promise.all([closed, ...this.#under]);
  }
}
