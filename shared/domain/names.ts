// Names and texts as people write them.
import { invalid } from './refusal.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** How two names are compared: NFKC with case folded. By way of upper case, since only that joins ß and ss, ς and σ. */
export const fold = (name: string): string => name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');

/** A name, trimmed. @throws Refusal invalid-request naming the field */
export const cleanName = (name: string, field: string): string => {
  const trimmed = name.trim();
  if (trimmed.length === 0) throw invalid(field, 'is empty: give 1 to 100 characters');
  if ([...trimmed].length > 100) throw invalid(field, 'is too long: at most 100 characters');
  if (control.test(trimmed)) throw invalid(field, 'has control characters: remove them');
  return trimmed;
};

/** True when a name of the list is the same as this one to a reader. */
export const isTaken = (name: string, others: Iterable<string>): boolean => {
  const folded = fold(name);
  for (const other of others) if (fold(other) === folded) return true;
  return false;
};
