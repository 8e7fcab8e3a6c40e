// GET /v1/roles

import { sortForm } from '../../shared/domain/base/names.ts';
import type { Role } from '../../shared/domain/book/book.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { sorted } from '../../shared/http/operations/pages.ts';
import { roleView } from '../../shared/http/operations/views.ts';

export const handler = query('listRoles', {
  run: (context) => {
    const asked = pageInput(context, context.input.query);
    const key = ({ record }: Role) => `${sortForm(record.name)} ${record.id}`;
    return pageAnswer(context, asked, sorted(context.book.roles.values(), key, asked.after), { show: roleView });
  },
});
