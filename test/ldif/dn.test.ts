// RFC 4514 names: one canonical form for all ways of writing a name, and clear refusals.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DirectoryError,
  foldText,
  maxDnLength,
  normaliseDn,
  parseDn,
  parseRdn,
  rebaseDn,
} from '../../shared/ldif/dn.ts';

describe('normaliseDn', () => {
  it.each([
    ['', ''],
    ['   ', ''],
    ['CN=Ada Kern,OU=Sales,DC=Example', 'cn=ada kern,ou=sales,dc=example'],
    ['  cn = Ada   Kern ,  ou=Sales  ', 'cn=ada kern,ou=sales'],
    ['OU=Sales+CN=J. Smith,DC=example', 'cn=j. smith+ou=sales,dc=example'],
    ['cn=Kern\\, Ada', 'cn=kern\\, ada'],
    ['cn=Kern\\2C Ada', 'cn=kern\\, ada'],
    ['cn=Lu\\C4\\8Di\\C4\\87', 'cn=lučić'],
    ['cn=Before\\0dAfter', 'cn=before\\0dafter'],
    ['cn=a\\00b', 'cn=a\\00b'],
    ['cn=\\#1', 'cn=\\#1'],
    ['cn=a#1', 'cn=a#1'],
    ['cn=a=b', 'cn=a=b'],
    ['cn=a\\=b', 'cn=a=b'],
    ['cn=\\ a \\ ', 'cn=a'],
    ['cn=\\20', 'cn=\\ '],
    ['cn=', 'cn='],
    ['cn=\\\\,dc=x', 'cn=\\\\,dc=x'],
    ['1.3.6.1.4.1.1466.0=#04024869', '1.3.6.1.4.1.1466.0=#04024869'],
    ['1.3.6.1.4.1.1466.0=#0402DEaf , dc=X', '1.3.6.1.4.1.1466.0=#0402deaf,dc=x'],
    ['OID.2.5.4.3=a,2.5.4.11=b,0.9.2342.19200300.100.1.25=c', 'cn=a,ou=b,dc=c'],
    ['cn=Ｆｕｌｌ\u00a0ﬁt', 'cn=full fit'],
    ['cn=ΣΟΦΟΣ', 'cn=σοφοσ'],
    ['cn=I\u0307', 'cn=i\u0307'],
    // RFC 2253 section 4: quotations, and semicolons between parts.
    ['cn="Kern, Ada";ou=Sales ; dc=example', 'cn=kern\\, ada,ou=sales,dc=example'],
    ['cn="a+b=c;d<e>#"+uid=x', 'cn=a\\+b=c\\;d\\<e\\>#+uid=x'],
    ['cn=  "Kern \\"A\\" \\C3\\A9"  , dc=x', 'cn=kern \\"a\\" é,dc=x'],
    ['cn="#1",dc=x', 'cn=\\#1,dc=x'],
    ['cn="",dc=x', 'cn=,dc=x'],
    ['1.2.3=#0401;cn=a', '1.2.3=#0401,cn=a'],
    // Active Directory's extended form.
    ['<GUID=0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9>;<SID=S-1-5-21-1-2-3-500>;CN=Ada,DC=x', 'cn=ada,dc=x'],
    ['<GUID=0a1b2c3d4e5f60718293a4b5c6d7e8f9>;<SID=010500>;<RMD_VERSION=1>;cn="a;b",dc=x', 'cn=a\\;b,dc=x'],
  ])('%j is %j', (text, canonical) => {
    expect(normaliseDn(text)).toBe(canonical);
    expect(normaliseDn(canonical)).toBe(canonical);
  });

  it('keeps apart what a full case folding would make one person', () => {
    expect(normaliseDn('cn=Weiß')).not.toBe(normaliseDn('cn=Weiss'));
    expect(normaliseDn('cn=Işık')).not.toBe(normaliseDn('cn=Işik'));
    expect(normaliseDn('cn=a\\,b=c')).not.toBe(normaliseDn('cn=a,b=c'));
    expect(normaliseDn('cn=a\\+b=c')).not.toBe(normaliseDn('cn=a+b=c'));
    expect(normaliseDn('cn=\\#41')).not.toBe(normaliseDn('cn=#41'));
  });

  it.each([
    ['Ada', 'a part without ='],
    ['cn=a,', 'separator at the end'],
    ['cn=a,,ou=b', 'attribute type'],
    ['cn=a,b', 'a part without ='],
    ['=a', 'attribute type'],
    ['c n=a', 'attribute type'],
    ['1.=a', 'attribute type'],
    ['cn=a;', 'separator at the end'],
    ['cn=a"b"', '" must be escaped'],
    ['cn="a', 'without its end'],
    ['cn="a\\"', 'without its end'],
    ['cn="a" b', 'behind a quotation'],
    ['cn="a\\g"', 'escapes nothing'],
    ['cn="\0"', 'NUL'],
    ['<GUID=00>', 'attribute type'],
    ['<GUID=00>cn=a', 'attribute type'],
    ['cn=<a', '< must be escaped'],
    ['cn=a\0', 'NUL'],
    ['cn=a\\', 'escapes nothing'],
    ['cn=a\\g', 'escapes nothing'],
    ['cn=\\ff', 'not UTF-8'],
    ['cn=\\c3,ou=\\a9', 'not UTF-8'],
    ['cn=#0', 'hex string'],
    ['cn=#', 'hex string'],
    ['cn=#0x', 'hex string'],
    ['cn=\ud800', 'lone surrogate'],
    [`cn=${'a'.repeat(maxDnLength)}`, 'more than'],
  ])('%j is refused: %s', (text, why) => {
    expect(() => normaliseDn(text)).toThrow(DirectoryError);
    expect(() => normaliseDn(text)).toThrow(why);
  });

  it('keeps the value as written, for whoever shows it', () => {
    expect(parseDn('CN=Kern\\, Ada+uid=AK , dc=X')).toEqual([
      [
        { type: 'cn', value: 'Kern, Ada', hex: false },
        { type: 'uid', value: 'AK', hex: false },
      ],
      [{ type: 'dc', value: 'X', hex: false }],
    ]);
  });
});

