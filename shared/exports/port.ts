// The port to a store of exported files. A file is written once and never changes: what has been exported is evidence,
// and neither a mistake of ours nor a second process may replace it. test/exports/contract.ts holds every store to this.

/** Files of an export, by name: a folder of this machine, or a bucket. */
export interface ExportStore {
  /**
   * Writes a file as a whole, unless a file of that name stands there. A file that stands is never changed, whatever its
   * bytes are. Of several that write one name at once, one gets `written` and every other `exists`.
   *
   * `written` and `exists` both say that a complete file of that name stands there, lasting and to be read by `get`.
   * `exists` says nothing of its bytes: who needs to know compares them. Attempts that failed or died leave no file, so
   * that a repeated attempt writes it.
   * @throws RangeError for a name that is not a file's (see `fileName`), and the store's own errors, after any of which
   * the file may stand there or not
   */
  put(name: string, bytes: Uint8Array): Promise<'written' | 'exists'>;
  /** The bytes of a file; undefined when there is none. */
  get(name: string): Promise<Uint8Array | undefined>;
  /**
   * The names of the complete files that begin with the prefix, in the order of their characters. The prefix need not
   * end where a folder does.
   */
  list(prefix: string): AsyncIterable<string>;
}

/** Parts between slashes that no file system gives a meaning of its own; a part never begins with a dot. */
const pattern = /^[A-Za-z0-9_=][A-Za-z0-9_=.-]*(\/[A-Za-z0-9_=][A-Za-z0-9_=.-]*)*$/;
const longest = 512;

/** True for a name that a file can have: see `fileName`. */
export const isFileName = (name: string): boolean => name.length <= longest && pattern.test(name);

/**
 * The name, when every store can have a file of it: letters, digits and `=_.-` of ASCII, in parts between slashes, at
 * most 512 characters. A part that begins with a dot could leave the folder (CWE-22) or be a file of the system.
 * @throws RangeError
 */
export const fileName = (name: string): string => {
  if (!isFileName(name)) throw new RangeError(`${JSON.stringify(name.slice(0, 80))} is no name of an exported file.`);
  return name;
};
