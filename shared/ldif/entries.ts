// The meaning of directory entries for access rights: which are users and groups, their identity, and the effect of
// changes.
import { type DisabledMarker, isDisabled, keptMarker, markerNames, statedEnabled } from './disabled.ts';
import { type Ava, canonicalType, DirectoryError, type Dn, foldText, normalRdns } from './dn.ts';
import { type Attribute, bytesOf, type LdifChange, type LdifValue, neededText, type Texts, textOf } from './parse.ts';
import { primaryNames, primaryText } from './primary.ts';

export type ObjectKind = 'user' | 'group' | 'other';

/** Settings for one directory, beyond the behaviour known of all directories. By default there are none. */
export interface Dialect {
  /** Object classes of a vendor that make an entry a group. */
  readonly groupClasses?: readonly string[] | undefined;
  readonly disabledMarkers?: readonly DisabledMarker[] | undefined;
}

const userClasses: ReadonlySet<string> = new Set([
  'person',
  'organizationalperson',
  'inetorgperson',
  'user',
  'account',
  'posixaccount',
  // Servers need not list the superclasses of an entry's class, so common subclasses count by their own names.
  'residentialperson',
  'pilotperson',
  'newpilotperson',
  'openldapperson',
]);
const groupClasses: ReadonlySet<string> = new Set([
  'groupofnames',
  'groupofuniquenames',
  'posixgroup',
  'group',
  // These groups may be empty: RFC 2307bis, and draft-findlay-ldap-groupofentries.
  'groupofmembers',
  'groupofentries',
  // Its URLs are never looked up. Members listed beside them count.
  'groupofurls',
]);
/** Active Directory gives these entries the classes of a person too, but neither can sign in. */
const notUsers: ReadonlySet<string> = new Set(['computer', 'contact']);

/** The kind of an entry by its object classes (RFC 4512 section 2.4), in any case. */
export const classify = (objectClasses: readonly string[], { groupClasses: own = [] }: Dialect = {}): ObjectKind => {
  const classes = objectClasses.map((name) => name.trim().toLowerCase());
  if (classes.some((name) => notUsers.has(name))) return 'other';
  if (classes.some((name) => groupClasses.has(name) || own.some((one) => one.toLowerCase() === name))) return 'group';
  return classes.some((name) => userClasses.has(name)) ? 'user' : 'other';
};

/** The reason why an entry with the classes of a user or group is nobody. */
export type Nobody = 'tombstone' | 'conflict-copy';

/**
 * Matches names of objects deleted in Active Directory (MS-ADTS section 3.1.1.5.5.1), and of copies that lost a
 * conflict of names there.
 */
const markedRdn = /\n(DEL|CNF):[0-9a-f-]{36}$/i;
/** RDN types that 389 and OpenDJ add to a name to tell two entries apart that have the same one. */
const conflictTypes: ReadonlySet<string> = new Set(['nsuniqueid', 'entryuuid']);

/** The reason by the DN alone. */
export const nobodyByDn = (dn: Dn): Nobody | undefined => {
  const [leaf = [], ...above] = dn;
  const mark = leaf.map(({ value }) => markedRdn.exec(value)?.[1]?.toUpperCase()).find((one) => one !== undefined);
  if (mark === 'DEL') return 'tombstone';
  if (above.some((rdn) => rdn.length === 1 && rdn[0]?.type === 'cn' && foldText(rdn[0].value) === 'deleted objects'))
    return 'tombstone';
  // In 389, a deleted entry's former DN follows whole behind the id.
  if (leaf.length === 1 && leaf[0]?.type === 'nsuniqueid' && above.length > 0) return 'tombstone';
  if (mark === 'CNF' || (leaf.length > 1 && leaf.some(({ type }) => conflictTypes.has(type)))) return 'conflict-copy';
  return undefined;
};

