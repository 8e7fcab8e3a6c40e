// What decides access in a tenant, as its events tell it: everything with the event that it is since. References to users
// and groups name a life, as in the service, so that the end of a user or a group is one small step.
import type { Grant, Marks, RightsOnRules, RightsRecord, RuleEntry } from '../../../../shared/domain/book/records.ts';

/** The event that something is since. */
export interface Cause {
  /** The place among all commits, which sequences do not give exactly: see `inOrderOfCommits`. */
  readonly place: number;
  readonly sequence: number;
  readonly id: string;
  /** ISO date. */
  readonly at: string;
  readonly action: string;
}

/** A membership, in the life that it names. */
export interface Member {
  readonly life: number;
  readonly cause: Cause;
}

/** A grant with the event that gave it. */
export interface DatedGrant {
  readonly grant: Grant;
  readonly cause: Cause;
}

/** The present life of an id. The rev or version at which it began tells later references from those to earlier lives. */
interface Living {
  life: number;
  /** Version of the book that its transaction made; absent when it made none. */
  bornIn?: number | undefined;
  cause: Cause;
}

export interface UserState extends Living {
  readonly id: string;
  /** Absent for a user who was there before the first event. */
  kind?: 'person' | 'machine' | undefined;
  /** `unknown` for a user who was there before the first event, until an event tells the state. */
  state: 'active' | 'disabled' | 'deleted' | 'unknown';
  source?: string | undefined;
  /** The event that the state is since. */
  stateCause: Cause;
  /** The rev of the access item at the beginning of this life. */
  bornRev?: number | undefined;
  grants: readonly DatedGrant[];
  /** By the id of the group. */
  readonly groups: Map<string, Member>;
}

export interface RoleState {
  readonly id: string;
  name: string;
  predefined?: string | undefined;
  grants: readonly DatedGrant[];
  readonly members: Map<string, Member>;
  readonly groups: Map<string, Member>;
  newRules: RightsOnRules;
  born?: number | undefined;
  deleted: boolean;
  rulesTo?: string | undefined;
  rulesAt?: number | undefined;
  /** Rights on rules, once somebody has changed them. */
  header?: RightsRecord | undefined;
  readonly exceptions: Map<string, Marks>;
  cause: Cause;
}

export interface GroupState extends Living {
  readonly id: string;
  name: string;
  deleted: boolean;
  readonly parents: Map<string, Member>;
}

interface PolicyState {
  readonly id: string;
  name: string;
  readonly cause: Cause;
}

interface TenantState {
  name: string;
  catalogue: string;
  catalogueVersion: number | undefined;
  enforced: boolean;
  readonly features: Map<string, Cause>;
  /** `suspended` or `closed` while the tenant answers nobody but operators. */
  lifecycle: string;
  cause: Cause;
}

/** A reason why the state may differ from what the service had, in a sentence. */
type Gap = string;

const mostGaps = 200;

export class State {
  tenant: TenantState | undefined;
  readonly roles = new Map<string, RoleState>();
  readonly groups = new Map<string, GroupState>();
  readonly policies = new Map<string, PolicyState>();
  readonly users = new Map<string, UserState>();
  readonly rules = new Map<string, RuleEntry>();
  /** The date of the last change that rules are dated by. */
  clock = 0;
  /** The last event that was applied. */
  last: Cause | undefined;
  /** How many events were applied. */
  applied = 0;
  /** Versions of the book: the first and last that an event has told, and those between that none has. */
  readonly versions = new Versions();
  readonly #gaps = new Map<Gap, number>();

  /** Notes a gap. Of more than 200 different ones only the number is kept. */
  gap(text: Gap): void {
    if (this.#gaps.size < mostGaps || this.#gaps.has(text)) this.#gaps.set(text, (this.#gaps.get(text) ?? 0) + 1);
    else this.#gaps.set('more', (this.#gaps.get('more') ?? 0) + 1);
  }

  get gaps(): Gap[] {
    const more = this.#gaps.get('more');
    const told = [...this.#gaps.keys()].filter((text) => text !== 'more');
    return [...told, ...this.versions.missing(), ...(more === undefined ? [] : [`${more} more`])];
  }

  /** The live group with this id. */
  group(id: string): GroupState | undefined {
    const group = this.groups.get(id);
    return group && !group.deleted ? group : undefined;
  }

  /** The user with this id, unless deleted. */
  user(id: string): UserState | undefined {
    const user = this.users.get(id);
    return user && user.state !== 'deleted' ? user : undefined;
  }

  /** True when a membership of a user, in a role, names the user's present life. */
  isOfUser(id: string, { life }: Member): boolean {
    return this.user(id)?.life === life;
  }

  /** True when a membership in a group, or of a group, names the group's present life. */
  isOfGroup(id: string, { life }: Member): boolean {
    return this.group(id)?.life === life;
  }
}

/** The versions of the book that events have told: every change of it makes the next one, so a missing one is a lost event. */
class Versions {
  #first: number | undefined;
  #last = 0;
  readonly #missing = new Set<number>();

  take(version: number): void {
    if (this.#first === undefined) this.#first = version;
    else for (let one = this.#last + 1; one < version; one += 1) this.#missing.add(one);
    this.#missing.delete(version);
    this.#last = Math.max(this.#last, version);
  }

  /** Begins anew, after a restoration. */
  forget(): void {
    this.#first = undefined;
    this.#last = 0;
    this.#missing.clear();
  }

  missing(): Gap[] {
    if (this.#missing.size === 0) return [];
    const all = [...this.#missing].sort((a, b) => a - b);
    const shown = all.slice(0, 10).join(', ');
    const rest = all.length > 10 ? ` and ${all.length - 10} more` : '';
    return [
      `Events are missing: nothing tells of the ${all.length === 1 ? 'change' : 'changes'} that made version ${shown}${rest} of roles, groups, policies and rules.`,
    ];
  }
}
