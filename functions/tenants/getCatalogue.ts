// GET /v1/catalogue
import { visibleCatalogue } from '../../shared/domain/deciding/visible.ts';
import { query } from '../../shared/http/operation.ts';

export const handler = query('getCatalogue', {
  run: ({ book, by }) => ({ body: visibleCatalogue(book, by) }),
});
