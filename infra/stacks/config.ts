// The settings of a deployment, from the CDK context, parsed once. Every setting has a default with which the stack
// synthesizes offline. A default that a real deployment must replace is pointed out at synthesis.
import type { Node } from 'constructs';
import * as z from 'zod';

/** A name at which no identity provider answers: RFC 2606 reserves `.invalid`. */
const placeholderIssuer = 'https://issuer.invalid';

const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);
const count = (least: number, most: number) => z.coerce.number().int().min(least).max(most);
const claim = z.string().min(1).max(200);

const settings = z.object({
  /** Part of the stacks' names, but not of the name of anything that holds data. */
  stage: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9]{0,19}$/, 'starts with a letter and has up to 20 letters and digits')
    .default('Production'),
  issuer: z.url({ protocol: /^https$/ }).default(placeholderIssuer),
  /** One audience, or several separated by commas. */
  audience: z
    .string()
    .default('holdfast')
    .transform((text) => text.split(',').map((one) => one.trim()))
    .pipe(z.array(z.string().min(1)).min(1)),
  /** Origins of portals whose pages call the API from a browser, separated by commas; none by default. */
  allowedOrigins: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((one) => one.trim() || []))
    .pipe(
      z.array(
        z
          .string()
          .regex(
            /^(\*|https?:\/\/[a-z0-9.*-]+(:\d{1,5})?)$/,
            'is not an origin: write https://portal.example.com, or *',
          ),
      ),
    ),
  tenantClaim: claim.default('tenant'),
  tokenUseClaim: claim.default('token_use'),
  tokenUseValue: claim.default('access'),
  scopePrefix: claim.default('holdfast/'),
  /** The issuer that snapshot tokens name. Products that verify them must expect the same. */
  snapshotIssuer: z.string().min(1).max(200).default('holdfast'),
  /** Numbers of the snapshot keys, separated by commas. The first key signs; all are published. */
  snapshotKeys: z
    .string()
    .default('1')
    .transform((text) => text.split(',').map((one) => one.trim()))
    .pipe(
      z
        .array(z.string().regex(/^[1-9]\d{0,3}$/, 'is not the number of a key: use 1 to 9999'))
        .min(1)
        .max(3)
        .refine((list) => new Set(list).size === list.length, 'names a key twice'),
    ),
  customerManagedKey: flag.default(false),
  /** The table that replaces the stack's own after a restore, and its stream. */
  restoredTable: z.string().min(3).optional(),
  restoredStream: z.string().startsWith('arn:').optional(),
  logRetentionDays: z.coerce
    .number()
    .pipe(z.literal([30, 90, 180, 365]))
    .default(90),
  alarmMail: z.email().optional(),
  /** Requests per second, and their burst, above which the API answers 429. */
  throttleRate: count(1, 100_000).default(2_000),
  throttleBurst: count(1, 100_000).default(1_000),
  /** Switch this off for accounts with little Lambda concurrency: a new account may start with 10. */
  reserveConcurrency: flag.default(true),
});
export type Config = z.infer<typeof settings>;

/** @throws Error that names each setting that is not valid */
export const configFrom = (node: Node): Config => {
  const given = Object.keys(settings.shape).map((name) => [name, node.tryGetContext(name)] as const);
  const result = settings.safeParse(Object.fromEntries(given.filter(([, value]) => value !== undefined)));
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`The context of the app is not valid:\n${faults.join('\n')}`);
};

/** True until a deployment names its identity provider. */
export const isPlaceholder = (config: Config): boolean => config.issuer === placeholderIssuer;
