// Names against Unicode's own data: which are the same, what nobody can see in them, and the joiners that scripts need.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { root } from '../../infra/bundle/bundle.ts';
import { caseFolded, cleanName, fold, mendedName } from '../../shared/domain/base/names.ts';
import { Refusal } from '../../shared/domain/base/refusal.ts';

const everyChar = function* () {
  for (let code = 0; code <= 0x10ffff; code += 1) if (code < 0xd800 || code > 0xdfff) yield String.fromCodePoint(code);
};
const hex = (char: string) => (char.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0');

describe('case folding', () => {
  it('Q-13: is that of CaseFolding.txt for every character that this runtime knows', () => {
    const folding = new Map<string, string>();
    for (const line of readFileSync(join(root, 'test/domain/CaseFolding-17.0.0.txt'), 'utf8').split('\n')) {
      if (line === '' || line.startsWith('#')) continue;
      const [from = '', , to = ''] = line.split('; ');
      const text = (codes: string) =>
        String.fromCodePoint(...codes.split(' ').map((code) => Number.parseInt(code, 16)));
      folding.set(text(from), text(to));
    }
    expect(folding.size).toBe(1_585);
    const wrong: string[] = [];
    for (const char of everyChar())
      if (/\p{Assigned}/u.test(char) && caseFolded(char) !== (folding.get(char) ?? char)) wrong.push(hex(char));
    expect(wrong).toEqual([]);
  });

  it('Q-13: once is as good as twice, and no form of a name gets around it', () => {
    const char = fc.oneof(
      fc.constantFrom(
        'ß',
        'ẞ',
        'ﬁ',
        'Σ',
        'ς',
        'İ',
        'ı',
        'ᾳ',
        'ᾼ',
        'Ꭰ',
        'ꭰ',
        'é',
        'e\u0301',
        'ｶﾞ',
        'Ⅳ',
        '\u200c',
        'ŉ',
        'ǰ',
        'ΐ',
        '\u0345',
      ),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 2 }),
    );
    fc.assert(
      fc.property(fc.array(char, { maxLength: 8 }), (chars) => {
        const name = chars.join('');
        const folded = fold(name);
        expect(fold(folded)).toBe(folded);
        for (const form of ['NFC', 'NFD', 'NFKC', 'NFKD'] as const) expect(fold(name.normalize(form))).toBe(folded);
        expect(fold(caseFolded(name))).toBe(folded);
        expect(fold(chars.join('\u200b'))).toBe(folded);
      }),
      { numRuns: 1_000 },
    );
  });
});

const refusalOf = (name: string): string | undefined => {
  try {
    cleanName(name, '/name');
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
};

describe('what nobody can see', () => {
  it('Q-13: is refused in a name wherever it stands, naming code point and place, and mended away from a delivered one', () => {
    let seen = 0;
    for (const char of everyChar()) {
      if (!/[\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/u.test(char)) continue;
      seen += 1;
      const kind = /\p{Bidi_Control}/u.test(char) ? 'a control of writing direction' : 'an invisible character';
      const said = (at: number) => `/name: has ${kind}, U+${hex(char)}, at character ${at}: remove it`;
      expect([refusalOf(`ab${char}c`), refusalOf(`${char}abc`), refusalOf(`🙂c${char}`)]).toEqual([
        said(3),
        said(1),
        said(3),
      ]);
      expect(mendedName(`ab${char}c${char}`), hex(char)).toBe('abc');
      if (/\p{Default_Ignorable_Code_Point}/u.test(char)) expect(fold(`ab${char}c`)).toBe('abc');
    }
    expect(seen).toBeGreaterThan(4_000);
  });

  it.each([
    ['a Persian plural', 'کتاب\u200cها'],
    ['a Persian name after a letter that never joins', 'کار\u200cها'],
    ['with marks between', 'نَ\u200cم'],
    ['Sinhala conjuncts', 'ක්\u200dෂ'],
    ['Hindi, kept apart', 'क्\u200cष'],
    ['Hindi, half a letter', 'क्\u200dष'],
    ['Malayalam, an old chillu at the end', 'അവന്\u200d'],
    ['Bengali ya-phalaa after ra', 'র\u200d্যাব'],
    ['Kannada ra', 'ರ\u200d್ಯ'],
    ['a family', '👨\u200d👩\u200d👧'],
    ['a profession with a tone of skin', '👩🏽\u200d🔬'],
    ['a heart with its selector', '❤️'],
    ['a heart on fire', '❤️\u200d🔥'],
    ['a keycap', '1️⃣ first'],
    ['the flag of Scotland', '🏴󠁧󠁢󠁳󠁣󠁴󠁿'],
    ['a variant of an ideograph', '葛\u{e0100}城'],
    ['Mongolian with its selectors', 'ᠮᠣᠩ\u180bᠭᠣᠯ'],
  ])('Q-13: what a script needs stays: %s', (_, name) => {
    expect(cleanName(name, '/name')).toBe(name);
    expect(mendedName(name)).toBe(name);
  });

  it.each([
    ['a joiner between Latin letters', 'ad\u200dmin', 3],
    ['a non-joiner between Latin letters', 'ad\u200cmin', 3],
    ['a non-joiner at the end', 'کتاب\u200c', 5],
    ['a non-joiner before Latin', 'کتاب\u200ca', 5],
    ['two joiners', 'ක්\u200d\u200dෂ', 4],
    ['a joiner of Arabic letters, which join without', 'کت\u200dاب', 3],
    ['a selector without a base', '\ufe0fa', 1],
    ['a selector of emoji after a letter', 'a\ufe0f', 2],
    ['tags that make no flag', '🏴\u{e0061}\u{e007f}', 2],
    ['a joiner after the last emoji', '👩\u200d', 2],
    ['a byte order mark at an end', 'admin\ufeff', 6],
    ['a noncharacter', 'a\uffff', 2],
  ])('Q-13: and nothing else: %s', (_, name, at) => {
    expect(refusalOf(name)).toMatch(new RegExp(`at character ${at}: remove it$`));
  });

  it('Q-13: a delivered name of nothing else is still a name', () => {
    expect([mendedName('\u200b\u202e'), mendedName(' \u00ad '), mendedName('a\u0000\u200bb')]).toEqual([
      '?',
      '?',
      'a b',
    ]);
  });
});
