// The words in which access scenarios are written: facts about a tenant, what is then done, what must be said afterwards.
import { catalogue as catalogueNamed } from '../../../shared/catalogues/index.ts';
import {
  derivedId,
  type GroupId,
  groupRef,
  type IdKind,
  type Life,
  type PolicyId,
  type RoleId,
  type SourceId,
  type UserId,
  userRef,
} from '../../../shared/domain/base/ids.ts';
import { Book } from '../../../shared/domain/book/book.ts';
import { type Access, type BookRecord, type Grant, recordName } from '../../../shared/domain/book/records.ts';
import type { Change, IdsAndTime, World } from '../../../shared/domain/change.ts';

/** A permission, or that permission for some policies (by name) or types. */
export type GrantFact =
  | string
  | {
      readonly permission: string;
      readonly policies?: readonly string[];
      readonly actionTypes?: readonly string[];
      readonly ruleTypes?: readonly string[];
    };

interface UserFact {
  readonly kind?: Access['kind'];
  readonly state?: Access['state'];
  /** `local`, `external`, or the name of a directory source. */
  readonly source?: string;
  readonly unbound?: true;
  readonly groups?: readonly string[];
  readonly personal?: readonly GrantFact[];
}

export interface Facts {
  readonly catalogue: string;
  /** Access rights are enforced unless this says otherwise. */
  readonly off?: true;
  /** As the catalogue begins with, unless named. */
  readonly features?: readonly string[];
  readonly policies?: readonly string[];
  readonly deletedPolicies?: readonly string[];
  /** With the groups that each is a member of. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  readonly deletedGroups?: readonly string[];
  /** Named like a predefined role of the catalogue, a role has its grants unless it is given others. */
  readonly roles?: Readonly<
    Record<string, { readonly grants?: readonly GrantFact[]; readonly members?: readonly string[] }>
  >;
  readonly users?: Readonly<Record<string, UserFact>>;
  /** Directory sources; those named here let their users sign in. */
  readonly sources?: readonly string[];
}

/** A permission or an ability, in some scope; policies by name. */
export type Ask =
  | string
  | { readonly what: string; readonly policy?: string; readonly actionType?: string; readonly ruleType?: string };

/** What must hold of one user. */
export interface Then {
  readonly user: string;
  readonly may?: readonly Ask[];
  readonly mayNot?: readonly Ask[];
  /** All abilities that are open to the user, and no other (with those open to everybody). */
  readonly opens?: readonly string[];
  /** All permissions that are held, each for the account, for policies by name, or for types; and no other. */
  readonly holds?: Readonly<
    Record<
      string,
      | 'account'
      | readonly string[]
      | { readonly actionTypes?: readonly string[]; readonly ruleTypes?: readonly string[] }
    >
  >;
  /** The ways by which something is allowed: names of groups from the user's own, then of the role; or `personal`. */
  readonly ways?: { readonly of: Ask; readonly are: readonly (readonly string[])[] };
  readonly says?: { readonly of: Ask; readonly reason: string; readonly enforced?: boolean };
}

export interface Refused {
  readonly code: string;
  /** The field at fault, for faults in what was sent. */
  readonly field?: string;
}

export interface Scenario {
  /** Begins with the ids of the behaviours that it proves. */
  readonly title: string;
  readonly facts: Facts;
  /** Done one after the other; a refusal is expected of the last only. */
  readonly when?: readonly ((at: At) => Change<unknown>)[];
  readonly refused?: Refused;
  readonly after?: readonly Then[];
  readonly holders?: readonly string[];
  readonly also?: (at: At) => void;
}

/** A tenant in which everything goes by its name. */
export interface At {
  readonly world: World;
  readonly tools: IdsAndTime;
  readonly user: (name: string) => UserId;
  readonly role: (name: string) => RoleId;
  readonly group: (name: string) => GroupId;
  readonly policy: (name: string) => PolicyId;
  readonly source: (name: string) => SourceId;
  /** The access item of a user as it is now. */
  readonly access: (name: string) => Access;
  readonly grants: (facts: readonly GrantFact[]) => Grant[];
}

