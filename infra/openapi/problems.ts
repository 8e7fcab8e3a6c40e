// What the problem codes mean, for readers of the API document.
import type { ProblemCode } from '../../shared/domain/base/refusal.ts';

export const meanings = {
  'invalid-request': 'A field is missing, wrong or unknown; `errors` names it. Send it again only after a change.',
  unauthenticated: 'There is no access token, or not a valid one.',
  forbidden: 'The user lacks the permission; `needs` lists those that would do.',
  'insufficient-scope': 'The token was not issued for this: ask the identity provider for the scope.',
  'caller-kind': 'The operation is not for this kind of caller, whatever it holds.',
  'unknown-user': 'The token is valid, but belongs to no user of the tenant, or names no tenant.',
  'user-disabled': 'The user is known and disabled.',
  'access-token-needed': 'An ID token was sent where only access tokens count.',
  'keeper-needed': 'The change would touch those who can manage access rights, which only one of them may do.',
  'not-held':
    'In this catalogue one grants and revokes only what one holds, in that scope; and in every catalogue only those decide who signs in as a user who hold all that the user holds.',
  'owner-needed': 'The creator of a rule has several roles that could own it: name one.',
  'cannot-log-on': 'The user is unknown or disabled, or has no permission at all; `reason` says which.',
  'session-ended': 'It was ended, its time is over, or its user was disabled or deleted: log on again.',
  'not-found': 'It does not exist, or not for this caller.',
  'last-access-manager':
    'Nobody would be left who can manage access rights. `wouldNotCount` says who comes near and why that is not enough.',
  keeperless: 'The tenant has nobody who can manage access rights; until operators recover it, access cannot change.',
  'name-taken': 'Names are unique in any case; another one is in use.',
  'identity-taken': 'A sign-in identity belongs to one user of a tenant, and a user has one.',
  'sign-in-taken': 'An issuer and a claim sign in the users of one directory source.',
  'external-id-taken': 'An external id belongs to one user of a tenant.',
  'quota-exceeded': '`quota`, `limit` and `wouldBe` say what is full. See GET /v1/tenant for all quotas.',
  'feature-off': 'The tenant has not licensed what the permission needs.',
  'permission-missing': 'A permission needs another in the same set, in the same or a wider scope.',
  'permission-excluded': 'Two permissions cannot stand in one set.',
  'policies-not-applicable':
    'What the user holds counts for every policy, or the catalogue knows none: leave them out.',
  'personal-grants-off': 'In this catalogue rights come from roles only.',
  'switch-fixed': 'In this catalogue enforcement cannot be switched off.',
  'granted-by-wider':
    'The set gives it through one of `wider`. Take that away, or ask with `expand=true`: the rest of it stays.',
  'rules-off': 'The catalogue of this tenant has no rules.',
  'not-invitable': 'Who is bound needs no invitation.',
  'owned-by-directory': 'The directory would overwrite it.',
  'run-active': 'A source takes in one file at a time.',
  'idempotency-mismatch': 'The key came with another request before: make a new one.',
  'no-snapshot': 'Changes take effect immediately in this tenant: there is nothing to decide by offline.',
  'preview-changed': 'What the change set would do is no longer what its preview showed: look at a new one.',
  'precondition-failed': 'The resource has another ETag by now: read it, then repeat the change on what you read.',
  'payload-too-large': 'The body is larger than the operation takes.',
  'unsupported-media-type': 'The content type is another than the operation takes.',
  'precondition-required':
    'Read the resource, then send its ETag as If-Match; for a draft, that or the digest of its preview.',
  'too-many-requests': 'Wait as long as Retry-After says. Nothing has been done.',
  internal: 'A fault of ours, in the log under the request id. It is unknown whether anything was done.',
  'out-of-time':
    'The answer would come too late. A change has happened as a whole or not at all: repeat it with the same Idempotency-Key, which answers what became of it.',
  busy: 'Try again after the time in Retry-After, with the same Idempotency-Key where there is one.',
} as const satisfies Record<ProblemCode, string>;
