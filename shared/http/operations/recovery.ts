// What the operations of a recovery share: the operator as a recovery keeps it, and the stored recovery.
import type { TenantId } from '../../domain/base/ids.ts';
import type { Approver, Recovery } from '../../domain/recovery.ts';
import { toRecovery } from '../../store/items.ts';
import { identityDigest, type Key, keys } from '../../store/keys.ts';
import type { View } from '../../store/view.ts';
import type { Call } from '../gateway/call.ts';

interface OfTenant {
  readonly input: { readonly params: { readonly tenantId: string } };
}

export const namedTenant = ({ input }: OfTenant): TenantId => input.params.tenantId as TenantId;

export const recoveryKeys = (call: OfTenant): Key[] => [keys.recovery(namedTenant(call))];

export const storedRecovery = async (view: View): Promise<Recovery | undefined> => {
  const [item] = await view.items([keys.recovery(view.tenant)]);
  return toRecovery(item);
};

/** The calling operator. Two operators are two sign-ins, whatever client they use. */
export const approverOf = ({ token: { issuer, subject } }: Pick<Call, 'token'>): Approver => ({
  id: subject,
  digest: identityDigest(issuer, subject),
});
