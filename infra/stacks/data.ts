// The table and the exports of the audit, with encryption keys if a deployment wants its own. Nothing here is ever removed with the stack, and
// nothing has a fixed name, so a restored or second table can stand beside the first.
import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  ProjectionType,
  StreamViewType,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { tableDefinition, timeToLive } from '../../shared/store/table.ts';
import { Backups } from './backups.ts';
import type { Config } from './config.ts';
import { AuditArchive } from './exports.ts';

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
  readonly table: TableV2;
  readonly archive: AuditArchive;
  /** The plan of daily backups, where the stage asks for one. */
  readonly backups: Backups | undefined;

  constructor(scope: Construct, id: string, { config, ...props }: StackProps & { readonly config: Config }) {
    super(scope, id, { ...props, terminationProtection: true });
    const ownKey = (name: string, what: string, service: string): Key | undefined =>
      config.customerManagedKey ? this.#key(name, what, service) : undefined;
    const key = ownKey('TableKey', 'Encrypts the table of Holdfast', 'dynamodb');
    const { reads, writes } = config.warmThroughput ?? {};
    // A global table with one region: the kind of resource to which a further region can be added. An ordinary table
    // could become one only by leaving its stack and being taken in again.
    this.table = new TableV2(this, 'Table', {
      ...keysOf(tableDefinition.KeySchema),
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: 35 },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      timeToLiveAttribute: timeToLive,
      // The function that publishes changes reads the stream.
      dynamoStream: StreamViewType.NEW_IMAGE,
      encryption: key ? TableEncryptionV2.customerManagedKey(key) : TableEncryptionV2.dynamoOwnedKey(),
      ...(reads && writes && { warmThroughput: { readUnitsPerSecond: reads, writeUnitsPerSecond: writes } }),
      globalSecondaryIndexes: tableDefinition.GlobalSecondaryIndexes.map(({ IndexName, KeySchema }) => ({
        indexName: IndexName,
        ...keysOf(KeySchema),
        projectionType: ProjectionType.KEYS_ONLY,
      })),
    });
    const { backup, restored } = config;
    // The stream's ARN is the table's, with the stream's name behind it.
    const tableArn = restored?.stream.replace(/\/stream\/.*$/, '') ?? this.table.tableArn;
    if (backup) this.backups = new Backups(this, 'Backups', { backup, tableArn });
    const bucketKey = ownKey('AuditKey', 'Encrypts the exports of the audit of Holdfast', 's3');
    this.archive = new AuditArchive(this, 'Audit', config, bucketKey);
    new CfnOutput(this, 'TableName', { value: this.table.tableName });
  }

  /**
   * Every principal that may use what the key encrypts may use the key, but only through its service, so no role needs to
   * name the key.
   */
  #key(name: string, description: string, service: string): Key {
    const key = new Key(this, name, {
      description,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'ThroughTheServiceOnly',
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
            'kms:ViaService': `${service}.${this.region}.${this.urlSuffix}`,
          },
        },
      }),
    );
    return key;
  }
}
