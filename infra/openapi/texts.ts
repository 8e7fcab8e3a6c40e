// Texts of the API document that are not in the table of operations.
import { type Rate, rates } from '../../shared/http/gateway/buckets.ts';
import type { CallerKind, Need, Operation } from '../../shared/routes/entry.ts';

export const title = 'Holdfast';

/** How many requests a second, and how many at once. */
const rateOf = ({ perSecond, burst }: Rate): string =>
  `${perSecond.toLocaleString('en')} (${burst.toLocaleString('en')} at once)`;
const { caller, tenant } = rates;

/** Paragraphs of Markdown. */
export const about = [
  'Who may do what: roles, grants, members, checks and the audit of it all, for many tenants, with the promise that no tenant can lock itself out of managing its own access rights.',
  '**Requests.** Send the access token of a person, a machine client, a product service or an operator as bearer token; the tenant is in the token and never in the path. Unknown fields are refused.',
  '**Lost updates.** Resources have an `ETag`. Send it as `If-Match` with a change, and the change is refused with 412 if somebody else has changed the resource meanwhile. A `PUT` without it is refused with 428.',
  '**Repeating.** A `POST` that takes an `Idempotency-Key` can be sent again with the same key when its answer was lost: it happens once, and the answer is the same.',
  '**Rehearsing.** With `dryRun=true` every operation that writes answers which users would gain and lose which permissions, and whether it would be refused. It changes nothing.',
  '**Lists** come in pages. A page ends at `limit` items or at 4 MB, whichever comes first. Send the `cursor` of a page to get the next one, until a page has no cursor.',
  '**Size.** No answer is larger than 4 MB, counted as escaped JSON. Items that do not fit are left out, and the answer says `more`: `true`.',
  '**Time.** A request that has not ended after 28 seconds is answered 503 `out-of-time`. A change has then happened as a whole or not at all: send it again with the same `Idempotency-Key` to learn which.',
  `**Rates.** For checks, holders, explanations and sessions a caller may send ${rateOf(caller.check)} requests a second, and all callers of a tenant together ${rateOf(tenant.check)}; for all else ${rateOf(caller.other)} and ${rateOf(tenant.other)}. A batch of checks is one request. What is beyond is answered 429 with \`Retry-After\`, and nothing of it has been done.`,
  '**Refusals** are problem documents (RFC 9457). Decide by `code`. Requests that the gateway refuses by itself get `{"message": …}` without a code: 401 for a token that is missing, expired or of another issuer or audience, 404 for an unknown path, 413 for a body above 10 MB, 429 when all tenants together ask too much, 500, 503 or 504 when no function answered. Decide by the status then, as `@holdfast/client` does.',
].join('\n\n');

/** A tag per area, in the order of the table. */
export const areas: Readonly<Record<string, string>> = {
  tenants: 'The tenant: settings, quotas, features and the catalogue of permissions.',
  users: 'Persons and machine clients, their sign-in identity and their own grants.',
  groups: 'Groups of the directories.',
  policies: 'Named objects that grants can be limited to.',
  rules: 'Mail-flow rules: content, order and categories, and what roles may do to which rule.',
  roles: 'Named sets of grants with members.',
  checks: 'Whether a user may do something, and which users may.',
  explanations: 'Why a user may do something, and which changes would end that.',
  sessions: 'From log-on to log-off: a tenant may choose that rights stay as they were at log-on.',
  directory: 'Directories, and the files that keep users and groups the same as there.',
  changesets: 'Several operations as one transaction, and the preview of what they would do.',
  drafts: 'Change sets that are kept and edited for days before they are submitted.',
  audit: 'Changes that happened, and requests that were refused.',
  operators: 'For operators: tenants as a whole, from the outside, and what operators have done.',
  health: 'For load balancers and monitors.',
  docs: 'This document.',
};

const kinds: Readonly<Record<CallerKind, string>> = {
  person: 'persons',
  client: 'machine clients',
  service: 'product services',
  operator: 'operators',
  guest: 'persons and machine clients whose sign-in belongs to no user yet',
};

const needs: Readonly<Record<Need, string>> = {
  keeper: 'They must manage access rights.',
  users: 'They must manage users or access rights.',
  directory: 'They must manage directory synchronisation or access rights.',
  policies: 'They must manage policies or access rights.',
  audit: 'They must see the audit or manage access rights.',
  userLogs: "They must see users' logs or manage access rights.",
  export: 'They must be allowed to export logs, or manage access rights.',
  member: 'Being an active user is enough.',
  own: 'Every active user may do this for themselves. Anything that concerns others needs a right to it.',
  none: '',
};

const listed = (words: readonly string[]) =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

/** The callers and what they need, in a sentence or two. */
export const whoMay = ({ callers, needs: need }: Operation): string => {
  if (callers.length === 0) return 'Open to everybody.';
  return `For ${listed(callers.map((kind) => kinds[kind]))}. ${needs[need]}`.trim();
};