describe('relations', () => {
  it('takes one part for a new name, and no more', () => {
    expect(() => parseRdn('cn=x,ou=y')).toThrow('exactly one part');
    expect(() => parseRdn('')).toThrow('exactly one part');
  });

  it('moves what is at or below a place, and nothing else', () => {
    expect(rebaseDn('cn=a,ou=b,dc=c', 'OU=b,dc=c', 'ou=x,dc=y')).toBe('cn=a,ou=x,dc=y');
    expect(rebaseDn('ou=b,dc=c', 'ou=b,dc=c', 'ou=x')).toBe('ou=x');
    expect(rebaseDn('cn=a,xou=b,dc=c', 'ou=b,dc=c', 'ou=x')).toBe('cn=a,xou=b,dc=c');
    // An escaped comma parts nothing.
    expect(rebaseDn('cn=a\\,dc=c', 'dc=c', 'dc=x')).toBe(normaliseDn('cn=a\\,dc=c'));
    expect(rebaseDn('cn=a\\\\,dc=c', 'dc=c', 'dc=x')).toBe(normaliseDn('cn=a\\\\,dc=x'));
  });
});

describe('any name', () => {
  const word = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(' ', '#', ',', '+', '\\', '"', '  a  b  ', 'ς', 'ß', 'İ', 'ﬀ', '\u00a0'),
  );
  const dn = fc.array(
    fc.uniqueArray(fc.tuple(fc.constantFrom('cn', 'ou', 'dc', 'x-y', '1.2.3'), word), {
      minLength: 1,
      maxLength: 3,
      selector: ([type]) => type,
    }),
    { maxLength: 4 },
  );
  type Parts = readonly (readonly (readonly [string, string])[])[];
  /** Writes a name in one of its many ways. */
  const write = (parts: Parts, seed: readonly number[]): string => {
    let i = 0;
    const turn = (n: number): number => (seed[i++ % seed.length] as number) % n;
    const pad = (): string => ' '.repeat(turn(3));
    const char = (one: string, at: number, all: readonly string[]): string => {
      const bytes = Buffer.from(one);
      const must = ',+"\\<>;\0'.includes(one) || (one === '#' && at === 0);
      const edge = one === ' ' && (at === 0 || at === all.length - 1);
      if (one === '\0' || turn(5) === 0) return [...bytes].map((b) => `\\${b.toString(16).padStart(2, '0')}`).join('');
      return must || edge ? `\\${one}` : one;
    };
    const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&').replaceAll('\0', '\\00')}"`;
    const cased = (text: string): string => (turn(2) === 0 ? text : text.toUpperCase());
    return parts
      .map((rdn) =>
        (turn(2) === 0 ? [...rdn] : [...rdn].reverse())
          .map(
            ([type, value]) =>
              `${pad()}${cased(type)}${pad()}=${pad()}${turn(3) === 0 ? quoted(value) : [...value].map(char).join('')}${pad()}`,
          )
          .join('+'),
      )
      .reduce((text, rdn, at) => (at === 0 ? rdn : `${text}${turn(3) === 0 ? ';' : ','}${rdn}`), '');
  };
  const seeds = fc.array(fc.nat(), { minLength: 1, maxLength: 40 });
  const wellFormed = dn.filter((parts) => parts.flat().every(([, value]) => value.isWellFormed()));

  it('has one canonical form, however it is written', () => {
    fc.assert(
      fc.property(wellFormed, seeds, seeds, (parts, one, two) => {
        expect(normaliseDn(write(parts, one))).toBe(normaliseDn(write(parts, two)));
      }),
      { numRuns: 500 },
    );
  });

  it('is not changed by normalising it again', () => {
    fc.assert(
      fc.property(wellFormed, seeds, (parts, seed) => {
        const canonical = normaliseDn(write(parts, seed));
        expect(normaliseDn(canonical)).toBe(canonical);
      }),
      { numRuns: 500 },
    );
  });

  it('does not depend on the case of letters', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Zà-öÀ-Öα-ωΑ-Ω ]{1,20}$/), (text) => {
        expect(foldText(text.toLowerCase())).toBe(foldText(text));
        expect(foldText(text.toUpperCase())).toBe(foldText(text));
      }),
    );
  });

  it('with a separator or an escape in a value is never mistaken for another name', () => {
    fc.assert(
      fc.property(wellFormed, seeds, (parts, seed) => {
        expect(parseDn(write(parts, seed)).map((rdn) => rdn.length)).toEqual(parts.map((rdn) => rdn.length));
      }),
    );
  });
});
