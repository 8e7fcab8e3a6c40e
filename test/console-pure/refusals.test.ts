// What the console says of refusals in French.
import { describe, expect, it } from 'vitest';
import refusals from '../../console/src/texts/refusals.fr.ts';
import { texts, unbroken } from '../../console/src/texts/texts.ts';
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

describe('French texts', () => {
  it('have no space at which a line could break before a colon, semicolon, question or exclamation mark, or within guillemets', () => {
    const space = '\u00a0';
    expect(unbroken({ plain: 'Pourquoi ?', all: ['a : b ; c !'] })).toEqual({
      plain: `Pourquoi${space}?`,
      all: [`a${space}: b${space}; c${space}!`],
    });
    const quoted = unbroken((name: string, n?: number): unknown => [`« ${name} »`, n, null]);
    expect(quoted('Règles', 2)).toEqual([`«${space}Règles${space}»`, 2, null]);
    const both = texts({ en: { say: (text: string) => `“${text} ?”` }, fr: { say: (text) => `« ${text} ? »` } });
    expect(both.en.say('x')).toBe('“x ?”');
    expect(both.fr.say('x')).toBe(`«${space}x${space}?${space}»`);
    for (const { title, text } of Object.values(refusals)) expect(title + text).not.toMatch(/ [:;?!»]|« /);
  });
});
