// Checks: who may ask about whom, which user is meant, and what is answered.

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
import type { Unit } from '../../store/unit.ts';
import { kindOf } from '../gateway/authorise.ts';
import { externalDigest, firstLook, userBy } from '../gateway/find-user.ts';
import type { Token } from '../gateway/token.ts';
import { answering } from './sessions.ts';
import { decisionView, pathView } from './views.ts';

interface Subject {
  readonly user?: UserId | undefined;
  readonly externalId?: string | undefined;
}

/** Where the user that is meant will be found: read along with the head. */
export const subjectKeys = (tenant: TenantId, subjects: readonly Subject[]): Key[] =>
  subjects.flatMap(({ user, externalId }) => {
    if (user !== undefined) return [keys.access(tenant, user)];
    return externalId === undefined ? [] : [firstLook(tenant, externalDigest(externalId))];
  });

/** Reads at once whom the aliases of all subjects stand for: many cost no more round trips than one. */
export const meetSubjects = async (unit: Unit, subjects: readonly Subject[]): Promise<void> => {
  const found = await unit.items(subjectKeys(unit.tenant, subjects));
  await unit.users(found.flatMap((item) => (isAlias(item) ? (toAlias(item) ?? []) : [])));
};

/**
 * True when somewhat old state will do: for a product's checks only. Whether a person or client of the tenant may ask is
 * decided on current data, always.
 */
export const mayBeOld = (token: Token, consistency: 'strong' | 'bounded'): boolean =>
  consistency === 'bounded' && kindOf(token) === 'service';

/** The user that is meant; the caller, when none is named. @throws Refusal forbidden for others than those one may ask about */
export const subjectOf = async (unit: Unit, by: Authorised, subject: Subject): Promise<Access | undefined> => {
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
      ? await userBy(unit, externalDigest(externalId as string), 'external')
      : (await unit.users([user]))[0];
  if (!asksFreely && found?.id !== by.access?.id) throw new Refusal('forbidden', 'You can ask about yourself only.');
  return found;
};

/** @throws Refusal invalid-request for a permission or ability that the catalogue does not have */
export const needKnown = (book: Book, question: Question, at = ''): void => {
  const { permission, ability } = question;
  if (permission !== undefined && !book.catalogue.permission.has(permission))
    throw invalid(`${at}/permission`, 'is not in the catalogue: see GET /v1/catalogue');
  if (ability !== undefined && !book.catalogue.ability.has(ability))
    throw invalid(`${at}/ability`, 'is not in the catalogue: see GET /v1/catalogue');
};

/**
 * The book to answer by. Whoever may not see all policies is answered about one that is not there as about one that they
 * would not see: the answer must not tell which of the two it is. By what a session has kept they may see more.
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

/** Bytes of the ways in one answer, however many questions it answers: a way may lead through all groups of a tenant. */
const mostWays = 3_000_000;

/** The answer to one of so many questions, with why. */
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

/** The answer to one question in a session: by what it has kept, or with the ways by current data. */
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

/** @throws Refusal invalid-request when another user is named than the one whose session it is */
const needSame = ({ user, externalId }: Subject, { access }: Opened, at: string): void => {
  if (user !== undefined && user !== access.id)
    throw invalid(`${at}/user`, 'is not whose session this is: leave it out');
  if (externalId !== undefined && access.external !== externalDigest(externalId))
    throw invalid(`${at}/externalId`, 'is not whose session this is: leave it out');
};

/**
 * Who answers so many questions: current data about whoever is named, or a session. @throws Refusal session-ended
 */
export const respondent = async (unit: Unit, by: Authorised, session: SessionId | undefined, questions = 1) => {
  if (session === undefined)
    return async (question: Question & Subject) =>
      checked(bookFor(unit.book, by, question), await subjectOf(unit, by, question), question, questions);
  const found = await answering(unit, by, session);
  const kept = (book: Book) => {
    const snapshot = followedBy(book, found);
    return snapshot && keptSubject(book, snapshot).subject.rights;
  };
  return async (question: Question & Subject, at = '') => {
    needSame(question, found, at);
    return checkedInSession(bookFor(unit.book, by, question, kept), unit.asOf, found, question, questions);
  };
};
