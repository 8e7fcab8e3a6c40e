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

export const texts = <T>(both: { en: T; fr: NoInfer<T> }): Texts<T> => both;

export const LanguageContext = createContext<Language>('en');

/** The texts of a room in the reader's language. */
export const useTexts = <T>(both: Texts<T>): T => both[useContext(LanguageContext)];

export const useLanguage = (): Language => useContext(LanguageContext);
