// What the console says of refusals in French.
import { describe, expect, it } from 'vitest';
import refusals from '../../console/src/texts/refusals.fr.ts';
import { problems } from '../../shared/domain/base/refusal.ts';

describe('refusals in French', () => {
  it('have a title and what to do for every code of the service, and for no other', () => {
    expect(Object.keys(refusals).sort()).toEqual(Object.keys(problems).sort());
    for (const [code, { title, text }] of Object.entries(refusals)) {
      const [, english] = problems[code as keyof typeof problems];
      expect(title, code).not.toBe(english);
      // A title is no sentence; what to do is one or several.
      expect(title, code).toMatch(/^\p{Lu}.*[^.]$/u);
      expect(text, code).toMatch(/^\p{Lu}.*\.$/u);
    }
  });

  it('each have a title of their own', () => {
    const titles = Object.values(refusals).map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });
});
