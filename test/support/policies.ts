// Many policies, and the ten permissions that can be granted for each.
import { emailModule } from '../../shared/catalogues/modules/email.ts';
import type { PolicyRecord } from '../../shared/domain/book/records.ts';
import { freshIds, putRecords } from './facts.ts';
import type { Tenant } from './harness.ts';

/** The permissions that can be granted for single policies: there are ten. */
export const policyPermissions = emailModule.permissions.filter((p) => p.levels.includes('policy')).map((p) => p.id);

/** All ten, for these policies. */
export const tenPermissions = (policies: readonly string[]) =>
  policyPermissions.map((permission) => ({ permission, policies: [...policies] }));

/** Creates policies in the order of their names, as many per transaction as it holds. */
export const putPolicies = async (tenant: Tenant, count: number): Promise<string[]> => {
  const records = Array.from({ length: count }, (_, i): PolicyRecord => {
    const name = `Policy ${String(i).padStart(4, '0')}`;
    return { kind: 'policy', rev: 0, id: freshIds.next('policy'), name, description: '', deleted: false };
  });
  for (let from = 0; from < count; from += 90) await putRecords(tenant, records.slice(from, from + 90));
  return records.map(({ id }) => id);
};