/** Object classes of entries that are nobody. */
const nobodyClasses: ReadonlyMap<string, Nobody> = new Map<string, Nobody>([
  // 389: kept for replication.
  ['nstombstone', 'tombstone'],
  // The server's own entries (RFC 3672). 389 also gives these classes to conflict copies that searches do not show.
  ['ldapsubentry', 'conflict-copy'],
  ['subentry', 'conflict-copy'],
]);
const deletedIfTrue = (text: string): Nobody | undefined => (text === 'true' ? 'tombstone' : undefined);
/** Attributes that can mark an entry as nobody, by canonical name. Each reads one value, in lower case. */
const nobodies: ReadonlyMap<string, (text: string) => Nobody | undefined> = new Map([
  // Active Directory (MS-ADTS section 3.1.1.5.5): deleted, and deleted for good.
  ['isdeleted', deletedIfTrue],
  ['isrecycled', deletedIfTrue],
  ['objectclass', (text) => nobodyClasses.get(text)],
  // 389 and OpenDJ: the copy that lost when two servers created entries of the same name.
  ['nsds5replconflict', () => 'conflict-copy'],
  ['ds-sync-conflict', () => 'conflict-copy'],
]);

/** The reason by the attributes of an entry, or by those that a change sets. */
export const nobodyByAttributes = (
  attributes: readonly { readonly name: string; readonly values: readonly LdifValue[] }[],
): Nobody | undefined => {
  const found = attributes.flatMap(({ name, values }): Nobody[] => {
    const reads = nobodies.get(name);
    return reads ? values.flatMap((value) => reads((textOf(value) ?? '').trim().toLowerCase()) ?? []) : [];
  });
  return found.includes('tombstone') ? 'tombstone' : found[0];
};

/**
 * The DN under which a deleted object lived, if its entry tells. In 389 it follows the id, or stands in nscpEntryDN. In
 * Active Directory it is the name without the mark, below lastKnownParent.
 */
export const formerDn = ([leaf = [], ...above]: Dn, attributes: readonly Attribute[]): string | undefined => {
  const text = (name: string): string | undefined => textOf(firstValue(attributes, name) ?? '') || undefined;
  if (leaf[0]?.type === 'nsuniqueid') return text('nscpentrydn') ?? normalRdns(above).join(',');
  const parent = text('lastknownparent');
  if (parent === undefined) return undefined;
  const rdn = leaf.map((ava) => ({ ...ava, value: ava.value.replace(markedRdn, '') }));
  return `${normalRdns([rdn]).join(',')},${parent}`;
};

const uuid = /^\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?$/i;
const uuidText = (value: LdifValue): string | undefined => uuid.exec(textOf(value)?.trim() ?? '')?.[1]?.toLowerCase();

