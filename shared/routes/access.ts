// The DynamoDB actions, indexes and queue that each operation needs, derived from the table of operations with the few
// exceptions below. The stack writes each function's IAM policy from them, and a test compares them with the commands
// that the handlers send.
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
  | 'Scan'
  | 'UpdateItem';

export interface TableAccess {
  readonly actions: readonly TableAction[];
  readonly indexes: readonly (keyof typeof indexes)[];
  /** Sends work to the worker's queue. */
  readonly queue: boolean;
}

/**
 * Reads of the head, of items by key and of the book's range; the update counts denials and rates, which any caller can cause.
 */
const reading = ['BatchGetItem', 'GetItem', 'Query', 'UpdateItem'] as const;
/** Every change also puts its audit event. */
const writing = [...reading, 'PutItem'] as const;

interface Exception {
  /** Checks a condition, in the same transaction, on an item that it does not change. */
  readonly proves?: true;
  /** Removes items: listings, aliases, profiles. */
  readonly deletes?: true;
  readonly queue?: true;
  /** What an operation reads that reads nothing of any tenant. */
  readonly reads?: 'GetItem' | 'Query';
  /** Reads no range, because there is no book to read yet. */
  readonly bookless?: true;
  readonly indexes?: TableAccess['indexes'];
}

const exceptions: Partial<Record<OperationId, Exception>> = {
  // Reads one key that no item has, to see that the table answers.
  getReadiness: { reads: 'GetItem' },
  // Reads the public halves of the keys that sign.
  getJwks: { reads: 'Query' },
  // Founding checks that the id was never a purged tenant's.
  createTenant: { bookless: true, proves: true },
  getTenantById: { bookless: true },
  purgeTenant: { bookless: true, queue: true },
  updateTenantById: { queue: true },
  completeRecovery: { proves: true, deletes: true },
  cancelRecovery: { deletes: true },
  cancelOwnRecovery: { deletes: true },
  listTenants: { bookless: true, indexes: ['byName'] },
  listOperatorEvents: { indexes: ['byTarget'] },
  listUsers: { indexes: ['byName'] },
  listEvents: { indexes: ['byTarget'] },
  listRules: { indexes: ['byName'] },
  getRuleRights: { indexes: ['byName'] },
  deleteRule: { deletes: true },
  updateUser: { deletes: true },
  deleteUser: { deletes: true, queue: true },
  restoreUser: { deletes: true },
  eraseUser: { deletes: true, queue: true },
  // The caller is not yet a user and is not bound by a claim, so the invitation's own transaction checks the book.
  acceptInvitation: { proves: true },
  unbindUser: { deletes: true },
  putUserGrants: { deletes: true },
  removeUserGrant: { deletes: true },
  deleteGroup: { queue: true },
  removeGroupMembers: { deletes: true },
  deleteRole: { queue: true },
  deletePolicy: { queue: true },
  deleteSource: { deletes: true, queue: true },
  postDelta: { queue: true },
  commitRun: { queue: true },
  abandonRun: { deletes: true, queue: true },
  approveRun: { deletes: true, queue: true },
  rejectRun: { deletes: true, queue: true },
  restoreRun: { queue: true },
  // Needs whatever the operations in the set need.
  submitChangeSet: { deletes: true, queue: true },
  submitDraft: { deletes: true, queue: true },
  deleteDraft: { deletes: true },
  endSession: { deletes: true },
  endSessions: { deletes: true },
};

const none: TableAccess = { actions: [], indexes: [], queue: false };

/** The access to table, indexes and queue that an operation's function is granted. */
export const accessOf = (id: OperationId): TableAccess => {
  const { data, callers } = operations[id];
  if (data === 'none') return { ...none, actions: [exceptions[id]?.reads ?? []].flat() };
  const { proves, deletes, bookless, queue = false, indexes = [] } = exceptions[id] ?? {};
  // Any request can be a person's first sign-in by a claim. Binding the sign-in puts a record and checks the book in
  // the same transaction.
  const binds = (callers as readonly CallerKind[]).includes('person');
  const actions: TableAction[] = (data === 'write' || binds ? writing : reading).filter(
    (one) => !bookless || one !== 'Query',
  );
  if (proves || binds) actions.push('ConditionCheckItem');
  if (deletes) actions.push('DeleteItem');
  return { actions: actions.sort(), indexes, queue };
};

/** The KMS actions on the key that seals the keys of snapshot tokens; the only operation that has any is the one named. */
export const sealing = {
  operation: 'createSnapshotToken',
  actions: ['kms:Decrypt', 'kms:GenerateDataKeyPairWithoutPlaintext'],
} as const satisfies { operation: OperationId; actions: readonly string[] };

/** The access of the meter, which counts users once a day, and looks for work that nobody else asks for. */
export const meterAccess: TableAccess = {
  actions: ['BatchGetItem', 'GetItem', 'Query'],
  indexes: ['byName'],
  queue: true,
};

/** The access of the function that has every tenant exported. It lists them by an index. */
export const scheduleAccess: TableAccess = { actions: [], indexes: ['byName'], queue: true };

/** The access of the function that exports: it seals events, notes what it has written, and removes what is over. */
export const exportAccess: TableAccess = {
  actions: [...writing, 'ConditionCheckItem' as const, 'DeleteItem' as const].sort(),
  indexes: [],
  queue: true,
};

/** What the function that exports may do besides: with files of the bucket, with the bucket, with the key that signs. */
export const exporting = {
  files: ['s3:GetObjectVersion', 's3:PutObject'],
  bucket: ['s3:ListBucketVersions'],
  key: ['kms:GetPublicKey', 'kms:Sign'],
} as const;

/** The worker's access: it writes the results of runs and sweeps, and enqueues its own next slice. */
export const workerAccess: TableAccess = {
  // A purge scans, because only a scan finds every item of a tenant.
  actions: [...writing, 'ConditionCheckItem' as const, 'DeleteItem' as const, 'Scan' as const].sort(),
  indexes: [],
  queue: true,
};
