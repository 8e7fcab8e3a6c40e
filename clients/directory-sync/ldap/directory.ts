// One pass over a directory: what is there, proven complete, and single entries whole.
import { AndFilter, EqualityFilter, FilterParser, OrFilter } from 'ldapts';
import { DirectoryError, normalRdns, parseDn } from '../../../shared/ldif/dn.ts';
import { immutableId } from '../../../shared/ldif/entries.ts';
import type { LdifValue } from '../../../shared/ldif/parse.ts';
import { counted } from '../../../shared/text/counted.ts';
import { DirectoryFault } from './fault.ts';
import { type KindTraits, kinds, wholeAttributes } from './kinds.ts';
import { epochOf, isBehind, isLater, isSettled, timeText } from './position.ts';
import { type RawEntry, Session } from './session.ts';
import { type Area, acceptReference, areasOf, isWithin } from './settings.ts';
import type { Directory, DirectoryConfig, EntryKind, FullEntry, Gone, Identity, Listed } from './types.ts';
import { contentOf, guidBytes, idOf, rangesOf, textAt, textsAt, withLists } from './values.ts';

/** Usable without a real clock in tests. */
export interface Clock {
  readonly now: () => number;
}

const entryKinds = ['user', 'group'] as const;
const plural = { user: 'users', group: 'groups' } as const;

/** Ids in one filter: few enough for any server's limit of a filter. */
const idsAtOnce = 50;
const dnsAtOnce = 20;
/** Requests under way at a time when entries are read one by one. */
const readsAtOnce = 16;
/** Groups come with their members, so fewer of them make a page. */
const groupsAtOnce = 20;
/** How often a group is read again because it changed while its parts were read. */
const mostReadings = 5;

const anything = FilterParser.parseString('(objectClass=*)');

