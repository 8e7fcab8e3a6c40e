// Bytes that become text, the file encodings, and the kind: nothing else in the sources decodes, so that nothing makes U+FFFD.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { root } from '../../infra/bundle/bundle.ts';
import { type Charset, fileText, isWhole, NotText, utf8, wholeText } from '../../shared/text/text.ts';

const bytes = (...parts: (string | number[])[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part as string))));
const swapped = (text: string): number[] => [...Buffer.from(text, 'utf16le').swap16()];
const little = (text: string): number[] => [...Buffer.from(text, 'utf16le')];

const faultOf = (read: () => string): { line: number; message: string } => {
  try {
    return { line: 0, message: `read: ${read()}` };
  } catch (error) {
    if (error instanceof NotText) return { line: error.line, message: error.message };
    throw error;
  }
};

describe('UTF-8', () => {
  it('is read as it is, NUL and byte order mark included', () => {
    for (const text of ['', 'a', 'Müller', '\ufeffa', '\0', '張三 🙂', '\ufffd', '\u{10ffff}'])
      expect(utf8(bytes(text))).toBe(text);
  });

  it.each([
    ['a byte of ISO 8859-1', [0x4d, 0xfc, 0x6c]],
    ['a continuation alone', [0x80]],
    ['an overlong form', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a code point above 10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a character cut off', [0xe2, 0x82]],
    ['FF', [0xff]],
  ])('is refused with %s in it, naming the line', (_, broken) => {
    for (const before of [0, 1, 2, 70_000])
      for (const after of ['', '\nb\n']) {
        const read = () => utf8(bytes('é\n'.repeat(before), broken, after));
        expect(faultOf(read)).toEqual({ line: before + 1, message: 'has a byte that is not UTF-8' });
      }
  });

  it('names the line as reading line by line would', () => {
    const piece = fc.constantFrom('a', '\n', 'é', '🙂', 'x'.repeat(30_000), [0xff], [0xc3], [0xa9]);
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (parts) => {
        const all = bytes(...parts);
        const lines = Buffer.from(all).toString('latin1').split('\n');
        const broken = lines.findIndex((line) => {
          const one = Buffer.from(line, 'latin1');
          return !Buffer.from(one.toString()).equals(one);
        });
        expect(faultOf(() => utf8(all)).line).toBe(broken + 1);
      }),
    );
  });
});

