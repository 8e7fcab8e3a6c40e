// Plans for sessions: log-on, log-off, and the end of all sessions of a user.
import { withinQuota } from '../base/quotas.ts';
import { Refusal } from '../base/refusal.ts';
import { isoOfSeconds } from '../base/time.ts';
import type { Book } from '../book/book.ts';
import type { Access } from '../book/records.ts';
import type { Change, IdsAndTime, World } from '../change.ts';
import { decide } from '../deciding/decide.ts';
import { keeps, longestSession, type Session, snapshotOf } from '../session.ts';

/**
 * Checks that the user may log on: any active user, or where the catalogue names permissions for it, a user with one of
 * them (FP-05, Q-09).
 */
const needLogOn = (book: Book, access: Access | undefined): Access => {
  const refused = (reason: string, detail: string) => new Refusal('cannot-log-on', { detail, more: { reason } });
  if (!access || access.state === 'deleted') throw refused('unknown-user', 'The tenant has no such user.');
  if (access.state !== 'active') throw refused('user-disabled', 'The user is disabled: enable the user first.');
  if (!book.catalogue.ability.has('logOn')) return access;
  const { allowed, reason } = decide(book, access, { ability: 'logOn' });
  if (!allowed) throw refused(reason, 'The user has no permission: grant one first.');
  return access;
};

/**
 * Starts a session, always by current data.
 * @param open number of open sessions of the user
 * @param seconds duration of the session
 * @throws Refusal cannot-log-on, quota-exceeded
 */
export const startSession = (
  { book }: World,
  user: Access | undefined,
  { seconds, open }: { readonly seconds: number; readonly open: number },
  tools: IdsAndTime,
): Change<Session> => {
  const access = needLogOn(book, user);
  withinQuota('sessionsPerUser', open + 1, 'End one of them first, or all of them.');
  const snapshot = keeps(book) ? snapshotOf(book, access, tools.now) : undefined;
  const session: Session = {
    id: tools.ids.next('session'),
    user: access.id,
    life: access.life,
    epoch: access.epoch ?? 0,
    createdAt: new Date(tools.now).toISOString(),
    expires: Math.floor(tools.now / 1000) + Math.min(seconds, longestSession),
    version: book.version,
    kept: snapshot !== undefined,
  };
  return {
    book: [],
    users: [],
    side: [{ kind: 'session', before: undefined, after: session, snapshot }],
    audit: {
      action: 'session.started',
      target: access.id,
      after: { session: session.id, expires: isoOfSeconds(session.expires), version: book.version },
    },
    result: session,
  };
};

/** Ends one session. */
export const endSession = (session: Session): Change<undefined> => ({
  book: [],
  users: [],
  side: [{ kind: 'session', before: session, after: undefined }],
  audit: { action: 'session.ended', target: session.user, before: { session: session.id } },
  result: undefined,
});

/** Most entries of ended sessions that are removed from the list at once; further ones expire. */
const mostTaken = 50;

/**
 * Ends all sessions of a user in one write, however many there are. The epoch moves even when none is open: a concurrent
 * log-on could otherwise keep rights that have been revoked (TOCTOU). That write alone changes nothing visible.
 */
export const endSessions = (before: Access, open: readonly Session[]): Change<undefined> => {
  const users = [{ before, after: { ...before, rev: before.rev + 1, epoch: (before.epoch ?? 0) + 1 } }];
  if (open.length === 0) return { book: [], users, side: [], guardsOnly: true, result: undefined };
  return {
    book: [],
    users,
    side: [{ kind: 'sessions', gone: open.slice(0, mostTaken) }],
    audit: { action: 'sessions.ended', target: before.id, before: { sessions: open.map(({ id }) => id) } },
    result: undefined,
  };
};
