// Plans for the recovery of a keeperless tenant. None of them makes a holder: the last one gives a person the keeper
// permission and an invitation, and only that person's proven sign-in ends the state.
import { type UserId, userOf } from '../base/ids.ts';
import { cleanName, visible } from '../base/names.ts';
import { invalid, Refusal } from '../base/refusal.ts';
import type { Access, Head, RoleRecord } from '../book/records.ts';
import {
  type Audit,
  applied,
  type Change,
  type IdsAndTime,
  merged,
  noChange,
  type Profile,
  type World,
} from '../change.ts';
import { type Approver, namedUser, type Recovered, type Recovery } from '../recovery.ts';
import { addMembers, addRoleGrant, createRole } from './roles.ts';
import { inviteUser, unbindUser } from './sign-ins.ts';
import { createUser, putPersonalGrants, updateUser } from './users.ts';

/** The recovery under way; one that is older than the mark of the tenant belongs to an earlier loss, and counts no more. */
export const currentRecovery = (
  { keeperless, keeperlessSince = '' }: Head,
  recovery: Recovery | undefined,
): Recovery | undefined => (keeperless && recovery && recovery.requestedAt >= keeperlessSince ? recovery : undefined);

/** Refuses what only a keeperless tenant admits. @throws Refusal has-access-manager */
const needKeeperless = ({ keeperless }: Head): void => {
  if (!keeperless)
    throw new Refusal('has-access-manager', 'Verify the tenant with the command for repair when you doubt it.');
};

/** The recovery under way. @throws Refusal not-found */
const needRecovery = (head: Head, stored: Recovery | undefined): Recovery => {
  const recovery = currentRecovery(head, stored);
  if (!recovery) throw new Refusal('not-found', 'No recovery of this tenant is under way.');
  return recovery;
};

const change = (
  before: Recovery | undefined,
  after: Recovery | undefined,
  head: Head,
  audit: Pick<Audit, 'action' | 'before' | 'after'>,
): Change<Recovery | undefined> => ({
  book: [],
  users: [],
  side: [{ kind: 'recovery', before, after }],
  // The former holder finds it among the events about themselves.
  audit: { target: 'tenant', also: [userOf(head.witness.user)], ...audit },
  result: after,
});

/** Milliseconds between approval and invitation, unless a deployment sets another delay: three days. */
const usualDelay = 72 * 3_600_000;

interface Asked {
  readonly reason: string;
  readonly person: Recovered;
}

/** Begins a recovery. @throws Refusal has-access-manager, recovery-active, invalid-request */
export const requestRecovery = (
  { users }: World,
  head: Head,
  stored: Recovery | undefined,
  { reason, person }: Asked,
  by: Approver,
  now: number,
): Change<Recovery | undefined> => {
  needKeeperless(head);
  if (currentRecovery(head, stored))
    throw new Refusal('recovery-active', 'Approve the recovery that is under way, or cancel it first.');
  const id = namedUser(person);
  const user = id && users.get(id);
  if (id && (user?.kind !== 'person' || user.state === 'deleted'))
    throw invalid('/person/user', 'is no person of this tenant: name a person, or somebody new by name');
  const checked =
    'user' in person
      ? person
      : { ...person, name: cleanName(person.name, '/person/name'), login: visible(person.login, '/person/login') };
  const after: Recovery = {
    // Begins with the time, so that no request takes this recovery for one that was cancelled.
    rev: Math.max(now, (stored?.rev ?? 0) + 1),
    reason: visible(reason, '/reason'),
    person: checked,
    requestedBy: by,
    requestedAt: new Date(now).toISOString(),
  };
  return change(stored, after, head, { action: 'recovery.requested', after: { reason, person: id ?? 'new' } });
};

/**
 * Approves the recovery that was requested at that time, which fixes when the person can be invited. The first operator
 * could cancel it while the second one looks at it, and name another person.
 * @throws Refusal second-operator-needed, not-found
 */
export const approveRecovery = (
  head: Head,
  stored: Recovery | undefined,
  { requestedAt }: { readonly requestedAt: string },
  by: Approver,
  now: number,
  delay = usualDelay,
): Change<Recovery | undefined> => {
  const before = needRecovery(head, stored);
  if (Date.parse(before.requestedAt) !== Date.parse(requestedAt))
    throw new Refusal(
      'not-found',
      `The recovery that is under way was requested at ${before.requestedAt}: look at it.`,
    );
  if (before.requestedBy.digest === by.digest) throw new Refusal('second-operator-needed');
  if (before.approvedBy) return noChange(before);
  const approvedAt = new Date(now).toISOString();
  const dueAt = new Date(now + delay).toISOString();
  const after = { ...before, rev: before.rev + 1, approvedBy: by, approvedAt, dueAt };
  return change(before, after, head, { action: 'recovery.approved', after: { dueAt } });
};

