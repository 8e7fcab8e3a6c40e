// The audit's exports: the bucket that keeps them and the key that signs them, which are never removed; and the schedule,
// queue and functions that seal and export every tenant's events.
import { Aws, CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  ObjectLockRetention,
  ObjectOwnership,
  StorageClass,
} from 'aws-cdk-lib/aws-s3';
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleGroup,
  ScheduleTargetInput,
} from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { exportAccess, exporting, scheduleAccess } from '../../shared/routes/access.ts';
import { exportReserve, exportSeconds } from './concurrency.ts';
import type { Config } from './config.ts';
import { type Foundation, HoldfastFunction } from './holdfast-function.ts';
import { WorkQueue } from './work.ts';

/** Where exports stand and by what they are signed: kept whatever happens to the stack. */
export class AuditArchive extends Construct {
  readonly bucket: Bucket;
  readonly key: Key;

  /** @param encryptionKey a key of the deployment's own, or none: S3 then encrypts with a key of its own */
  constructor(scope: Construct, id: string, config: Config, encryptionKey: Key | undefined) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      versioned: true,
      objectLockEnabled: true,
      // Nobody shortens or lifts it, not even the account's root user.
      objectLockDefaultRetention: ObjectLockRetention.compliance(Duration.days(config.auditLockDays)),
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      ...(encryptionKey
        ? { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }
        : { encryption: BucketEncryption.S3_MANAGED }),
      lifecycleRules: [
        {
          // S3 leaves objects below 128 KB where they are, because moving them would cost more than it saves.
          transitions: [{ storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL, transitionAfter: Duration.days(90) }],
          abortIncompleteMultipartUploadAfter: Duration.days(7),
        },
      ],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.#deny('WrittenOnce', ['s3:PutObject'], {
      Null: { 's3:if-none-match': 'true' },
      // The parts of an upload in several parts carry no condition; the request that completes it does.
      Bool: { 's3:ObjectCreationOperation': 'true' },
    });
    this.#deny('NeverDeleted', ['s3:DeleteObject', 's3:DeleteObjectVersion']);
    // A key for each ring. A former one stays, because CloudFormation lets go of it and does not delete it.
    this.key = new Key(this, `Key${config.auditRing}`, {
      description: `Signs checkpoints and manifests of Holdfast's audit, ring ${config.auditRing}`,
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    new CfnOutput(this, 'BucketName', { value: this.bucket.bucketName });
  }

  #deny(sid: string, actions: string[], conditions: Record<string, unknown> = {}): void {
    this.bucket.addToResourcePolicy(
      new PolicyStatement({
        sid,
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions,
        resources: [this.bucket.arnForObjects('*')],
        conditions,
      }),
    );
  }
}

/** Roles of customers that the export function may assume: `putAuditSettings` takes no others. */
const customersRoles = `arn:${Aws.PARTITION}:iam::*:role/HoldfastAudit*`;

export class Exports extends Construct {
  readonly worker: HoldfastFunction;
  readonly scheduler: HoldfastFunction;
  readonly work: WorkQueue;
  readonly schedule: Schedule;
  /** Receives firings of the schedule that could not start the function. */
  readonly missed: Queue;

  constructor(scope: Construct, id: string, foundation: Omit<Foundation, 'queue'>, { bucket, key }: AuditArchive) {
    super(scope, id);
    const { config } = foundation;
    this.work = new WorkQueue(this, 'Work', { seconds: exportSeconds, fast: true });
    const { queue } = this.work;
    this.worker = new HoldfastFunction(this, 'Export', {
      ...foundation,
      queue,
      source: 'functions/work/export.ts',
      description: "Seals, signs and exports tenants' audit events",
      access: exportAccess,
      memory: 1_024,
      seconds: exportSeconds,
      reserve: exportReserve,
      environment: {
        EXPORT_BUCKET: bucket.bucketName,
        AUDIT_KEY: key.keyArn,
        // A restored table seals other events under sequences that were exported before. Beside those files, which nobody
        // can replace, every tenant's export would stand still.
        ...(config.restored && { EXPORT_PREFIX: config.restored.table }),
      },
      statements: [
        new PolicyStatement({ actions: [...exporting.files], resources: [bucket.arnForObjects('*')] }),
        new PolicyStatement({ actions: [...exporting.bucket], resources: [bucket.bucketArn] }),
        new PolicyStatement({ actions: [...exporting.key], resources: [key.keyArn] }),
        new PolicyStatement({ actions: ['sts:AssumeRole'], resources: [customersRoles] }),
      ],
    });
    this.worker.called.addEventSource(
      new SqsEventSource(queue, { batchSize: 1, maxConcurrency: exportReserve, reportBatchItemFailures: true }),
    );
    this.scheduler = new HoldfastFunction(this, 'Scheduler', {
      ...foundation,
      queue,
      source: 'functions/events/schedule-exports.ts',
      description: 'Has the audit of every tenant exported',
      access: scheduleAccess,
      memory: 512,
      seconds: 300,
    });
    this.missed = new Queue(this, 'Missed', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.schedule = new Schedule(this, 'Schedule', {
      description: "Exports of Holdfast's audit",
      scheduleGroup: new ScheduleGroup(this, 'Group', { removalPolicy: RemovalPolicy.DESTROY }),
      schedule: ScheduleExpression.rate(Duration.minutes(config.auditExportMinutes)),
      target: new LambdaInvoke(this.scheduler.called, {
        input: ScheduleTargetInput.fromObject({ time: ContextAttribute.scheduledTime }),
        // A firing that is late would only do what the next one does.
        maxEventAge: Duration.minutes(Math.min(config.auditExportMinutes, 60)),
        retryAttempts: 3,
        deadLetterQueue: this.missed,
      }),
    });
  }
}
