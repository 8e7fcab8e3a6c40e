// Who signs checkpoints and manifests: a key of this machine, or one in KMS. Its public half is registered in the table
// before the first signature, and stays there for ever, because a signature is read for as long as somebody keeps it.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { publicJwk } from '../../audit/jwk.ts';
import type { Notary, NotaryKey } from '../../audit/jws.ts';
import { registerAuditKey } from '../../store/checkpoints.ts';
import type { Db } from '../../store/db.ts';
import { kmsSigningKey } from './kms.ts';
import { coordinatesOf } from './vault.ts';

/** A notary with one key. A failure to open or to register the key is not kept, so that the next signature tries again. */
const notaryOf = (db: Db, open: () => Promise<NotaryKey>): Notary => {
  let opened: Promise<NotaryKey> | undefined;
  const registered = async (): Promise<NotaryKey> => {
    const key = await open();
    await registerAuditKey(db, key.jwk);
    return key;
  };
  return {
    key: () => {
      const opening = opened ?? registered();
      opened = opening;
      opening.catch(() => {
        opened = undefined;
      });
      return opening;
    },
  };
};

/** A new private key for `localNotary`, as PEM. */
export const newNotaryKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;

/** A notary of one machine. @param pem a private key on P-256 that its keeper hides */
export const localNotary = (db: Db, pem: string): Notary =>
  notaryOf(db, async () => {
    const key = createPrivateKey(pem);
    return {
      jwk: publicJwk(coordinatesOf(createPublicKey(key))),
      sign: async (bytes) => sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }),
    };
  });

/** A notary whose key is in KMS. @param key the ARN of an asymmetric key on P-256 */
export const kmsNotary = (db: Db, key: string, client?: Parameters<typeof kmsSigningKey>[1]): Notary =>
  notaryOf(db, async () => {
    const hidden = kmsSigningKey(key, client);
    return {
      jwk: publicJwk(coordinatesOf(await hidden.open())),
      sign: async (bytes) => rawSignature(await hidden.sign(createHash('sha256').update(bytes).digest())),
    };
  });

/** Bytes of each of the two numbers of a signature on P-256. */
const half = 32;

/**
 * The two numbers of an ECDSA signature, each with 32 bytes (RFC 7518, section 3.4), from its sequence in DER: numbers are
 * as short as they can be, and have a zero before them where they would look negative.
 * @throws Error for other bytes
 */
const rawSignature = (der: Uint8Array): Uint8Array => {
  const broken = () => new Error('KMS answered with something that is no signature on P-256');
  if (der[0] !== 0x30 || der[1] !== der.length - 2) throw broken();
  const raw = new Uint8Array(2 * half);
  let at = 2;
  for (const place of [0, half]) {
    const length = der[at + 1] ?? 0;
    const number = der.subarray(at + 2, at + 2 + length);
    const short = number[0] === 0 ? number.subarray(1) : number;
    if (der[at] !== 0x02 || number.length !== length || short.length === 0 || short.length > half) throw broken();
    raw.set(short, place + half - short.length);
    at += 2 + length;
  }
  if (at !== der.length) throw broken();
  return raw;
};
