// Answers that the table keeps for whoever asks again, and that nobody else shall read in it: sealed under a key that is
// derived from the caller's own idempotency key, of which only a digest is stored.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { utf8 } from '../text/text.ts';

const algorithm = 'aes-256-gcm';
const sizes = { salt: 16, tag: 16, key: 32, nonce: 12 } as const;

/** Each salt makes a key, and a nonce, of its own. */
const keyed = (secret: string, salt: Uint8Array) => {
  const bytes = Buffer.from(hkdfSync('sha256', secret, salt, 'holdfast sealed answer', sizes.key + sizes.nonce));
  return { key: bytes.subarray(0, sizes.key), nonce: bytes.subarray(sizes.key) };
};

/** Salt, tag, and the text that only `secret` opens. */
export const seal = (text: string, secret: string): Uint8Array => {
  const salt = randomBytes(sizes.salt);
  const { key, nonce } = keyed(secret, salt);
  const cipher = createCipheriv(algorithm, key, nonce);
  const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
  return new Uint8Array(Buffer.concat([salt, cipher.getAuthTag(), sealed]));
};

/** @throws Error when it was sealed with another secret, or changed since */
export const unseal = (sealed: Uint8Array, secret: string): string => {
  const { key, nonce } = keyed(secret, sealed.subarray(0, sizes.salt));
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: sizes.tag });
  decipher.setAuthTag(sealed.subarray(sizes.salt, sizes.salt + sizes.tag));
  return utf8(Buffer.concat([decipher.update(sealed.subarray(sizes.salt + sizes.tag)), decipher.final()]));
};
