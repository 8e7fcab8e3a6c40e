// Audit events as the caller may see them, for every operation that shows events.
import type { Book } from '../../domain/book/book.ts';
import { ruleRightsOf } from '../../domain/deciding/decide.ts';
import { visibleEvent } from '../../domain/deciding/visible.ts';
import type { Authorised } from '../../store/authorised.ts';
import type { StoredEvent } from '../../store/items.ts';
import { actionIn } from './views.ts';

/** The part of an event that the caller may see; undefined for an event that is hidden from the caller. */
export const eventFor = ({ book, by }: { readonly book: Book; readonly by: Authorised }) => {
  const reader = { ...by, id: by.access?.id, onRules: ruleRightsOf(book, by.access) };
  return (event: StoredEvent): StoredEvent | undefined =>
    visibleEvent({ ...event, action: actionIn(event) }, reader, book);
};
