// An instant in the reader's zone and language; the exact one with its zone when pointed at.
import { type Language, useLanguage } from '../texts/texts.ts';

/** The reader's own kind of a language, `en-GB`, where the browser names one: it decides how dates are written. */
const localeOf = (language: Language): string =>
  navigator.languages.find((one) => one.split('-')[0] === language) ?? language;

const formats = new Map<string, Intl.DateTimeFormat>();
const format = (language: Language, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => {
  const key = language + JSON.stringify(options);
  const made = formats.get(key) ?? new Intl.DateTimeFormat(localeOf(language), options);
  formats.set(key, made);
  return made;
};

/** How the reader writes numbers. */
export const useNumbers = (): ((value: number) => string) => {
  const language = useLanguage();
  return (value) => value.toLocaleString(localeOf(language));
};

/** A time that no line breaks apart: without this, “PM” could stand alone. */
const written = (date: Date, language: Language): string => {
  const parts = format(language, { dateStyle: 'medium', timeStyle: 'short' }).formatToParts(date);
  return parts.map(({ value }, at) => (parts[at + 1]?.type === 'dayPeriod' ? '\u00a0' : value)).join('');
};

export const When = ({ at }: { at: string | undefined }) => {
  const language = useLanguage();
  if (at === undefined) return <>–</>;
  const date = new Date(at);
  return (
    <time dateTime={at} title={format(language, { dateStyle: 'full', timeStyle: 'long' }).format(date)}>
      {written(date, language)}
    </time>
  );
};
