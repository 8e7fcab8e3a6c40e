// The table, and its encryption key if a deployment wants its own. Nothing here is ever removed with the stack, and
// nothing has a fixed name, so a restored or second table can stand beside the first.
import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { tableDefinition, timeToLive } from '../../shared/store/table.ts';
import type { Config } from './config.ts';

type KeySchema = readonly { readonly AttributeName: string; readonly KeyType: string }[];

export const keysOf = (schema: KeySchema) => {
  const [partition, sort] = ['HASH', 'RANGE'].map((type) => {
    const name = schema.find((key) => key.KeyType === type)?.AttributeName;
    if (name === undefined) throw new Error(`the table's definition lacks a ${type} key`);
    return { name, type: AttributeType.STRING };
  });
  return { partitionKey: partition!, sortKey: sort! };
};

export class DataStack extends Stack {
  readonly table: Table;

  constructor(scope: Construct, id: string, { config, ...props }: StackProps & { readonly config: Config }) {
    super(scope, id, { ...props, terminationProtection: true });
    const encryptionKey = config.customerManagedKey ? this.#key() : undefined;
    this.table = new Table(this, 'Table', {
      ...keysOf(tableDefinition.KeySchema),
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: 35 },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      timeToLiveAttribute: timeToLive,
      // The function that publishes changes reads the stream.
      stream: StreamViewType.NEW_IMAGE,
      ...(encryptionKey
        ? { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey }
        : { encryption: TableEncryption.DEFAULT }),
    });
    for (const { IndexName, KeySchema } of tableDefinition.GlobalSecondaryIndexes)
      this.table.addGlobalSecondaryIndex({
        indexName: IndexName,
        ...keysOf(KeySchema),
        projectionType: ProjectionType.KEYS_ONLY,
      });
    new CfnOutput(this, 'TableName', { value: this.table.tableName });
  }

  /**
   * Every principal that may use the table may use the key, but only through the table, so no role needs to name the
   * key.
   */
  #key(): Key {
    const key = new Key(this, 'TableKey', {
      description: 'Encrypts the table of Holdfast',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'ThroughTheTableOnly',
        principals: [new AnyPrincipal()],
        actions: [
          'kms:Decrypt',
          'kms:DescribeKey',
          'kms:Encrypt',
          'kms:GenerateDataKey',
          'kms:ReEncryptFrom',
          'kms:ReEncryptTo',
        ],
        // In a key's own policy, `*` means this key.
        resources: ['*'],
        conditions: {
          StringEquals: {
            'kms:CallerAccount': this.account,
            'kms:ViaService': `dynamodb.${this.region}.${this.urlSuffix}`,
          },
        },
      }),
    );
    return key;
  }
}
