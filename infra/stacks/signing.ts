// The key that seals the keys of snapshot tokens. It never leaves KMS; the sealed keys lie in the table and are replaced
// every day by the function that signs.
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { sealing } from '../../shared/routes/access.ts';
import type { OperationId } from '../../shared/routes/operations.ts';
import type { Config } from './config.ts';

/** A function's share in the keys: environment and permissions. */
interface SigningShare {
  readonly environment: Readonly<Record<string, string>>;
  readonly statements: readonly PolicyStatement[];
}

const none: SigningShare = { environment: {}, statements: [] };

export class Signing extends Construct {
  readonly #key: Key;
  readonly #config: Config;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
    this.#config = config;
    this.#key = new Key(this, 'Key', {
      description: 'Seals the keys that sign snapshot tokens of Holdfast',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
      pendingWindow: Duration.days(7),
    });
  }

  /** Empty for functions that neither sign nor publish keys. */
  shareOf(id: OperationId): SigningShare {
    const { snapshotRing, snapshotIssuer } = this.#config;
    const ring = { SNAPSHOT_RING: String(snapshotRing) };
    if (id === 'getJwks') return { ...none, environment: ring };
    if (id !== sealing.operation) return none;
    return {
      environment: { ...ring, SNAPSHOT_KEY: this.#key.keyArn, SNAPSHOT_ISSUER: snapshotIssuer },
      statements: [
        new PolicyStatement({
          effect: Effect.ALLOW,
          actions: [...sealing.actions],
          resources: [this.#key.keyArn],
          conditions: { StringEquals: { 'kms:EncryptionContext:purpose': 'holdfast-snapshot-tokens' } },
        }),
      ],
    };
  }
}
