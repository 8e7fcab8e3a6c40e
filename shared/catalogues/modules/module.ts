// A module is the part of a catalogue that one product brings: it has no keeper and no defaults, so that several
// modules can stand in one catalogue.
import type { Catalogue } from '../schema.ts';

export type Module = Pick<Catalogue, 'permissions' | 'abilities' | 'actionTypes' | 'ruleTypes' | 'features'>;

/** Several modules as one, in their order. Ids that meet are found by the validator. */
export const combine = (...modules: readonly Module[]): Module => ({
  permissions: modules.flatMap((m) => m.permissions),
  abilities: modules.flatMap((m) => m.abilities),
  actionTypes: modules.flatMap((m) => m.actionTypes),
  ruleTypes: modules.flatMap((m) => m.ruleTypes),
  features: modules.flatMap((m) => m.features),
});
