// The settings of a stage: one file, `config/<stage>.json`, which every command reads, so that an upgrade, a roll-back or
// a new key loses none of them. Git ignores the file, because a release must not change it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Node } from 'constructs';
import * as z from 'zod';
import { utf8 } from '../../shared/text/text.ts';
import { root } from '../bundle/bundle.ts';
import { accountConcurrency } from './concurrency.ts';

const flag = z.boolean('is true or false, without quotes');
const count = (least: number, most: number) => {
  const error = `is a whole number from ${least} to ${most}, without quotes`;
  return z.int(error).min(least, error).max(most, error);
};
const text = (error: string) => z.string(error).min(1, error).max(200, error);
const claim = text('is the name of a claim, in quotes');
const listOf = <Item extends z.ZodType>(item: Item, error: string) => z.array(item, error);

/** API Gateway's limit on the audiences of an authoriser. The service raises it for nobody. */
const mostAudiences = 50;
/** Clients of a user pool besides the products': the portal's, the machines', the operators', and two for recoveries. */
export const ownClients = 5;

const urls = listOf(
  z.url({ protocol: /^https?$/, error: 'is not an address: write https://…' }),
  'is a list: ["https://portal.example.com/signed-in"]',
);

/** A host name and its certificate. */
const named = (example: string, where: string) =>
  z.strictObject(
    {
      name: z
        .string('is a host name, in quotes')
        .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, `is not a host name: write ${example}`),
      certificate: z
        .string('is the ARN of a certificate, in quotes')
        .regex(/^arn:[^:]+:acm:[^:]+:\d{12}:certificate\/[\w-]+$/, 'is not the ARN of a certificate of ACM'),
    },
    `is {"name": "${example}", "certificate": "arn:aws:acm:${where}…"}`,
  );

/** Hexadecimal digits behind the kind of a thing of EC2. */
const ec2Id = (kind: string, what: string) =>
  z
    .string(`is the id of ${what}, in quotes`)
    .regex(new RegExp(`^${kind}-[0-9a-f]{8,17}$`), `is not the id of ${what}: write "${kind}-0123456789abcdef0"`);

/**
 * The least vCPUs for which the functions have room: three environments of each, as many again of two while a new version
 * comes, and the one that Lambda keeps of each instance, of which the smallest has two.
 */
const leastVCpus = 32;

/** Instances of EC2 for the functions of checks. */
const managedInstances = z
  .strictObject(
    {
      /** Subnets of several zones, from which DynamoDB and the logs can be reached. */
      subnets: listOf(ec2Id('subnet', 'a subnet'), 'is a list: ["subnet-…", "subnet-…", "subnet-…"]')
        .min(2, 'has fewer than two entries: name subnets of two zones, better of three')
        .max(16, 'has more than 16 entries, which is the limit of Lambda')
        .refine((list) => new Set(list).size === list.length, 'names a subnet twice'),
      /** The VPC of the subnets, in which a security group is made. */
      vpc: ec2Id('vpc', 'a VPC').optional(),
      /** Security groups of your own instead. */
      securityGroups: listOf(ec2Id('sg', 'a security group'), 'is a list: ["sg-…"]')
        .min(1, 'is empty: name a security group, or leave it out and name the "vpc"')
        .max(5, 'has more than 5 entries, which is the limit of Lambda')
        .optional(),
      /** vCPUs of all instances together, at most. */
      maxVCpus: count(leastVCpus, 15_000).default(64),
    },
    'is {"vpc": "vpc-…", "subnets": ["subnet-…", …]}',
  )
  .refine(({ vpc, securityGroups }) => (vpc === undefined) !== (securityGroups === undefined), {
    path: ['vpc'],
    error: 'name the VPC of the subnets, in which a security group is made, or "securityGroups": one of the two',
  });

