// Keys in KMS, which never leave it: one that seals the keys of snapshot tokens, which a process asks for once for each key
// that it signs with, and one that signs what is sealed. The SDK is loaded on first use.
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { KMSClient } from '@aws-sdk/client-kms';
import { Refusal } from '../../domain/base/refusal.ts';
import { failureOf } from '../../store/failures.ts';
import { timeOuts } from '../../store/time-outs.ts';
import { coordinatesOf, SealedElsewhere, type Vault } from './vault.ts';

/** The part of a KMS client that we use. */
interface Kms {
  send(command: { readonly input: object }): Promise<{
    PublicKey?: Uint8Array;
    PrivateKeyCiphertextBlob?: Uint8Array;
    Plaintext?: Uint8Array;
    Signature?: Uint8Array;
  }>;
}
/** Connects to KMS at the first use. */
type Connecting = () => Promise<Kms>;

const connect = async (): Promise<KMSClient> => {
  const { KMSClient } = await import('@aws-sdk/client-kms');
  return new KMSClient({ maxAttempts: 3, requestHandler: timeOuts(2_000) });
};

/**
 * Errors that pass by themselves. A disabled key or a key to be deleted is not listed, because an operator must mend
 * it.
 */
const passing = new Set(['KMSInternalException', 'DependencyTimeoutException', 'KeyUnavailableException']);

/** The error for a failure of KMS: `busy` when a retry can help, `SealedElsewhere`, else the failure itself. */
const faultOf = (error: unknown): unknown => {
  const { name } = (error ?? {}) as { readonly name?: string };
  if (name === 'IncorrectKeyException')
    return new SealedElsewhere('another key of KMS has sealed it', { cause: error });
  if (!passing.has(name ?? '') && failureOf(error).kind === 'broken') return error;
  const refusal = new Refusal('busy');
  // The log shows the cause; the caller does not see it.
  refusal.cause = error;
  return refusal;
};

/** Sends by a client that is connected once. */
const sender = (client: Connecting): Kms['send'] => {
  let connected: Promise<Kms> | undefined;
  return async (command) => {
    connected ??= client();
    const kms = await connected;
    try {
      return await kms.send(command);
    } catch (error) {
      throw faultOf(error);
    }
  };
};

const publicKey = (der: Uint8Array = new Uint8Array()): KeyObject =>
  createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });

/** KMS opens only what was sealed for the same purpose. */
const EncryptionContext = { purpose: 'holdfast-snapshot-tokens' };

/**
 * A vault whose keys a KMS key seals.
 * @param key the ARN of a symmetric key
 * @param ring the number of the ring: another number is another set of keys
 */
export const kmsVault = (key: string, ring: string, client: Connecting = connect as Connecting): Vault => {
  const send = sender(client);
  return {
    ring,
    name: createHash('sha256').update(key).digest('base64url'),
    make: async () => {
      const { GenerateDataKeyPairWithoutPlaintextCommand } = await import('@aws-sdk/client-kms');
      const { PublicKey, PrivateKeyCiphertextBlob: sealed = new Uint8Array() } = await send(
        new GenerateDataKeyPairWithoutPlaintextCommand({
          KeyId: key,
          KeyPairSpec: 'ECC_NIST_P256',
          EncryptionContext,
        }),
      );
      return { ...coordinatesOf(publicKey(PublicKey)), sealed };
    },
    open: async (sealed) => {
      const { DecryptCommand } = await import('@aws-sdk/client-kms');
      const { Plaintext = new Uint8Array() } = await send(
        new DecryptCommand({ KeyId: key, CiphertextBlob: sealed, EncryptionContext }),
      );
      return createPrivateKey({ key: Buffer.from(Plaintext), format: 'der', type: 'pkcs8' });
    },
  };
};

/** A key on P-256 that signs and is never seen. */
interface HiddenKey {
  open(): Promise<KeyObject>;
  /** The signature over a digest of SHA-256: an ASN.1 sequence in DER (RFC 3279, section 2.2.3). */
  sign(digest: Uint8Array): Promise<Uint8Array>;
}

/** A key that signs in KMS. @param key the ARN of an asymmetric key, ECC_NIST_P256 for SIGN_VERIFY */
export const kmsSigningKey = (key: string, client: Connecting = connect as Connecting): HiddenKey => {
  const send = sender(client);
  return {
    open: async () => {
      const { GetPublicKeyCommand } = await import('@aws-sdk/client-kms');
      return publicKey((await send(new GetPublicKeyCommand({ KeyId: key }))).PublicKey);
    },
    sign: async (Message) => {
      const { SignCommand } = await import('@aws-sdk/client-kms');
      const how = { MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' } as const;
      return (await send(new SignCommand({ KeyId: key, Message, ...how }))).Signature ?? new Uint8Array();
    },
  };
};
