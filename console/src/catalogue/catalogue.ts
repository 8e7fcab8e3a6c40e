// The catalogue of the tenant, as far as the person may see it: the titles of everything that can be granted.
import { useCallback, useContext } from 'react';
import type { AnswerOf } from '../../../clients/typescript/index.ts';
import { useRead } from '../api/reads.ts';
import { MeContext } from '../shell/me.ts';
import { useLanguage, useTexts } from '../texts/texts.ts';
import { everything } from './grants.ts';
import { catalogueTexts } from './texts.ts';

export type Catalogue = AnswerOf<'getCatalogue'>;
export type Permission = Catalogue['permissions'][number];

/** The reading of it, in the reader's language. */
export const useCatalogueRead = () => {
  const query = { language: useLanguage() };
  const when = useContext(MeContext) !== undefined;
  // Forms stay as they are filled in when the reader takes the other language.
  return useRead('getCatalogue', { query }, { when, keeps: true });
};

/** Undefined until it is read. */
export const useCatalogue = (): Catalogue | undefined => useCatalogueRead().data?.body;

/** The title of a permission, an ability, a type of action or rule; its id where the catalogue does not show it. */
export const useTitles = (): ((id: string) => string) => {
  const catalogue = useCatalogue();
  const all = useTexts(catalogueTexts).everything;
  return useCallback(
    (id) => {
      if (id === everything) return all;
      const { permissions = [], abilities = [], actionTypes = [], ruleTypes = [], features = [] } = catalogue ?? {};
      const named = [...permissions, ...abilities, ...actionTypes, ...ruleTypes, ...features];
      return named.find((one) => one.id === id)?.title ?? id;
    },
    [catalogue, all],
  );
};
