// The translations of every catalogue. Those of the catalogues that ship stand apart from them, because every function
// loads the catalogues, and few need their texts.
import { catalogueFr } from './fr/catalogues.ts';
import type { Catalogue, Translation } from './schema.ts';
import { ownOf } from './translate.ts';

export const translationsOf = ({ id, translations }: Catalogue): Readonly<Record<string, Translation>> => {
  const fr = ownOf(catalogueFr, id);
  return { ...(fr && { fr }), ...translations };
};
