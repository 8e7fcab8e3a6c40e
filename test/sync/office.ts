// A company in a directory: people in units, groups of three levels with a cycle, and all that happens to them. Each
// step gives LDIF for the directory and follows where its entries are; what they mean is read from the directory.
import type { RealDirectory } from '../support/ldap.ts';

/** One line of LDIF (RFC 2849 section 2). */
const line = (name: string, value: string): string =>
  /^[!-9;=-~][ -~]*$/.test(value) && !value.endsWith(' ')
    ? `${name}: ${value}`
    : `${name}:: ${Buffer.from(value).toString('base64')}`;
/** One record; values that are lists repeat the attribute. */
const record = (dn: string, fields: Readonly<Record<string, string | readonly string[]>>): string =>
  [
    line('dn', dn),
    ...Object.entries(fields).flatMap(([name, values]) => [values].flat().map((one) => line(name, one))),
  ].join('\n');
/** A value within a DN (RFC 4514 section 2.4). */
const escaped = (value: string): string => value.replace(/^[ #]|[,+"\\<>;=]| $/g, '\\$&');

interface Place {
  rdn: string;
  above: Place | undefined;
}
const dnOf = ({ rdn, above }: Place): string => (above ? `${rdn},${dnOf(above)}` : rdn);

/** Names that a parser may trip over. */
const oddNames = ['Ruiz, Rosa', 'Ada "the first" Lind', '# 7', 'Bo + Co = two', 'José Ñandú', '小川 ミ', 'a\\b;c<d>'];

const unitNames = ['north', 'south', 'east', 'west'] as const;
type Unit = (typeof unitNames)[number];

interface Size {
  readonly people: number;
  readonly groups: number;
  /** Further addresses of each person, of 900 characters: by default none. They make runs of several batches. */
  readonly addresses?: number;
}

/** How a kind of directory names and marks things. */
const dialects = {
  ldap: {
    unit: (name: string) => ({ rdn: `ou=${escaped(name)}`, fields: { objectClass: 'organizationalUnit', ou: name } }),
    person: (n: number, name: string, odd: boolean) => ({
      rdn: odd ? `cn=${escaped(name)}` : `uid=u${n}`,
      fields: {
        objectClass: n % 10 === 3 ? ['inetOrgPerson', 'posixAccount'] : ['inetOrgPerson'],
        uid: `u${n}`,
        cn: name,
        sn: name,
        mail: `u${n}@harbour.example`,
        ...(n % 3 === 0 && { displayName: `${name} (Harbour)` }),
        ...(n % 10 === 3 && {
          uidNumber: `${10_000 + n}`,
          gidNumber: `${n % 20 === 3 ? 100 : 200}`,
          homeDirectory: '/',
        }),
      },
    }),
    group: (name: string, members: readonly string[]) => ({
      rdn: `cn=${escaped(name)}`,
      // The class may not be empty, so servers put a name there that nobody has.
      fields: { objectClass: 'groupOfNames', cn: name, member: members.length > 0 ? members : ['cn=nobody'] },
    }),
    disabled: { pwdAccountLockedTime: ['000001010000Z'] },
    enabled: { pwdAccountLockedTime: [] },
  },
  'active-directory': {
    unit: (name: string) => ({ rdn: `OU=${escaped(name)}`, fields: { objectClass: 'organizationalUnit', ou: name } }),
    person: (n: number, name: string, _odd: boolean) => ({
      rdn: `CN=${escaped(name)}`,
      fields: {
        objectClass: 'user',
        sAMAccountName: `u${n}`,
        userPrincipalName: `u${n}@example.test`,
        mail: `u${n}@harbour.example`,
        userAccountControl: '512',
        ...(n % 3 === 0 && { displayName: `${name} (Harbour)` }),
      },
    }),
    group: (name: string, members: readonly string[]) => ({
      rdn: `CN=${escaped(name)}`,
      fields: { objectClass: 'group', sAMAccountName: name, ...(members.length > 0 && { member: members }) },
    }),
    disabled: { userAccountControl: ['514'] },
    // Without a password, which Samba lets pass.
    enabled: { userAccountControl: ['512'] },
  },
} as const;

/** Changes of attributes: the values that replace those before, none to take the attribute away. */
type Replaced = Readonly<Record<string, readonly string[]>>;

export class Office {
  readonly kind: RealDirectory['kind'];
  readonly size: Size;
  readonly #root: Place;
  readonly #units = new Map<string, Place>();
  readonly #people = new Map<number, Place>();
  readonly #groups = new Map<string, Place>();
  #next: number;

  constructor(kind: RealDirectory['kind'], base: string, size: Size) {
    this.kind = kind;
    this.size = size;
    this.#root = { rdn: base, above: undefined };
    this.#next = size.people;
  }

  get #as() {
    return dialects[this.kind];
  }

  /** The entries to begin with, parents before what is below them, and people before the groups that name them. */
  entries(): string[] {
    const { people, groups } = this.size;
    const units = ['people', 'groups', 'archive', ...unitNames].map((name) => {
      const { rdn, fields } = this.#as.unit(name);
      const above = (unitNames as readonly string[]).includes(name) ? this.#units.get('people') : this.#root;
      const place = { rdn, above };
      this.#units.set(name, place);
      return record(dnOf(place), fields);
    });
    const persons = Array.from({ length: people }, (_, n) => this.#person(n, unitNames[n % 4] as Unit));
    // One group in twenty is of the third level, three in twenty of the second, and each contains some of the level below.
    const top = Math.max(3, Math.floor(groups / 20));
    const middle = Math.max(3, Math.floor((groups * 3) / 20));
    const leaves = groups - top - middle;
    const members = new Map<string, string[]>();
    for (let n = 0; n < people; n += 1)
      for (const k of [n, 7 * n + 1, 13 * n + 5]) {
        const name = `leaf ${k % leaves}`;
        members.set(name, [...new Set([...(members.get(name) ?? []), this.person(n)])]);
      }
    const level = (name: string, count: number, below: string, of: number): string[] =>
      Array.from({ length: count }, (_, k) => {
        const within = Array.from({ length: of }, (_, at) => at)
          .filter((at) => at % count === k)
          .map((at) => this.group(`${below} ${at}`));
        return this.#group(`${name} ${k}`, [...(members.get(`${name} ${k}`) ?? []), ...within]);
      });
    return [
      ...units,
      ...persons,
      ...level('leaf', leaves, '', 0),
      ...level('middle', middle, 'leaf', leaves),
      ...level('top', top, 'middle', middle),
    ];
  }

  #person(n: number, unit: Unit): string {
    const odd = oddNames[n];
    const { rdn, fields } = this.#as.person(n, odd ?? `Person ${n}`, odd !== undefined);
    const place = { rdn, above: this.#units.get(unit) };
    this.#people.set(n, place);
    const further = Array.from(
      { length: this.size.addresses ?? 0 },
      (_, k) => `${k}-${'x'.repeat(900)}@harbour.example`,
    );
    return record(dnOf(place), { ...fields, mail: [fields.mail, ...further] });
  }

  #group(name: string, members: readonly string[]): string {
    const { rdn, fields } = this.#as.group(name, members);
    const place = { rdn, above: this.#units.get('groups') };
    this.#groups.set(name, place);
    return record(dnOf(place), fields);
  }

  person(n: number): string {
    return dnOf(this.#people.get(n) as Place);
  }
  group(name: string): string {
    return dnOf(this.#groups.get(name) as Place);
  }
  unit(name: string): string {
    return dnOf(this.#units.get(name) as Place);
  }
  /** The numbers of everybody who is there. */
  get people(): number[] {
    return [...this.#people.keys()];
  }

  /** A new person in a unit, with the number to name them by. */
  hire(unit: Unit): { readonly n: number; readonly change: string } {
    const n = this.#next;
    this.#next += 1;
    return { n, change: this.#person(n, unit).replace('\n', '\nchangetype: add\n') };
  }
  found(name: string, ...members: readonly string[]): string {
    return this.#group(name, members).replace('\n', '\nchangetype: add\n');
  }

  replace(dn: string, values: Replaced): string {
    const parts = Object.entries(values).map(([name, given]) =>
      [`replace: ${name}`, ...given.map((one) => line(name, one)), '-'].join('\n'),
    );
    return [line('dn', dn), 'changetype: modify', ...parts].join('\n');
  }
  #list(op: 'add' | 'delete', group: string, dns: readonly string[]): string {
    const lines = [line('dn', this.group(group)), 'changetype: modify', `${op}: member`];
    return [...lines, ...dns.map((dn) => line('member', dn)), '-'].join('\n');
  }
  join(group: string, ...dns: readonly string[]): string {
    return this.#list('add', group, dns);
  }
  leave(group: string, ...dns: readonly string[]): string {
    return this.#list('delete', group, dns);
  }
  /** The whole of a group anew. */
  staff(group: string, people: readonly number[]): string {
    return this.replace(this.group(group), { member: [...new Set(people.map((n) => this.person(n)))] });
  }
  empty(group: string): string {
    return this.replace(this.group(group), { member: this.kind === 'ldap' ? ['cn=nobody'] : [] });
  }
  disable(n: number): string {
    return this.replace(this.person(n), this.#as.disabled);
  }
  enable(n: number): string {
    return this.replace(this.person(n), this.#as.enabled);
  }

  #moved(place: Place, rdn: string, above = place.above): string {
    const was = dnOf(place);
    const stays = above === place.above;
    place.rdn = rdn;
    place.above = above;
    return [
      line('dn', was),
      'changetype: modrdn',
      line('newrdn', rdn),
      'deleteoldrdn: 1',
      ...(stays || above === undefined ? [] : [line('newsuperior', dnOf(above))]),
    ].join('\n');
  }
  /** Another name: in OpenLDAP another login with it, because people are named by their uid there. */
  rename(n: number, name: string): string {
    const place = this.#people.get(n) as Place;
    const type = place.rdn.slice(0, place.rdn.indexOf('='));
    return this.#moved(place, `${type}=${escaped(name)}`);
  }
  renameGroup(name: string, next: string): string {
    const place = this.#groups.get(name) as Place;
    this.#groups.delete(name);
    this.#groups.set(next, place);
    return this.#moved(place, `${place.rdn.slice(0, 3)}${escaped(next)}`);
  }
  move(n: number, unit: Unit): string {
    const place = this.#people.get(n) as Place;
    return this.#moved(place, place.rdn, this.#units.get(unit));
  }
  /** A whole unit, under another name below another one. */
  moveUnit(unit: string, name: string, below: string): string {
    const place = this.#units.get(unit) as Place;
    return this.#moved(place, `${place.rdn.slice(0, 3)}${name}`, this.#units.get(below));
  }
  dismiss(n: number): string {
    const dn = this.person(n);
    this.#people.delete(n);
    return `${line('dn', dn)}\nchangetype: delete`;
  }
  dissolve(group: string): string {
    const dn = this.group(group);
    this.#groups.delete(group);
    return `${line('dn', dn)}\nchangetype: delete`;
  }
}
