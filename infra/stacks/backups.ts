// Daily backups of the table in a locked vault, beside the recovery to any second of 35 days. They survive a table that is
// deleted, and somebody who may delete everything else.
import { CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BackupPlan, BackupPlanRule, BackupResource, BackupVault } from 'aws-cdk-lib/aws-backup';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import type { Config } from './config.ts';

interface BackupsProps {
  readonly backup: NonNullable<Config['backup']>;
  /** The ARN of the table that serves: after a restore not the stack's own. */
  readonly tableArn: string;
}

export class Backups extends Construct {
  readonly plan: BackupPlan;

  constructor(scope: Construct, id: string, { backup, tableArn }: BackupsProps) {
    super(scope, id);
    const { days, lockAfterDays, copyTo } = backup;
    const vault = new BackupVault(this, 'Vault', {
      removalPolicy: RemovalPolicy.RETAIN,
      lockConfiguration: {
        minRetention: Duration.days(days),
        // From then on nobody can remove the lock, not even AWS; without it, somebody with the permission can.
        ...(lockAfterDays !== undefined && { changeableFor: Duration.days(lockAfterDays) }),
      },
    });
    const deleteAfter = Duration.days(days);
    this.plan = new BackupPlan(this, 'Plan', { backupVault: vault });
    this.plan.addRule(
      new BackupPlanRule({
        ruleName: 'Daily',
        scheduleExpression: Schedule.cron({ hour: '3', minute: '0' }),
        deleteAfter,
        ...(copyTo !== undefined && {
          copyActions: [{ destinationBackupVault: BackupVault.fromBackupVaultArn(this, 'Copy', copyTo), deleteAfter }],
        }),
      }),
    );
    this.plan.addSelection('Table', { resources: [BackupResource.fromArn(tableArn)] });
    new CfnOutput(this, 'VaultName', { value: vault.backupVaultName });
  }
}
