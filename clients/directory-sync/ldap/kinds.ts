// What is known of each kind of directory: ids, markers, filters. Settings override the filters only.
import { markerNames } from '../../../shared/ldif/disabled.ts';
import { primaryNames } from '../../../shared/ldif/primary.ts';
import type { DirectoryKind, EntryKind } from './types.ts';

/** How a marker counts. usn: a number of one server. csn: a time with counter and server id. time: seconds. */
export type MarkerForm = 'usn' | 'csn' | 'time';

export interface KindTraits {
  /** The attribute with the immutable id. */
  readonly id: string;
  readonly marker: string;
  readonly markerForm: MarkerForm;
  /** Active Directory and what follows it. */
  readonly isActiveDirectory: boolean;
  readonly filters: Readonly<Record<EntryKind, string>>;
}

const anyOf = (...classes: readonly string[]): string =>
  `(|${classes.map((name) => `(objectClass=${name})`).join('')})`;

const posix = {
  // Machines of Samba have a dollar behind their names. No class is denied: to deny one that the schema of a server lacks
  // leaves out everything (RFC 4511, section 4.5.1.7: not undefined is undefined).
  user: `(&${anyOf('person', 'account', 'posixAccount')}(!(uid=*$)))`,
  group: anyOf('groupOfNames', 'groupOfUniqueNames', 'groupOfMembers', 'groupOfEntries', 'groupOfURLs', 'posixGroup'),
};

const activeDirectory: KindTraits = {
  id: 'objectGUID',
  // Of the one server that is asked: another server has other numbers, and is another epoch.
  marker: 'uSNChanged',
  markerForm: 'usn',
  isActiveDirectory: true,
  filters: { user: '(&(objectCategory=person)(objectClass=user))', group: '(objectClass=group)' },
};

export const kinds: Readonly<Record<DirectoryKind, KindTraits>> = {
  // RFC 4530; entryCSN is OpenLDAP's, in microseconds.
  openldap: { id: 'entryUUID', marker: 'entryCSN', markerForm: 'csn', isActiveDirectory: false, filters: posix },
  '389': { id: 'nsUniqueId', marker: 'modifyTimestamp', markerForm: 'time', isActiveDirectory: false, filters: posix },
  freeipa: {
    id: 'ipaUniqueID',
    marker: 'modifyTimestamp',
    markerForm: 'time',
    isActiveDirectory: false,
    filters: {
      user: '(&(objectClass=posixAccount)(objectClass=person))',
      // Groups of FreeIPA have a class of their own beside those of a group.
      group: '(objectClass=ipaUserGroup)',
    },
  },
  'active-directory': activeDirectory,
  samba: activeDirectory,
  'entra-domain-services': activeDirectory,
};

/** The attributes of groups that name members. */
export const memberNames: ReadonlySet<string> = new Set(['member', 'uniquemember', 'memberuid']);

/** The most values that are asked for at a time where lists come in ranges: MaxValRange of Active Directory. */
const rangeLength = 1500;

/** What the service reads of users and of groups. Servers leave out what they do not know, so the list is one for all. */
const named = [
  'objectClass',
  'cn',
  'displayName',
  'givenName',
  'sn',
  'uid',
  'userPrincipalName',
  'sAMAccountName',
  'mail',
];

/** The attributes to ask for when an entry is read whole. */
export const wholeAttributes = (traits: KindTraits, kind: EntryKind, more: readonly string[]): string[] => {
  const members = traits.isActiveDirectory
    ? [`member;range=0-${rangeLength - 1}`]
    : ['member', 'uniqueMember', 'memberUid'];
  const own = kind === 'group' ? members : [...markerNames];
  return [...new Set([traits.id, traits.marker, ...named, ...primaryNames, ...own, ...more])];
};