describe('a file', () => {
  const text = 'dn: CN=Jörg Weiß\r\ncn: Jörg Weiß\n';

  it.each<[string, Uint8Array, Charset | undefined]>([
    ['utf-8', bytes(text), undefined],
    ['utf-8 by name', bytes(text), 'utf-8'],
    ['utf-8 with its mark', bytes([0xef, 0xbb, 0xbf], text), undefined],
    ['utf-8 with mark and name', bytes([0xef, 0xbb, 0xbf], text), 'utf-8'],
    ['utf-16, little end first, by its mark', bytes([0xff, 0xfe], little(text)), undefined],
    ['utf-16, big end first, by its mark', bytes([0xfe, 0xff], swapped(text)), undefined],
    ['utf-16 by name and mark', bytes([0xff, 0xfe], little(text)), 'utf-16'],
    ['utf-16 by name and the other mark', bytes([0xfe, 0xff], swapped(text)), 'utf-16'],
    ['utf-16le by name', bytes(little(text)), 'utf-16le'],
    ['utf-16le by name and mark', bytes([0xff, 0xfe], little(text)), 'utf-16le'],
    ['utf-16be by name', bytes(swapped(text)), 'utf-16be'],
    ['iso-8859-1', new Uint8Array(Buffer.from(text, 'latin1')), 'iso-8859-1'],
    ['windows-1252', new Uint8Array(Buffer.from(text, 'latin1')), 'windows-1252'],
  ])('in %s is the same text', (_, file, charset) => {
    expect(fileText(file, charset)).toBe(text);
  });

  it.each<[string, Uint8Array, Charset | undefined, number, RegExp]>([
    ['is not the UTF-8 that it is taken for', bytes('a\nb\n', [0xfc]), undefined, 3, /not UTF-8/],
    ['has a lone surrogate', bytes([0xff, 0xfe], little('a\nb\ud83dc')), undefined, 2, /lone surrogate/],
    ['has a lone surrogate at its end', bytes(swapped('a\n\udc00')), 'utf-16be', 2, /lone surrogate/],
    ['ends within a unit', bytes([0xff, 0xfe], little('a\nb'), [0x41]), undefined, 2, /ends within/],
    ['has no mark though it says utf-16', bytes(little('a')), 'utf-16', 1, /utf-16le or utf-16be/],
    ['says utf-8 and starts as utf-16', bytes([0xff, 0xfe], little('a')), 'utf-8', 1, /mark of utf-16le.*utf-8/],
    ['says utf-16be and starts the other way', bytes([0xff, 0xfe], little('a')), 'utf-16be', 1, /mark of utf-16le/],
    ['says utf-16 and starts as utf-8', bytes([0xef, 0xbb, 0xbf], 'a'), 'utf-16', 1, /mark of utf-8/],
    ['says iso-8859-1 and starts as utf-8', bytes([0xef, 0xbb, 0xbf], 'a'), 'iso-8859-1', 1, /mark of utf-8/],
    ['has a control of iso-8859-1', bytes('a\n', [0x93]), 'iso-8859-1', 2, /byte 93.*iso-8859-1.*windows-1252/],
    ['has a byte that windows-1252 lacks', bytes('a\n\n', [0x81]), 'windows-1252', 3, /byte 81.*windows-1252/],
  ])('that %s is refused with the line', (_, file, charset, line, message) => {
    const fault = faultOf(() => fileText(file, charset));
    expect(fault).toEqual({ line, message: expect.stringMatching(message) });
  });

  it('in one byte a character has those of its encoding, and no others', () => {
    // https://www.unicode.org/Public/MAPPINGS/VENDORS/MICSFT/WINDOWS/CP1252.TXT, the bytes 80 to 9F; 0 for none.
    const windows = [
      ...[
        0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
      ],
      ...[
        0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e,
        0x0178,
      ],
    ];
    for (let byte = 0; byte < 256; byte += 1) {
      const between = byte >= 0x80 && byte < 0xa0;
      const expected = { 'iso-8859-1': between ? 0 : byte, 'windows-1252': between ? windows[byte - 0x80] : byte };
      for (const charset of ['iso-8859-1', 'windows-1252'] as const) {
        const { line, message } = faultOf(() => fileText(bytes([byte]), charset));
        const none = byte > 0 && expected[charset] === 0;
        expect([charset, byte, line]).toEqual([charset, byte, none ? 1 : 0]);
        if (!none) expect(message).toBe(`read: ${String.fromCharCode(expected[charset] as number)}`);
      }
    }
  });

  it('never gains U+FFFD or half a character, whatever its bytes and its name', () => {
    const charset = fc.constantFrom<(Charset | undefined)[]>(
      ...([undefined, 'utf-8', 'utf-16', 'utf-16le', 'utf-16be', 'iso-8859-1', 'windows-1252'] as const),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), charset, (file, named) => {
        const { line, message } = faultOf(() => fileText(file, named));
        if (line > 0) return;
        const text = message.slice('read: '.length);
        const had =
          Buffer.from(file).includes(Buffer.from('\ufffd')) || /fdff|fffd/.test(Buffer.from(file).toString('hex'));
        expect(text.isWellFormed()).toBe(true);
        expect(text.includes('\ufffd') && !had).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a text that somebody else has decoded', () => {
  it('is refused where something is missing of it', () => {
    for (const text of ['', 'Müller', '🙂']) expect([wholeText(text), isWhole(text)]).toEqual([text, true]);
    for (const text of ['a\nM\ufffdller', 'a\n\ud83d', 'a\n\udc00b']) {
      expect(isWhole(text)).toBe(false);
      expect(faultOf(() => wholeText(text)).line).toBe(2);
    }
  });
});

describe('the sources', () => {
  /** Whatever turns bytes into text by itself: with replacement, or fatal in a place of its own. */
  const decoding = /TextDecoder|StringDecoder|(['"`])utf-?8\1|\.toString\(\)/i;
  const allowed = [
    // A package of its own, for browsers; what it decodes is fatal.
    "clients/typescript/snapshot.ts: const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));",
    'functions/docs/getDocs.ts: <meta charset="utf-8">',
    // Names of files.
    "infra/console/compressed.ts: const names = await readdir(folder, { recursive: true, encoding: 'utf8' });",
    // The name of a charset, which decodes nothing.
    `infra/local/event.ts: if (charset !== undefined && charset.replaceAll('"', '') !== 'utf-8') return false;`,
    'infra/local/openid/page.ts: <meta charset="utf-8">',
  ];

  it('turn bytes into text in one module', () => {
    const found = ['shared', 'functions', 'infra', 'clients'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts') && `${folder}/${file}` !== 'shared/text/text.ts')
        .flatMap((file) =>
          readFileSync(join(root, folder, file), 'utf8')
            .split('\n')
            .filter((line) => decoding.test(line))
            .map((line) => `${folder}/${file}: ${line.trim()}`),
        ),
    );
    expect(found.sort()).toEqual(allowed);
  });
});
