// Primary groups: a user names such a group by a number, and the group does not list the user. Keys are computed from both
// sides, and a user is in the group that has one of the user's keys.
//
// Active Directory: primaryGroupID names the group by its RID within the user's domain (MS-ADTS section 3.1.1.6.3). POSIX:
// gidNumber names it within the directory (RFC 2307 section 3).
import { DirectoryError, normalRdns, parseDn } from './dn.ts';
import { bytesOf, type LdifValue, type Texts, textOf } from './parse.ts';

/** The attributes by which users name a primary group, by canonical name. */
const groupNames: ReadonlySet<string> = new Set(['gidnumber', 'objectsid', 'primarygrouptoken']);
export const primaryNames: ReadonlySet<string> = new Set([...groupNames, 'primarygroupid']);

/** The texts of these attributes of a group. */
export const groupNumbers = (texts: Texts): Texts =>
  Object.fromEntries(Object.entries(texts).filter(([name]) => groupNames.has(name)));

/** The canonical text of an integer (RFC 4517 section 3.3.16); undefined for another text. */
const numberOf = (text: string): string | undefined => (/^-?\d{1,19}$/.test(text) ? String(BigInt(text)) : undefined);

/** A SID of bytes (MS-DTYP section 2.4.2.2): the authority with the high byte first, its parts with the low byte first. */
const sidOfBytes = (bytes: Uint8Array): string | undefined => {
  const count = bytes[1] ?? 0;
  if (bytes[0] !== 1 || count > 15 || bytes.length !== 8 + 4 * count) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const authority = view.getUint16(2) * 2 ** 32 + view.getUint32(4);
  const parts = Array.from({ length: count }, (_, i) => view.getUint32(8 + 4 * i, true));
  return ['S-1', authority, ...parts].join('-');
};

/** The form in which such an attribute is kept; an empty value stays empty. @throws DirectoryError for another value */
export const primaryText = (name: string, value: LdifValue): string => {
  const text = textOf(value)?.trim();
  if (text === '') return text;
  if (name === 'objectsid') {
    const written = text !== undefined && /^S-1(?:-\d+)+$/i.test(text) ? text.toUpperCase() : undefined;
    const sid = sidOfBytes(bytesOf(value)) ?? written;
    if (sid === undefined) throw new DirectoryError('objectSid is not a SID');
    return sid;
  }
  const number = text === undefined ? undefined : numberOf(text);
  if (number === undefined) throw new DirectoryError(`${name} is not a number`);
  return number;
};

/** The domain and the RID of an account; undefined for groups of BUILTIN, which are in no domain and no primary groups. */
const accountOf = ({ objectsid }: Texts): { domain: string; rid: string } | undefined => {
  const [, domain, rid] = /^(S-1-5-21-\d+-\d+-\d+)-(\d+)$/.exec(objectsid?.[0] ?? '') ?? [];
  return domain !== undefined && rid !== undefined ? { domain, rid } : undefined;
};

/** The part of a canonical DN that names the domain. */
const domainOf = (dn: string): string => {
  const rdns = normalRdns(parseDn(dn));
  return rdns.slice(rdns.findLastIndex((rdn) => !rdn.startsWith('dc=')) + 1).join(',');
};

const byGid = ({ gidnumber = [] }: Texts): string[] => gidnumber.slice(0, 1).map((gid) => `gid:${gid}`);

// If both sides have a SID, the SIDs must be of one domain; if one side has none, the DNs must. So each key says what the
// other side must not have.
const bySid = (rid: string, domain: string) => `rid:${rid}@${domain}`;
const byDn = (rid: string, dn: string) => `rid:${rid}@${domainOf(dn)}`;
const withoutSid = (rid: string, dn: string) => `token:${rid}@${domainOf(dn)}`;

/** The keys of the user's primary groups. @param dn canonical */
export const keysOfUser = (texts: Texts, dn: string): string[] => {
  const [rid] = texts.primarygroupid ?? [];
  if (rid === undefined) return byGid(texts);
  const own = accountOf(texts);
  return [...byGid(texts), ...(own ? [bySid(rid, own.domain), withoutSid(rid, dn)] : [byDn(rid, dn)])];
};

/** The keys by which a group is a primary group of users. @param dn canonical */
export const keysOfGroup = (texts: Texts, dn: string): string[] => {
  const own = accountOf(texts);
  if (own) return [...byGid(texts), bySid(own.rid, own.domain), byDn(own.rid, dn)];
  const [token] = texts.objectsid === undefined ? (texts.primarygrouptoken ?? []) : [];
  return [...byGid(texts), ...(token === undefined ? [] : [byDn(token, dn), withoutSid(token, dn)])];
};
