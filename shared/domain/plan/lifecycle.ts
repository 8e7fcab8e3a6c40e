// The lifecycle of a tenant as a whole, which operators decide: suspended and resumed, closed and reopened. The purge at
// its end is no plan, because it removes what plans are made on.
import { changedName, cleanName, visible } from '../base/names.ts';
import { Refusal } from '../base/refusal.ts';
import type { Head, Lifecycle, TenantRecord } from '../book/records.ts';
import { type Change, noChange, type World } from '../change.ts';

/** Days for which a closed tenant can be reopened before it can be purged. */
const closedDays = 30;

interface TenantChange {
  readonly name?: string | undefined;
  readonly state?: 'active' | 'suspended' | 'closed' | undefined;
  readonly reason?: string | undefined;
}

/** The tenant after a change by operators. */
interface Operated {
  readonly record: TenantRecord;
  readonly lifecycle: Lifecycle | undefined;
}

/** Renames a tenant, or moves it to another state. */
export const operateTenant = (
  { book }: World,
  { lifecycle }: Pick<Head, 'lifecycle'>,
  input: TenantChange,
  now: number,
): Change<Operated> => {
  const before = book.tenant;
  const record = { ...before, name: changedName(before.name, input.name, (name) => cleanName(name, '/name')) };
  const after = lifecycleAfter(lifecycle, { ...input, reason: visible(input.reason, '/reason') }, now);
  const isMoved = JSON.stringify(after) !== JSON.stringify(lifecycle);
  const isRenamed = record.name !== before.name;
  if (!isMoved && !isRenamed) return noChange({ record: before, lifecycle });
  return {
    book: isRenamed ? [record] : [],
    users: [],
    side: [],
    ...(isMoved && { lifecycle: after ?? 'active' }),
    audit: {
      action: isMoved ? 'tenant.state.changed' : 'tenant.updated',
      target: 'tenant',
      before: { ...(isRenamed && { name: before.name }), ...(isMoved && (lifecycle ?? { state: 'active' })) },
      after: {
        ...(isRenamed && { name: record.name }),
        ...(isMoved && (after ?? { state: 'active', reason: input.reason })),
      },
    },
    result: { record, lifecycle: after },
  };
};

const lifecycleAfter = (
  before: Lifecycle | undefined,
  {
    state = before?.state ?? 'active',
    reason,
  }: Omit<TenantChange, 'state'> & { readonly state?: 'active' | Lifecycle['state'] | undefined },
  now: number,
): Lifecycle | undefined => {
  if (state === 'active' && before?.restoring)
    throw new Refusal(
      'too-early',
      'The tenant is being restored, and has not been verified: finish the restore first.',
    );
  if (state === 'active') return undefined;
  // A closed tenant keeps its date, so that another reason does not put the purge off.
  if (state === before?.state) return reason === undefined ? before : { ...before, reason };
  const since = new Date(now).toISOString();
  const purgeableFrom = new Date(now + closedDays * 86_400_000).toISOString();
  return {
    state,
    since,
    reason: reason ?? '',
    ...(state === 'closed' && { purgeableFrom }),
    ...(before?.restoring && { restoring: before.restoring }),
  };
};

/** Checks that a tenant may be purged. @throws Refusal too-early */
export const needPurgeable = (lifecycle: Lifecycle | undefined, now: number): void => {
  const { purgeableFrom } = lifecycle ?? {};
  if (purgeableFrom === undefined)
    throw new Refusal('too-early', `Close the tenant first: it can be purged ${closedDays} days after that.`);
  if (now < Date.parse(purgeableFrom))
    throw new Refusal('too-early', `The tenant can be reopened until ${purgeableFrom}, and purged from then on.`);
};
