// Refusals: a closed set of problem codes, each with its status and title in one place.

/** `[HTTP status, title]` by problem code. The code is the last part of `type` (RFC 9457), and stable. */
export const problems = {
  'invalid-request': [400, 'The request is not valid'],
  unauthenticated: [401, 'A valid access token is needed'],
  forbidden: [403, 'A permission is missing'],
  'insufficient-scope': [403, 'The token lacks the scope that this operation needs'],
  'caller-kind': [403, 'This kind of caller cannot use this operation'],
  'unknown-user': [403, 'The token belongs to no user of this tenant'],
  'user-disabled': [403, 'The user is disabled'],
  'access-token-needed': [403, 'Only access tokens are accepted'],
  'keeper-needed': [403, 'Only somebody who may manage access rights can do this'],
  'not-held': [403, 'This needs permissions that you do not hold yourself'],
  'cannot-log-on': [403, 'The user cannot log on'],
  'second-operator-needed': [403, 'Another operator must approve this'],
  'tenant-suspended': [403, 'The operators have suspended this tenant'],
  'tenant-closed': [403, 'The operators have closed this tenant'],
  'session-ended': [403, 'The session has ended'],
  'not-found': [404, 'There is no such thing'],
  'too-early': [409, 'The time for this has not come yet'],
  'has-access-manager': [409, 'Somebody can manage access rights in this tenant'],
  'recovery-active': [409, 'A recovery of this tenant is under way'],
  'last-access-manager': [409, 'Nobody would be left who can manage access rights'],
  keeperless: [409, 'Nobody can manage access rights in this tenant: operators must recover it first'],
  'name-taken': [409, 'The name is in use'],
  'identity-taken': [409, 'The sign-in identity belongs to another user'],
  'sign-in-taken': [409, 'Another directory source signs its users in by this issuer and claim'],
  'not-restorable': [409, 'This cannot be restored'],
  'not-erasable': [409, 'Only a deleted user can be erased'],
  'legal-hold': [409, 'A legal hold keeps what this would remove'],
  'external-id-taken': [409, 'The external id belongs to another user'],
  'quota-exceeded': [409, 'A quota would be exceeded'],
  'feature-off': [409, 'The tenant does not have the feature that this permission needs'],
  'permission-missing': [409, 'A permission that this one requires is missing from the set'],
  'permission-excluded': [409, 'Permissions of the set exclude each other'],
  'granted-by-wider': [409, 'The permission is held through a wider grant'],
  'rules-off': [409, 'The catalogue of this tenant has no rules'],
  'owner-needed': [409, 'Several of your roles could own the rule: choose one'],
  'policies-not-applicable': [409, 'The permissions of this user apply to all policies'],
  'personal-grants-off': [409, 'The catalogue of this tenant has no personal grants'],
  'switch-fixed': [409, 'In this catalogue access rights are always enforced'],
  'not-invitable': [409, 'This user cannot be invited'],
  'owned-by-directory': [409, 'The directory owns this: change it there'],
  'run-active': [409, 'Another run of this source has not finished'],
  'source-off': [409, 'Synchronisation of this source is switched off'],
  'full-run-needed': [409, 'This source needs a full run'],
  'cursor-differs': [409, 'The cursor is not that of the last run'],
  'run-not-open': [409, 'The run takes in nothing any more'],
  'batch-differs': [409, 'The batch was received with other content'],
  'batch-out-of-order': [409, 'Another batch comes first'],
  'content-differs': [409, 'What was received is not what the commit says'],
  'run-not-held': [409, 'The run is not held'],
  'plan-differs': [409, 'The plan is another than the one that was looked at'],
  'idempotency-mismatch': [409, 'The idempotency key was used for another request'],
  'no-snapshot': [409, 'The session follows current data'],
  'preview-changed': [409, 'The change would no longer do what the preview showed'],
  'not-sealed': [409, 'The event is not sealed yet'],
  'events-expired': [410, 'The events have left the service'],
  'precondition-failed': [412, 'Somebody has changed this since you read it'],
  'run-held': [423, 'A run of this source waits for a decision'],
  'payload-too-large': [413, 'The body is too large'],
  'unsupported-media-type': [415, 'The content type is not supported'],
  'precondition-required': [428, 'The request must name the state that it changes'],
  'too-many-requests': [429, 'Too many requests'],
  internal: [500, 'Something went wrong on our side'],
  'out-of-time': [503, 'The request ran out of time'],
  busy: [503, 'Too much is happening at once: try again'],
} as const satisfies Record<string, readonly [number, string]>;
export type ProblemCode = keyof typeof problems;

/** A fault in one field of a request, with its remedy. */
export interface FieldFault {
  /** A JSON pointer into the body, or `path.x`, `query.x`, `header.x`. */
  readonly field: string;
  readonly message: string;
}

interface RefusalDetails {
  readonly detail?: string;
  readonly errors?: readonly FieldFault[];
  /** Seconds after which another try is worth it. */
  readonly retryAfter?: number;
  /** The operation of a change set that was refused, and its target: for the audit, not for the answer. */
  readonly step?: { readonly operation: string; readonly target: string | undefined };
  /** Further members of the problem document. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Thrown wherever a request must not be carried out, before anything is written. */
export class Refusal extends Error {
  readonly code: ProblemCode;
  readonly details: RefusalDetails;

  constructor(code: ProblemCode, details: RefusalDetails | string = {}) {
    const full = typeof details === 'string' ? { detail: details } : details;
    super(full.detail ?? problems[code][1]);
    this.name = 'Refusal';
    this.code = code;
    this.details = full;
  }
}

/** The refusal `invalid-request` for one field: see `FieldFault`. */
export const invalid = (field: string, message: string): Refusal =>
  new Refusal('invalid-request', { detail: `${field}: ${message}`, errors: [{ field, message }] });
