// Checks: the users that a caller may ask about, the user that a question means, and the answer.

import { isId, type SessionId, type TenantId, type UserId } from '../../domain/base/ids.ts';
import { invalid, Refusal } from '../../domain/base/refusal.ts';
import { Room } from '../../domain/base/weight.ts';
import type { Book } from '../../domain/book/book.ts';
import type { Access } from '../../domain/book/records.ts';
import { type Question, Rights } from '../../domain/deciding/decide.ts';
import { explain } from '../../domain/deciding/explain.ts';
import type { HeldRights } from '../../domain/deciding/judge.ts';
import { seesPolicy } from '../../domain/deciding/visible.ts';
import { decideInSession, followedBy, keptSubject, type Opened } from '../../domain/session.ts';
import type { Authorised } from '../../store/authorised.ts';
import { isAlias, toAlias } from '../../store/items.ts';
import { type Key, keys } from '../../store/keys.ts';
import type { View } from '../../store/view.ts';
import { externalDigest, firstLook, userBy } from '../gateway/find-user.ts';
import type { Token } from '../gateway/token.ts';
import { answering } from './sessions.ts';
import { decisionView, pathView } from './views.ts';

interface Subject {
  readonly user?: UserId | undefined;
  readonly externalId?: string | undefined;
}

/** The keys of the users that the questions mean, which are read along with the head. */
export const subjectKeys = (tenant: TenantId, subjects: readonly Subject[]): Key[] =>
  subjects.flatMap(({ user, externalId }) => {
    if (user !== undefined) return [keys.access(tenant, user)];
    return externalId === undefined ? [] : [firstLook(tenant, externalDigest(externalId))];
  });

/** Reads the users of all subjects together, so that many need no more round trips than one. */
export const meetSubjects = async (view: View, subjects: readonly Subject[]): Promise<void> => {
  const found = await view.items(subjectKeys(view.tenant, subjects));
  await view.users(found.flatMap((item) => (isAlias(item) ? (toAlias(item) ?? []) : [])));
};

/**
 * True when a check may be answered from a state that is a few seconds old. Only a product service may ask so, because
 * persons and clients of the tenant are always authorised on current data.
 */
export const mayBeOld = (token: Token, consistency: 'strong' | 'bounded'): boolean =>
  consistency === 'bounded' && token.kind === 'service';

/**
 * The user that a question means: the caller, when the question names no user; undefined when the user does not exist.
 * @throws Refusal forbidden for a user that the caller may not ask about; invalid-request when a service names no user
 */
export const askedSubject = async (view: View, by: Authorised, subject: Subject): Promise<Access | undefined> => {
  const { user, externalId } = subject;
  const asksFreely = by.keeper || by.actor.kind === 'service';
  if (user === undefined && externalId === undefined) {
    if (!by.access) throw invalid('/user', 'name the user, by user or by externalId');
    return by.access;
  }
  if (!asksFreely && (user ?? by.access?.id) !== by.access?.id)
    throw new Refusal('forbidden', 'You can ask about yourself only.');
  const found =
    user === undefined
      ? await userBy(view, externalDigest(externalId as string), 'external')
      : (await view.users([user]))[0];
  if (!asksFreely && found?.id !== by.access?.id) throw new Refusal('forbidden', 'You can ask about yourself only.');
  return found;
};

/** Checks that the catalogue has the permission or ability. @throws Refusal invalid-request */
export const needKnown = (book: Book, question: Question, at = ''): void => {
  const { permission, ability } = question;
  if (permission !== undefined && !book.catalogue.permission.has(permission))
    throw invalid(`${at}/permission`, 'is not in the catalogue: see GET /v1/catalogue');
  if (ability !== undefined && !book.catalogue.ability.has(ability))
    throw invalid(`${at}/ability`, 'is not in the catalogue: see GET /v1/catalogue');
};

/**
 * The book by which a question is answered. A caller who may not see all policies gets the same answer about a policy
 * that does not exist as about a hidden policy, so that the answer does not reveal which it is. `kept` gives the rights
 * that a session keeps, by which the caller may see more policies.
 */
export const bookFor = (
  book: Book,
  by: Authorised,
  { policy }: Question,
  kept: (book: Book) => HeldRights | undefined = () => undefined,
): Book => {
  if (by.keeper || by.actor.kind === 'service' || policy === undefined || book.policies.has(policy)) return book;
  const supposed = book.with([{ kind: 'policy', rev: 0, id: policy, name: '', description: '', deleted: false }]);
  const sees = (rights: HeldRights | undefined) => seesPolicy(supposed, { keeper: false, rights }, policy);
  return sees(Rights.of(supposed, by.access)) || sees(kept(supposed)) ? book : supposed;
};

/**
 * Most bytes of the paths in one answer to all its questions, because a path may lead through all groups of a tenant.
 */
const mostWays = 3_000_000;

/** The answer to one of `questions` questions, with the paths that grant the right. */
export const checked = (book: Book, access: Access | undefined, question: Question, questions = 1) => {
  const { paths, rulePaths, ...decision } = explain(book, access, question);
  const room = new Room(Math.min(mostWays / 3, mostWays / questions));
  const ways = paths.map(({ permission, ...path }) => ({ permission, ...pathView(path) }));
  const ruleWays = rulePaths.map(({ right, ...path }) => ({ right, ...pathView(path) }));
  const [shown, ruleShown] = [room.first(ways), room.first(ruleWays)];
  return {
    ...decisionView(decision),
    ...(access && isId('user', access.id) && { user: access.id }),
    ...(shown.length > 0 && { paths: shown }),
    ...(ruleShown.length > 0 && { rulePaths: ruleShown }),
    ...((shown !== ways || ruleShown !== ruleWays) && { more: true }),
  };
};

/** The answer to one question in a session: by the kept rights, or by current data with paths. */
const checkedInSession = (book: Book, asOf: string, opened: Opened, question: Question, questions: number) => {
  const { session, access } = opened;
  const { decision, by, current } = decideInSession(book, opened, question);
  const of = by
    ? { by: 'snapshot', version: by.version, at: by.at }
    : { by: 'current', version: book.version, at: asOf };
  return {
    ...(by ? { ...decisionView(decision), user: access.id } : checked(book, access, question, questions)),
    session: { id: session.id, ...of },
    ...(current && { current: { allowed: current.allowed, reason: current.reason } }),
  };
};

/** Checks that a question names no other user than the session's. @throws Refusal invalid-request */
const needSame = ({ user, externalId }: Subject, { access }: Opened, at: string): void => {
  if (user !== undefined && user !== access.id)
    throw invalid(`${at}/user`, 'is not the user of this session: leave it out');
  if (externalId !== undefined && access.external !== externalDigest(externalId))
    throw invalid(`${at}/externalId`, 'is not of the user of this session: leave it out');
};

/**
 * A function that answers `questions` questions: by current data about the named users, or by a session.
 * @throws Refusal session-ended
 */
export const respondent = async (view: View, by: Authorised, session: SessionId | undefined, questions = 1) => {
  if (session === undefined)
    return async (question: Question & Subject) =>
      checked(bookFor(view.book, by, question), await askedSubject(view, by, question), question, questions);
  const found = await answering(view, by, session);
  const kept = (book: Book) => {
    const snapshot = followedBy(book, found);
    return snapshot && keptSubject(book, snapshot).subject.rights;
  };
  return async (question: Question & Subject, at = '') => {
    needSame(question, found, at);
    return checkedInSession(bookFor(view.book, by, question, kept), view.asOf, found, question, questions);
  };
};
