// Checks that records make up a book, because reads outside a transaction can see the head of a commit before its other
// items.
import { Book } from '../domain/book/book.ts';
import type { BookRecord, Head } from '../domain/book/records.ts';

/** The book of these records at the head's version; `undefined` when some record is not of that version. */
export const assembled = (head: Head, records: ReadonlyMap<string, BookRecord>): Book | undefined => {
  let sum = 0;
  for (const { rev } of records.values()) {
    if (rev > head.version) return undefined;
    sum += rev;
  }
  return sum === head.sum && records.size === head.records ? new Book(head.version, records) : undefined;
};
