// What the operations on the settings of the audit share: where the settings stand, and reading them.
import type { AuditSettings } from '../../domain/audit-settings.ts';
import type { TenantId } from '../../domain/base/ids.ts';
import { toAuditSettings } from '../../store/audit-settings.ts';
import { type Key, keys } from '../../store/keys.ts';
import type { View } from '../../store/view.ts';

export const auditSettingsKeys = ({ tenant }: { readonly tenant: TenantId }): Key[] => [keys.auditSettings(tenant)];

export const auditSettingsIn = async (view: View): Promise<AuditSettings> => {
  const [item] = await view.items(auditSettingsKeys(view));
  return toAuditSettings(item);
};