function* chunks<T>(all: Iterable<T>, size: number): Generator<T[]> {
  let chunk: T[] = [];
  for (const one of all) {
    chunk.push(one);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

const isSame = (a: LdifValue | undefined, b: LdifValue | undefined): boolean =>
  a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0;

class Pass implements Directory {
  readonly ignored = { referrals: 0, duplicates: 0 };
  readonly #config: DirectoryConfig;
  readonly #traits: KindTraits;
  readonly #areas: Readonly<Record<EntryKind, Area>>;
  readonly #session: Session;
  readonly #clock: Clock;
  readonly #listed = { user: 0, group: 0 };
  #found: Promise<{ vendor: string; parts: string[]; cursor: string }> | undefined;

  constructor(config: DirectoryConfig, areas: Readonly<Record<EntryKind, Area>>, session: Session, clock: Clock) {
    this.#config = config;
    this.#traits = kinds[config.kind];
    this.#areas = areas;
    this.#session = session;
    this.#clock = clock;
  }

  async identity(before?: Pick<Identity, 'epoch' | 'cursor'>): Promise<Identity> {
    const { vendor, parts, cursor } = await this.#position();
    const epoch = epochOf(parts);
    if (before?.epoch === epoch && isBehind(this.#traits.markerForm, cursor, before.cursor))
      throw new DirectoryFault(
        'behind',
        'the directory is behind what it was at the last run: a replica answers that has not caught up, or a backup was restored. If it was restored, run once with --full',
        { retry: true },
      );
    return { vendor, cursor, epoch };
  }

  #position() {
    this.#found ??= this.#findPosition();
    return this.#found;
  }

  async #findPosition(): Promise<{ vendor: string; parts: string[]; cursor: string }> {
    const attributes = [
      ...['objectClass', 'vendorName', 'vendorVersion', 'namingContexts', 'supportedCapabilities'],
      ...['defaultNamingContext', 'dsServiceName', 'highestCommittedUSN'],
    ];
    const root = await this.#session.entry('', { filter: anything, attributes }, 'reading the root');
    if (root === undefined)
      throw new DirectoryFault('refused', 'the server does not show its root (RFC 4512, section 5.1)');
    // MS-ADTS section 3.1.1.3.4.3.1.
    const isActiveDirectory = textsAt(root, 'supportedCapabilities').includes('1.2.840.113556.1.4.800');
    const made = ['vendorName', 'vendorVersion'].flatMap((name) => textAt(root, name) ?? []).join(' ');
    const isOpenLdap = textsAt(root, 'objectClass').some((name) => name.toLowerCase() === 'openldaprootdse');
    const vendor = made || (isActiveDirectory ? 'Active Directory' : isOpenLdap ? 'OpenLDAP' : 'unknown');
    if (isActiveDirectory !== this.#traits.isActiveDirectory)
      throw new DirectoryFault('config', `kind is ${this.#config.kind}, but the server is another one: ${vendor}`);
    if (isActiveDirectory) return { vendor, ...(await this.#positionOfActiveDirectory(root)) };
    return { vendor, ...(await this.#positionOfTrees(textsAt(root, 'namingContexts'))) };
  }

  /** A server of Active Directory has its own numbers, and takes a new invocationId when it is restored. */
  async #positionOfActiveDirectory(root: RawEntry): Promise<{ parts: string[]; cursor: string }> {
    const cursor = textAt(root, 'highestCommittedUSN');
    const service = textAt(root, 'dsServiceName') ?? '';
    const domain = textAt(root, 'defaultNamingContext') ?? '';
    const read = async (dn: string, name: string): Promise<string | undefined> => {
      const entry = await this.#session.entry(
        dn,
        { filter: anything, attributes: [name] },
        'reading what the server is',
      );
      const value = entry?.attributes.find((one) => one.name === name.toLowerCase())?.values[0];
      return value === undefined ? undefined : immutableId([{ name: 'objectguid', options: [], values: [value] }]);
    };
    const invocation = await read(service, 'invocationId');
    const tree = await read(domain, 'objectGUID');
    if (cursor === undefined || invocation === undefined || tree === undefined)
      throw new DirectoryFault(
        'refused',
        'the account may not read what the server is: let it read highestCommittedUSN, invocationId and the objectGUID of the domain',
      );
    return { parts: [`${invocation}.${tree}`], cursor };
  }

  /** Elsewhere the trees that are read have ids, which replicas share, and OpenLDAP tells how far each tree is. */
  async #positionOfTrees(contexts: readonly string[]): Promise<{ parts: string[]; cursor: string }> {
    const bases = new Set(entryKinds.flatMap((kind) => this.#areas[kind].bases));
    const trees = new Set([...bases].map((base) => contextOf(base, contexts)));
    const parts: string[] = [];
    const cursors: string[] = [];
    for (const dn of trees) {
      const attributes = ['entryUUID', 'nsUniqueId', 'contextCSN'];
      const tree = await this.#session.entry(dn, { filter: anything, attributes }, 'reading the root of the tree');
      parts.push((tree && immutableId(tree.attributes)) ?? normalRdns(parseDn(dn)).join(','));
      if (tree) cursors.push(...textsAt(tree, 'contextCSN'));
    }
    return { parts, cursor: cursors.sort().join(',') || timeText(this.#clock.now()) };
  }

  /** Pages of an area; what they refer to is judged on the way. */
  async *#pages(kind: EntryKind, attributes: readonly string[], size?: number, filter = this.#areas[kind].filter) {
    for (const base of this.#areas[kind].bases) {
      const during = `reading the ${plural[kind]} below "${base}"`;
      for await (const { entries, references } of this.#session.pages(base, { filter, attributes }, during, size)) {
        for (const urls of references) {
          acceptReference(urls, base, this.#config);
          this.ignored.referrals += 1;
        }
        yield entries;
      }
    }
  }

  #line(kind: EntryKind, id: string, entry: RawEntry): Listed & { readonly version: string | undefined } {
    const version = textAt(entry, this.#traits.marker);
    const settled = version !== undefined && isSettled(this.#traits.markerForm, version, this.#clock.now());
    return { kind, id, dn: entry.dn, marker: settled ? version : undefined, version };
  }

  async *#listing(kind: EntryKind) {
    const { id, marker } = this.#traits;
    let without = 0;
    for await (const entries of this.#pages(kind, [id, marker]))
      for (const entry of entries) {
        const found = idOf(entry, this.#traits);
        if (found === undefined) without += 1;
        else yield this.#line(kind, found, entry);
      }
    if (without > 0)
      throw new DirectoryFault(
        'incomplete',
        `${counted(without, `${kind} has`, `${plural[kind]} have`)} no ${id}: let the account read it, or leave such entries out by the filter`,
      );
  }

  async *list({ recount = false }: { readonly recount?: boolean } = {}): AsyncGenerator<Listed> {
    const { cursor } = await this.#position();
    const seen = new Map<string, EntryKind>();
    for (const kind of entryKinds) {
      this.#listed[kind] = 0;
      for await (const { version: _, ...line } of this.#listing(kind)) {
        const as = seen.get(line.id);
        if (as === kind) this.ignored.duplicates += 1;
        else if (as !== undefined)
          throw new DirectoryFault('config', 'an entry matches both the filter of users and the filter of groups');
        else {
          seen.set(line.id, kind);
          this.#listed[kind] += 1;
          yield line;
        }
      }
      if (kind === 'user' && seen.size === 0)
        throw new DirectoryFault(
          'no-users',
          'nobody matches the filter of users below its bases, as far as the account may read',
        );
    }
    if (!recount) return;
    const missing = new Map(seen);
    for (const kind of entryKinds)
      for await (const { version, ...line } of this.#listing(kind)) {
        missing.delete(line.id);
        if (seen.has(line.id)) continue;
        if (!isLater(this.#traits.markerForm, version, cursor))
          throw this.#differs('an entry was in the second listing only, although it has not changed');
        seen.set(line.id, kind);
        yield line;
      }
    await this.confirmMissing(Array.from(missing, ([id, kind]) => ({ id, kind })));
  }

  #differs(why: string): DirectoryFault {
    return new DirectoryFault('incomplete', `the server lists differently each time: ${why}`, { retry: true });
  }

  async confirmMissing(missing: Iterable<Pick<Listed, 'kind' | 'id'>>): Promise<void> {
    const all = [...missing];
    for (const kind of entryKinds)
      for (const ids of chunks(
        all.filter((one) => one.kind === kind).map(({ id }) => id),
        idsAtOnce,
      ))
        if ((await this.#byIds(kind, ids, [])).length > 0)
          throw this.#differs('an entry that the listing lacks is there when asked for by its id');
  }

  /** The entries in scope with these ids. */
  async #byIds(kind: EntryKind, ids: readonly string[], attributes: readonly string[]): Promise<RawEntry[]> {
    const { id: attribute, isActiveDirectory } = this.#traits;
    const values = ids.map((id) => new EqualityFilter({ attribute, value: isActiveDirectory ? guidBytes(id) : id }));
    const filter = new AndFilter({ filters: [this.#areas[kind].filter, new OrFilter({ filters: values })] });
    const found: RawEntry[] = [];
    for await (const entries of this.#pages(kind, [attribute, ...attributes], undefined, filter))
      found.push(...entries);
    return found;
  }

  async *fetch(wanted: Iterable<Listed>): AsyncGenerator<FullEntry | Gone> {
    const open = { user: new Map<string, Listed>(), group: new Map<string, Listed>() };
    for (const one of wanted) open[one.kind].set(one.id, one);
    for (const kind of entryKinds) {
      const left = open[kind];
      // A search through everything costs a request per page, and reading one by one a request per entry.
      if (left.size > readsAtOnce && left.size * 10 > this.#listed[kind])
        for await (const entries of this.#pages(
          kind,
          this.#attributes(kind),
          kind === 'group' ? groupsAtOnce : undefined,
        ))
          for (const entry of entries) {
            const id = idOf(entry, this.#traits);
            if (id !== undefined && left.delete(id)) yield await this.#whole(kind, id, entry);
          }
      for (const few of chunks(left.values(), readsAtOnce)) yield* await Promise.all(few.map((one) => this.#read(one)));
    }
  }

  #attributes(kind: EntryKind): string[] {
    return wholeAttributes(this.#traits, kind, this.#config.attributes ?? []);
  }

  /** Reads an entry by its name, or by its id if another has the name now. */
  async #read({ kind, id, dn }: Listed): Promise<FullEntry | Gone> {
    const attributes = this.#attributes(kind);
    const { filter } = this.#areas[kind];
    const named = await this.#session.entry(dn, { filter, attributes }, 'reading an entry');
    if (named !== undefined && idOf(named, this.#traits) === id) return this.#whole(kind, id, named);
    const [moved] = await this.#byIds(kind, [id], attributes);
    return moved === undefined ? { kind, id, gone: true } : this.#whole(kind, id, moved);
  }

  async #whole(kind: EntryKind, id: string, first: RawEntry): Promise<FullEntry | Gone> {
    let entry: RawEntry | undefined = first;
    for (let reading = 0; reading < mostReadings; reading += 1) {
      const lists = await this.#lists(id, entry);
      if (lists !== undefined)
        return { ...this.#line(kind, id, entry), ...contentOf(withLists(entry, lists), this.#traits) };
      entry = (await this.#byIds(kind, [id], this.#attributes(kind)))[0];
      if (entry === undefined) return { kind, id, gone: true };
    }
    throw new DirectoryFault('incomplete', 'a group changes faster than its members can be read', { retry: true });
  }

  /**
   * The whole lists of which the entry has the first part; undefined if the entry changed meanwhile. Each part is asked
   * for with the last value of the one before, because a member who is deleted moves all behind by one place, and moves
   * no marker.
   */
  async #lists(id: string, entry: RawEntry): Promise<Map<string, readonly LdifValue[]> | undefined> {
    const { id: attribute, marker } = this.#traits;
    const version = textAt(entry, marker);
    const lists = new Map<string, readonly LdifValue[]>();
    for (const { name, values: start, to: end } of rangesOf(entry)) {
      const values = [...start];
      for (let to = end; to !== '*'; ) {
        const attributes = [attribute, marker, `${name};range=${to}-*`];
        const part = await this.#session.entry(
          entry.dn,
          { filter: anything, attributes },
          'reading the members of a group',
        );
        if (part === undefined || idOf(part, this.#traits) !== id || textAt(part, marker) !== version) return undefined;
        const next = rangesOf(part).find((one) => one.name === name);
        const [last, ...more] = next?.values ?? [];
        if (next === undefined || !isSame(last, values.at(-1)) || (more.length === 0 && next.to !== '*'))
          return undefined;
        values.push(...more);
        to = next.to;
      }
      lists.set(name, values);
    }
    return lists;
  }

  async *groupsWith(dns: Iterable<string>): AsyncGenerator<string> {
    const seen = new Set<string>();
    const names = this.#traits.isActiveDirectory ? ['member'] : ['member', 'uniqueMember'];
    for (const few of chunks(dns, dnsAtOnce)) {
      const filters = few.flatMap((value) => names.map((attribute) => new EqualityFilter({ attribute, value })));
      const filter = new AndFilter({ filters: [this.#areas.group.filter, new OrFilter({ filters })] });
      for await (const entries of this.#pages('group', [this.#traits.id], undefined, filter))
        for (const entry of entries) {
          const id = idOf(entry, this.#traits);
          if (id === undefined || seen.has(id)) continue;
          seen.add(id);
          yield id;
        }
    }
  }

  async close(): Promise<void> {
    await this.#session.close();
  }
}

/** The naming context that holds the base, or the base itself if the server does not tell. */
const contextOf = (base: string, contexts: readonly string[]): string => {
  const rdns = normalRdns(parseDn(base));
  const holding = contexts
    .map((dn) => ({ dn, above: rdnsOrNone(dn) }))
    .filter(({ above }) => above.length > 0 && isWithin(rdns, above))
    .sort((a, b) => b.above.length - a.above.length);
  return holding[0]?.dn ?? base;
};
const rdnsOrNone = (dn: string): string[] => {
  try {
    return normalRdns(parseDn(dn));
  } catch (error) {
    if (error instanceof DirectoryError) return [];
    throw error;
  }
};

/** Connects, binds, and begins a pass. @throws DirectoryFault */
export const openDirectory = async (config: DirectoryConfig, clock: Clock = Date): Promise<Directory> => {
  const areas = areasOf(config);
  return new Pass(config, areas, await Session.open(config), clock);
};
