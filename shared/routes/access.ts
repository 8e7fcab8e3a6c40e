// What each operation does with the table, as far as permissions tell it apart: derived from the table of operations, with
// the few exceptions named here and nowhere else. The stack writes each function's policy from it, and a test compares it
// with what the handlers send.
import type { indexes } from '../store/table.ts';
import type { CallerKind } from './entry.ts';
import { type OperationId, operations } from './operations.ts';

export type TableAction =
  | 'BatchGetItem'
  | 'ConditionCheckItem'
  | 'DeleteItem'
  | 'GetItem'
  | 'PutItem'
  | 'Query'
  | 'UpdateItem';

export interface TableAccess {
  readonly actions: readonly TableAction[];
  readonly indexes: readonly (keyof typeof indexes)[];
  /** Tells the worker that there is work. */
  readonly queue: boolean;
}

/** Head, items by key, the book's range; and the count of denials, which every caller inside a tenant can cause. */
const reading = ['BatchGetItem', 'GetItem', 'Query', 'UpdateItem'] as const;
/** Every change puts its audit event. */
const writing = [...reading, 'PutItem'] as const;

interface Exception {
  /** Proves in the same write, on an item that it leaves alone, that something still stands. */
  readonly proves?: true;
  /** Removes items: listings, aliases, profiles. */
  readonly deletes?: true;
  readonly queue?: true;
  /** Reads one item that is never there, to see that the table answers; nothing of any tenant. */
  readonly probes?: true;
  /** Reads no range: it knows no book. */
  readonly bookless?: true;
  readonly indexes?: TableAccess['indexes'];
}

const exceptions: Partial<Record<OperationId, Exception>> = {
  getReadiness: { probes: true },
  createTenant: { bookless: true },
  listUsers: { indexes: ['byName'] },
  listEvents: { indexes: ['byTarget'] },
  listRules: { indexes: ['byName'] },
  getRuleRights: { indexes: ['byName'] },
  deleteRule: { deletes: true },
  deleteUser: { deletes: true, queue: true },
  // Its caller is nobody yet, whom no claim binds; the invitation does, and proves that the book still says so.
  acceptInvitation: { proves: true },
  unbindUser: { deletes: true },
  putUserGrants: { deletes: true },
  removeUserGrant: { deletes: true },
  deleteRole: { queue: true },
  postDelta: { queue: true },
  // Whatever its operations do.
  submitChangeSet: { deletes: true, queue: true },
  submitDraft: { deletes: true, queue: true },
  deleteDraft: { deletes: true },
  endSession: { deletes: true },
  endSessions: { deletes: true },
};

const none: TableAccess = { actions: [], indexes: [], queue: false };

/** What an operation's function may do. */
export const accessOf = (id: OperationId): TableAccess => {
  const { data, callers } = operations[id];
  if (data === 'none') return exceptions[id]?.probes ? { ...none, actions: ['GetItem'] } : none;
  const { proves, deletes, bookless, queue = false, indexes = [] } = exceptions[id] ?? {};
  // Whoever signs in by a claim for the first time is bound, whatever they ask for: that puts a record, and proves that the
  // book still says so.
  const binds = (callers as readonly CallerKind[]).includes('person');
  const actions: TableAction[] = (data === 'write' || binds ? writing : reading).filter(
    (one) => !bookless || one !== 'Query',
  );
  if (proves || binds) actions.push('ConditionCheckItem');
  if (deletes) actions.push('DeleteItem');
  return { actions: actions.sort(), indexes, queue };
};

/** What each of these may do with the key that snapshots are signed with; nobody else may do anything. */
export const signing: Partial<Record<OperationId, 'kms:Sign' | 'kms:GetPublicKey'>> = {
  createSnapshotToken: 'kms:Sign',
  getJwks: 'kms:GetPublicKey',
};

/** The worker carries out runs and sweeps: it writes whatever they bring about, and tells itself to go on. */
export const workerAccess: TableAccess = {
  actions: [...writing, 'ConditionCheckItem' as const, 'DeleteItem' as const].sort(),
  indexes: [],
  queue: true,
};
