// Roles and policies of functions. Each function has a role of its own, without managed policies, that allows exactly
// the actions the function uses on exactly the resources it uses.

import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { TableAccess } from '../../shared/routes/access.ts';
import { indexes } from '../../shared/store/table.ts';

export const lambdaRole = (scope: Construct, id: string): Role =>
  new Role(scope, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });

/** The table's actions on the table, and queries on the indexes that are read. Indexes need no other action. */
export const tableStatements = (table: ITable, access: TableAccess): PolicyStatement[] => {
  const statements: PolicyStatement[] = [];
  if (access.actions.length > 0)
    statements.push(
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: access.actions.map((action) => `dynamodb:${action}`),
        resources: [table.tableArn],
      }),
    );
  if (access.indexes.length > 0)
    statements.push(
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: ['dynamodb:Query'],
        resources: access.indexes.map((name) => `${table.tableArn}/index/${indexes[name].name}`),
      }),
    );
  return statements;
};
