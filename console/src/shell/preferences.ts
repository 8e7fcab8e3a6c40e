// What a person has set for this browser: language and appearance. No token and no data of the tenant is ever stored.
import { useEffect, useSyncExternalStore } from 'react';
import { type Language, languages } from '../texts/texts.ts';

export type Appearance = 'system' | 'light' | 'dark';

const listeners = new Set<() => void>();
const listen = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

const read = (name: string): string | null => {
  try {
    return localStorage.getItem(`holdfast.${name}`);
  } catch {
    return null; // The browser stores nothing for this site.
  }
};

const write = (name: string, value: string): void => {
  try {
    localStorage.setItem(`holdfast.${name}`, value);
  } catch {
    // As before, for this page only.
  }
  for (const listener of listeners) listener();
};

/** The warnings that the person has closed in this window, by their words. */
export const closedStrips = (): readonly string[] => {
  try {
    return (sessionStorage.getItem('holdfast.closed') ?? '').split(' ');
  } catch {
    return [];
  }
};

export const closeStrips = (words: readonly string[]): void => {
  try {
    sessionStorage.setItem('holdfast.closed', words.join(' '));
  } catch {
    // They come back with the next page that is loaded.
  }
};

const language = (): Language => {
  const wanted = [read('language'), ...navigator.languages.map((one) => one.slice(0, 2))];
  return wanted.flatMap((one) => languages.filter((known) => known === one))[0] ?? 'en';
};

const appearance = (): Appearance => {
  const set = read('appearance');
  return set === 'light' || set === 'dark' ? set : 'system';
};

const darkness = matchMedia('(prefers-color-scheme: dark)');

export const usePreferences = () => {
  const lang = useSyncExternalStore(listen, language);
  const look = useSyncExternalStore(listen, appearance);
  const systemDark = useSyncExternalStore(
    (tell) => {
      darkness.addEventListener('change', tell);
      return () => darkness.removeEventListener('change', tell);
    },
    () => darkness.matches,
  );
  const dark = look === 'system' ? systemDark : look === 'dark';
  useEffect(() => {
    // Names that Cloudscape's style sheets listen to.
    document.body.classList.toggle('awsui-dark-mode', dark);
    document.documentElement.classList.toggle('dark', dark);
  }, [dark]);
  useEffect(() => {
    document.documentElement.lang = lang;
  }, [lang]);
  return {
    language: lang,
    appearance: look,
    setLanguage: (value: Language) => write('language', value),
    setAppearance: (value: Appearance) => write('appearance', value),
  };
};
