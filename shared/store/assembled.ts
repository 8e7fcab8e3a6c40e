// Checks that records make up a book, because reads outside a transaction can see the head of a commit before its other
// items.
import type { Book } from '../domain/book/book.ts';
import type { BookRecord, Head } from '../domain/book/records.ts';

/**
 * True when these records are the book of the head.
 * @param changed the records that differ from a book that did add up: all others are old enough
 */
export const addsUp = (
  { version, sum, records }: Head,
  book: Book,
  changed: Iterable<BookRecord | undefined> = book.records.values(),
): boolean => {
  for (const record of changed) if (record && record.rev > version) return false;
  return book.sum === sum && book.records.size === records;
};
