// What an answer warns of: it is allowed, and yet worth knowing.
import { useCallback } from 'react';
import { namesOf } from '../api/names.tsx';
import { useTitles } from '../catalogue/catalogue.ts';
import { useTexts } from '../texts/texts.ts';
import { changeTexts } from './texts.ts';

interface Warned {
  readonly warnings?: readonly string[];
  readonly results?: readonly { readonly body?: unknown }[];
}

/** The warnings of an answer, as `word` or `word:id`: those of a change as a whole, and those of each of its steps. */
export const warningsIn = (answer: unknown): string[] => {
  const { warnings = [], results = [] } = (answer ?? {}) as Warned;
  return [...new Set([...warnings, ...results.flatMap(({ body }) => warningsIn(body))])];
};

/** Tells warnings in sentences, one for each word, with the titles and names of what they are about. */
export const useWarningTexts = (): ((warnings: readonly string[]) => Promise<string[]>) => {
  const t = useTexts(changeTexts);
  const titleOf = useTitles();
  return useCallback(
    async (warnings) => {
      const split = warnings.map((warning): [string, string] => {
        const [word = '', id = ''] = warning.split(':');
        return [word, id];
      });
      // An id that has no name now is told as it is: the change that it is about has been made.
      const names = await namesOf(split.map(([, id]) => id)).catch(() => new Map<string, { name: string }>());
      const called = (id: string) => (id === 'more' ? t.andMore : (names.get(id)?.name ?? titleOf(id)));
      return [...Map.groupBy(split, ([word]) => word)].map(([word, all]) => {
        const what = all.map(([, id]) => called(id)).join(', ');
        return t.warnings[word as keyof typeof t.warnings]?.(what) ?? [word, what].filter(Boolean).join(': ');
      });
    },
    [t, titleOf],
  );
};
