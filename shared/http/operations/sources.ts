// Reads what a directory source needs besides the book: its client, its run under way, and how far it is synchronised.
import type { RunId, SourceId, TenantId, UserId } from '../../domain/base/ids.ts';
import type { Run, Sync } from '../../domain/directory.ts';
import { toRun, toSync } from '../../store/directory.ts';
import { type Key, keys } from '../../store/keys.ts';
import type { View } from '../../store/view.ts';

/** The key of the user whom a request names as the client of a source. */
export const clientKeys = ({
  tenant,
  input,
}: {
  readonly tenant: TenantId;
  readonly input: { readonly body: { readonly client?: UserId | null | undefined } };
}): Key[] => (input.body.client ? [keys.access(tenant, input.body.client)] : []);

/** How far a source is synchronised; undefined when it never was. */
export const syncOf = async (view: View, source: SourceId): Promise<Sync | undefined> => {
  const [item] = await view.items([keys.sync(view.tenant, source)]);
  return toSync(item);
};

/** The run of a source that has not ended. */
export const unfinishedRunOf = async (view: View, source: SourceId): Promise<Run | undefined> => {
  const [active] = await view.items([keys.activeRun(view.tenant, source)]);
  if (active === undefined) return undefined;
  const [item] = await view.items([keys.run(view.tenant, active.run as RunId)]);
  return toRun(item);
};
