// Sessions: reads a session, decides whether it is still open, and checks that the caller may use it.

import type { SessionId, TenantId, UserId } from '../../domain/base/ids.ts';
import { Refusal } from '../../domain/base/refusal.ts';
import { isoOfSeconds } from '../../domain/base/time.ts';
import type { Access, Grant } from '../../domain/book/records.ts';
import { isOpen, keeps, type Opened, type Session, type Snapshot } from '../../domain/session.ts';
import type { Authorised } from '../../store/authorised.ts';
import { type Key, keys } from '../../store/keys.ts';
import { toSession, toSnapshot } from '../../store/sessions.ts';
import type { View } from '../../store/view.ts';

interface AtSession {
  readonly tenant: TenantId;
  readonly input: { readonly params: { readonly sessionId: SessionId } };
}

/** The parts of a session that never change, kept in memory so that a warm process need not read them. */
interface Known {
  readonly user: UserId;
  readonly snapshot: Snapshot | undefined;
  readonly weight: number;
}
const remembered = new Map<string, Known>();
/** The number of ids and names in memory: most snapshots have a dozen, and some have tens of thousands. */
let weight = 0;
const mostWeight = 300_000;
const grantWeight = ({ policies = [], actionTypes = [], ruleTypes = [] }: Grant): number =>
  1 + policies.length + actionTypes.length + ruleTypes.length;
const weightOf = (snapshot: Snapshot | undefined): number => {
  const grants = snapshot?.sets.flatMap((set) => set.grants.map(grantWeight)) ?? [];
  const rules = snapshot?.rules.except.map((group) => group.rules.length) ?? [];
  return [...grants, ...rules].reduce((sum, one) => sum + one, 10);
};

const knownOf = ({ user }: Session, snapshot: Snapshot | undefined): Known => ({
  user,
  snapshot,
  weight: weightOf(snapshot),
});

const nameOf = (tenant: TenantId, id: SessionId) => `${tenant} ${id}`;

const remember = (tenant: TenantId, id: SessionId, known: Known): void => {
  const name = nameOf(tenant, id);
  const old = remembered.get(name);
  remembered.delete(name);
  remembered.set(name, known);
  weight += known.weight - (old?.weight ?? 0);
  for (const [oldest, one] of remembered) {
    if (weight <= mostWeight) break;
    remembered.delete(oldest);
    weight -= one.weight;
  }
};

/** The keys of a session to read along with the head; a session that this process knows needs no second round trip. */
export const sessionLook = (tenant: TenantId, id: SessionId | undefined): Key[] => {
  if (id === undefined) return [];
  const known = remembered.get(nameOf(tenant, id));
  return [keys.session(tenant, id), known ? keys.access(tenant, known.user) : keys.snapshot(tenant, id)];
};
export const atSession = ({ tenant, input }: AtSession): Key[] => sessionLook(tenant, input.params.sessionId);

/** True for the session's user, for a product service, and for keepers. */
const mayUse = (by: Authorised, { user }: Session): boolean =>
  by.keeper || by.actor.kind === 'service' || user === by.access?.id;

/** An open session, by its own item and its user's; undefined when it has ended, or the caller may not use it. */
export const opened = async (view: View, by: Authorised, id: SessionId): Promise<Opened | undefined> => {
  const { tenant, tools } = view;
  const [item] = await view.items([keys.session(tenant, id)]);
  const session = toSession(item, tools.now);
  if (!session || !mayUse(by, session)) return undefined;
  const [access] = await view.users([session.user]);
  if (!access || !isOpen(session, access, tools.now)) return undefined;
  const known =
    remembered.get(nameOf(tenant, id)) ?? knownOf(session, session.kept ? await snapshotOf(view, id) : undefined);
  remember(tenant, id, known);
  return { session, access, snapshot: known.snapshot };
};

const snapshotOf = async (view: View, id: SessionId): Promise<Snapshot> => {
  const [item] = await view.items([keys.snapshot(view.tenant, id)]);
  const snapshot = toSnapshot(item);
  // Session and snapshot are put by one transaction, so the session ended between the two reads.
  if (!snapshot) throw new Refusal('session-ended');
  return snapshot;
};

/** An open session. @throws Refusal not-found for a session that has ended, or that the caller may not use */
export const loadSession = async (view: View, by: Authorised, id: SessionId): Promise<Opened> => {
  const found = await opened(view, by, id);
  if (!found) throw new Refusal('not-found', 'There is no such session, or it has ended.');
  return found;
};

/**
 * The session by which questions are answered. On a state that may be a few seconds old, a session that is newer or
 * seems to have ended makes the query start again on current data. @throws Refusal session-ended
 */
export const answering = async (view: View, by: Authorised, id: SessionId): Promise<Opened> => {
  const found = await opened(view, by, id);
  if (!view.isCurrent) view.needVersion(found?.session.version ?? Number.POSITIVE_INFINITY);
  if (!found) throw new Refusal('session-ended', 'The session has ended, or it belongs to another user: log on again.');
  return found;
};

export const sessionView = (book: View['book'], session: Session) => ({
  id: session.id,
  user: session.user,
  createdAt: session.createdAt,
  expiresAt: isoOfSeconds(session.expires),
  follows: session.kept && keeps(book) ? ('snapshot' as const) : ('current' as const),
  version: session.version,
});

/** Checks that a user logs on as themselves; a product service logs on any user. @throws Refusal forbidden */
export const needOwnLogOn = (by: Authorised, access: Access | undefined): void => {
  if (by.actor.kind !== 'service' && access?.id !== by.access?.id)
    throw new Refusal('forbidden', 'You can log on as yourself only.');
};

/** Checks that the sessions are the caller's own, or that the caller is a keeper. @throws Refusal forbidden */
export const needOwn = (by: Authorised, user: UserId): void => {
  if (!by.keeper && by.access?.id !== user)
    throw new Refusal('forbidden', 'Only users who manage access rights may see and end the sessions of others.');
};
