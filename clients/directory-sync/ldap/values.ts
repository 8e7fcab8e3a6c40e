// From what a server sent to what the service reads.
import { markerNames } from '../../../shared/ldif/disabled.ts';
import { canonicalType, DirectoryError } from '../../../shared/ldif/dn.ts';
import { immutableId } from '../../../shared/ldif/entries.ts';
import { listsOf } from '../../../shared/ldif/members.ts';
import { type Attribute, type LdifValue, textOf } from '../../../shared/ldif/parse.ts';
import { primaryNames, primaryText } from '../../../shared/ldif/primary.ts';
import { isWhole } from '../../../shared/text/text.ts';
import { type KindTraits, memberNames } from './kinds.ts';
import type { RawEntry } from './session.ts';
import type { FullEntry } from './types.ts';

const named = ({ attributes }: RawEntry, name: string): readonly LdifValue[] =>
  attributes.find((one) => one.name === name.toLowerCase() && one.options.length === 0)?.values ?? [];

/** The id by this kind's attribute and no other, so that an entry keeps it. Undefined if there is none, or a broken one. */
export const idOf = (entry: RawEntry, { id }: KindTraits): string | undefined => {
  try {
    return immutableId([{ name: id.toLowerCase(), options: [], values: named(entry, id) }]);
  } catch (error) {
    if (error instanceof DirectoryError) return undefined;
    throw error;
  }
};

export const textAt = (entry: RawEntry, name: string): string | undefined => {
  const [value] = named(entry, name);
  return value === undefined ? undefined : textOf(value);
};

export const textsAt = (entry: RawEntry, name: string): string[] =>
  named(entry, name).flatMap((value) => textOf(value) ?? []);

/** An id of Active Directory as it is stored: the bytes that `immutableId` reads. */
export const guidBytes = (id: string): Buffer => {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
  return Buffer.from([3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15].map((at) => bytes[at] as number));
};

/** The part of a list that an attribute holds: `member;range=0-1499`, or `1500-*` for the last (MS-ADTS 3.1.1.3.1.3.3). */
interface Range {
  readonly name: string;
  readonly values: readonly LdifValue[];
  readonly to: number | '*';
}

const rangePattern = /^range=(\d+)-(\d+|\*)$/;

/** The parts of lists in an entry. An attribute of the same name without a range says nothing beside it. */
export const rangesOf = ({ attributes }: RawEntry): Range[] =>
  attributes.flatMap(({ name, options, values }) => {
    const [, , to] = options.map((one) => rangePattern.exec(one)).find((found) => found !== null) ?? [];
    return to === undefined ? [] : [{ name, values, to: to === '*' ? to : Number(to) }];
  });

/** The entry with whole lists in place of their parts. */
export const withLists = (entry: RawEntry, lists: ReadonlyMap<string, readonly LdifValue[]>): RawEntry => ({
  dn: entry.dn,
  attributes: [
    ...entry.attributes.filter(({ name }) => !lists.has(name)),
    ...[...lists].map(([name, values]) => ({ name, options: [], values })),
  ],
});

/** Texts of an attribute as the service takes them, and whether a value had to be left out. */
const readable = (name: string, values: readonly LdifValue[]): { texts: string[]; isWhole: boolean } => {
  let all = true;
  const texts = values.flatMap((value) => {
    try {
      const text = primaryNames.has(name) ? primaryText(name, value) : textOf(value);
      // U+FFFD is what is left of a text that another program has broken; the service refuses it.
      if (text !== undefined && isWhole(text)) return [text];
    } catch (error) {
      if (!(error instanceof DirectoryError)) throw error;
    }
    all = false;
    // A marker that cannot be read must not go missing: the service takes one that it cannot understand for a disabled account.
    return markerNames.has(name) ? ['?'] : [];
  });
  return { texts, isWhole: all };
};

const isReadable = (value: LdifValue): boolean => {
  const text = textOf(value);
  return text !== undefined && isWhole(text);
};

/** What an entry says, in the terms of the service. Lists must be whole. */
export const contentOf = (
  { attributes: raw }: RawEntry,
  { id, marker }: KindTraits,
): Pick<FullEntry, 'attributes' | 'members' | 'memberUids' | 'unreadable'> => {
  const attributes: Record<string, string[]> = {};
  const unreadable = new Set<string>();
  const own = new Set([id.toLowerCase(), marker.toLowerCase()]);
  const others = raw
    .map((one) => ({ ...one, name: canonicalType(one.name) }))
    .filter(({ name }) => !own.has(name) && !memberNames.has(name));
  // `cn;lang-en` counts where there is no `cn` (RFC 3866), as it does in LDIF.
  for (const tagged of [false, true])
    for (const { name, options, values } of others) {
      if (options.length > 0 !== tagged || (tagged && attributes[name] !== undefined)) continue;
      const { texts, isWhole } = readable(name, values);
      if (!isWhole) unreadable.add(name);
      if (texts.length > 0) attributes[name] = texts;
    }
  const lists = raw.filter(({ name }) => memberNames.has(name));
  const members: Attribute[] = lists.map((list) => ({ ...list, values: list.values.filter(isReadable) }));
  for (const { name, values } of lists) if (!values.every(isReadable)) unreadable.add(name);
  const { members: dns, uids } = listsOf(members, (dn) => dn);
  return {
    attributes,
    members: [...(dns.replace ?? [])],
    memberUids: [...(uids.replace ?? [])],
    unreadable: [...unreadable].sort(),
  };
};
