// What a deployment decides for itself: CDK context, parsed once. Every setting has a default with which the stack
// synthesizes offline; those that a real deployment must set say so when they are left at it.
import type { Node } from 'constructs';
import * as z from 'zod';

/** No identity provider answers here: RFC 2606 keeps the name free. */
const placeholderIssuer = 'https://issuer.invalid';

const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);
const count = (least: number, most: number) => z.coerce.number().int().min(least).max(most);
const claim = z.string().min(1).max(200);

const settings = z.object({
  /** Goes into the names of the stacks, and into no name of anything that holds data. */
  stage: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9]{0,19}$/, 'starts with a letter and has up to 20 letters and digits')
    .default('Production'),
  issuer: z.url({ protocol: /^https$/ }).default(placeholderIssuer),
  /** One, or several with commas between. */
  audience: z
    .string()
    .default('holdfast')
    .transform((text) => text.split(',').map((one) => one.trim()))
    .pipe(z.array(z.string().min(1)).min(1)),
  /** Origins of portals whose pages call the API from a browser, with commas between; none by default. */
  allowedOrigins: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((one) => one.trim() || []))
    .pipe(z.array(z.string().regex(/^(\*|https?:\/\/[a-z0-9.*-]+(:\d{1,5})?)$/, 'is no origin'))),
  tenantClaim: claim.default('tenant'),
  tokenUseClaim: claim.default('token_use'),
  tokenUseValue: claim.default('access'),
  scopePrefix: claim.default('holdfast/'),
  /** Who signs snapshot tokens, as they say; products that check them must expect the same. */
  snapshotIssuer: z.string().min(1).max(200).default('holdfast'),
  /** Numbers of the keys that there are for snapshots, with commas between: the first signs, all are published. */
  snapshotKeys: z
    .string()
    .default('1')
    .transform((text) => text.split(',').map((one) => one.trim()))
    .pipe(
      z
        .array(z.string().regex(/^[1-9]\d{0,3}$/, 'is no number of a key'))
        .min(1)
        .max(3)
        .refine((list) => new Set(list).size === list.length, 'names a key twice'),
    ),
  customerManagedKey: flag.default(false),
  /** After a restore: the table that stands in for the stack's own, and its stream. */
  restoredTable: z.string().min(3).optional(),
  restoredStream: z.string().startsWith('arn:').optional(),
  logRetentionDays: z.coerce
    .number()
    .pipe(z.literal([30, 90, 180, 365]))
    .default(90),
  alarmMail: z.email().optional(),
  /** Requests a second, and how many at once, that the API lets in before it answers 429. */
  throttleRate: count(1, 100_000).default(2_000),
  throttleBurst: count(1, 100_000).default(1_000),
  /** Off for accounts whose whole Lambda concurrency is small: a new account may start with 10. */
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
