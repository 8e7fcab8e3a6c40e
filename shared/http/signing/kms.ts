// Signing with a key of KMS, which nobody ever holds. The SDK is loaded with the first use.
import { createHash, createPublicKey } from 'node:crypto';
import type { KMSClient } from '@aws-sdk/client-kms';
import { Refusal } from '../../domain/base/refusal.ts';
import { failureOf } from '../../store/failures.ts';
import { defaultIssuer, type PublishedKey, published, type Signer } from './signer.ts';

/** The part of a KMS client that is used. */
interface Kms {
  send(command: { readonly input: object }): Promise<{ Signature?: Uint8Array; PublicKey?: Uint8Array }>;
}

const connect = async (): Promise<KMSClient> => {
  const { KMSClient } = await import('@aws-sdk/client-kms');
  // Of itself it would wait for an answer for as long as the function may run.
  return new KMSClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
  });
};

/** What passes by itself. Not a key that is disabled or to be deleted: that is for operators to mend. */
const passing = new Set(['KMSInternalException', 'DependencyTimeoutException', 'KeyUnavailableException']);

/** What KMS failed with, as a caller is to take it: to try again, where that helps. */
const faultOf = (error: unknown): unknown => {
  const { name } = (error ?? {}) as { readonly name?: string };
  if (!passing.has(name ?? '') && failureOf(error).kind === 'broken') return error;
  const refusal = new Refusal('busy');
  // For our log.
  refusal.cause = error;
  return refusal;
};

const halfLength = 32;

/** The 64 bytes of a signature that KMS hands out as DER (RFC 3279, section 2.2.3). @throws Error for anything else */
export const rawSignature = (der: Uint8Array): Uint8Array => {
  const raw = new Uint8Array(2 * halfLength);
  let at = 2;
  for (const end of [halfLength, 2 * halfLength]) {
    const length = der[at + 1] ?? 0;
    const digits = der.subarray(at + 2, at + 2 + length);
    // A zero in front says only that the number is not negative.
    const value = digits[0] === 0 ? digits.subarray(1) : digits;
    if (der[0] !== 0x30 || der[at] !== 0x02 || digits.length !== length || length === 0 || value.length > halfLength)
      throw new Error('not an ECDSA signature on P-256');
    raw.set(value, end - value.length);
    at += 2 + length;
  }
  if (at !== der.length || der[1] !== der.length - 2) throw new Error('not an ECDSA signature on P-256');
  return raw;
};

// Of the key's name, so that who signs need not be let read the public key.
const kidOf = (key: string): string => createHash('sha256').update(key).digest('base64url');

/**
 * @param key the key's ARN: ECC_NIST_P256, to sign and verify
 * @param further ARNs of keys that do not sign, and are published
 */
export const kmsSigner = (
  key: string,
  issuer = defaultIssuer,
  client: () => Promise<Kms> = connect as () => Promise<Kms>,
  further: readonly string[] = [],
): Signer => {
  let connected: Promise<Kms> | undefined;
  const known = new Map<string, Promise<PublishedKey>>();
  const send: Kms['send'] = async (command) => {
    connected ??= client();
    const kms = await connected;
    try {
      return await kms.send(command);
    } catch (error) {
      throw faultOf(error);
    }
  };
  const read = async (key: string): Promise<PublishedKey> => {
    const { GetPublicKeyCommand } = await import('@aws-sdk/client-kms');
    const { PublicKey } = await send(new GetPublicKeyCommand({ KeyId: key }));
    const der = Buffer.from(PublicKey ?? []);
    return published(createPublicKey({ key: der, format: 'der', type: 'spki' }), kidOf(key));
  };
  const readOnce = (key: string): Promise<PublishedKey> => {
    const reading = known.get(key) ?? read(key);
    known.set(key, reading);
    // What failed once is asked for again.
    reading.catch(() => known.delete(key));
    return reading;
  };
  return {
    alg: 'ES256',
    issuer,
    kid: kidOf(key),
    sign: async (bytes) => {
      const { SignCommand } = await import('@aws-sdk/client-kms');
      const { Signature } = await send(
        new SignCommand({
          KeyId: key,
          // A message may have 4,096 bytes at most; a digest says as much.
          Message: createHash('sha256').update(bytes).digest(),
          MessageType: 'DIGEST',
          SigningAlgorithm: 'ECDSA_SHA_256',
        }),
      );
      return rawSignature(Signature ?? new Uint8Array());
    },
    jwks: async () => ({ keys: await Promise.all([key, ...further].map(readOnce)) }),
  };
};
