// What the reading of a directory takes and gives. directory.ts reads; the caller compares what it gives with its state
// and posts the difference.

/** The kinds of directories of which kinds.ts knows ids, markers, filters and attributes. */
export type DirectoryKind = 'openldap' | '389' | 'freeipa' | 'active-directory' | 'samba' | 'entra-domain-services';

export type EntryKind = 'user' | 'group';

/** The entries of one kind: everything at and below the bases that matches the filter. */
export interface Scope {
  /** DNs. One that lies below another of the same scope is read once. */
  readonly bases: readonly string[];
  /** RFC 4515. The filter of the kind of directory by default. */
  readonly filter?: string | undefined;
}

export interface DirectoryConfig {
  readonly kind: DirectoryKind;
  /** `ldaps://host`, or `ldap://host` with `startTls`; with a port if it is not 636 or 389. */
  readonly url: string;
  readonly startTls?: boolean | undefined;
  /** Certificates of the authorities to trust, as PEM text. Those of Node by default. */
  readonly ca?: string | undefined;
  /** The name that the certificate must have, if it is not the host of the url. */
  readonly serverName?: string | undefined;
  /** Allows `ldap://` without StartTLS to a host that is not this machine. The secret then travels in the clear. */
  readonly insecure?: boolean | undefined;
  /** The name to bind as: a DN, or in Active Directory a userPrincipalName. */
  readonly bindDn: string;
  readonly secret: string;
  readonly users: Scope;
  readonly groups: Scope;
  /** Attributes to fetch besides those of the kind of directory, for users and groups. */
  readonly attributes?: readonly string[] | undefined;
  /** DNs below the bases that another server holds and that are meant to stay out: referrals to them are no fault. */
  readonly ignoreReferrals?: readonly string[] | undefined;
  /** The longest that one request may take, in milliseconds; 30,000 by default. */
  readonly timeout?: number | undefined;
  /** The longest that connecting may take, TLS included, in milliseconds; 10,000 by default. */
  readonly connectTimeout?: number | undefined;
  /** Entries in a page; 500 by default. Active Directory gives at most 1,000. */
  readonly pageSize?: number | undefined;
}

/** What tells one state of one directory from another. */
export interface Identity {
  /** What the server says that it is, for people: its vendor, or the kind by what it can do. */
  readonly vendor: string;
  /**
   * Another epoch means that markers, versions and the cursor of before mean nothing, because another server answers. At
   * most 128 characters.
   */
  readonly epoch: string;
  /** How far the directory was when this was asked: highestCommittedUSN, contextCSN, or the time where there is neither. */
  readonly cursor: string;
}

/** One line of a listing. */
export interface Listed {
  readonly kind: EntryKind;
  /** The immutable id, in lower case, as `immutableId` of shared/ldif gives it. */
  readonly id: string;
  /** As the server writes it. Compare DNs by `normaliseDn` of shared/ldif. */
  readonly dn: string;
  /**
   * Changes when attributes of the entry change. It does not change when the entry is moved by its parent's rename (the
   * DN tells), nor when a group's members are renamed or deleted. Undefined when it proves nothing, because the entry
   * has none, or has changed so recently that a further change may leave the same marker: such an entry is to be fetched.
   */
  readonly marker: string | undefined;
}

/** An entry read whole. */
export interface FullEntry extends Listed {
  /** Orders the states of this entry within an epoch; undefined if the directory tells none. */
  readonly version: string | undefined;
  /** The values by the name of the attribute in lower case, members left out. Bytes of a SID are written as `S-1-…`. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  /** All members by DN, as the server writes them; empty for users. */
  readonly members: readonly string[];
  /** All members by login (posixGroup's memberUid); empty for users. */
  readonly memberUids: readonly string[];
  /** Attributes with a value that is not text. Such a value is left out, or U+FFFD if it may mark a disabled account. */
  readonly unreadable: readonly string[];
}

/** An entry that was listed and is no longer there, or no longer in scope. */
export interface Gone {
  readonly kind: EntryKind;
  readonly id: string;
  readonly gone: true;
}

/**
 * One pass over a directory on one connection. Every method throws a `DirectoryFault`; after one, the pass is worth
 * nothing, and only `close` may be called.
 */
export interface Directory {
  /**
   * Asked before the listing, so that what changes during it counts as later than the cursor.
   * @param before what the last run was told, to refuse a directory that is behind it (`behind`): who joined since would
   * be deleted. Left out where everything is read anew on purpose
   */
  identity(before?: Pick<Identity, 'epoch' | 'cursor'>): Promise<Identity>;
  /**
   * Every user, then every group, each once. A listing that ends without throwing is complete.
   * @param recount lists twice and throws if the two differ by more than the changes made meanwhile. For runs that
   * cannot confirm what is missing, because they know nothing of before
   */
  list(options?: { readonly recount?: boolean }): AsyncIterable<Listed>;
  /**
   * Asks for entries by their ids that a listing lacks. Throws `incomplete` if any is still there and in scope. Nothing
   * may be deleted that was not asked for.
   */
  confirmMissing(missing: Iterable<Pick<Listed, 'kind' | 'id'>>): Promise<void>;
  /** Reads entries of the listing whole, users before groups. */
  fetch(wanted: Iterable<Listed>): AsyncIterable<FullEntry | Gone>;
  /**
   * The groups in scope that have any of these DNs as a direct member. Needed for entries that come into scope: a group
   * that has named them all along shows no change.
   */
  groupsWith(dns: Iterable<string>): AsyncIterable<string>;
  /** What was left out on purpose, for the log. */
  readonly ignored: { readonly referrals: number; readonly duplicates: number };
  /** Ends the connection. Never throws. */
  close(): Promise<void>;
}
