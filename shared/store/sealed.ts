// Seals answers that only the caller may read again: the key is derived from the caller's idempotency key, of which the
// table stores only a digest.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { utf8 } from '../text/text.ts';

const algorithm = 'aes-256-gcm';
const sizes = { salt: 16, tag: 16, key: 32, nonce: 12 } as const;

/** Each salt gives another key and nonce. */
const keyed = (secret: string, salt: Uint8Array) => {
  const bytes = Buffer.from(hkdfSync('sha256', secret, salt, 'holdfast sealed answer', sizes.key + sizes.nonce));
  return { key: bytes.subarray(0, sizes.key), nonce: bytes.subarray(sizes.key) };
};

/** Salt, tag and ciphertext of a text that only `secret` opens. */
export const seal = (text: string, secret: string): Uint8Array => {
  const salt = randomBytes(sizes.salt);
  const { key, nonce } = keyed(secret, salt);
  const cipher = createCipheriv(algorithm, key, nonce);
  const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
  return new Uint8Array(Buffer.concat([salt, cipher.getAuthTag(), sealed]));
};

/** Opens a sealed text. @throws Error when the secret is another, or the bytes have changed */
export const unseal = (sealed: Uint8Array, secret: string): string => {
  const { key, nonce } = keyed(secret, sealed.subarray(0, sizes.salt));
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: sizes.tag });
  decipher.setAuthTag(sealed.subarray(sizes.salt, sizes.salt + sizes.tag));
  return utf8(Buffer.concat([decipher.update(sealed.subarray(sizes.salt + sizes.tag)), decipher.final()]));
};
