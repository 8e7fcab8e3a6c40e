// What can be known to be wrong with the settings before anybody is asked.
import { type Filter, FilterParser } from 'ldapts';
import { DirectoryError, normalRdns, parseDn } from '../../../shared/ldif/dn.ts';
import { addressOf } from './connect.ts';
import { DirectoryFault } from './fault.ts';
import { kinds } from './kinds.ts';
import type { DirectoryConfig, EntryKind, Scope } from './types.ts';

/** A scope that has been read. */
export interface Area {
  /** As written. None lies below another. */
  readonly bases: readonly string[];
  readonly filter: Filter;
}

const wrong = (message: string): DirectoryFault => new DirectoryFault('config', message);

const rdnsOf = (field: string, dn: string): string[] => {
  try {
    const rdns = normalRdns(parseDn(dn));
    if (rdns.length > 0) return rdns;
  } catch (error) {
    if (!(error instanceof DirectoryError)) throw error;
    throw wrong(`${field}: ${error.message}`);
  }
  throw wrong(`${field} is empty: name the entry below which to read`);
};

/** True when the first name is the second, or lies below it. */
export const isWithin = (rdns: readonly string[], above: readonly string[]): boolean =>
  rdns.length >= above.length && above.every((rdn, at) => rdn === rdns[rdns.length - above.length + at]);

/** The bases without those that others contain. */
const outermost = (field: string, bases: readonly string[]): string[] => {
  const read = bases.map((dn, at) => ({ dn, rdns: rdnsOf(`${field}[${at}]`, dn) }));
  return read
    .filter(({ rdns }, at) =>
      read.every(
        (other, i) => i === at || !isWithin(rdns, other.rdns) || (other.rdns.length === rdns.length && at < i),
      ),
    )
    .map(({ dn }) => dn);
};

const areaOf = (field: string, { bases, filter }: Scope, usual: string): Area => {
  try {
    return { bases: outermost(`${field}.bases`, bases), filter: FilterParser.parseString(filter ?? usual) };
  } catch (error) {
    if (error instanceof DirectoryFault) throw error;
    throw wrong(`${field}.filter is not a filter (RFC 4515)${error instanceof Error ? `: ${error.message}` : ''}`);
  }
};

const globalCatalogue = /:326[89]\/?$/;

const inWholeNumbers = { timeout: [1, 3_600_000], connectTimeout: [1, 3_600_000], pageSize: [1, 1_000] } as const;

/** The areas to read. @throws DirectoryFault that names the field and the fix */
export const areasOf = (config: DirectoryConfig): Record<EntryKind, Area> => {
  addressOf(config);
  const { filters, isActiveDirectory } = kinds[config.kind] ?? {};
  if (filters === undefined) throw wrong(`kind must be one of ${Object.keys(kinds).join(', ')}`);
  // A global catalogue lacks the members of most groups.
  if (isActiveDirectory && globalCatalogue.test(config.url))
    throw wrong('url names the global catalogue, which does not have all members: use port 636, or 389 with startTls');
  if (config.bindDn.trim() === '') throw wrong('bindDn is empty: name the account that reads');
  if (config.ca !== undefined && !config.ca.includes('-----BEGIN CERTIFICATE-----'))
    throw wrong('ca has no certificate: the file must be PEM, with -----BEGIN CERTIFICATE----- in it');
  // Many servers take a bind without a secret for one without a name, and answer with less (RFC 4513, section 5.1.2).
  if (config.secret === '') throw wrong('the secret is empty');
  for (const [field, [least, most]] of Object.entries(inWholeNumbers)) {
    const value = config[field as keyof typeof inWholeNumbers];
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= most))
      throw wrong(`${field} must be a whole number from ${least} to ${most}`);
  }
  if (config.users.bases.length === 0)
    throw wrong('users.bases is empty: name at least one entry below which users are');
  return {
    user: areaOf('users', config.users, filters.user),
    group: areaOf('groups', config.groups, filters.group),
  };
};

/** Parts of Active Directory that other naming contexts hold, and where nobody is. */
const partitions = new Set(['cn=configuration', 'cn=schema', 'dc=domaindnszones', 'dc=forestdnszones']);

const dnInUrl = /^ldaps?:\/\/[^/]*\/([^?]*)/i;

/** The canonical parts of the DN in the URL of a reference; undefined if there is none, or one that cannot be read. */
const dnOfReference = (url: string): string[] | undefined => {
  try {
    const rdns = normalRdns(parseDn(decodeURIComponent(dnInUrl.exec(url)?.[1] ?? '')));
    return rdns.length > 0 ? rdns : undefined;
  } catch (error) {
    if (error instanceof DirectoryError || error instanceof URIError) return undefined;
    throw error;
  }
};

/**
 * Judges a reference to another server (RFC 4511, section 4.5.3). What lies outside of the base was never listed, so it
 * cannot go missing. What lies inside may be people who are not read. @throws DirectoryFault
 */
export const acceptReference = (urls: readonly string[], base: string, config: DirectoryConfig): void => {
  const meant = (config.ignoreReferrals ?? []).map((dn, at) => rdnsOf(`ignoreReferrals[${at}]`, dn));
  const above = normalRdns(parseDn(base));
  const isHarmless = (url: string): boolean => {
    const rdns = dnOfReference(url);
    if (rdns === undefined) return false;
    if (!isWithin(rdns, above) || meant.some((one) => isWithin(rdns, one))) return true;
    return kinds[config.kind].isActiveDirectory && partitions.has(rdns[0] ?? '');
  };
  if (urls.length > 0 && urls.every(isHarmless)) return;
  const there = dnOfReference(urls[0] ?? '')?.join(',');
  const where = there === undefined ? 'a part' : `"${there}", a part`;
  throw new DirectoryFault(
    'incomplete',
    `another server holds ${where} of the base "${base}": name it in ignoreReferrals, and read it as a source of its own`,
  );
};
