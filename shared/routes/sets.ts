// Which operations a change set can have, and what they create.
import type { IdKind } from '../domain/base/ids.ts';
import type { OperationId } from './operations.ts';

/** Operations that write and cannot be in a change set, each with the reason. */
export const alone = {
  createTenant: 'stands outside of any tenant',
  putFeatures: 'is for operators, who have no access inside a tenant',
  updateTenantById: 'is for operators, who have no access inside a tenant',
  purgeTenant: 'is for operators, who have no access inside a tenant',
  requestRecovery: 'is for operators, who have no access inside a tenant',
  approveRecovery: 'is for operators, who have no access inside a tenant',
  completeRecovery: 'is for operators, who have no access inside a tenant',
  cancelRecovery: 'is for operators, who have no access inside a tenant',
  cancelOwnRecovery: 'ends what operators have begun, and changes nothing in the tenant',
  acceptInvitation: 'is for somebody who is not yet a user',
  restoreUser: 'undoes a deletion, and would meet it in one transaction',
  eraseUser: 'cannot be undone, and is for a user who is deleted already',
  postDelta: 'starts a run that goes on after the request',
  openRun: 'is a step of a run that goes on after the request',
  putBatch: 'is a step of a run that goes on after the request',
  commitRun: 'starts a run that goes on after the request',
  restoreRun: 'starts a run that goes on after the request',
  abandonRun: 'is a step of a run that goes on after the request',
  approveRun: 'lets a run go on after the request',
  rejectRun: 'ends a run, whose content goes after the request',
  submitChangeSet: 'is a change set itself',
  createDraft: 'gathers operations itself',
  putDraft: 'gathers operations itself',
  deleteDraft: 'gathers operations itself',
  rebaseDraft: 'gathers operations itself',
  submitDraft: 'is a change set itself',
  putAuditSettings: 'says how the trail is kept, and not who may do what',
  createSession: 'is a log-on, and takes effect as it is answered',
  endSession: 'is a log-off, and takes effect as it is answered',
  endSessions: 'is a log-off, and takes effect as it is answered',
} as const satisfies Partial<Record<OperationId, string>>;

const creates: Partial<Record<OperationId, IdKind>> = {
  createUser: 'user',
  createRole: 'role',
  cloneRole: 'role',
  createPolicy: 'policy',
  createSource: 'source',
  createRule: 'rule',
};

/**
 * The kind of thing that an operation creates, so that later operations of a set can refer to its id; undefined for an
 * operation that creates nothing, and for a text that names no operation.
 */
export const createdBy = (operation: string): IdKind | undefined =>
  Object.hasOwn(creates, operation) ? creates[operation as OperationId] : undefined;
