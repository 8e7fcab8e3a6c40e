// GET /v1/catalogue
import { inLanguage } from '../../shared/catalogues/translate.ts';
import { translationsOf } from '../../shared/catalogues/translations.ts';
import { visibleCatalogue } from '../../shared/domain/deciding/visible.ts';
import { query } from '../../shared/http/operation.ts';

export const handler = query('getCatalogue', {
  run: ({ book, by, input }) => {
    const translations = translationsOf(book.catalogue.data);
    return { body: inLanguage(visibleCatalogue(book, by), translations, input.query.language) };
  },
});
