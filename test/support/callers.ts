// Every kind of caller, and the answer that the table of operations gives each: which are admitted, with which scope
// and which permissions. The expectation is computed from the table alone, apart from the code that enforces it.
import { randomUUID } from 'node:crypto';
import { catalogue } from '../../shared/catalogues/index.ts';
import type { ProblemCode } from '../../shared/domain/base/refusal.ts';
import type { TokenScope } from '../../shared/routes/entry.ts';
import { type OperationId, operation } from '../../shared/routes/operations.ts';
import { type As, issuer, machine, operator, person, service, type Tenant } from './harness.ts';

export interface Caller {
  readonly name: string;
  readonly as: As;
  /** The token's subject in the tenant. */
  readonly is: 'person' | 'client' | 'nobody' | 'disabled';
  readonly user?: string;
  readonly scopes: readonly TokenScope[];
  /** Permissions held for the account; `*` is everything. */
  readonly holds: readonly string[];
}

const scopesOf = ({ scope = '' }: As): TokenScope[] =>
  scope
    .split(' ')
    .filter((one) => one !== '')
    .map((one) => one.replace('holdfast/', '') as TokenScope);

/** Persons, clients, services, operators and strangers of a tenant with the catalogue `complete`. */
export const callersOf = async (tenant: Tenant): Promise<Caller[]> => {
  const callers: Caller[] = [];
  const add = (name: string, as: As, is: Caller['is'], holds: readonly string[] = [], user?: string) =>
    callers.push({ name, as, is, holds, scopes: scopesOf(as), ...(user && { user }) });

  add('the first person', tenant.admin, 'person', ['*'], tenant.firstUser);
  const governing = Object.values(catalogue('complete')?.data.governs ?? {}).flat();
  for (const permission of governing) {
    const user = await tenant.user(`Has ${permission}`, `with-${permission}`);
    await tenant.setGrants(user, [{ permission }]);
    add(`a person with ${permission}`, person(tenant.id, `with-${permission}`), 'person', [permission], user);
  }
  const keeper = await tenant.user('Keeps', 'keeps');
  await tenant.setGrants(keeper, [{ permission: 'manageAccessRights' }]);
  add('a person with the keeper permission only', person(tenant.id, 'keeps'), 'person', ['manageAccessRights'], keeper);
  const bare = await tenant.user('Has nothing', 'bare');
  await tenant.setGrants(bare, []);
  add('a person with nothing', person(tenant.id, 'bare'), 'person', [], bare);
  add('the first person without a scope', { tenant: tenant.id, subject: 'admin' }, 'person', ['*'], tenant.firstUser);
  for (const scope of ['directory', 'audit', 'export'])
    add(
      `the first person with the scope ${scope} only`,
      machine(tenant.id, 'admin', scope),
      'person',
      ['*'],
      tenant.firstUser,
    );
  const disabled = await tenant.user('Is disabled', 'disabled');
  await tenant.ok('updateUser', { params: { userId: disabled }, body: { state: 'disabled' } });
  add('a disabled person', person(tenant.id, 'disabled'), 'disabled', [], disabled);

  for (const [subject, holds] of [
    ['granted-client', ['*']],
    ['bare-client', []],
  ] as const) {
    const identity = { issuer, subject };
    const { body } = await tenant.ok('createUser', { body: { kind: 'machine', name: subject, identity } });
    await tenant.setGrants(
      body.id,
      holds.map((permission) => ({ permission })),
    );
    const all = {
      tenant: tenant.id,
      subject,
      scope: 'holdfast/admin holdfast/check holdfast/directory holdfast/audit holdfast/export',
    };
    add(`${subject} with every scope of a tenant`, all, 'client', holds, body.id);
    if (holds.length === 0) continue;
    for (const scope of ['admin', 'directory', 'audit', 'export'])
      add(`${subject} with the scope ${scope}`, machine(tenant.id, subject, scope), 'client', holds, body.id);
    add(`${subject} without a scope`, { tenant: tenant.id, subject }, 'client', holds, body.id);
  }
  add('a product service', service(tenant.id), 'nobody');
  add('an operator', operator, 'nobody');
  add('an operator without the scope recovery', { ...operator, scope: 'holdfast/operator' }, 'nobody');
  add('an operator with the scope recovery only', { ...operator, scope: 'holdfast/recovery' }, 'nobody');
  add('an operator with a token of the tenant', { ...operator, tenant: tenant.id }, 'nobody');
  add('a guest', person(tenant.id, `guest-${randomUUID()}`), 'nobody');
  return callers;
};

const holdsAny = ({ holds }: Caller, wanted: readonly string[]): boolean =>
  holds.includes('*') || holds.includes('manageAccessRights') || holds.some((one) => wanted.includes(one));

