// Texts in two languages. Each feature keeps its own beside its pages; a French text without its English one, or the
// other way round, does not compile.
import { createContext, useContext } from 'react';

export const languages = ['en', 'fr'] as const;
export type Language = (typeof languages)[number];

/** Texts of one room, by language: strings, and functions of what stands in them. */
interface Texts<T> {
  readonly en: T;
  readonly fr: T;
}

/** French has a space before some signs, at which no line may break. Of functions, it is so in what they answer. */
export const unbroken = <T>(text: T): T => {
  if (typeof text === 'string') return text.replace(/ (?=[:;?!»])|(?<=«) /g, '\u00a0') as T;
  if (typeof text === 'function') return ((...given: unknown[]) => unbroken(text(...given))) as T;
  if (Array.isArray(text)) return text.map(unbroken) as T;
  if (text === null || typeof text !== 'object') return text;
  return Object.fromEntries(Object.entries(text).map(([name, one]) => [name, unbroken(one)])) as T;
};

export const texts = <T>({ en, fr }: { en: T; fr: NoInfer<T> }): Texts<T> => ({ en, fr: unbroken<T>(fr) });

export const LanguageContext = createContext<Language>('en');

/** The texts of a room in the reader's language. */
export const useTexts = <T>(both: Texts<T>): T => both[useContext(LanguageContext)];

export const useLanguage = (): Language => useContext(LanguageContext);
