// A catalogue with look-ups for decisions, computed once.
import type { Ability, Catalogue, Permission } from './schema.ts';

export interface CompiledCatalogue {
  readonly data: Catalogue;
  readonly permission: ReadonlyMap<string, Permission>;
  readonly ability: ReadonlyMap<string, Ability>;
  /**
   * For every permission, all ids whose grant gives it: itself, `*`, and every permission that includes it, directly or
   * through others.
   */
  readonly granters: ReadonlyMap<string, ReadonlySet<string>>;
  /** Ids of the permissions that can be granted for single policies, in the catalogue's order (FP-35). */
  readonly policyPermissions: readonly string[];
  /** Whether edits are gathered and submitted together, or each is saved at once. */
  readonly appliesChanges: NonNullable<Catalogue['appliesChanges']>;
}

const compiled = new WeakMap<Catalogue, CompiledCatalogue>();

/** Compiles a catalogue once per object, so a catalogue must not change after it is compiled. */
export const compileCatalogue = (c: Catalogue): CompiledCatalogue => {
  const known = compiled.get(c);
  if (known !== undefined) return known;
  const permission = new Map(c.permissions.map((p) => [p.id, p]));
  const result: CompiledCatalogue = {
    data: c,
    permission,
    ability: new Map(c.abilities.map((a) => [a.id, a])),
    granters: grantersOf(permission),
    policyPermissions: c.permissions.filter((p) => p.levels.includes('policy')).map((p) => p.id),
    appliesChanges: c.appliesChanges ?? 'onSave',
  };
  compiled.set(c, result);
  return result;
};

const grantersOf = (permission: ReadonlyMap<string, Permission>): ReadonlyMap<string, ReadonlySet<string>> => {
  const granters = new Map([...permission.keys()].map((id) => [id, new Set([id, '*'])]));
  for (const id of permission.keys()) {
    for (const given of givenBy(id, permission)) granters.get(given)?.add(id);
  }
  return granters;
};

/**
 * All ids that a grant of `id` gives, itself included. Ends on cycles and ignores unknown ids, because the validator
 * calls it before it has refused them.
 */
const givenBy = (id: string, permission: ReadonlyMap<string, Permission>): ReadonlySet<string> => {
  const given = new Set([id]);
  for (const next of given) {
    for (const included of permission.get(next)?.includes ?? []) {
      if (included === '*') return new Set(permission.keys());
      given.add(included);
    }
  }
  return given;
};