/** The console, which people open in a browser. */
const consoleSettings = z.strictObject(
  {
    /** The console's client at the identity provider; a user pool that comes along makes it. */
    clientId: text('is the client id of the console at your provider, in quotes').optional(),
    /** The scopes that a person's token needs; by default `openid` and the scope of administration. */
    scope: text('is a list of scopes in one text: "openid holdfast/admin"').optional(),
    /** The scopes of operators, where they use the console. */
    operatorScope: text('is a list of scopes in one text: "openid holdfast/operator"').optional(),
    /** Origins of the provider besides the issuer's that the console calls, such as that of its token endpoint. */
    providerOrigins: listOf(
      z
        .string('is an origin, in quotes')
        .regex(/^https:\/\/[a-z0-9-]+(\.[a-z0-9-]+)+(:\d{1,5})?$/, 'is not an origin: write https://login.example.com'),
      'is a list: ["https://login.example.com"]',
    ).default([]),
    /** The console's own name. CloudFront takes certificates of one region only. */
    domain: named('console.example.com', 'us-east-1:').optional(),
  },
  'is {"clientId": …, "domain": …}',
);

/** A Cognito user pool that the deployment brings along, instead of an issuer of your own. */
const identity = z.strictObject(
  {
    domain: z
      .string('is the start of the sign-in pages’ host, in quotes')
      .regex(
        /^(?!.*(aws|amazon|cognito))[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
        'is not the start of a host: use small letters, digits and hyphens, without "aws", "amazon" and "cognito"',
      ),
    signedIn: urls.min(1, 'is empty: name the page of the portal to which a sign-in returns'),
    signedOut: urls.default([]),
    /** A client for each product. */
    products: listOf(
      z
        .string('is the name of a product, in quotes')
        .regex(/^[a-z][a-z0-9-]{0,40}$/, 'is not a name: use small letters, digits and hyphens'),
      'is a list: ["mail-portal"]',
    )
      .max(
        mostAudiences - ownClients,
        `has more than ${mostAudiences - ownClients} entries: each is an audience, and API Gateway takes ${mostAudiences}`,
      )
      .refine((list) => new Set(list).size === list.length, 'names a product twice')
      .default([]),
    /** How long a token of a product or a machine is good. Cognito bills each that a product asks for. */
    machineTokenHours: count(1, 24).default(12),
  },
  'is {"domain": …, "signedIn": […], "products": […]}',
);

const settings = z.strictObject({
  /** With the region, decides where the stacks go. CDK refuses credentials of another account. */
  account: z
    .string('is the number of the AWS account, in quotes')
    .regex(/^\d{12}$/, 'is not the number of an AWS account: write its twelve digits, in quotes'),
  region: z
    .string('is a region of AWS, in quotes')
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'is not a region of AWS: write "eu-central-1", for example'),
  issuer: z
    .url({ protocol: /^https$/, error: 'is not an issuer: write the "iss" of access tokens, https://…' })
    .optional(),
  audience: listOf(text('is an audience, in quotes'), 'is a list: ["holdfast"]')
    .min(1, 'is empty: name the "aud" of access tokens, or the "client_id" of tokens without one')
    .max(
      mostAudiences,
      `has more than ${mostAudiences} entries, which is API Gateway's limit: have your provider give all clients one audience`,
    )
    .optional(),
  identity: identity.optional(),
  tenantClaim: claim.default('tenant'),
  tokenUseClaim: claim.default('token_use'),
  tokenUseValue: text('is the value of a claim, in quotes').default('access'),
  scopePrefix: text('is the start of a scope, in quotes').default('holdfast/'),
  /** Origins of portals whose pages call the API from a browser. */
  allowedOrigins: listOf(
    z
      .string('is an origin, in quotes')
      // The gateway takes stars for a whole origin or a whole host, and for no part of a host.
      .regex(
        /^(\*|https?:\/\/(\*|[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?))$/,
        'is not an origin that API Gateway takes: write https://portal.example.com without a path, https://* or *',
      ),
    'is a list: ["https://portal.example.com"]',
  ).default([]),
  /** The issuer that snapshot tokens name. Products that verify them must expect the same. */
  snapshotIssuer: text('is the "iss" of snapshot tokens, in quotes').default('holdfast'),
  /** The set of keys that sign snapshot tokens: another number ends all tokens of the former set. */
  snapshotRing: count(1, 9_999).default(1),
  /** Minutes between two exports of the audit of every tenant. */
  auditExportMinutes: count(5, 1_440).default(60),
  /** Days for which nobody can delete or replace an exported file. */
  auditLockDays: count(1, 36_500).default(365),
  /** The key that signs checkpoints and manifests of the audit: another number is another key. */
  auditRing: count(1, 9_999).default(1),
  customerManagedKey: flag.default(false),
  /** Units a second that the table serves at once. AWS bills a raise once, and never takes it back. */
  warmThroughput: z
    .strictObject(
      { reads: count(12_000, 1_000_000), writes: count(4_000, 1_000_000) },
      'is {"reads": 12000, "writes": 4000}, or more',
    )
    .optional(),
  /** Daily backups in a vault whose backups nobody deletes before their time. */
  backup: z
    .strictObject(
      {
        days: count(7, 3_650).default(90),
        /** Days after which the lock can no longer be removed by anybody. */
        lockAfterDays: count(3, 365).optional(),
        /** The ARN of a vault, in another account or region, to which each backup is copied. */
        copyTo: z
          .string('is the ARN of a vault, in quotes')
          .regex(/^arn:[^:]+:backup:[^:]+:\d{12}:backup-vault:[\w-]+$/, 'is not the ARN of a backup vault')
          .optional(),
      },
      'is {"days": 90}',
    )
    .optional(),
  /** The name of a policy that bounds every role of the stacks. */
  permissionsBoundary: z
    .string('is the name of a policy, in quotes')
    .regex(/^[\w+=,.@-]{1,128}$/, 'is not the name of a policy: leave out its ARN and path')
    .optional(),
  /** The API's own name, and its certificate in this region. The name that AWS gives the API no longer answers then. */
  domain: named('api.example.com', '').optional(),
  console: consoleSettings.optional(),
  /** Runs checks, batches of checks and lists of holders on instances of EC2, instead of on demand. */
  managedInstances: managedInstances.optional(),
  /** The table that replaces the stack's own after a restore, and its stream. */
  restored: z
    .strictObject(
      {
        table: text('is the name of the restored table, in quotes'),
        stream: z
          .string('is the ARN of the restored table’s stream, in quotes: LatestStreamArn of describe-table')
          .regex(/^arn:[^:]+:dynamodb:/, 'is not the ARN of a stream: take LatestStreamArn of describe-table'),
      },
      'is {"table": …, "stream": …}',
    )
    .optional(),
  /** Hours between the approval of a tenant's recovery and the invitation of its person. */
  recoveryDelayHours: count(1, 720).default(72),
  /**
   * Stores large sets of grants in a form that releases up to 1.0 cannot read: false while one of them is in use.
   */
  packedGrants: flag.default(true),
  /** Serves the page that shows the API in a browser: 1.7 MB a visitor, open to everybody. */
  docsPage: flag.default(true),
  /** A line of the gateway for every request. Every request that reaches a function has a line of its own besides. */
  accessLog: flag.default(true),
  /** Adds source address and user agent to the gateway's lines, which are then kept for 30 days in a group of their own. */
  sourceLog: flag.default(false),
  logRetentionDays: z.literal([30, 90, 180, 365], 'is 30, 90, 180 or 365, without quotes').default(90),
  alarmMail: z.email('is not a mail address').optional(),
  /** Requests per second, and their burst, above which the API answers 429. */
  throttleRate: count(1, 100_000).default(5_000),
  throttleBurst: count(1, 100_000).default(5_000),
  /** Tenants whose background work runs at once. A tenant counts once for each source, and once for its sweeps. */
  tenantsAtOnce: count(2, 1_000).default(50),
  /** The account's concurrent executions in this region, which an alarm measures against. AWS raises them on request. */
  accountConcurrency: count(10, 1_000_000).default(accountConcurrency),
  /** Switch this off for accounts with little Lambda concurrency: a new account may start with 10. */
  reserveConcurrency: flag.default(true),
});

/** A rule over several settings, which is asked for even when others are at fault, so that all faults are told at once. */
const rule = (path: string[], error: string) => ({ path, error, when: () => true });
const has = (given: unknown, name: string): boolean => (given as Record<string, unknown> | null)?.[name] !== undefined;

const checked = (['issuer', 'audience'] as const)
  .reduce(
    (schema, name) =>
      schema
        .refine(
          (one) => has(one, name) || has(one, 'identity'),
          rule([name], `name the ${name} of access tokens, or let "identity" make a user pool`),
        )
        .refine(
          (one) => !has(one, name) || !has(one, 'identity'),
          rule([name], 'is made by "identity": take one of the two out'),
        ),
    settings,
  )
  .refine(({ identity, scopePrefix }) => !identity || scopePrefix.endsWith('/'), {
    path: ['scopePrefix'],
    error: 'ends with "/" in a user pool, which puts one between its server and a scope',
  })
  .refine(
    ({ identity, tokenUseClaim, tokenUseValue }) =>
      !identity || (tokenUseClaim === 'token_use' && tokenUseValue === 'access'),
    { path: ['tokenUseClaim'], error: 'is "token_use", with "access", in tokens of a user pool: leave both out' },
  )
  .refine(
    ({ account, region, restored }) =>
      !restored || restored.stream.includes(`:${region}:${account}:table/${restored.table}/stream/`),
    { path: ['restored', 'stream'], error: 'is the stream of another table, account or region than the settings name' },
  )
  .refine(({ account, region, domain }) => !domain || domain.certificate.includes(`:acm:${region}:${account}:`), {
    path: ['domain', 'certificate'],
    error: 'is a certificate of another account or region than the settings name',
  })
  .refine(({ console, identity }) => !console || (console.clientId !== undefined) !== (identity !== undefined), {
    path: ['console', 'clientId'],
    error:
      'is the client id of the console at your provider; a user pool of "identity" makes it, so leave it out there',
  })
  .refine(({ console, identity }) => !console || !identity || console.domain !== undefined, {
    path: ['console', 'domain'],
    error: 'the user pool must know the console’s address before CloudFront gives one',
  })
  .refine(
    ({ account, console }) => !console?.domain || console.domain.certificate.includes(`:acm:us-east-1:${account}:`),
    {
      path: ['console', 'domain', 'certificate'],
      error: 'is a certificate of another account or region: CloudFront takes those of us-east-1',
    },
  )
  .refine(({ console, identity }) => !console || !identity || identity.products.length < mostAudiences - ownClients, {
    path: ['identity', 'products'],
    error: `has more than ${mostAudiences - ownClients - 1} entries: the console’s client is an audience, too`,
  })
  .refine(({ accessLog, sourceLog }) => accessLog || !sourceLog, {
    path: ['sourceLog'],
    error: 'adds to the lines that "accessLog": false leaves out: take one of the two out',
  });

/** The settings of a stage, and its name, which is part of the stacks' names but of no name of anything with data. */
export type Config = z.infer<typeof settings> & {
  readonly stage: string;
  /** New versions take all calls at once, whatever the alarms say: a switch of one command, and so no setting. */
  readonly allAtOnce: boolean;
  /** Empty as long as a user pool is still to be made. */
  readonly issuer: string;
  readonly audience: readonly string[];
};

const stageName = /^[a-z][a-z0-9]{0,19}$/;
export const settingNames: readonly string[] = Object.keys(settings.shape);

const faultOf = ({ path, message, ...issue }: z.core.$ZodIssue, given: unknown): string => {
  const at = path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = at === '' ? `; the settings are ${settingNames.join(', ')}` : '';
    return `${issue.keys.map((key) => [at, key].filter(Boolean).join('.')).join(', ')}: is no setting${known}`;
  }
  const value = path.reduce<unknown>((one, key) => (one as Record<PropertyKey, unknown> | undefined)?.[key], given);
  return `${at || 'the file'}: ${value === undefined ? 'is missing, and ' : ''}${message}`;
};

