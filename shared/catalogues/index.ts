// The catalogues that ship, by id.

import { type CompiledCatalogue, compileCatalogue } from './compile.ts';
import { complete } from './complete.ts';
import { emailSecurity } from './email-security.ts';
import { exchangeRules } from './exchange-rules.ts';
import { secureExchanges } from './secure-exchanges.ts';

/** The newest version of every catalogue that ships. */
export const catalogues: ReadonlyMap<string, CompiledCatalogue> = new Map(
  [exchangeRules, emailSecurity, secureExchanges, complete].map((c) => [c.id, compileCatalogue(c)]),
);

/** The catalogue of a tenant that names none. */
export const defaultCatalogue = 'complete';

/**
 * The catalogue with this id, and with this version if one is given. For ids that a tenant has already; look up an id
 * from a caller in `catalogues`. @throws Error when no such catalogue ships
 */
export const catalogue = (id: string, version?: number): CompiledCatalogue => {
  const found = catalogues.get(id);
  if (found === undefined || (version !== undefined && found.data.version !== version)) {
    throw new Error(`No catalogue '${id}' ships${version === undefined ? '' : ` in version ${version}`}.`);
  }
  return found;
};
