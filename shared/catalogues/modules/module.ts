// A module is one product's part of a catalogue. It has no keeper and no defaults, so several modules fit into one
// catalogue.
import type { Catalogue } from '../schema.ts';

export type Module = Pick<Catalogue, 'permissions' | 'abilities' | 'actionTypes' | 'ruleTypes' | 'features'>;

/** Several modules as one, in their order. The validator finds ids that two modules share. */
export const combine = (...modules: readonly Module[]): Module => ({
  permissions: modules.flatMap((m) => m.permissions),
  abilities: modules.flatMap((m) => m.abilities),
  actionTypes: modules.flatMap((m) => m.actionTypes),
  ruleTypes: modules.flatMap((m) => m.ruleTypes),
  features: modules.flatMap((m) => m.features),
});
