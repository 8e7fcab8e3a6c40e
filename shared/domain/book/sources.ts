// What a directory source says besides its name: the settings as callers see them, with the defaults of what is absent.
import type { SourceId, UserId } from '../base/ids.ts';
import type { Book } from './book.ts';
import type { SourceRecord } from './records.ts';

type GuardKind = keyof NonNullable<SourceRecord['guards']>;
/** A run with more losses than the number, or than the percentage of what is there, is held. */
export interface Threshold {
  readonly number: number;
  readonly percent: number;
}
export type Guards = Readonly<Record<GuardKind, Threshold>>;

const defaults: Guards = {
  deletions: { number: 500, percent: 20 },
  disablings: { number: 500, percent: 20 },
  removals: { number: 500, percent: 20 },
  groupRemovals: { number: 500, percent: 50 },
};

/**
 * The thresholds of a source: of users deleted and disabled, of memberships removed, and of what a single group loses.
 */
export const guardsOf = ({ guards = {} }: SourceRecord): Guards => {
  const of = (kind: GuardKind): Threshold => ({
    number: guards[kind]?.number ?? defaults[kind].number,
    percent: guards[kind]?.percent ?? defaults[kind].percent,
  });
  return {
    deletions: of('deletions'),
    disablings: of('disablings'),
    removals: of('removals'),
    groupRemovals: of('groupRemovals'),
  };
};

/**
 * The source that owns a user or a group; undefined for a local or external one, and for what a deleted source has left,
 * which is local from then on.
 */
export const directoryOf = (book: Book, { source }: { readonly source: string }): SourceId | undefined =>
  book.sources.get(source as SourceId)?.id;

/** Where a user or a group comes from, as callers see it. */
export const originOf = (book: Book, owned: { readonly source: string }): 'local' | 'external' | SourceId =>
  owned.source === 'external' ? 'external' : (directoryOf(book, owned) ?? 'local');

/** False while synchronisation is switched off: then nothing is taken in from the directory. */
export const isEnabled = ({ enabled = true }: SourceRecord): boolean => enabled;

/** True for a user who may deliver to the source: its client, where one is named, and keepers in any case (FP-09). */
export const mayDeliver = (source: SourceRecord, user: UserId | undefined, keeper: boolean): boolean =>
  keeper || source.client === undefined || source.client === user;

/** The fields of a source as callers see them. */
export const sourceFields = (source: SourceRecord) => ({
  id: source.id,
  name: source.name,
  kind: source.directory ?? 'file',
  enabled: isEnabled(source),
  ...(source.signIn && { signIn: source.signIn }),
  ...source.dialect,
  ...(source.client !== undefined && { client: source.client }),
  guards: guardsOf(source),
});
