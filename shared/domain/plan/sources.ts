// Plans for directory sources, and for the groups that they may decide about.
import type { GroupId } from '../base/ids.ts';
import { freeName } from '../base/names.ts';
import { withinQuota } from '../base/quotas.ts';
import { invalid, Refusal } from '../base/refusal.ts';
import type { Book } from '../book/book.ts';
import type { GroupRecord, SourceRecord } from '../book/records.ts';
import { type Change, type IdsAndTime, noChange, type World } from '../change.ts';

interface NewSource {
  readonly name: string;
  readonly signIn?: { readonly issuer: string; readonly claim: string } | undefined;
  readonly groupClasses?: string[] | undefined;
  readonly disabledMarkers?: { attribute: string; value: string }[] | undefined;
}

/**
 * Refuses a second source with the same issuer and claim, because one sign-in would belong to two users.
 * @throws Refusal sign-in-taken
 */
const needOwnSignIn = (book: Book, { issuer, claim }: NonNullable<NewSource['signIn']>): void => {
  const other = [...book.sources.values()].find(({ signIn }) => signIn?.issuer === issuer && signIn.claim === claim);
  if (other)
    throw new Refusal(
      'sign-in-taken',
      `The source ${other.name} signs its users in by this claim: choose another claim.`,
    );
};

/**
 * Refuses an issuer that is not trusted, because its tokens never pass and its users could not sign in.
 * @throws Refusal invalid-request
 */
export const needTrusted = (trusted: readonly string[], issuer: string, field: string): void => {
  if (trusted.includes(issuer)) return;
  const choice = trusted.length === 0 ? 'none, by its configuration' : trusted.join(', ');
  throw invalid(field, `is no issuer whose tokens this deployment takes; it takes those of ${choice}`);
};

export const createSource = (world: World, input: NewSource, tools: IdsAndTime): Change<SourceRecord> => {
  const { book } = world;
  withinQuota('sources', book.sources.size + 1);
  const others = [...book.sources.values()].map((source) => source.name);
  const name = freeName(input.name, others, 'directory source');
  if (input.signIn) needOwnSignIn(book, input.signIn);
  const { groupClasses, disabledMarkers } = input;
  const dialect = { ...(groupClasses && { groupClasses }), ...(disabledMarkers && { disabledMarkers }) };
  const record: SourceRecord = {
    kind: 'source',
    rev: 0,
    id: tools.ids.next('source'),
    name,
    ...(input.signIn && { signIn: input.signIn }),
    ...((groupClasses || disabledMarkers) && { dialect }),
    deleted: false,
  };
  return {
    book: [record],
    users: [],
    side: [],
    audit: {
      action: 'directory.source.created',
      target: record.id,
      after: { name, signIn: input.signIn ?? null, ...dialect },
    },
    result: record,
  };
};

/** Updates a group. A keeper marks here whether the directory decides who manages access rights through it. */
export const updateGroup = (
  world: World,
  id: GroupId,
  input: { confersAccessManagement: boolean },
): Change<GroupRecord> => {
  const before = world.book.groups.get(id);
  if (!before) throw new Refusal('not-found', 'There is no such group.');
  if (before.confersAccessManagement === input.confersAccessManagement) return noChange(before);
  const after = { ...before, confersAccessManagement: input.confersAccessManagement };
  return {
    book: [after],
    users: [],
    side: [],
    audit: {
      action: 'group.updated',
      target: id,
      before: { confersAccessManagement: before.confersAccessManagement },
      after: { confersAccessManagement: after.confersAccessManagement },
    },
    result: after,
  };
};
