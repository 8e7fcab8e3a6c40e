// Sealed answers: only the secret opens them, and what was changed does not open.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { seal, unseal } from '../../shared/store/sealed.ts';

it('opens with its secret, and with no other', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), fc.string(), (text, secret, other) => {
      const sealed = seal(text, secret);
      expect(unseal(sealed, secret)).toBe(text);
      if (other !== secret) expect(() => unseal(sealed, other)).toThrow();
      expect(Buffer.from(seal(text, secret)).equals(Buffer.from(sealed))).toBe(false);
    }),
  );
});

it('does not open when a bit of it has changed', () => {
  const sealed = seal('an answer', 'secret');
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Uint8Array.from(sealed);
    changed[at] = (changed[at] as number) ^ 1;
    expect(() => unseal(changed, 'secret')).toThrow();
  }
});
