// What directory entries mean for access rights: which are users and groups, who they are, and what a change does to them.
import { canonicalType, DirectoryError, foldText } from './dn.ts';
import { type Attribute, bytesOf, type LdifChange, neededText, textOf, type Value } from './ldif.ts';

export type ObjectKind = 'user' | 'group' | 'other';

const userClasses: ReadonlySet<string> = new Set([
  'person',
  'organizationalperson',
  'inetorgperson',
  'user',
  'account',
  'posixaccount',
  // Servers need not list the superclasses of an entry's class, so its common subclasses count by their own names.
  'residentialperson',
  'pilotperson',
  'newpilotperson',
  'openldapperson',
]);
const groupClasses: ReadonlySet<string> = new Set(['groupofnames', 'groupofuniquenames', 'posixgroup', 'group']);
/** Active Directory gives these the classes of a person too. Neither is somebody who can sign in. */
const notUsers: ReadonlySet<string> = new Set(['computer', 'contact']);

/** By object classes (RFC 4512 section 2.4), in any case. groupOfURLs lists nobody, so it is no group for us. */
export const classify = (objectClasses: readonly string[]): ObjectKind => {
  const classes = objectClasses.map((name) => name.trim().toLowerCase());
  if (classes.some((name) => notUsers.has(name))) return 'other';
  if (classes.some((name) => groupClasses.has(name))) return 'group';
  return classes.some((name) => userClasses.has(name)) ? 'user' : 'other';
};

const uuid = /^\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?$/i;
const uuidText = (value: Value): string | undefined => uuid.exec(textOf(value)?.trim() ?? '')?.[1]?.toLowerCase();

