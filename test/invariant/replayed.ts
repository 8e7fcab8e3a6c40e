// What the events tell of a tenant, against what is there: folding them gives the same roles, groups, users and rights as
// the committed items have, in whatever order the requests of a fire have come through.
import type { Told } from '../../clients/audit/report/replay/order.ts';
import { replayed } from '../../clients/audit/report/replay/replay.ts';
import type { Member, State } from '../../clients/audit/report/replay/state.ts';
import { accessOf, bookOf } from '../../clients/audit/report/replay/world.ts';
import type { Random } from '../../infra/local/model/index.ts';
import type { Book } from '../../shared/domain/book/book.ts';
import { decide } from '../../shared/domain/deciding/decide.ts';
import { columns, grantsOn } from '../../shared/domain/rules/rule-rights.ts';
import { type Fact, type Facts, type Raw, text } from './naive.ts';
import { permissionsOf } from './steps.ts';
import { isEvent } from './watch.ts';

/** The events of every tenant, as they were committed. */
export class Trail {
  readonly #events = new Map<string, Map<string, Raw>>();
  readonly #parts = new Map<string, string>();
  /** What was allowed when nothing was under way: after which commit, to whom, what. */
  readonly answers: { readonly tenant: string; readonly at: number; readonly said: readonly Answer[] }[] = [];

  /** Notes what some users are allowed now. */
  note(facts: Facts, at: number, random: Random): void {
    const users = [...facts.users.values()];
    const permissions = permissionsOf(facts);
    const said = Array.from({ length: 4 }, (): Answer => {
      const [user, permission] = [random.pick(users), random.pick(permissions)];
      return { user: String(user.id), permission, allowed: facts.allows(user, permission) };
    });
    this.answers.push({ tenant: facts.tenant, at, said });
  }

  take(writes: readonly Fact[]): void {
    for (const write of writes) {
      const { pk, sk, after } = write;
      const [, tenant = '', kind, , part] = pk.split('#');
      if (kind === 'E' && part === 'PART' && after) this.#parts.set(sk, String(after.text));
      if (!isEvent(write) || !after) continue;
      const events = this.#events.get(tenant) ?? new Map<string, Raw>();
      this.#events.set(tenant, events.set(sk, after));
    }
  }