/**
 * The settings of a stage from what its file says.
 * @throws Error that names each setting at fault, and what to write instead
 */
export const stageConfig = (stage: string, given: unknown): Config => {
  const file = `config/${stage}.json`;
  if (!stageName.test(stage))
    throw new Error(`"${stage}" is no name of a stage: use up to 20 small letters and digits, a letter first.`);
  const result = checked.safeParse(given);
  if (result.success) {
    const { issuer = '', audience = [] } = result.data;
    return { ...result.data, issuer, audience, stage, allAtOnce: false };
  }
  const faults = result.error.issues.map((issue) => faultOf(issue, given));
  throw new Error(
    `${file} is not valid:\n${faults.map((fault) => `  ${fault}`).join('\n')}\ndocs/deploy.md has each setting.`,
  );
};

/** Hosts that no identity provider can have: RFC 2606 and RFC 6761 reserve them. */
const reserved = /(^|\.)(invalid|example|test|localhost|example\.(com|net|org))$/;

/** A file without the settings that this release does not know. */
const known = (given: unknown): unknown => {
  const copy = structuredClone(given);
  for (const issue of settings.safeParse(copy).error?.issues ?? [])
    if (issue.code === 'unrecognized_keys') {
      const holder = issue.path.reduce<unknown>((one, key) => (one as Record<PropertyKey, unknown>)[key], copy);
      for (const key of issue.keys) delete (holder as Record<string, unknown>)[key];
    }
  return copy;
};