/** Active Directory stores the first three fields of a GUID with the low byte first (MS-DTYP section 2.3.4.2). */
const guidText = (bytes: Uint8Array): string => {
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  const hex = order.map((i) => (bytes[i] as number).toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

const firstValue = (attributes: readonly Attribute[], name: string): Value | undefined =>
  attributes.find((attribute) => attribute.name === name && attribute.values.length > 0)?.values[0];

/**
 * What names the object for ever: entryUUID (RFC 4530), objectGUID, ipaUniqueID or nsUniqueId, in lower case. Undefined when
 * it has none; then only its DN tells it apart. @throws DirectoryError when it has one that is broken: to go by the DN then
 * would quietly make it another object.
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
    if (id === undefined) throw new DirectoryError('objectGUID has not 16 bytes');
    return id;
  }
  for (const name of ['ipauniqueid', 'nsuniqueid']) {
    const value = firstValue(attributes, name);
    const id = value === undefined ? undefined : textOf(value)?.trim().toLowerCase();
    // FreeIPA writes `autogenerate` where the server is to make one: that is none yet.
    if (id === undefined || id === '' || id === 'autogenerate') continue;
    if (!/^[0-9a-f-]{16,64}$/.test(id)) throw new DirectoryError(`${name} is not an id`);
    return id;
  }
  return undefined;
};

/** The attributes that facts come from, by canonical name: small enough to be stored with the object. */
export type Texts = Readonly<Record<string, readonly string[]>>;

const kept: ReadonlySet<string> = new Set([
  'objectclass',
  'displayname',
  'cn',
  'givenname',
  'sn',
  'uid',
  'userprincipalname',
  'samaccountname',
  'mail',
  'useraccountcontrol',
  'nsaccountlock',
  'logindisabled',
  'pwdaccountlockedtime',
]);
/** Limits of what is kept, so that one object always fits into one stored item. */
export const maxTextLength = 1024;
export const maxTextsPerAttribute = 50;

const keptTexts = (name: string, values: readonly Value[]): string[] => {
  if (values.length > maxTextsPerAttribute)
    throw new DirectoryError(`${name} has more than ${maxTextsPerAttribute} values`);
  return values.flatMap((value) => {
    const text = neededText(name, value).trim();
    if (text.length > maxTextLength) throw new DirectoryError(`${name} is longer than ${maxTextLength} characters`);
    return text === '' ? [] : [text];
  });
};

/** The kept attributes of an entry. One with options (`cn;lang-en`, RFC 3866) counts where there is none without. */
export const textsOf = (attributes: readonly Attribute[]): Texts => {
  const found: Record<string, readonly string[]> = {};
  for (const tagged of [false, true])
    for (const attribute of attributes) {
      const name = canonicalType(attribute.name);
      if (!kept.has(name) || attribute.options.length > 0 !== tagged || (tagged && found[name] !== undefined)) continue;
      const texts = keptTexts(name, attribute.values);
      if (texts.length > 0) found[name] = [...(found[name] ?? []), ...texts];
    }
  return found;
};

/** A change of a kept attribute. It is an `LdifChange` too, so what takes those takes these. */
export interface TextChange {
  readonly op: 'add' | 'delete' | 'replace';
  readonly attribute: string;
  readonly options: readonly [];
  readonly values: readonly string[];
}
/** The changes among these that touch kept attributes; those of attributes with options do not count. */
export const textChanges = (changes: readonly LdifChange[]): TextChange[] =>
  changes.flatMap((change) => {
    const attribute = canonicalType(change.attribute);
    if (!kept.has(attribute) || change.options.length > 0) return [];
    const values = keptTexts(attribute, change.values);
    // A delete of an empty value must not become a delete of all.
    if (change.op === 'delete' && values.length === 0 && change.values.length > 0) return [];
    return [{ op: change.op, attribute, options: [] as const, values }];
  });

const changed = (now: readonly string[], { op, values }: TextChange): readonly string[] => {
  if (op === 'replace') return values;
  const named = new Set((op === 'add' ? now : values).map(foldText));
  if (op === 'add') return [...now, ...values.filter((text) => !named.has(foldText(text)))];
  return values.length === 0 ? [] : now.filter((text) => !named.has(foldText(text)));
};

/**
 * The kept attributes after a modify (RFC 4511 section 4.6). More lenient than a directory: adding a value that is there and
 * deleting one that is not change nothing, because what is stored may be older than the change. @throws DirectoryError
 */
export const modifyUser = (stored: Texts, changes: readonly LdifChange[]): Texts => {
  const result: Record<string, readonly string[]> = { ...stored };
  for (const change of textChanges(changes)) {
    const after = changed(result[change.attribute] ?? [], change);
    if (after.length > maxTextsPerAttribute)
      throw new DirectoryError(`${change.attribute} has more than ${maxTextsPerAttribute} values`);
    if (after.length === 0) delete result[change.attribute];
    else result[change.attribute] = after;
  }
  return result;
};

export interface UserFacts {
  readonly name: string;
  readonly login?: string;
  readonly mail?: string;
  readonly enabled: boolean;
}

/** ADS_UF_ACCOUNTDISABLE. */
const accountDisabled = 2;
const isTrue = (texts: readonly string[] | undefined): boolean =>
  texts?.some((text) => text.toLowerCase() === 'true') ?? false;
/** What cannot be read as flags counts as disabled: the safe side. */
const flaggedOff = (texts: readonly string[] | undefined): boolean =>
  texts?.some((text) => !/^-?\d{1,10}$/.test(text) || (Number(text) & accountDisabled) !== 0) ?? false;

/**
 * Who a user is, from attributes or from what was kept of them. Disabled means by an administrator: a lock that passes
 * by itself (pwdAccountLockedTime with a real time) does not count. @throws DirectoryError when there is no name
 */
export const userFacts = (from: readonly Attribute[] | Texts): UserFacts => {
  const texts = isTexts(from) ? from : textsOf(from);
  const first = (name: string): string | undefined => texts[name]?.[0];
  const both = [first('givenname'), first('sn')].filter((part) => part !== undefined).join(' ');
  const name = first('displayname') ?? first('cn') ?? (both || first('uid'));
  if (name === undefined) throw new DirectoryError('a user without a name: displayName, cn, givenName and sn, or uid');
  const login = first('userprincipalname') ?? first('uid') ?? first('samaccountname');
  const mail = first('mail');
  const disabled =
    flaggedOff(texts.useraccountcontrol) ||
    isTrue(texts.nsaccountlock) ||
    isTrue(texts.logindisabled) ||
    (texts.pwdaccountlockedtime?.includes('000001010000Z') ?? false);
  return { name, ...(login !== undefined && { login }), ...(mail !== undefined && { mail }), enabled: !disabled };
};
const isTexts = (from: readonly Attribute[] | Texts): from is Texts => !Array.isArray(from);

/** @throws DirectoryError when there is no name */
export const groupName = (texts: Texts): string => {
  const name = texts.cn?.[0] ?? texts.displayname?.[0];
  if (name === undefined) throw new DirectoryError('a group without a name: cn or displayName');
  return name;
};

/**
 * The new name of a group of which only changes are known, if they tell: cn replaced, or one cn deleted and another added.
 * An added cn alone is a further name.
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
