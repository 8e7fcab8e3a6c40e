// A vault in KMS. The key that seals never leaves KMS; a process asks KMS once for each key that it signs with, so a token
// costs no request of its own. The SDK is loaded on first use.
import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { KMSClient } from '@aws-sdk/client-kms';
import { Refusal } from '../../domain/base/refusal.ts';
import { failureOf } from '../../store/failures.ts';
import { timeOuts } from '../../store/time-outs.ts';
import { coordinatesOf, type Vault } from './vault.ts';

/** The part of a KMS client that we use. */
interface Kms {
  send(command: {
    readonly input: object;
  }): Promise<{ PublicKey?: Uint8Array; PrivateKeyCiphertextBlob?: Uint8Array; Plaintext?: Uint8Array }>;
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

/** KMS opens only what was sealed for the same purpose. */
const EncryptionContext = { purpose: 'holdfast-snapshot-tokens' };

/**
 * A vault whose keys a KMS key seals.
 * @param key the ARN of a symmetric key
 * @param ring the number of the ring: another number is another set of keys
 */
export const kmsVault = (
  key: string,
  ring: string,
  client: () => Promise<Kms> = connect as () => Promise<Kms>,
): Vault => {
  let connected: Promise<Kms> | undefined;
  const send: Kms['send'] = async (command) => {
    connected ??= client();
    const kms = await connected;
    try {
      return await kms.send(command);
    } catch (error) {
      throw faultOf(error);
    }
  };
  return {
    ring,
    make: async () => {
      const { GenerateDataKeyPairWithoutPlaintextCommand } = await import('@aws-sdk/client-kms');
      const { PublicKey = new Uint8Array(), PrivateKeyCiphertextBlob: sealed = new Uint8Array() } = await send(
        new GenerateDataKeyPairWithoutPlaintextCommand({
          KeyId: key,
          KeyPairSpec: 'ECC_NIST_P256',
          EncryptionContext,
        }),
      );
      const open = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' });
      return { ...coordinatesOf(open), sealed };
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