/** Active Directory stores the first three fields of a GUID with the low byte first (MS-DTYP section 2.3.4.2). */
const guidText = (bytes: Uint8Array): string => {
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  const hex = order.map((i) => (bytes[i] as number).toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

const firstValue = (attributes: readonly Attribute[], name: string): LdifValue | undefined =>
  attributes.find((attribute) => attribute.name === name && attribute.values.length > 0)?.values[0];

/**
 * The permanent id of an object: entryUUID (RFC 4530), objectGUID, ipaUniqueID or nsUniqueId, in lower case. Undefined
 * if it has none, because then only its DN identifies it. @throws DirectoryError for a broken id, because falling back
 * to the DN would silently make it another object
 */
export const immutableId = (attributes: readonly Attribute[]): string | undefined => {
  const entryUuid = firstValue(attributes, 'entryuuid');
  if (entryUuid !== undefined) {
    const id = uuidText(entryUuid);
    if (id === undefined) throw new DirectoryError('entryUUID is not a UUID');
    return id;
  }
  const guid = firstValue(attributes, 'objectguid');
  if (guid !== undefined) {
    const bytes = bytesOf(guid);
    const id = bytes.length === 16 ? guidText(bytes) : uuidText(guid);
    if (id === undefined) throw new DirectoryError('objectGUID must have 16 bytes');
    return id;
  }
  for (const name of ['ipauniqueid', 'nsuniqueid']) {
    const value = firstValue(attributes, name);
    const id = value === undefined ? undefined : textOf(value)?.trim().toLowerCase();
    // FreeIPA writes `autogenerate` when the server must generate the id, so there is no id yet.
    if (id === undefined || id === '' || id === 'autogenerate') continue;
    if (!/^[0-9a-f-]{16,64}$/.test(id))
      throw new DirectoryError(`${name} is not an id: 16 to 64 characters of 0-9, a-f and - are needed`);
    return id;
  }
  return undefined;
};

const describing: ReadonlySet<string> = new Set([
  'objectclass',
  'displayname',
  'cn',
  'givenname',
  'sn',
  'uid',
  'userprincipalname',
  'samaccountname',
  'mail',
  ...primaryNames,
]);
const kept: ReadonlySet<string> = new Set([...describing, ...markerNames]);
const isKept = (name: string, { disabledMarkers = [] }: Dialect): boolean =>
  kept.has(name) || disabledMarkers.some(({ attribute }) => canonicalType(attribute) === name);

/** The stored attributes of a user. The object class is left out, because the object is known to be a user. */
export const userTexts = ({ objectclass: _, ...texts }: Texts): Texts => texts;

/** Limits of kept attributes, so that one object always fits into one stored item. */
export const maxTextLength = 1024;
export const maxTextsPerAttribute = 50;

/** The text of a value as it is stored; undefined for a value that is left out. @throws DirectoryError */
const keptText = (name: string, value: LdifValue, { disabledMarkers }: Dialect): string | undefined => {
  if (primaryNames.has(name)) return primaryText(name, value);
  const text = neededText(name, value).trim();
  return markerNames.has(name) ? keptMarker(name, text, disabledMarkers) : text;
};

const keptTexts = (name: string, values: readonly LdifValue[], dialect: Dialect): string[] => {
  const texts = values.flatMap((value) => {
    const text = keptText(name, value, dialect);
    if (text === undefined || text === '') return [];
    if (text.length > maxTextLength) throw new DirectoryError(`${name} is longer than ${maxTextLength} characters`);
    return [text];
  });
  if (texts.length > maxTextsPerAttribute)
    throw new DirectoryError(`${name} has more than ${maxTextsPerAttribute} values`);
  return texts;
};

/**
 * The kept attributes of an entry. An attribute with options (`cn;lang-en`, RFC 3866) counts only if there is none
 * without.
 */
export const textsOf = (attributes: readonly Attribute[], dialect: Dialect = {}): Texts => {
  const found: Record<string, readonly string[]> = {};
  const named = attributes
    .map((attribute) => ({ ...attribute, name: canonicalType(attribute.name) }))
    .filter(({ name }) => isKept(name, dialect));
  for (const tagged of [false, true])
    for (const { name, options, values } of named) {
      if (options.length > 0 !== tagged || (tagged && found[name] !== undefined)) continue;
      const texts = keptTexts(name, values, dialect);
      if (texts.length > 0) found[name] = [...(found[name] ?? []), ...texts];
    }
  return found;
};

/**
 * The attributes of an entry together with those of its name. A value in an RDN is a value of the entry too (X.501
 * section 9.3), but not every export repeats it.
 */
export const withNaming = (attributes: readonly Attribute[], rdn: readonly Ava[]): readonly Attribute[] => {
  // All are looked at once, because a name and an entry may each have very many values.
  const known = new Map(rdn.map(({ type }) => [type, new Set<string>()]));
  for (const { name, options, values } of attributes) {
    const own = options.length === 0 ? known.get(canonicalType(name)) : undefined;
    if (own) for (const value of values) own.add(foldText(textOf(value) ?? ''));
  }
  const missing = rdn.filter(
    ({ type, value, hex }) =>
      !hex &&
      // Longer values still tell entries apart in a DN, but serve as no name and no login.
      value.length <= maxTextLength &&
      !known.get(type)?.has(foldText(value)),
  );
  return [...attributes, ...missing.map(({ type, value }) => ({ name: type, options: [], values: [value] }))];
};

/** A change of a kept attribute. It is an `LdifChange` too, so functions for those accept it. */
export interface TextChange {
  readonly op: LdifChange['op'];
  readonly attribute: string;
  readonly options: readonly [];
  readonly values: readonly string[];
}
/** The changes that touch kept attributes. Changes of attributes with options do not count. */
export const textChanges = (changes: readonly LdifChange[], dialect: Dialect = {}): TextChange[] =>
  changes.flatMap((change) => {
    const attribute = canonicalType(change.attribute);
    if (!isKept(attribute, dialect) || change.options.length > 0) return [];
    const values = keptTexts(attribute, change.values, dialect);
    // A delete of an empty value must not become a delete of all.
    if (change.op === 'delete' && values.length === 0 && change.values.length > 0) return [];
    return [{ op: change.op, attribute, options: [] as const, values }];
  });

const changed = (now: readonly string[], change: TextChange): readonly string[] => {
  const { op, values } = change;
  if (op === 'replace') return values;
  // A repeated increment would count twice, because the stored value may be older or newer than the change (lost
  // update).
  if (op === 'increment') throw new DirectoryError(`${change.attribute} is incremented: deliver its value`);
  const named = new Set((op === 'add' ? now : values).map(foldText));
  if (op === 'add') return [...now, ...values.filter((text) => !named.has(foldText(text)))];
  return values.length === 0 ? [] : now.filter((text) => !named.has(foldText(text)));
};

/**
 * The kept attributes after a modify (RFC 4511 section 4.6). Adding a present value and deleting a missing one change
 * nothing, unlike in a directory, because the stored object may be older than the change. @throws DirectoryError
 */
export const modifyTexts = (stored: Texts, changes: readonly TextChange[]): Texts => {
  const result: Record<string, readonly string[]> = { ...stored };
  for (const change of changes) {
    const after = changed(result[change.attribute] ?? [], change);
    if (after.length > maxTextsPerAttribute)
      throw new DirectoryError(`${change.attribute} has more than ${maxTextsPerAttribute} values`);
    if (after.length === 0) delete result[change.attribute];
    else result[change.attribute] = after;
    // Any other attribute that is kept is a marker, and this change is newer than the client's word.
    if (!describing.has(change.attribute)) delete result[statedEnabled];
  }
  return result;
};

export interface UserFacts {
  readonly name: string;
  readonly login?: string;
  readonly mail?: string;
  readonly enabled: boolean;
}

/**
 * The facts about a user, from attributes or from kept texts. disabled.ts decides whether the user is disabled.
 * @param now milliseconds since 1970, because accounts expire @throws DirectoryError when there is no name
 */
export const userFacts = (from: readonly Attribute[] | Texts, now: number, dialect: Dialect = {}): UserFacts => {
  const texts = isTexts(from) ? from : textsOf(from, dialect);
  const first = (name: string): string | undefined => texts[name]?.[0];
  const both = [first('givenname'), first('sn')].filter((part) => part !== undefined).join(' ');
  const name = first('displayname') ?? first('cn') ?? (both || first('uid'));
  if (name === undefined) throw new DirectoryError('a user without a name: displayName, cn, givenName and sn, or uid');
  const login = first('userprincipalname') ?? first('uid') ?? first('samaccountname');
  const mail = first('mail');
  const enabled = !isDisabled(texts, now, dialect.disabledMarkers);
  return { name, ...(login !== undefined && { login }), ...(mail !== undefined && { mail }), enabled };
};
const isTexts = (from: readonly Attribute[] | Texts): from is Texts => !Array.isArray(from);

/** @throws DirectoryError when there is no name */
export const groupName = (texts: Texts): string => {
  const name = texts.cn?.[0] ?? texts.displayname?.[0];
  if (name === undefined) throw new DirectoryError('a group without a name: cn or displayName');
  return name;
};

/**
 * The new name of a group of which only changes are known, if they tell it: cn is replaced, or one cn is deleted and
 * another added. An added cn alone is a further name.
 */
export const nameAfter = (changes: readonly TextChange[]): string | undefined => {
  let name: string | undefined;
  let deleted = false;
  for (const { op, attribute, values } of changes) {
    if (attribute !== 'cn') continue;
    if (op === 'delete') deleted = true;
    else if (op === 'replace' || deleted) {
      name = values[0] ?? name;
      deleted = values.length === 0;
    }
  }
  return name;
};
