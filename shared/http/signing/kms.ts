// Signs with a KMS key, which never leaves KMS. The SDK is loaded on first use.
import { createHash, createPublicKey } from 'node:crypto';
import type { KMSClient } from '@aws-sdk/client-kms';
import { Refusal } from '../../domain/base/refusal.ts';
import { failureOf } from '../../store/failures.ts';
import { timeOuts } from '../../store/time-outs.ts';
import { defaultIssuer, type PublishedKey, published, type Signer } from './signer.ts';

/** The part of a KMS client that we use. */
interface Kms {
  send(command: { readonly input: object }): Promise<{ Signature?: Uint8Array; PublicKey?: Uint8Array }>;
}

const connect = async (): Promise<KMSClient> => {
  const { KMSClient } = await import('@aws-sdk/client-kms');
  return new KMSClient({ maxAttempts: 3, requestHandler: timeOuts(2_000) });
};

/**
 * Errors that pass by themselves. A disabled key or a key to be deleted is not listed, because an operator must mend
 * it.
 */
const passing = new Set(['KMSInternalException', 'DependencyTimeoutException', 'KeyUnavailableException']);

/** The error for a failure of KMS: `busy` when a retry can help, else the failure itself. */
const faultOf = (error: unknown): unknown => {
  const { name } = (error ?? {}) as { readonly name?: string };
  if (!passing.has(name ?? '') && failureOf(error).kind === 'broken') return error;
  const refusal = new Refusal('busy');
  // The log shows the cause; the caller does not see it.
  refusal.cause = error;
  return refusal;
};

const halfLength = 32;

/**
 * The 64 bytes (r, s) of a signature that KMS returns as DER (RFC 3279, section 2.2.3).
 * @throws Error for other input
 */
export const rawSignature = (der: Uint8Array): Uint8Array => {
  const raw = new Uint8Array(2 * halfLength);
  let at = 2;
  for (const end of [halfLength, 2 * halfLength]) {
    const length = der[at + 1] ?? 0;
    const digits = der.subarray(at + 2, at + 2 + length);
    // A leading zero only marks the number as not negative.
    const value = digits[0] === 0 ? digits.subarray(1) : digits;
    if (der[0] !== 0x30 || der[at] !== 0x02 || digits.length !== length || length === 0 || value.length > halfLength)
      throw new Error('not an ECDSA signature on P-256');
    raw.set(value, end - value.length);
    at += 2 + length;
  }
  if (at !== der.length || der[1] !== der.length - 2) throw new Error('not an ECDSA signature on P-256');
  return raw;
};

// The key id is a hash of the ARN, so that signing needs no permission to read the public key.
const kidOf = (key: string): string => createHash('sha256').update(key).digest('base64url');

/**
 * A signer with a KMS key.
 * @param key the ARN of a key of type ECC_NIST_P256 for signing and verifying
 * @param further ARNs of keys that are published and do not sign
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
    // A failure is not cached, so that the next request tries again.
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
          // KMS signs messages of at most 4,096 bytes, so it gets the digest.
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
