// The key that signs snapshot tokens, which never leaves KMS. The former and the next key may stand beside it; both are
// published only, because verifiers may keep the published keys for five minutes, as long as tokens are valid.
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { signing } from '../../shared/routes/access.ts';
import type { OperationId } from '../../shared/routes/operations.ts';
import type { Config } from './config.ts';

/** A function's share in the key: environment and permissions. */
interface SigningShare {
  readonly environment: Readonly<Record<string, string>>;
  readonly statements: readonly PolicyStatement[];
}

export class Signing extends Construct {
  readonly #keys: readonly Key[];
  readonly #issuer: string;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
    this.#issuer = config.snapshotIssuer;
    this.#keys = config.snapshotKeys.map(
      (number) =>
        new Key(this, number === 1 ? 'Key' : `Key${number}`, {
          description: 'Signs snapshot tokens of Holdfast',
          keySpec: KeySpec.ECC_NIST_P256,
          keyUsage: KeyUsage.SIGN_VERIFY,
          removalPolicy: RemovalPolicy.DESTROY,
          pendingWindow: Duration.days(7),
        }),
    );
  }

  /** Empty for functions that neither sign nor publish keys. */
  shareOf(id: OperationId): SigningShare {
    const action = signing[id];
    if (!action) return { environment: {}, statements: [] };
    const [key = '', ...further] = this.#keys.map(({ keyArn }) => keyArn);
    const named = action === 'kms:Sign' ? [key] : [key, ...further];
    return {
      environment: {
        SNAPSHOT_KEY: key,
        SNAPSHOT_ISSUER: this.#issuer,
        ...(named.length > 1 && { SNAPSHOT_FURTHER_KEYS: further.join(',') }),
      },
      statements: [new PolicyStatement({ effect: Effect.ALLOW, actions: [action], resources: named })],
    };
  }
}
