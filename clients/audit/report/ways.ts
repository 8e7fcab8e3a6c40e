// How a user has a role or own grants in a replayed state, since when, and by which event.
import type { RoleId } from '../../../shared/domain/base/ids.ts';
import type { Cause, Member, RoleState, State, UserState } from './replay/state.ts';

export interface Way {
  readonly origin: 'personal' | RoleId;
  /** Ids of groups, from the user's own to the one that is in the role. */
  readonly groups: readonly string[];
  /** The last event that opened this way. */
  readonly since: Cause;
}

/** The later one of two events. */
export const later = (one: Cause, other: Cause): Cause => (other.place > one.place ? other : one);

/** The way from a group to a role that has been open for longest. */
interface Step {
  /** The next group on the way; absent for a group that is in the role itself. */
  readonly up?: string;
  readonly since: Cause;
}

/** All ways in one state. */
export class Ways {
  readonly #state: State;
  readonly #children = new Map<string, [string, Member][]>();
  readonly #steps = new Map<string, ReadonlyMap<string, Step>>();

  constructor(state: State) {
    this.#state = state;
    for (const group of state.groups.values())
      for (const [parent, member] of group.deleted ? [] : group.parents)
        if (state.isOfGroup(parent, member))
          this.#children.set(parent, [...(this.#children.get(parent) ?? []), [group.id, member]]);
  }

  /** The steps from each group to a role; groups that do not lead there are left out. */
  #toRole(role: RoleState): ReadonlyMap<string, Step> {
    const known = this.#steps.get(role.id);
    if (known) return known;
    const steps = new Map<string, Step>();
    const open: string[] = [];
    const reach = (id: string, step: Step) => {
      const had = steps.get(id);
      if (had && had.since.place <= step.since.place) return;
      steps.set(id, step);
      open.push(id);
    };
    for (const [id, member] of role.groups) if (this.#state.isOfGroup(id, member)) reach(id, { since: member.cause });
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      const { since } = steps.get(id) as Step;
      for (const [child, member] of this.#children.get(id) ?? [])
        reach(child, { up: id, since: later(since, member.cause) });
    }
    this.#steps.set(role.id, steps);
    return steps;
  }

  /** The ways by which a user has a role: at most the direct one, and one by each group that the user is in. Oldest first. */
  toRole(user: UserState, role: RoleState): Way[] {
    const origin = role.id as RoleId;
    const start = user.cause;
    const ways: Way[] = [];
    const direct = role.members.get(user.id);
    if (direct?.life === user.life) ways.push({ origin, groups: [], since: later(start, direct.cause) });
    const steps = this.#toRole(role);
    for (const [id, member] of steps.size > 0 ? user.groups : []) {
      const first = this.#state.isOfGroup(id, member) ? steps.get(id) : undefined;
      if (!first) continue;
      const groups = [id];
      for (let at = first.up; at !== undefined && groups.length <= steps.size; at = steps.get(at)?.up) groups.push(at);
      ways.push({ origin, groups, since: later(start, later(member.cause, first.since)) });
    }
    return ways.sort((a, b) => a.groups.length - b.groups.length || a.since.place - b.since.place);
  }

  /** The ways to a set of grants. */
  to(user: UserState, origin: Way['origin']): Way[] {
    if (origin === 'personal') return [{ origin, groups: [], since: user.cause }];
    const role = this.#state.roles.get(origin);
    return role ? this.toRole(user, role) : [];
  }
}
