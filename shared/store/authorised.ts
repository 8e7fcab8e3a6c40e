// Who acts in a mutation or a query, and what they may.
import type { RoleId } from '../domain/base/ids.ts';
import type { Access } from '../domain/book/records.ts';
import type { Rights } from '../domain/deciding/decide.ts';
import type { Exemption } from '../domain/keeper/keeper.ts';
import type { RuleRights } from '../domain/rules/rule-rights.ts';
import type { Actor } from './events.ts';

export interface Authorised {
  readonly actor: Actor;
  /** The actor's own item, where the actor is a user. */
  readonly access?: Access | undefined;
  readonly rights?: Rights | undefined;
  /** Holds the keeper permission: bounded by the invariant only. */
  readonly keeper: boolean;
  /** The permission or role by which the actor may. */
  readonly authority?: string | undefined;
  readonly exempt?: Exemption;
  /** What they may do to which rule, where the operation is about rules: as it was before a change set. */
  readonly onRules?: RuleRights;
  /** The roles one of which can own a rule that they create: as it was before a change set, too. */
  readonly owners?: readonly RoleId[];
}
