// What grants at account level open, read off the catalogue alone (features and limits are for deciding).
import type { CompiledCatalogue } from '../../shared/catalogues/compile.ts';

/** Ids of the permissions that these grants give, in the catalogue's order. */
export const given = (c: CompiledCatalogue, granted: readonly string[]): string[] =>
  [...c.permission.keys()].filter((id) => granted.some((g) => c.granters.get(id)?.has(g)));

/** Ids of the abilities that these grants open by name: without those that are open anyway or by any permission. */
export const opened = (c: CompiledCatalogue, granted: readonly string[]): string[] => {
  const held = new Set(given(c, granted));
  return c.data.abilities
    .filter((a) => a.anyOf?.some((id) => held.has(id)) || a.allOf?.every((id) => held.has(id)))
    .map((a) => a.id);
};

/** Ids of the abilities that no grant is needed for. */
export const openTo = (c: CompiledCatalogue, whom: 'everyone' | 'self'): string[] =>
  c.data.abilities.filter((a) => a.open === whom).map((a) => a.id);
