// Sessions as several operations need them: finding one, whether it still counts, and who may use it.

import type { SessionId, TenantId, UserId } from '../../domain/base/ids.ts';
import { Refusal } from '../../domain/base/refusal.ts';
import { isoOfSeconds } from '../../domain/base/time.ts';
import type { Access, Grant } from '../../domain/book/records.ts';
import { isOpen, keeps, type Opened, type Session, type Snapshot } from '../../domain/session.ts';
import type { Authorised } from '../../store/authorised.ts';
import { type Key, keys } from '../../store/keys.ts';
import { toSession, toSnapshot } from '../../store/sessions.ts';
import type { Unit } from '../../store/unit.ts';

interface AtSession {
  readonly tenant: TenantId;
  readonly input: { readonly params: { readonly sessionId: SessionId } };
}

/** What never changes of a session, so that a warm process need not read it: whose it is, and what was kept at log-on. */
interface Known {
  readonly user: UserId;
  readonly snapshot: Snapshot | undefined;
  readonly weight: number;
}
const remembered = new Map<string, Known>();
/** Ids and names in all that is remembered: most snapshots have a dozen, and one may have tens of thousands. */
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

/** What to read of a session along with the head: all of it in one round trip when this process has met it before. */
export const sessionLook = (tenant: TenantId, id: SessionId | undefined): Key[] => {
  if (id === undefined) return [];
  const known = remembered.get(nameOf(tenant, id));
  return [keys.session(tenant, id), known ? keys.access(tenant, known.user) : keys.snapshot(tenant, id)];
};
export const atSession = ({ tenant, input }: AtSession): Key[] => sessionLook(tenant, input.params.sessionId);

/** Who may use a session: its user, the product that serves the user, and who manages access rights. */
const mayUse = (by: Authorised, { user }: Session): boolean =>
  by.keeper || by.actor.kind === 'service' || user === by.access?.id;

/** A session that counts, by its own item and its user's; nothing for one that does not, or not for the caller. */
export const opened = async (unit: Unit, by: Authorised, id: SessionId): Promise<Opened | undefined> => {
  const { tenant, tools } = unit;
  const [item] = await unit.items([keys.session(tenant, id)]);
  const session = toSession(item, tools.now);
  if (!session || !mayUse(by, session)) return undefined;
  const [access] = await unit.users([session.user]);
  if (!access || !isOpen(session, access, tools.now)) return undefined;
  const known =
    remembered.get(nameOf(tenant, id)) ?? knownOf(session, session.kept ? await snapshotOf(unit, id) : undefined);
  remember(tenant, id, known);
  return { session, access, snapshot: known.snapshot };
};

const snapshotOf = async (unit: Unit, id: SessionId): Promise<Snapshot> => {
  const [item] = await unit.items([keys.snapshot(unit.tenant, id)]);
  const snapshot = toSnapshot(item);
  // Both were put by one write; it ended between the two reads.
  if (!snapshot) throw new Refusal('session-ended');
  return snapshot;
};

/** @throws Refusal not-found for one that has ended, or is not for the caller */
export const loadSession = async (unit: Unit, by: Authorised, id: SessionId): Promise<Opened> => {
  const found = await opened(unit, by, id);
  if (!found) throw new Refusal('not-found', 'There is no such session, or it has ended.');
  return found;
};

/**
 * A session to answer by. Where the state may be somewhat old, one that began later, or does not seem to count, has the
 * answer made anew on the latest. @throws Refusal session-ended
 */
export const answering = async (unit: Unit, by: Authorised, id: SessionId): Promise<Opened> => {
  const found = await opened(unit, by, id);
  if (!unit.isCurrent) unit.needVersion(found?.session.version ?? Number.POSITIVE_INFINITY);
  if (!found) throw new Refusal('session-ended', 'It has ended, or it is not yours: log on again.');
  return found;
};

export const sessionView = (book: Unit['book'], session: Session) => ({
  id: session.id,
  user: session.user,
  createdAt: session.createdAt,
  expiresAt: isoOfSeconds(session.expires),
  follows: session.kept && keeps(book) ? ('snapshot' as const) : ('current' as const),
  version: session.version,
});

/** @throws Refusal forbidden for who would log on as somebody else; products do so for whom they serve */
export const needOwnLogOn = (by: Authorised, access: Access | undefined): void => {
  if (by.actor.kind !== 'service' && access?.id !== by.access?.id)
    throw new Refusal('forbidden', 'You can log on as yourself only.');
};

/** @throws Refusal forbidden for others' sessions, unless one manages access rights */
export const needOwn = (by: Authorised, user: UserId): void => {
  if (!by.keeper && by.access?.id !== user)
    throw new Refusal('forbidden', 'Only who manages access rights sees and ends the sessions of others.');
};
