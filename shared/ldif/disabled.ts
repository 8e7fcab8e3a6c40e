// How directories mark an account as disabled: one table of markers, each with its source. An account is disabled by an
// administrator or by expiry. A lock that ends by itself (too many wrong passwords) does not count.
import { canonicalType, DirectoryError, foldText, normaliseDn, normalRdns, parseDn } from './dn.ts';

/** Judges one value of a marker: true when it means disabled. `now` is in milliseconds since 1970. */
type Tells = (value: string, now: number) => boolean;

const flag: Tells = (value) => value.toLowerCase() === 'true';
const word =
  (...words: readonly string[]): Tells =>
  (value) =>
    words.includes(value.toLowerCase());
/** A sum of bits. A value that is not a number means disabled, which is the safe side. */
const bit =
  (mask: number): Tells =>
  (value) =>
    !/^-?\d{1,10}$/.test(value) || (Number(value) & mask) !== 0;
const disabledRoles: readonly string[] = ['cn=nsmanageddisabledrole', 'cn=nsdisabledrole'];
const disabledRole: Tells = (value) => {
  try {
    return disabledRoles.includes(normalRdns(parseDn(value))[0] ?? '');
  } catch (error) {
    if (error instanceof DirectoryError) return false;
    throw error;
  }
};

/**
 * The end of an account, in milliseconds since 1970; undefined for never. An unreadable value means the account has
 * ended, which is the safe side.
 */
type Ends = (value: string) => number | undefined;
const past =
  (ends: Ends): Tells =>
  (value, now) => {
    const at = ends(value);
    return at !== undefined && at <= now;
  };
const number = (value: string): bigint | undefined => (/^-?\d{1,19}$/.test(value) ? BigInt(value) : undefined);

/** Units of 100 nanoseconds since 1601 in UTC (MS-DTYP section 2.3.3). 0 and 0x7FFFFFFFFFFFFFFF mean never. */
const fileTime: Ends = (value) => {
  const ticks = number(value);
  if (ticks === undefined) return 0;
  return ticks === 0n || ticks === 0x7fff_ffff_ffff_ffffn ? undefined : Number(ticks / 10_000n) - 11_644_473_600_000;
};
/**
 * Days since 1970. The account has ended on the day of expiry itself (pam_unix). 0 is ambiguous in shadow(5) and is
 * read as a day; a negative number means never.
 */
