// The caller of a mutation or a query, with the caller's rights.
import type { RoleId } from '../domain/base/ids.ts';
import type { Access } from '../domain/book/records.ts';
import type { Rights } from '../domain/deciding/decide.ts';
import type { Exemption } from '../domain/keeper/keeper.ts';
import type { RuleRights } from '../domain/rules/rule-rights.ts';
import type { Actor } from './events.ts';

export interface Authorised {
  readonly actor: Actor;
  /** The actor's access item, when the actor is a user. */
  readonly access?: Access | undefined;
  readonly rights?: Rights | undefined;
  /** True when the actor has the keeper permission: only the keeper invariant bounds such a caller. */
  readonly keeper: boolean;
  /** The permission or role that allows the operation. */
  readonly authority?: string | undefined;
  readonly exempt?: Exemption;
  /** The caller's rights on rules, for operations about rules, as they were before a change set. */
  readonly onRules?: RuleRights;
  /** The roles that may own a rule that the caller creates, as they were before a change set. */
  readonly owners?: readonly RoleId[];
}
