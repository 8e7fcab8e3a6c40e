// GET /v1/roles
import type { Role } from '../../shared/domain/book.ts';
import { sortForm } from '../../shared/domain/names.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { sorted } from '../../shared/http/pages.ts';
import { roleView } from '../../shared/http/views.ts';

export const handler = query('listRoles', {
  run: (context) => {
    const asked = pageInput(context, context.input.query);
    const key = ({ record }: Role) => `${sortForm(record.name)} ${record.id}`;
    return pageAnswer(context, asked, sorted(context.book.roles.values(), key, asked.after), { show: roleView });
  },
});
