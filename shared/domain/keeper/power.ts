// Guards against borrowed power: a person who decides who signs in as a user could become that user. So an actor who does
// not manage access rights may invite, bind or unbind a user only when the actor holds, in the same scope, all that the
// user holds, before the change and after it. The same goes for the external id of a user: products ask by it, so whoever
// puts their own on a stronger user would be taken for that user.

import { userOf, userRef } from '../base/ids.ts';
import { Refusal } from '../base/refusal.ts';
import type { Book } from '../book/book.ts';
import type { Access, RoleRecord } from '../book/records.ts';
import type { AccessChange, Change, World } from '../change.ts';
import { heldBy, potentiallyHeldBy, Rights, rolesOf, type Scope } from '../deciding/decide.ts';
import { scopesWithin } from '../deciding/explain.ts';
import { visiblePart } from '../deciding/grants.ts';
import { columns, defaultsNow, RuleRights } from '../rules/rule-rights.ts';
import { type Exemption, sameInvitation } from './keeper.ts';

/**
 * A change of who can sign in as a user, or of whom products take for the user, with the user whose rights limit it: the
 * actor, or the inviter.
 */
interface SignInMove extends AccessChange {
  /** Absent when nobody vouches for the change: then it may hand on only what every new user has. */
  readonly by: Access | undefined;
}

/** True when a user who is there gets another external id. Who begins with one holds nothing else yet. */
const movesExternal = ({ before, after }: AccessChange): boolean =>
  before !== undefined && before.state !== 'deleted' && before.external !== after.external;

const movesSignIn = ({ before, after }: AccessChange): boolean =>
  before?.identity !== after.identity || (after.invitation !== undefined && !(before && sameInvitation(before, after)));

const movesPower = (user: AccessChange): boolean =>
  user.after.state !== 'deleted' && (movesSignIn(user) || movesExternal(user));

/** The issuer of the invitation as of now; `undefined` when that user is gone, disabled, or another incarnation. */
const inviterOf = (world: World, { invitation }: Access): Access | undefined => {
  const access = invitation?.by && world.users.get(userOf(invitation.by));
  return access?.state === 'active' && userRef(access.id, access.life) === invitation?.by ? access : undefined;
};

/**
 * The sign-ins and external ids that a change moves. An accepted invitation is measured by the inviter's rights now and
 * not by those at its issue, so the inviter must have been read.
 */
export const signInMoves = (
  before: World,
  change: Change,
  actor: Access | undefined,
  exempt: Exemption = {},
): SignInMove[] =>
  change.users.filter(movesPower).flatMap((user): SignInMove[] => {
    // A claim is the directory's own statement about its user.
    if (exempt.claim !== undefined && user.after.source === exempt.claim) return [];
    if (!exempt.invited || !user.before) return [{ ...user, by: actor }];
    const { invitation } = user.before;
    // Earlier releases did not record the keeper who issued an invitation: it stays good until it expires.
    if (invitation?.byKeeper && invitation.by === undefined) return [];
    return [{ ...user, by: inviterOf(before, user.before) }];
  });

/**
 * Refuses a change of sign-ins or external ids that gives more than the responsible user holds.
 * @throws Refusal not-held, which names the missing permissions that the actor may see
 */
export const refuseBorrowedPower = (
  before: World,
  after: World,
  moves: readonly SignInMove[],
  exempt: Exemption = {},
): void => {
  for (const { before: was, after: is, by } of moves) {
    const deed = movesSignIn({ before: was, after: is }) ? 'decide who signs in as' : 'change the external id of';
    const { keeper, newUser } = before.book.catalogue.data;
    // The rights that every new user gets may be handed on by anybody who creates a user (FP-03).
    const sets = [
      ...heldBy(before.book, by),
      { origin: 'personal' as const, grants: newUser.personal as Access['personal'] },
    ];
    if (new Rights(before.book, sets).holds(keeper)) continue;
    const roles = by ? recordsOf(before.book, by) : [];
    for (const [book, access] of [
      [before.book, was],
      [after.book, is],
    ] as const) {
      if (!access) continue;
      const own = new Rights(book, sets);
      const missing = permissionsBeyond(book, new Rights(book, potentiallyHeldBy(book, access)), own);
      if (missing.length === 0 && !rulesBeyond(book, recordsOf(book, access), roles)) continue;
      throw exempt.invited ? lapsed() : notHeld(book, own, access, missing, deed);
    }
  }
};

const recordsOf = (book: Book, access: Access): RoleRecord[] => rolesOf(book, access).map(({ record }) => record);

/** The permissions that `theirs` holds in some scope in which `own` does not. */
const permissionsBeyond = (book: Book, theirs: Rights, own: Rights): string[] =>
  theirs
    .heldAnywhere()
    .filter((id) => !own.holds(id))
    .filter((id) => scopesOf(book, id).some((scope) => theirs.holds(id, scope) && !own.holds(id, scope)));

/** Every scope in which a permission can be held apart from others. */
const scopesOf = (book: Book, id: string): Scope[] => {
  const { permission } = book.catalogue;
  const limited = [id, ...(permission.get(id)?.requires ?? [])].some((one) => permission.get(one)?.limits);
  const types = limited ? scopesWithin(book, {}) : [{}];
  return [undefined, ...book.policies.keys()].flatMap((policy) => types.map((type) => ({ ...type, policy })));
};

/** True when the roles of `theirs` give a right on a rule, now or on later rules, that the roles of `own` do not. */
const rulesBeyond = (book: Book, theirs: readonly RoleRecord[], own: readonly RoleRecord[]): boolean => {
  const others = theirs.filter(({ id }) => !own.some((role) => role.id === id));
  if (others.length === 0 || book.catalogue.data.ruleTypes.length === 0) return false;
  const [beyond, mine] = [new RuleRights(book, others), new RuleRights(book, own)];
  const [later, mineLater] = [defaultsNow(book, others), defaultsNow(book, own)];
  return columns.some(
    (column) =>
      (later[column] && !mineLater[column]) ||
      book.rules.ordered.some((rule) => beyond.has(rule, column) && !mine.has(rule, column)),
  );
};

/**
 * Names only permissions of grants that the actor may see, so that the refusal does not betray roles, groups or hidden
 * grants.
 */
const notHeld = (book: Book, own: Rights, { personal }: Access, missing: readonly string[], deed: string): Refusal => {
  const seen = book.catalogue.data.personalGrants ? visiblePart(book, own, personal) : [];
  const named = missing.filter((id) =>
    seen.some((grant) => book.catalogue.granters.get(id)?.has(grant.permission) === true),
  );
  const titles = named.map((id) => book.catalogue.permission.get(id)?.title ?? id);
  return new Refusal('not-held', {
    detail:
      `To ${deed} this user, you must hold, in the same scope, everything that the user holds.` +
      (titles.length > 0 ? ` You lack ${titles.join(', ')}.` : ''),
    ...(named.length > 0 && { more: { missing: named.map((permission) => ({ permission })) } }),
  });
};

const lapsed = (): Refusal =>
  new Refusal(
    'not-held',
    'The person who invited you can no longer let you sign in as this user: ask for a new invitation.',
  );