/** Cancels a recovery. @throws Refusal not-found */
export const cancelRecovery = (head: Head, stored: Recovery | undefined): Change<Recovery | undefined> => {
  // Somebody who has become a holder meanwhile cancels what is left of a recovery that counts no more.
  if (!stored) throw new Refusal('not-found', 'No recovery of this tenant is under way.');
  return change(stored, undefined, head, { action: 'recovery.cancelled', before: { requestedAt: stored.requestedAt } });
};

interface Completed {
  readonly user: UserId;
  readonly expires: number;
  /** The text of the invitation. */
  readonly text: string;
}

/** What a completion needs besides the world. */
interface Completing {
  readonly head: Head;
  readonly stored: Recovery | undefined;
  /** The profile of the user that the recovery names. */
  readonly profile: Profile | undefined;
  readonly tools: IdsAndTime;
  /** Makes the invitation of a user from its secret. */
  readonly invitationOf: (user: UserId, secret: string) => { readonly text: string; readonly digest: string };
}

/**
 * Ends a recovery: the person gets the keeper permission and nothing else, loses an earlier sign-in, and is invited to
 * prove one. @throws Refusal too-early, has-access-manager, not-found
 */
export const completeRecovery = (
  world: World,
  { head, stored, profile, tools, invitationOf }: Completing,
): Change<Completed> => {
  needKeeperless(head);
  const recovery = needRecovery(head, stored);
  const { person, dueAt } = recovery;
  if (dueAt === undefined) throw new Refusal('too-early', 'Another operator must approve the recovery first.');
  if (tools.now < Date.parse(dueAt)) throw new Refusal('too-early', `The person can be invited from ${dueAt} on.`);
  const done: Change[] = [];
  let at = world;
  const step = <R>(one: Change<R>): R => {
    done.push(one);
    at = applied(at, one);
    return one.result;
  };
  const named = namedUser(person);
  const user = named ?? step(bareUser(world, person, tools));
  let role: RoleRecord | undefined;
  if (profile) {
    step(unbindUser(at, user, profile));
    step(updateUser(at, user, profile, { state: 'active' }));
  }
  const { keeper, personalGrants } = world.book.catalogue.data;
  if (personalGrants) {
    const own = at.users.get(user)?.personal ?? [];
    step(putPersonalGrants(at, user, 'keeper', [...own, { permission: keeper }]));
  } else {
    const made = step(createRole(at, { name: freeName(at), description: 'Made by a recovery of access' }, tools));
    role = step(addRoleGrant(at, made.id, { permission: keeper }));
    step(addMembers(at, made.id, [user]));
  }
  const { text, digest } = invitationOf(user, tools.ids.secret());
  const { expires } = step(inviteUser(at, user, digest, { keeper: true }, tools));
  const { kind, source, state, personal } = at.users.get(user) as Access;
  const { result: _, ...whole } = merged([...done, change(stored, undefined, head, { action: 'recovery.completed' })]);
  return {
    ...whole,
    audit: {
      action: 'recovery.completed',
      target: user,
      also: [userOf(head.witness.user)],
      before: { requestedBy: recovery.requestedBy.id, approvedBy: recovery.approvedBy?.id, reason: recovery.reason },
      after: {
        expires: new Date(expires).toISOString(),
        ...(named === undefined && { created: true }),
        kind,
        source,
        state,
        grants: personal,
        ...(role && { role: { id: role.id, name: role.name, newRules: role.newRules, grants: role.grants } }),
      },
    },
    result: { user, expires, text },
  };
};

/** A new person without the rights that other new users get. */
const bareUser = (world: World, person: Recovered, tools: IdsAndTime): Change<UserId> => {
  if ('user' in person) throw new Error('this person is a user already');
  const made = createUser(world, { kind: 'person', source: 'local', ...person }, {}, tools);
  const users = made.users.map(({ before, after }) => ({ before, after: { ...after, personal: [] } }));
  return { ...made, users, result: made.result.access.id };
};

/** A name for the role of a recovery that no live role has. */
const freeName = ({ book }: World): string => {
  const names = new Set([...book.roles.values()].map(({ record }) => record.name));
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? 'Access recovery' : `Access recovery ${n}`;
    if (!names.has(name)) return name;
  }
};