/** True when a command hands a switch to the app: `-c <name>=true`. */
const isOn = (node: Node, name: string): boolean => String(node.tryGetContext(name)) === 'true';

const stagesIn = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder).flatMap((file) => /^(.+)\.json$/.exec(file)?.[1] ?? []) : [];

/**
 * Reads the settings of the stage that a command names with `-c stage=<stage>`. With `-c rollback=true` it passes over
 * settings that this release does not know, because the release that is rolled back may have brought them. With that, or
 * with `-c allAtOnce=true`, new versions take all calls at once. With `-c offline=true` it takes a placeholder for the
 * issuer.
 * @throws Error when no stage is named, its file is missing or not valid, or a setting is given beside the file,
 *   or its issuer is a placeholder
 */
export const readConfig = (node: Node, folder = join(root, 'config')): Config => {
  const stage: unknown = node.tryGetContext('stage');
  const here = stagesIn(folder).join(', ') || 'nothing';
  if (typeof stage !== 'string')
    throw new Error(`Name the stage: -c stage=production reads config/production.json. Stages here: ${here}.`);
  // A setting of one command is missing from the next one, which then takes it back.
  const beside = settingNames.filter((name) => node.tryGetContext(name) !== undefined);
  if (beside.length > 0)
    throw new Error(`Write into config/${stage}.json, which every command reads, instead of -c: ${beside.join(', ')}.`);
  const file = join(folder, `${stage}.json`);
  if (!stageName.test(stage) || !existsSync(file))
    throw new Error(`config/${stage}.json is missing: copy config/example.json and fill it in. Stages here: ${here}.`);
  let given: unknown;
  try {
    given = JSON.parse(utf8(readFileSync(file)));
  } catch (error) {
    throw new Error(`config/${stage}.json is not JSON: ${(error as Error).message}`);
  }
  const rollback = isOn(node, 'rollback');
  const config = {
    ...stageConfig(stage, rollback ? known(given) : given),
    allAtOnce: rollback || isOn(node, 'allAtOnce'),
  };
  // The gateway reads the issuer's keys when it is made, and a failure there rolls the whole stack back after minutes.
  const isReserved = config.issuer !== '' && reserved.test(new URL(config.issuer).hostname);
  if (isReserved && !isOn(node, 'offline'))
    throw new Error(
      `config/${stage}.json: issuer: ${config.issuer} is a placeholder: name your identity provider. To synthesize without one and deploy nothing, add -c offline=true.`,
    );
  return config;
};
