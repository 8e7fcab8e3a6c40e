// A directory in memory that changes as real ones do: a marker moves with the entry's own attributes only. It does not move
// when an entry above is renamed, nor of a group whose members are renamed or deleted. docs/decisions names the sources.
import type { Directory, FullEntry, Gone, Identity, Listed } from '../../clients/directory-sync/ldap/types.ts';
import type { Random } from '../../infra/local/model/random.ts';

const base = 'dc=harbour,dc=example';
const idOf = (n: number): string => `0d1c2b3a-0000-4000-8000-${String(n).padStart(12, '0')}`;

interface Entry {
  readonly id: string;
  readonly kind: 'user' | 'group';
  name: string;
  unit: string;
  enabled: boolean;
  /** The end of the account, in milliseconds since 1970. */
  ends?: number;
  mail: string;
  /** Ids of direct members. */
  members: Set<string>;
  /** Members by login, whoever has it. */
  logins: Set<string>;
  uid: string;
  /** Where nobody reads. */
  hidden: boolean;
  marker: number;
}

/** What a tenant must have, by ids of the directory. */
export interface Expected {
  readonly users: Readonly<Record<string, { dn: string; name: string; mail: string; enabled: boolean }>>;
  readonly groups: Readonly<Record<string, { dn: string; name: string; members: readonly string[] }>>;
}

export class World {
  readonly random: Random;
  readonly entries = new Map<string, Entry>();
  readonly units = new Map([
    ['a', 'people'],
    ['b', 'away'],
    ['c', 'groups'],
  ]);
  epoch = 'one';
  #count = 0;
  #marker = 100;

  constructor(random: Random) {
    this.random = random;
  }

  add(kind: Entry['kind']): Entry {
    this.#count += 1;
    const n = this.#count;
    const unit = kind === 'group' ? 'c' : this.random.chance(0.7) ? 'a' : 'b';
    const entry: Entry = {
      ...{ id: idOf(n), kind, name: `${kind} ${n}`, unit, enabled: true, mail: `m${n}@harbour.example` },
      ...{ members: new Set<string>(), logins: new Set<string>(), uid: `u${n}`, hidden: false, marker: 0 },
    };
    this.entries.set(entry.id, entry);
    this.touch(entry);
    return entry;
  }

  touch(entry: Entry): void {
    this.#marker += 1;
    entry.marker = this.#marker;
  }

  dnOf({ kind, name, unit }: Entry): string {
    return `${kind === 'user' ? 'uid' : 'cn'}=${name},ou=${this.units.get(unit)},${base}`;
  }

