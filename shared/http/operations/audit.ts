// Audit events as the caller may see them, in whatever operation they are shown.
import type { Book } from '../../domain/book/book.ts';
import { ruleRightsOf } from '../../domain/deciding/decide.ts';
import { visibleEvent } from '../../domain/deciding/visible.ts';
import type { Authorised } from '../../store/authorised.ts';
import type { StoredEvent } from '../../store/items.ts';
import { actionIn } from './views.ts';

/** What the caller sees of an event; nothing of one that is not there for them. */
export const eventFor = ({ book, by }: { readonly book: Book; readonly by: Authorised }) => {
  const reader = { ...by, id: by.access?.id, onRules: ruleRightsOf(book, by.access) };
  return (event: StoredEvent): StoredEvent | undefined =>
    visibleEvent({ ...event, action: actionIn(event) }, reader, book);
};
