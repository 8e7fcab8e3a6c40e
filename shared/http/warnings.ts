// What is allowed and yet worth saying.
import type { Book } from '../domain/book.ts';
import type { World } from '../domain/change.ts';
import { Rights } from '../domain/decide.ts';
import { rolesGranting } from '../domain/explain.ts';
import type { TenantId } from '../domain/ids.ts';
import type { GrantSet } from '../domain/records.ts';
import { givenStill } from '../domain/taking.ts';
import { countHolders, streamsFor } from '../store/candidates.ts';
import type { Runtime } from './runtime.ts';

/**
 * Permissions that few should hold and that more hold now (FP-10): `more-holders-than-expected:<permission>`.
 * Costs nothing unless such a permission is among the grants.
 */
export const crowdedPermissions = async (
  {
    book,
    world,
    tenant,
    runtime,
  }: { readonly book: Book; readonly world: World; readonly tenant: TenantId; readonly runtime: Runtime },
  grants: GrantSet,
): Promise<string[]> => {
  const warnings: string[] = [];
  for (const { permission } of grants) {
    const expected = book.catalogue.permission.get(permission)?.expectedHolders;
    if (expected === undefined) continue;
    // Only those to whom it was given by name: whoever holds everything is not meant, and need not be read.
    const named = rolesGranting(book, { permission }).filter(({ record }) =>
      record.grants.some((grant) => grant.permission === permission),
    );
    const streams = streamsFor(book, named, [permission]);
    const holds = (access: Parameters<typeof Rights.of>[1]) =>
      Rights.of(book, access)
        .givers(permission)
        .some((set) => set.grants.some((g) => g.permission === permission));
    if ((await countHolders(runtime.store.db, tenant, streams, holds, expected, world.users)) > expected)
      warnings.push(`more-holders-than-expected:${permission}`);
  }
  return warnings;
};

/** Permissions that a replaced set no longer names and still gives through a wider grant: `still-granted:<permission>`. */
export const stillGranted = (book: Book, had: GrantSet, has: GrantSet): string[] =>
  givenStill(book, had, has).map((permission) => `still-granted:${permission}`);
