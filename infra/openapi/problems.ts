// The meanings of the problem codes, for readers of the API document.
import type { ProblemCode } from '../../shared/domain/base/refusal.ts';

export const meanings = {
  'invalid-request': 'A field is missing, wrong or unknown; `errors` names it. Send it again only after a change.',
  unauthenticated: 'The request has no access token, or an invalid one.',
  forbidden: 'The user lacks the permission; `needs` lists the permissions of which one suffices.',
  'insufficient-scope': 'The token was not issued for this: ask the identity provider for the scope.',
  'caller-kind': 'The operation does not admit this kind of caller, whatever permissions it holds.',
  'unknown-user': 'The token is valid, but belongs to no user of the tenant, or names no tenant.',
  'user-disabled': 'The caller is a user of the tenant, but is disabled.',
  'access-token-needed': 'The token is an ID token: send an access token.',
  'keeper-needed': 'The change would touch users who can manage access rights. Only such a user may do that.',
  'not-held':
    'In this catalogue callers see, grant and revoke only what they hold, in the same scope. In every catalogue, a caller who decides about the sign-in of a user must hold everything that this user holds.',
  'owner-needed': 'The creator of a rule has several roles that could own it: name one.',
  'cannot-log-on': 'The user is unknown or disabled, or has no permission at all; `reason` says which.',
  'session-ended': 'The session was ended or has expired, or its user was disabled or deleted: log on again.',
  'second-operator-needed': 'The operator who asked for the recovery cannot approve it, too.',
  'tenant-suspended':
    'The operators of the service have suspended the tenant: nothing in it is answered or changed until they resume it.',
  'tenant-closed': 'The operators of the service have closed the tenant. They can reopen it until it is purged.',
  'not-found': 'The resource does not exist, or this caller may not see it.',
  'too-early':
    'A time that protects the tenant has not passed yet: `detail` says from when on the request is accepted.',
  'has-access-manager': 'The tenant can help itself, so operators cannot name anybody.',
  'recovery-active': 'One recovery at a time: approve it, or cancel it.',
  'last-access-manager':
    'The change would leave nobody who can manage access rights. `wouldNotCount` names users who nearly count, and why they do not.',
  keeperless:
    'Nobody in the tenant can manage access rights. Access cannot change until an operator recovers the tenant.',
  'name-taken': 'The name is in use. Upper and lower case count as the same.',
  'identity-taken': 'A sign-in identity belongs to one user of a tenant, and a user has one.',
  'sign-in-taken':
    'An issuer and a claim can sign in the users of one directory source only, and another source has them.',
  'not-restorable':
    'The user is there, or what it belonged to is gone. Users can be restored for 30 days after their deletion.',
  'not-erasable': 'Only a user who was deleted can be erased, and nobody erases themselves.',
  'legal-hold':
    'A legal hold keeps everything that belongs to the audit. Whoever manages access rights ends it in the settings of the audit; a closed tenant is reopened for that.',
  'external-id-taken': 'An external id belongs to one user of a tenant.',
  'quota-exceeded':
    'The change would exceed a limit: see `quota`, `limit` and `wouldBe`. See GET /v1/tenant for all quotas.',
  'feature-off': 'The permission needs a feature that the tenant does not have.',
  'permission-missing': 'A permission needs another in the same set, in the same or a wider scope.',
  'permission-excluded': 'Two of the permissions exclude each other, so one set cannot hold both.',
  'policies-not-applicable':
    'The permissions of the user count for every policy, or the catalogue has no policies: leave the policies out.',
  'personal-grants-off': 'In this catalogue rights come from roles only.',
  'switch-fixed': 'In this catalogue enforcement cannot be switched off.',
  'granted-by-wider':
    'The set gives the permission through a wider grant, listed in `wider`. Revoke that grant, or ask with `expand=true` to keep the rest of it.',
  'rules-off': 'The catalogue of this tenant has no rules.',
  'not-invitable': 'The user has a sign-in already and needs no invitation.',
  'owned-by-directory': 'A directory delivers this value and would overwrite the change: change it in the directory.',
  'run-active':
    'The source has another run that has not ended, named in `run`: wait until it has, or abandon it while it is open.',
  'run-not-open': 'The run was committed, abandoned, or has ended.',
  'batch-differs': 'The run has a batch of this number with other content. Only the same content may come twice.',
  'batch-out-of-order': 'Batches come in the order of their numbers: `expected` is the next one.',
  'content-differs':
    'The number of batches, of entries, or the digest is not that of what was received, which `received` tells.',
  'run-held':
    'A guard has stopped a run of the source, named in `run`: somebody who manages access rights approves or rejects it.',
  'source-off':
    'Nothing is taken in from this source until somebody who manages access rights switches it on again (`enabled`).',
  'full-run-needed':
    'Changes alone do not lead to the state of the directory; `reason` says why. Deliver everything that is there, as a full run.',
  'cursor-differs':
    'The run does not begin where the last one ended: begin at `cursor`, or deliver everything as a full run.',
  'run-not-held': 'Only a held run can be approved or rejected.',
  'plan-differs': 'The plan has another digest: read the plan again.',
  'idempotency-mismatch': 'The key was used with another request: send a new key.',
  'no-snapshot': 'Changes take effect immediately in this tenant, so no rights are kept to decide by offline.',
  'preview-changed': 'The change set would now do something else than its preview showed: ask for a new preview.',
  'not-sealed': 'Events are sealed some minutes after they happened, twenty as a rule: try again then.',
  'events-expired':
    'The retention of these events is over, and they have left the service: read them in what was exported. `after` says where the export goes on.',
  'precondition-failed':
    'Somebody has changed the resource, so its ETag differs: read it again, then repeat the change.',
  'payload-too-large': 'The body is larger than the operation accepts.',
  'unsupported-media-type': 'The operation does not accept this content type.',
  'precondition-required':
    'Read the resource, then send its ETag as If-Match; for a draft, that or the digest of its preview.',
  'too-many-requests': 'The caller sends too many requests. Nothing has been done: wait as long as Retry-After says.',
  internal: 'The service failed; its log has the request id. The change may or may not have happened.',
  'out-of-time':
    'The answer would come too late. A change has happened as a whole or not at all: repeat it with the same Idempotency-Key to learn which.',
  busy: 'Too many changes happen at once. Try again after the time in Retry-After, with the same Idempotency-Key if you sent one.',
} as const satisfies Record<ProblemCode, string>;