const life = '00000a' as Life;
const id = <K extends IdKind>(kind: K, name: string) => derivedId(kind, 'scenario', name);
export const names = {
  user: (name: string) => id('user', name),
  role: (name: string) => id('role', name),
  group: (name: string) => id('group', name),
  policy: (name: string) => id('policy', name),
  source: (name: string) => id('source', name),
};

export const grantsOf = (facts: readonly GrantFact[]): Grant[] =>
  facts.map((fact) => {
    if (typeof fact === 'string') return { permission: fact };
    const { policies, ...rest } = fact;
    return { ...(rest as Grant), ...(policies && { policies: policies.map(names.policy) }) };
  });

const refOf = (group: string) => groupRef(names.group(group), life);

/** The tenant that the facts describe. */
export const worldFrom = (facts: Facts): World => {
  const { data } = catalogueNamed(facts.catalogue);
  const users = Object.entries(facts.users ?? {});
  const roles = Object.entries(facts.roles ?? {});
  const groups = facts.groups ?? {};
  const records: BookRecord[] = [
    {
      kind: 'tenant',
      rev: 1,
      name: 'Tenant',
      catalogue: data.id,
      catalogueVersion: data.version,
      enforced: !facts.off,
      enabledBefore: !facts.off,
      changesTakeEffect: data.changesTakeEffect,
      features: new Set(facts.features ?? data.features.filter((f) => f.initially).map((f) => f.id)),
      createdAt: '2026-01-01T00:00:00.000Z',
    },
    ...[...(facts.policies ?? []), ...(facts.deletedPolicies ?? [])].map(
      (name): BookRecord => ({
        kind: 'policy',
        rev: 1,
        id: names.policy(name),
        name,
        description: '',
        deleted: facts.deletedPolicies?.includes(name) ?? false,
      }),
    ),
    ...(facts.sources ?? []).map(
      (name): BookRecord => ({
        kind: 'source',
        rev: 1,
        id: names.source(name),
        name,
        signIn: { issuer: 'https://idp.example', claim: 'oid' },
        deleted: false,
      }),
    ),
    ...Object.entries(groups).map(
      ([name, parents]): BookRecord => ({
        kind: 'group',
        rev: 1,
        id: names.group(name),
        life,
        name,
        source: names.source('directory'),
        parents: new Set(parents.map(refOf)),
        confersAccessManagement: false,
        deleted: facts.deletedGroups?.includes(name) ?? false,
      }),
    ),
    ...roles.flatMap(([name, { grants, members = [] }]): BookRecord[] => {
      const predefined = data.predefinedRoles.find((role) => role.id === name);
      return [
        {
          kind: 'role',
          rev: 1,
          id: names.role(name),
          name,
          description: '',
          ...(predefined && { predefined: name }),
          grants: grantsOf(grants ?? (predefined?.grants as GrantFact[] | undefined) ?? []),
          newRules: predefined?.newRules ?? { view: true, edit: true, delete: false },
          groups: new Set(members.filter((member) => member in groups).map(refOf)),
          deleted: false,
        },
        {
          kind: 'members',
          rev: 1,
          role: names.role(name),
          chunk: 0,
          users: new Set(members.filter((one) => !(one in groups)).map((one) => userRef(names.user(one), life))),
        },
      ];
    }),
  ];
  return {
    book: new Book(1, new Map(records.map((record) => [recordName(record), record]))),
    users: new Map(users.map(([name, fact]) => [names.user(name), accessFrom(name, fact)])),
  };
};

const accessFrom = (name: string, fact: UserFact): Access => ({
  id: names.user(name),
  life,
  rev: 1,
  kind: fact.kind ?? 'person',
  state: fact.state ?? 'active',
  source:
    fact.source === undefined || fact.source === 'local' || fact.source === 'external'
      ? (fact.source ?? 'local')
      : names.source(fact.source),
  ...(!fact.unbound && { identity: `identity of ${name}` }),
  groups: new Set((fact.groups ?? []).map(refOf)),
  personal: grantsOf(fact.personal ?? []),
  stamp: 0,
});
