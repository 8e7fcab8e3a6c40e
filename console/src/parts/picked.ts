// Somebody whom a search has found.
export interface Picked {
  readonly id: string;
  readonly type: 'user' | 'group';
  readonly name: string;
  readonly state?: 'active' | 'disabled' | undefined;
  /** Of a user: `local`, `external`, or a directory. */
  readonly source?: string | undefined;
}