const days: Ends = (value) => {
  const day = number(value);
  return day !== undefined && day < 0n ? undefined : Number(day ?? 0n) * 86_400_000;
};
/** Seconds since 1970. Samba uses 0, 2^31 - 1 and 2^63 - 1 for never. */
const seconds: Ends = (value) => {
  const at = number(value);
  if (at === undefined) return 0;
  return at <= 0n || at === 0x7fff_ffffn || at === 0x7fff_ffff_ffff_ffffn ? undefined : Number(at) * 1000;
};
/** GeneralizedTime (RFC 4517 section 3.3.13), or UTCTime as eDirectory writes it. */
const time: Ends = (value) => {
  const found = /^(\d{4}|\d{2})(\d{2})(\d{2})(\d{2})(?:(\d{2})(?:(\d{2}))?)?(?:[.,]\d+)?(Z|[+-]\d{2}(?:\d{2})?)$/i.exec(
    value,
  );
  if (!found) return 0;
  const [, year = '', month, day, hour, minute = '00', second = '00', zone = 'Z'] = found;
  const century = year.length === 4 ? '' : Number(year) < 50 ? '20' : '19';
  const offset = /^z$/i.test(zone) ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(3) || '00'}`;
  const at = Date.parse(
    `${century}${year}-${month}-${day}T${hour}:${minute}:${second === '60' ? '59' : second}${offset}`,
  );
  return Number.isNaN(at) ? 0 : at;
};

/** The attributes that say when an account ends, by canonical name. */
const endings: ReadonlyMap<string, Ends> = new Map<string, Ends>([
  // Active Directory (MS-ADA1 section 2.1).
  ['accountexpires', fileTime],
  // FreeIPA and MIT Kerberos: the end of the account, not of its password.
  ['krbprincipalexpiration', time],
  // draft-behera-ldap-password-policy, version 10, section 5.3.10: no sign-in after this time.
  ['pwdendtime', time],
  // OpenDJ, PingDirectory, Oracle Unified Directory.
  ['ds-pwp-account-expiration-time', time],
  // Oracle Internet Directory (orclUserV2).
  ['orclactiveenddate', time],
  // eDirectory.
  ['loginexpirationtime', time],
  // Samba with an LDAP back end.
  ['sambakickofftime', seconds],
  // RFC 2307, shadow(5).
  ['shadowexpire', days],
]);

/** Markers by the canonical name of their attribute. */
const markers: ReadonlyMap<string, Tells> = new Map<string, Tells>([
  // Active Directory: ADS_UF_ACCOUNTDISABLE (MS-ADTS section 2.2.16).
  ['useraccountcontrol', bit(0x2)],
  // AD LDS (MS-ADA2).
  ['msds-useraccountdisabled', flag],
  // 389 Directory Server, Sun and Oracle DSEE, FreeIPA (`ipa user-disable`). The attribute is operational, so an export
  // must ask for it.
  ['nsaccountlock', flag],
  // 389 and DSEE, `ns-inactivate.pl`: the managed role, and the computed roles that contain it.
  ['nsroledn', disabledRole],
  ['nsrole', disabledRole],
  // OpenLDAP ppolicy, ApacheDS (draft-behera-ldap-password-policy section 5.3.3): only this value is permanent.
  ['pwdaccountlockedtime', word('000001010000z', '00000101000000z')],
  // OpenDJ, PingDirectory, Oracle Unified Directory.
  ['ds-pwp-account-disabled', flag],
  // Sun and Oracle DSEE (inetUser): active, inactive or deleted.
  ['inetuserstatus', word('inactive', 'deleted')],
  // Oracle Internet Directory (orclUserV2): ENABLED or DISABLED.
  ['orclisenabled', word('disabled', 'false')],
  // eDirectory.
  ['logindisabled', flag],
  // IBM Security Directory Server: locked by an administrator.
  ['ibm-pwdaccountlocked', flag],
  // Samba with an LDAP back end: letters in brackets, D for disabled.
  ['sambaacctflags', (value) => /^\[[^\]]*D/.test(value)],
  ...[...endings].map(([name, ends]): [string, Tells] => [name, past(ends)]),
]);

/** A marker that a source defines: this value of this attribute means disabled. */
export interface DisabledMarker {
  readonly attribute: string;
  readonly value: string;
}

/** The attributes that can mark an account as disabled, by canonical name. */
export const markerNames: ReadonlySet<string> = new Set(markers.keys());
/** The form in which values are compared. Names of roles are compared as DNs, because a DN has several spellings. */
const formOf = (attribute: string, value: string): string => {
  if (markers.get(attribute) !== disabledRole) return foldText(value);
  try {
    return normaliseDn(value);
  } catch (error) {
    if (error instanceof DirectoryError) return foldText(value);
    throw error;
  }
};
const saysSo = (attribute: string, value: string, own: readonly DisabledMarker[]): boolean =>
  own.some(
    (one) => canonicalType(one.attribute) === attribute && formOf(attribute, one.value) === formOf(attribute, value),
  );

/**
 * A marker's value in the form in which it is stored; undefined for a value that can never mark an account. A user may
 * have very many roles, and only two of them and those that the source defines mean disabled.
 */
export const keptMarker = (
  attribute: string,
  value: string,
  own: readonly DisabledMarker[] = [],
): string | undefined => {
  if (markers.get(attribute) !== disabledRole) return value;
  return disabledRole(value, 0) || saysSo(attribute, value, own) ? formOf(attribute, value) : undefined;
};

/**
 * The place among an account's attributes where a client's own word stands, TRUE or FALSE. It is no name of an attribute, so
 * no directory has it. Releases before it pass it on unread.
 */
export const statedEnabled = '#enabled';

/** True when any attribute of the account says that it is disabled at that time. The client's own word decides. */
export const isDisabled = (
  texts: Readonly<Record<string, readonly string[]>>,
  now: number,
  own: readonly DisabledMarker[] = [],
): boolean => {
  const [stated] = texts[statedEnabled] ?? [];
  if (stated !== undefined) return stated !== 'TRUE';
  for (const [attribute, values] of Object.entries(texts)) {
    const tells = markers.get(attribute);
    if (tells && values.some((value) => tells(value, now))) return true;
  }
  return Object.entries(texts).some(([attribute, values]) => values.some((value) => saysSo(attribute, value, own)));
};

/** The earliest time after `now` at which the account ends by itself, in milliseconds since 1970; undefined for never. */
export const nextEnd = (texts: Readonly<Record<string, readonly string[]>>, now: number): number | undefined => {
  const later = Object.entries(texts).flatMap(([attribute, values]) => {
    const ends = endings.get(attribute);
    return ends ? values.flatMap((value) => ends(value) ?? []).filter((at) => at > now) : [];
  });
  return later.length === 0 ? undefined : Math.min(...later);
};
