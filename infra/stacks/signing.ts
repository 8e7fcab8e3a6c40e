// The key that snapshot tokens are signed with: it never leaves KMS. Its tokens are good for five minutes, so a new key
// needs nothing but being published.
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { signing } from '../../shared/routes/access.ts';
import type { OperationId } from '../../shared/routes/operations.ts';
import type { Config } from './config.ts';

/** What a function gets that has to do with the key. */
export interface SigningShare {
  readonly environment: Readonly<Record<string, string>>;
  readonly statements: readonly PolicyStatement[];
}

export class Signing extends Construct {
  readonly #key: Key;
  readonly #issuer: string;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
    this.#issuer = config.snapshotIssuer;
    this.#key = new Key(this, 'Key', {
      description: 'Signs snapshot tokens of Holdfast',
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      removalPolicy: RemovalPolicy.DESTROY,
      pendingWindow: Duration.days(7),
    });
  }

  /** Nothing for functions that neither sign nor publish. */
  shareOf(id: OperationId): SigningShare {
    const action = signing[id];
    if (!action) return { environment: {}, statements: [] };
    return {
      environment: { SNAPSHOT_KEY: this.#key.keyArn, SNAPSHOT_ISSUER: this.#issuer },
      statements: [new PolicyStatement({ effect: Effect.ALLOW, actions: [action], resources: [this.#key.keyArn] })],
    };
  }
}