  /** A tenant's events as they would be sealed: in the order of their ids. */
  of(tenant: string): Told[] {
    const all = [...(this.#events.get(tenant) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
    return all.map(([id, event], i) => {
      const parts = Array.from({ length: Number(event.parts ?? 0) }, (_, n) => this.#parts.get(`${id}#${n}`));
      const difference = parts.length > 0 ? parts.join('') : event.difference;
      const told = difference === undefined ? undefined : JSON.parse(String(difference));
      return { ...(event as unknown as Told), sequence: i + 1, difference: told };
    });
  }
}

interface Answer {
  readonly user: string;
  readonly permission: string;
  readonly allowed: boolean;
}

const setOf = (value: unknown): string[] => (value instanceof Set ? [...value] : []);
const idOf = (ref: string): string => ref.split('.')[0] as string;
const sorted = (ids: Iterable<string>): string[] => [...new Set(ids)].sort();
const map = <T>(all: Iterable<T>, entry: (one: T) => readonly [string, unknown]) =>
  Object.fromEntries([...all].map(entry));

/** Roles, groups, policies and users as the items have them, without what names a life that is over. */
const asCommitted = (facts: Facts) => {
  const groups = (refs: unknown) =>
    sorted(
      setOf(refs)
        .filter((ref) => facts.isLiveGroup(ref))
        .map(idOf),
    );
  const users = (refs: Iterable<string>) =>
    sorted([...refs].filter((ref) => (facts.user(ref)?.state ?? 'deleted') !== 'deleted').map(idOf));
  const tenant = facts.records.get('tenant');
  return {
    tenant: { enforced: tenant?.enforced, features: sorted(setOf(tenant?.features)), catalogue: tenant?.catalogue },
    roles: map(facts.of('role'), (role) => [
      String(role.id),
      { name: role.name, grants: role.grants, users: users(facts.membersOf(role)), groups: groups(role.groups) },
    ]),
    groups: map(facts.of('group'), (group) => [String(group.id), { name: group.name, parents: groups(group.parents) }]),
    policies: sorted(facts.of('policy').map(({ id }) => String(id))),
    users: map(
      [...facts.users.values()].filter(({ state }) => state !== 'deleted'),
      (user) => [
        String(user.id),
        { kind: user.kind, state: user.state, groups: groups(user.groups), grants: user.personal ?? [] },
      ],
    ),
  };
};

const asReplayed = (state: State) => {
  const { tenant } = state;
  const groups = (members: ReadonlyMap<string, Member>) =>
    sorted([...members].flatMap(([id, one]) => (state.isOfGroup(id, one) ? [id] : [])));
  const users = (members: ReadonlyMap<string, Member>) =>
    sorted([...members].flatMap(([id, one]) => (state.isOfUser(id, one) ? [id] : [])));
  return {
    tenant: {
      enforced: tenant?.enforced,
      features: sorted(tenant?.features.keys() ?? []),
      catalogue: tenant?.catalogue,
    },
    roles: map(
      [...state.roles.values()].filter(({ deleted }) => !deleted),
      (role) => [
        role.id,
        {
          name: role.name,
          grants: role.grants.map(({ grant }) => grant),
          users: users(role.members),
          groups: groups(role.groups),
        },
      ],
    ),
    groups: map(
      [...state.groups.values()].filter(({ deleted }) => !deleted),
      (group) => [group.id, { name: group.name, parents: groups(group.parents) }],
    ),
    policies: sorted(state.policies.keys()),
    users: map(
      [...state.users.values()].filter(({ state }) => state !== 'deleted'),
      (user) => [
        user.id,
        {
          kind: user.kind,
          state: user.state,
          groups: groups(user.groups),
          grants: user.grants.map(({ grant }) => grant),
        },
      ],
    ),
  };
};

/** Each part that differs, with its name. */
const differences = (is: object, should: object, at = ''): string[] => {
  const [a, b] = [is, should] as [Raw, Raw];
  return sorted([...Object.keys(a), ...Object.keys(b)]).flatMap((key) => {
    const [one, other] = [a[key], b[key]];
    if (text(one) === text(other)) return [];
    const isBoth = [one, other].every((v) => typeof v === 'object' && v !== null && !Array.isArray(v));
    if (isBoth) return differences(one as object, other as object, `${at}/${key}`);
    return [`${at}/${key}: the events tell ${text(one)}, there is ${text(other)}`];
  });
};

/** Rights of roles on rules that differ between two books. */
const ruleDifferences = (is: Book, should: Book): string[] => {
  const bits = ({ rules, roles }: Book) =>
    map(roles.values(), ({ record }) => [
      record.id,
      map(rules.byId.values(), (rule) => [
        rule.id,
        [rule.type, rule.owner, ...columns.map((column) => grantsOn(rules, record, rule, column))].join(),
      ]),
    ]);
  return differences(bits(is), bits(should), 'rules');
};

/** What the events of a tenant tell wrongly. @param book as it is stored */
export const replayFaults = async (trail: Trail, facts: Facts, book: Book): Promise<string[]> => {
  const found: string[] = [];
  const answers = trail.answers.filter(({ tenant }) => tenant === facts.tenant);
  const events = trail.of(facts.tenant);
  const state = await replayed(events);
  found.push(...differences(asReplayed(state), asCommitted(facts)));
  if (found.length === 0) found.push(...ruleDifferences(bookOf(state), book));
  found.push(...state.gaps.map((gap) => `a gap: ${gap}`));
  for (const { at, said } of answers) {
    const then = await replayed(events.filter((event) => Date.parse(event.at) <= at));
    const past = bookOf(then);
    for (const { user, permission, allowed } of said) {
      const access = then.user(user);
      const decision = decide(past, access && accessOf(access), { permission });
      if (decision.allowed !== allowed)
        found.push(`at ${at}: ${permission} of ${user} is ${decision.allowed} by the events, and was ${allowed}`);
    }
  }
  return found.slice(0, 20).map((one) => `replayed, ${facts.tenant}: ${one}`);
};