  #some(kind?: Entry['kind']): Entry | undefined {
    const all = [...this.entries.values()].filter((one) => kind === undefined || one.kind === kind);
    return all[Math.floor(this.random.next() * all.length)];
  }

  /** One change, as an administrator makes it. */
  change(): void {
    const dice = this.random.next();
    const user = this.#some('user');
    const group = this.#some('group');
    const any = this.#some();
    if (dice < 0.15) this.add('user');
    else if (dice < 0.2) this.add('group');
    else if (!user || !group || !any) return;
    else if (dice < 0.3) {
      user.mail = `m${this.#marker}@harbour.example`;
      this.touch(user);
    } else if (dice < 0.38) {
      any.name = `${any.kind} ${this.#marker + 1}x`;
      this.touch(any);
    } else if (dice < 0.45) {
      user.unit = user.unit === 'a' ? 'b' : 'a';
      this.touch(user);
    } else if (dice < 0.5) {
      // An organizational unit is renamed: no marker of anything below it moves.
      const unit = ['a', 'b', 'c'][Math.floor(this.random.next() * 3)] as string;
      this.units.set(unit, `${this.units.get(unit)?.replace(/\d+$/, '')}${this.#marker}`);
    } else if (dice < 0.58) {
      user.enabled = !user.enabled;
      this.touch(user);
    } else if (dice < 0.66 && this.entries.size > 6) {
      // Whoever is deleted leaves all groups, whose markers do not move.
      this.entries.delete(any.id);
      for (const { members } of this.entries.values()) members.delete(any.id);
    } else if (dice < 0.72) any.hidden = !any.hidden;
    else if (dice < 0.76) {
      group.members.clear();
      this.touch(group);
    } else {
      if (group.members.has(any.id)) group.members.delete(any.id);
      // The service leaves out a group's membership in itself, which gives nobody anything.
      else if (any !== group) group.members.add(any.id);
      this.touch(group);
    }
    if (![...this.entries.values()].some(({ kind, hidden }) => kind === 'user' && !hidden)) this.add('user');
  }

  get seen(): Entry[] {
    return [...this.entries.values()].filter(({ hidden }) => !hidden);
  }

  #having(logins: ReadonlySet<string>): string[] {
    return this.seen.filter(({ kind, uid }) => kind === 'user' && logins.has(uid)).map(({ id }) => id);
  }

  /** An independent reading, without any of what the command does. */
  expected(): Expected {
    const seen = new Set(this.seen.map(({ id }) => id));
    const of = <T>(kind: Entry['kind'], tell: (entry: Entry) => T) =>
      Object.fromEntries(this.seen.filter((one) => one.kind === kind).map((one) => [one.id, tell(one)]));
    return {
      users: of('user', (one) => ({ dn: this.dnOf(one), name: one.name, mail: one.mail, enabled: one.enabled })),
      groups: of('group', (one) => ({
        dn: this.dnOf(one),
        name: one.name,
        members: [...new Set([...one.members, ...this.#having(one.logins)])].filter((id) => seen.has(id)).sort(),
      })),
    };
  }

  listed(entry: Entry): Listed {
    // A marker that is too new proves nothing.
    const marker = this.random.chance(0.05) ? undefined : String(entry.marker);
    return { kind: entry.kind, id: entry.id, dn: this.dnOf(entry), marker };
  }

  whole(entry: Entry): FullEntry {
    const { kind, name, mail, enabled, marker, ends, uid, logins } = entry;
    const attributes: Record<string, string[]> =
      kind === 'user'
        ? {
            objectclass: ['inetOrgPerson'],
            cn: [name],
            uid: [uid],
            mail: [mail],
            useraccountcontrol: [enabled ? '512' : '514'],
            ...(ends !== undefined && { sambakickofftime: [String(ends / 1000)] }),
          }
        : { objectclass: ['groupOfNames'], cn: [name] };
    const members = [...entry.members].flatMap((id) => {
      const member = this.entries.get(id);
      return member ? [this.dnOf(member)] : [];
    });
    return {
      ...this.listed(entry),
      version: String(marker),
      attributes,
      members,
      memberUids: [...logins],
      unreadable: [],
    };
  }
}

/** A pass over a world. `between` is called before every answer. */
export const directoryOf = (world: World, between: () => Promise<void> = async () => {}): Directory => ({
  ignored: { referrals: 0, duplicates: 0 },
  async identity(): Promise<Identity> {
    await between();
    return { vendor: 'memory', epoch: world.epoch, cursor: 'c' };
  },
  async *list() {
    await between();
    const { seen } = world;
    for (const kind of ['user', 'group']) for (const one of seen) if (one.kind === kind) yield world.listed(one);
  },
  async confirmMissing(missing) {
    for (const { id } of missing)
      if (world.seen.some((one) => one.id === id)) throw new Error(`${id} is there and was not listed`);
  },
  async *fetch(wanted): AsyncGenerator<FullEntry | Gone> {
    for (const { kind, id } of [...wanted]) {
      await between();
      const entry = world.entries.get(id);
      yield entry && !entry.hidden ? world.whole(entry) : { kind, id, gone: true };
    }
  },
  async *groupsWith(dns) {
    await between();
    const wanted = new Set(dns);
    for (const { id, kind, members } of world.seen) {
      const named = [...members].map((one) => world.entries.get(one)).map((one) => one && world.dnOf(one));
      if (kind === 'group' && named.some((dn) => dn !== undefined && wanted.has(dn))) yield id;
    }
  },
  async close() {},
});