/** Answers that the table leaves to the operation, for a caller whom every other rule admits. */
type Own = (caller: Caller) => 'ok' | ProblemCode;
const keeperOnly: Own = (caller) => (holdsAny(caller, []) ? 'ok' : 'forbidden');
/** Callers who hold a permission of policies see the policy. Others must not learn that it exists. */
const seeing =
  (then: Own): Own =>
  (caller) =>
    holdsAny(caller, catalogue('complete')?.policyPermissions ?? []) ? then(caller) : 'not-found';
const governing: Own = (caller) => (holdsAny(caller, ['modifyConfiguration']) ? 'ok' : 'forbidden');

/** Only roles see and create rules. The samples' rules belong to a role of the first person. */
const inRole =
  (otherwise: ProblemCode): Own =>
  ({ name }) =>
    name.startsWith('the first person') ? 'ok' : otherwise;
const rulesGeneral: Own = ({ holds }) => (holds.includes('*') ? 'ok' : 'forbidden');

/** The samples' drafts are visible to the first person and to keepers. */
const ofTheFirst: Own = (caller) => (holdsAny(caller, []) ? 'ok' : 'not-found');

/** The samples' events are the first person's, and of a kind that every reader of the audit sees. */
const readingAudit: Own = (caller) =>
  caller.name.startsWith('the first person') || holdsAny(caller, catalogue('complete')?.data.governs.audit ?? [])
    ? 'ok'
    : 'not-found';

/** The samples ask about another user. */
export const own = {
  getEffectivePermissions: keeperOnly,
  listUserRoles: keeperOnly,
  listUserGroups: (caller) => (holdsAny(caller, catalogue('complete')?.data.governs.users ?? []) ? 'ok' : 'forbidden'),
  createPolicy: governing,
  getPolicy: seeing(() => 'ok'),
  updatePolicy: seeing(governing),
  deletePolicy: seeing(governing),
  listRules: () => 'ok',
  createRule: inRole('forbidden'),
  getRule: inRole('not-found'),
  updateRule: inRole('not-found'),
  deleteRule: inRole('not-found'),
  moveRule: inRole('not-found'),
  addAction: inRole('not-found'),
  updateAction: inRole('not-found'),
  deleteAction: inRole('not-found'),
  moveAction: inRole('not-found'),
  putCategories: rulesGeneral,
  check: keeperOnly,
  checkBatch: keeperOnly,
  explain: keeperOnly,
  listHolders: keeperOnly,
  /** The sample's operations need the keeper permission. */
  submitChangeSet: keeperOnly,
  createDraft: () => 'ok',
  listDrafts: () => 'ok',
  getDraft: ofTheFirst,
  putDraft: ofTheFirst,
  deleteDraft: ofTheFirst,
  previewDraft: ofTheFirst,
  rebaseDraft: ofTheFirst,
  submitDraft: ofTheFirst,
  /** The sample logs the first person on. */
  createSession: inRole('forbidden'),
  endSession: ofTheFirst,
  createSnapshotToken: ofTheFirst,
  listSessions: keeperOnly,
  endSessions: keeperOnly,
  getEvent: readingAudit,
  getEventDifference: readingAudit,
} as const satisfies Partial<Record<OperationId, Own>>;

/** The answer that an operation must give to a caller with a valid request. */
export const expected = (id: OperationId, caller: Caller): 'ok' | ProblemCode => {
  const { callers, scope, orScope = scope, needs } = operation(id);
  const { scopes, is } = caller;
  if (callers.length === 0) return 'ok';
  const operates = scopes.includes('operator') || scopes.includes('recovery');
  if (operates !== callers.includes('operator')) return 'caller-kind';
  if (operates) return scopes.includes(scope) ? 'ok' : 'insufficient-scope';
  if (scopes.includes('check') && !scopes.includes('admin')) return callers.includes('service') ? 'ok' : 'caller-kind';
  const ofOperation = scopes.includes(scope) || scopes.includes(orScope);
  if (!scopes.includes('admin') && !ofOperation) return 'insufficient-scope';
  // A user with a sign-in cannot bind it again.
  if (callers.includes('guest')) return is === 'nobody' ? 'ok' : 'identity-taken';
  if (is === 'nobody') return 'unknown-user';
  if (is === 'disabled') return 'user-disabled';
  if (!callers.includes(is)) return 'caller-kind';
  if (is === 'person' ? !scopes.includes('admin') : !ofOperation) return 'insufficient-scope';
  if (needs === 'own') return (own as Partial<Record<OperationId, Own>>)[id]?.(caller) ?? 'ok';
  if (needs === 'member' || needs === 'none') return 'ok';
  const wanted = needs === 'keeper' ? [] : (catalogue('complete')?.data.governs[needs] ?? []);
  return holdsAny(caller, wanted) ? 'ok' : 'forbidden';
};
