// Sessions under fire: log-ons, log-offs and ends of all while their users are disabled, deleted and raised again; and what
// must be so of them, said once more on raw items.
import { service } from '../support/harness.ts';
import type { As, Reply, Request } from './calling.ts';
import type { Facts, Raw } from './naive.ts';
import type { CallStep, Draw } from './steps.ts';

/** A request about sessions. */
export const onSessions = (draw: Draw): Omit<CallStep, 'as'> | undefined => {
  const { random, facts } = draw;
  const as: As = service(facts.tenant);
  const kind = random.int(10);
  if (kind < 4) return { id: 'createSession', request: { as, body: { user: draw.user() } } };
  const session = draw.pick([...facts.sessions.keys()]);
  if (session === undefined) return undefined;
  if (kind < 6)
    return { id: 'endSessions', request: { params: { userId: String(facts.sessions.get(session)?.user) } } };
  if (kind < 8) return { id: 'endSession', request: { as, params: { sessionId: session } } };
  return { id: 'check', request: { as, body: { session, permission: facts.catalogue.keeper } } };
};

const isOpen = (facts: Facts, { user, life, epoch }: Raw): boolean => {
  const now = facts.users.get(String(user));
  return now?.state === 'active' && now.life === life && Number(now.epoch ?? 0) === Number(epoch);
};

/** The faults of the stored sessions, when no request is under way. */
export const sessionFaults = async (
  facts: Facts,
  call: (id: 'check', request: Request) => Promise<Reply>,
): Promise<string[]> => {
  const found: string[] = [];
  const as = service(facts.tenant);
  const permission = facts.catalogue.keeper;
  for (const id of [...facts.sessions.keys(), ...facts.sessionsGone]) {
    const session = facts.sessions.get(id);
    const open = session !== undefined && isOpen(facts, session);
    const { status, body } = await call('check', { as, body: { session: id, permission } });
    if ((status === 200) !== open || (!open && body.code !== 'session-ended'))
      found.push(`session ${id} is ${open ? 'open' : 'over'}, and a check in it was answered ${status} ${body.code}`);
    if (open && !facts.sessionEntries.has(id)) found.push(`session ${id} is open, and not listed`);
  }
  return found;
};
