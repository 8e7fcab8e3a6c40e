// A small LDAP server in this process that can do what no real one does when a test wants it: empty pages, ranges that
// nobody asked for, limits, referrals, silence, and connections that end at the wrong moment.
import { createServer, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { BerReader, BerWriter } from 'ldapts';

type Value = string | Buffer;
export interface ScriptedEntry {
  readonly dn: string;
  readonly attributes: Readonly<Record<string, readonly Value[]>>;
}

interface Asked {
  /** Of all searches of the server, from 1. */
  readonly number: number;
  readonly base: string;
  readonly scope: 'base' | 'one' | 'sub';
  readonly sizeLimit: number;
  readonly timeLimit: number;
  readonly attributes: readonly string[];
  /** Undefined when no pages are asked for. */
  readonly pageSize: number | undefined;
  /** Empty for the first page. */
  readonly cookie: string;
  readonly connection: number;
}

interface Reply {
  readonly entries?: readonly ScriptedEntry[];
  readonly references?: readonly (readonly string[])[];
  /** Of the result; 0 by default. */
  readonly code?: number;
  /** Undefined leaves the control out; an empty one says that this was the last page. */
  readonly cookie?: string | undefined;
  /** Comes in front of the entries. */
  readonly noise?: Buffer;
}
/** What a search is answered with: `drop` ends the connection, `silence` says nothing. */
export type Answer = Reply | 'drop' | 'silence';

interface Script {
  /** The entries below and beside the bases; also the root (the empty DN) if a test needs more than the usual one. */
  readonly entries: readonly ScriptedEntry[];
  /** Answers a search in its own way, or leaves it to the entries. */
  readonly onSearch?: (asked: Asked, usual: () => Reply) => Answer | undefined;
  /** The result of a bind; `silence` says nothing. */
  readonly onBind?: (dn: string, secret: string) => number | 'silence';
  /** Values of an attribute that come at a time, whether asked for in ranges or not. */
  readonly rangeLength?: number;
  /** Key and certificate for StartTLS. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** What comes in the clear behind the answer to StartTLS. */
  readonly injected?: Buffer;
}

export interface ScriptedLdap {
  readonly url: string;
  readonly searches: readonly Asked[];
  readonly connections: number;
  close(): Promise<void>;
}

const operations = { bind: 0x60, unbind: 0x42, search: 0x63, extended: 0x77 } as const;
const pagedResults = '1.2.840.113556.1.4.319';

type Matches = (entry: ScriptedEntry) => boolean;
const valuesOf = ({ attributes }: ScriptedEntry, name: string): Buffer[] =>
  Object.entries(attributes)
    .filter(([one]) => one.toLowerCase() === name.toLowerCase())
    .flatMap(([, values]) => values.map((value) => Buffer.from(value as string)));
const folded = (value: Buffer): string => value.toString('latin1').toLowerCase();

/** Reads a filter of and, or, not, equality, presence and substrings (RFC 4511, section 4.5.1.7). */
const filterOf = (reader: BerReader): Matches => {
  const tag = reader.readSequence();
  const end = reader.offset + reader.length;
  const rest = (): Matches[] => {
    const all: Matches[] = [];
    while (reader.offset < end) all.push(filterOf(reader));
    return all;
  };
  if (tag === 0xa0) {
    const all = rest();
    return (entry) => all.every((matches) => matches(entry));
  }
  if (tag === 0xa1) {
    const all = rest();
    return (entry) => all.some((matches) => matches(entry));
  }
  if (tag === 0xa2) {
    const [matches] = rest();
    return (entry) => !matches?.(entry);
  }
  if (tag === 0xa3) {
    const name = reader.readString() ?? '';
    const wanted = reader.readString(4, true) ?? Buffer.alloc(0);
    return (entry) => valuesOf(entry, name).some((value) => folded(value) === folded(wanted));
  }
  if (tag === 0xa4) {
    const name = reader.readString() ?? '';
    reader.readSequence();
    const parts: string[] = [];
    while (reader.offset < end) parts.push(folded(reader.readString(reader.peek() ?? 0, true) ?? Buffer.alloc(0)));
    return (entry) => valuesOf(entry, name).some((value) => parts.every((part) => folded(value).includes(part)));
  }
  throw new Error(`The scripted server knows no filter with the tag ${tag?.toString(16)}.`);
};
const present = 0x87;
const readFilter = (reader: BerReader): Matches => {
  if (reader.peek() !== present) return filterOf(reader);
  const name = reader.readString(present) ?? '';
  return (entry) => name.toLowerCase() === 'objectclass' || valuesOf(entry, name).length > 0;
};

const entryMessage = (id: number, { dn, attributes }: ScriptedEntry): Buffer => {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(0x64);
  writer.writeString(dn);
  writer.startSequence();
  for (const [name, values] of Object.entries(attributes)) {
    writer.startSequence();
    writer.writeString(name);
    writer.startSequence(0x31);
    for (const value of values) writer.writeBuffer(Buffer.from(value as string), 4);
    writer.endSequence();
    writer.endSequence();
  }
  writer.endSequence();
  writer.endSequence();
  writer.endSequence();
  return writer.buffer;
};

const referenceMessage = (id: number, urls: readonly string[]): Buffer => {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(0x73);
  for (const url of urls) writer.writeString(url);
  writer.endSequence();
  writer.endSequence();
  return writer.buffer;
};

const resultMessage = (id: number, operation: number, code: number, cookie?: string): Buffer => {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(operation);
  writer.writeEnumeration(code);
  writer.writeString('');
  writer.writeString(code === 0 ? '' : 'as the script says');
  writer.endSequence();
  if (cookie !== undefined) {
    const value = new BerWriter();
    value.startSequence();
    value.writeInt(0);
    value.writeString(cookie);
    value.endSequence();
    writer.startSequence(0xa0);
    writer.startSequence();
    writer.writeString(pagedResults);
    writer.writeBuffer(value.buffer, 4);
    writer.endSequence();
    writer.endSequence();
  }
  writer.endSequence();
  return writer.buffer;
};

const isBelow = (dn: string, base: string): boolean =>
  dn.toLowerCase() === base.toLowerCase() || dn.toLowerCase().endsWith(`,${base.toLowerCase()}`);

/** The attributes that were asked for, long lists in ranges. */
const projected = (entry: ScriptedEntry, asked: readonly string[], rangeLength: number): ScriptedEntry => {
  const result: Record<string, readonly Value[]> = {};
  for (const wanted of asked) {
    const [name = '', from, to] = /^([^;]*)(?:;range=(\d+)-(\d+|\*))?$/i.exec(wanted)?.slice(1) ?? [];
    const found = Object.entries(entry.attributes).find(([one]) => one.toLowerCase() === name.toLowerCase());
    if (found === undefined) continue;
    const [spelt, values] = found;
    const start = Number(from ?? 0);
    const end = Math.min(to === undefined || to === '*' ? values.length : Number(to) + 1, start + rangeLength);
    const part = values.slice(start, end);
    if (from === undefined && part.length === values.length) result[spelt] = values;
    else {
      // Active Directory names the attribute once more, without values.
      if (from === undefined) result[spelt] = [];
      result[`${spelt};range=${start}-${end >= values.length ? '*' : end - 1}`] = part;
    }
  }
  return { dn: entry.dn, attributes: result };
};

class Connection {
  readonly #script: Script;
  readonly #number: number;
  readonly #searches: Asked[];
  #socket: Socket;
  #waiting = Buffer.alloc(0);

  constructor(socket: Socket, script: Script, number: number, searches: Asked[]) {
    this.#socket = socket;
    this.#script = script;
    this.#number = number;
    this.#searches = searches;
    this.#listen();
  }

  #listen(): void {
    this.#socket.on('error', () => {});
    this.#socket.on('data', (data) => {
      this.#waiting = Buffer.concat([this.#waiting, data]);
      for (;;) {
        const reader = new BerReader(this.#waiting);
        if (reader.readSequence() === null || reader.remain < reader.length) return;
        const end = reader.offset + reader.length;
        this.#waiting = this.#waiting.subarray(end);
        reader.setBufferSize(end);
        this.#answer(reader);
      }
    });
  }

  #answer(reader: BerReader): void {
    const id = reader.readInt() ?? 0;
    const operation = reader.readSequence();
    if (operation === operations.bind) {
      reader.readInt();
      const dn = reader.readString() ?? '';
      const code = this.#script.onBind?.(dn, reader.readString(0x80) ?? '') ?? 0;
      if (code !== 'silence') this.#socket.write(resultMessage(id, 0x61, code));
    } else if (operation === operations.search) this.#search(id, reader);
    else if (operation === operations.extended) this.#startTls(id);
    else this.#socket.end();
  }

  #startTls(id: number): void {
    const { tls, injected } = this.#script;
    const answer = resultMessage(id, 0x78, tls === undefined ? 2 : 0);
    this.#socket.removeAllListeners('data');
    this.#socket.write(injected === undefined ? answer : Buffer.concat([answer, injected]));
    if (tls !== undefined) this.#socket = new TLSSocket(this.#socket, { isServer: true, ...tls });
    this.#listen();
  }

  #search(id: number, reader: BerReader): void {
    const base = reader.readString() ?? '';
    const scope = (['base', 'one', 'sub'] as const)[reader.readEnumeration() ?? 0] ?? 'sub';
    reader.readEnumeration();
    const sizeLimit = reader.readInt() ?? 0;
    const timeLimit = reader.readInt() ?? 0;
    reader.readBoolean();
    const matches = readFilter(reader);
    const attributes: string[] = [];
    reader.readSequence();
    for (const end = reader.offset + reader.length; reader.offset < end; ) attributes.push(reader.readString() ?? '');
    let pageSize: number | undefined;
    let cookie = '';
    if (reader.peek() === 0xa0) {
      reader.readSequence();
      reader.readSequence();
      if (reader.readString() !== pagedResults)
        throw new Error('The scripted server knows no other control than pages.');
      if (reader.peek() === 1) reader.readBoolean();
      const control = new BerReader(reader.readString(4, true) ?? Buffer.alloc(0));
      control.readSequence();
      pageSize = control.readInt() ?? 0;
      cookie = control.readString() ?? '';
    }
    const number = this.#searches.length + 1;
    const asked = { number, base, scope, sizeLimit, timeLimit, attributes, pageSize, cookie, connection: this.#number };
    this.#searches.push(asked);
    const usual = () => this.#usual(asked, matches);
    const answer = this.#script.onSearch?.(asked, usual) ?? usual();
    if (answer === 'silence') return;
    if (answer === 'drop') this.#socket.destroy();
    else this.#send(id, answer);
  }

  #send(id: number, { entries = [], references = [], code = 0, cookie, noise }: Reply): void {
    const found = Buffer.concat([...(noise ? [noise] : []), ...entries.map((entry) => entryMessage(id, entry))]);
    const end = [...references.map((urls) => referenceMessage(id, urls)), resultMessage(id, 0x65, code, cookie)];
    this.#socket.write(Buffer.concat([found, ...end]));
  }

  #usual({ base, scope, attributes, pageSize, cookie }: Asked, matches: Matches): Reply {
    const { entries, rangeLength = Number.POSITIVE_INFINITY } = this.#script;
    const inScope = entries.filter(({ dn }) =>
      scope === 'base' ? dn.toLowerCase() === base.toLowerCase() : isBelow(dn, base),
    );
    if (inScope.length === 0) return { code: 32 };
    const found = inScope.filter(matches).map((entry) => projected(entry, attributes, rangeLength));
    if (pageSize === undefined) return { entries: found };
    const from = Number(cookie || 0);
    const next = from + pageSize;
    return { entries: found.slice(from, next), cookie: next < found.length ? String(next) : '' };
  }
}

/** Starts the server on a free port of this machine. */
export const startScripted = async (script: Script): Promise<ScriptedLdap> => {
  const searches: Asked[] = [];
  const open = new Set<Socket>();
  let connections = 0;
  const server: Server = createServer((socket) => {
    open.add(socket);
    connections += 1;
    new Connection(socket, script, connections, searches);
  });
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done));
  return {
    url: `ldap://127.0.0.1:${(server.address() as { port: number }).port}`,
    searches,
    get connections() {
      return connections;
    },
    close: async () => {
      const closed = new Promise((done) => server.close(done));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
};
