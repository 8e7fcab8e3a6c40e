// What a deployment costs in a month: a line for each thing that costs, from measured units and the habits of tenants.
import * as z from 'zod';
import { rates } from '../../shared/http/gateway/buckets.ts';
import { alarming } from '../../shared/http/gateway/metrics.ts';
import { operationIds } from '../../shared/routes/operations.ts';
import { prices } from './prices.ts';

interface Units {
  readonly reads: number;
  readonly writes: number;
}

/** Capacity units on the table and its indexes, for a function with the tenant's book in memory. Measured by a test. */
export const units = {
  strongCheck: { reads: 2, writes: 0 },
  boundedCheck: { reads: 0.5, writes: 0 },
  batchOfOneUser: { reads: 2, writes: 0 },
  snapshotToken: { reads: 3, writes: 0 },
  addMember: { reads: 3, writes: 12 },
  /** Of a run that creates 100 users, for each. */
  directoryUser: { reads: 8, writes: 15 },
  /** Of sealing a hundred events, for each; and of looking where there is nothing to seal. */
  sealedEvent: { reads: 0.2, writes: 0.2 },
  quietSeal: { reads: 5, writes: 0 },
} as const satisfies Record<string, Units>;

/** Most bytes of the two lines of a check, each with the 26 that the service adds. A test holds the first. */
export const lineBytes = { function: 500, access: 230 } as const;

/** Habits that cannot be measured here. Replace them with your own. */
const assumptions = {
  /** Billed milliseconds of a warm function, and its gigabytes. */
  checkMs: 12,
  checkGigabytes: 1,
  changeMs: 40,
  changeGigabytes: 0.75,
  /** Billed milliseconds of the worker per user that a directory changes. */
  directoryMs: 10,
  /** Billed milliseconds per megabyte of a book that is loaded. */
  loadMsPerMegabyte: 120,
  /** Bytes of one user and of one audit event, each with all its items and index entries. */
  userBytes: 1_800,
  eventBytes: 1_200,
  /** Passes over a tenant's audit in a month, once an hour. */
  passes: 720,
  /** Billed milliseconds of a pass, and of each event that it seals; bytes of an exported event, packed. */
  passMs: 150,
  sealedMs: 1,
  exportedBytes: 250,
  /** Number of tenant classes that call each operation. */
  classes: 2,
  /** Processes that sign tokens and are started in a month; each opens up to three keys. */
  signers: 5_000,
} as const;

const a = assumptions;
const gigabyte = 1e9;
/** Bytes that one strongly consistent read unit reads. */
const readUnitBytes = 4_096;

/** The habits of tenants of one kind: per tenant and month where nothing else is said. */
const tenants = z.strictObject({
  name: z.string().default('tenants'),
  count: z.int().nonnegative(),
  users: z.int().nonnegative().default(200),
  /** Bytes of the book: `GET /v1/tenant` tells them. */
  bookBytes: z.int().nonnegative().default(20_000),
  strongChecks: z.number().nonnegative().default(0),
  boundedChecks: z.number().nonnegative().default(0),
  /** Requests with 100 questions on one user. */
  batches: z.number().nonnegative().default(0),
  /** The part of checks whose process has no book of the tenant in memory. */
  coldShare: z.number().min(0).max(1).default(0.1),
  changes: z.number().nonnegative().default(300),
  /** Users and memberships that a directory changes. */
  directoryChanges: z.number().nonnegative().default(0),
  snapshotTokens: z.number().nonnegative().default(0),
  /** Tokens that machine clients get from Cognito; 0 with another provider. */
  machineTokens: z.number().nonnegative().default(0),
  auditMonths: z.number().nonnegative().default(24),
});
export const profileSchema = z.strictObject({
  /** Days for which logs are kept. */
  logDays: z.number().nonnegative().default(90),
  tenants: z.array(tenants).min(1),
});
export type CostProfile = z.infer<typeof profileSchema>;
type Tenants = CostProfile['tenants'][number];

/** One thing that costs, and how much of it there is. */
export interface CostLine {
  readonly what: string;
  readonly quantity: string;
  readonly cost: number;
}

const compute = (ms: number, gigabytes: number): number =>
  prices.lambdaRequest + (ms / 1_000) * gigabytes * prices.lambdaGigabyteSecond;
const logged =
  (lineBytes.function / gigabyte) * prices.loggedGigabyte + (lineBytes.access / gigabyte) * prices.rarelyReadGigabyte;
const request = (ms: number, gigabytes: number): number => prices.apiRequest + compute(ms, gigabytes) + logged;

/** The writes by which a request counts for the rates of its tenant and caller; near a limit some are tried twice. */
const counted = (kind: 'check' | 'other'): number =>
  prices.writeUnit / rates.tenant[kind].sample + prices.writeUnit / rates.caller[kind].sample;
const capacity = ({ reads, writes }: Units): number => reads * prices.readUnit + writes * prices.writeUnit;

const check = request(a.checkMs, a.checkGigabytes) + counted('check');
const strong = check + capacity(units.strongCheck);
const bounded = check + capacity(units.boundedCheck);
const batch = request(3 * a.checkMs, a.checkGigabytes) + capacity(units.batchOfOneUser);
const token = request(a.checkMs, a.checkGigabytes) + capacity(units.snapshotToken);
const change = request(a.changeMs, a.changeGigabytes) + counted('other') + capacity(units.addMember);
const published = prices.busEvent + prices.lambdaRequest;
/** A user or membership that a directory changes, without a request of its own. */
const directoryChange = compute(a.directoryMs, a.changeGigabytes) + capacity(units.directoryUser) + published;
/** A pass that finds nothing: three requests to the queue, and a look. */
const pass = 3 * prices.queueRequest + compute(a.passMs, 1) + capacity(units.quietSeal);
/** An event that is sealed and exported. */
const sealed = compute(a.sealedMs, 1) - prices.lambdaRequest + capacity(units.sealedEvent);
/** A part with its checkpoint, or a day's manifest with its signature: two files and one signature. */
const exportedFiles = 2 * prices.objectPut + prices.keySignature;
const eventsOf = (one: Tenants): number => one.changes + one.directoryChanges;
/** Passes that find something, at most, and the manifests of a month. */
const exportsOf = (one: Tenants): number => Math.min(a.passes, eventsOf(one)) + 30;

/** Reading a whole book. */
const coldLoad = (bookBytes: number): number =>
  (Math.ceil(bookBytes / readUnitBytes) + 1) * prices.readUnit +
  ((bookBytes / 1e6) * a.loadMsPerMegabyte * a.checkGigabytes * prices.lambdaGigabyteSecond) / 1_000;

const storedBytes = (one: Tenants): number =>
  one.users * a.userBytes + one.bookBytes + one.auditMonths * one.changes * a.eventBytes;

/** The cost of a thousand of each thing, and of a million checks. */
export const perThing = (): CostLine[] => [
  { what: 'strong checks, one by one', quantity: '1,000,000', cost: 1e6 * strong },
  { what: 'bounded checks, one by one', quantity: '1,000,000', cost: 1e6 * bounded },
  { what: 'strong checks, 100 on one user at once', quantity: '1,000,000', cost: 1e4 * batch },
  { what: 'snapshot tokens', quantity: '1,000,000', cost: 1e6 * token + keysOfSnapshots() },
  { what: 'cold loads of a book of 20 kB', quantity: '1,000', cost: 1e3 * coldLoad(20_000) },
  { what: 'cold loads of a book of 20 MB', quantity: '1,000', cost: 1e3 * coldLoad(20e6) },
  { what: 'changes of access, each told on the event bus', quantity: '1,000', cost: 1e3 * (change + published) },
  { what: 'users or memberships that a directory changes', quantity: '1,000', cost: 1e3 * directoryChange },
  { what: 'audit events sealed and exported', quantity: '1,000', cost: 1e3 * sealed },
  {
    what: 'audit exports of a tenant, each with a part and a checkpoint',
    quantity: '1,000',
    cost: 1e3 * (pass + exportedFiles),
  },
  { what: 'audit exports that find nothing: a tenant has 720 in a month', quantity: '1,000', cost: 1e3 * pass },
  { what: 'tokens for machine clients by Cognito', quantity: '1,000', cost: 1e3 * prices.cognitoToken },
  { what: 'gigabytes logged, and kept for 90 days', quantity: '1', cost: prices.loggedGigabyte + keptLog(90) },
  {
    what: 'gigabytes stored for a month, restorable to any second',
    quantity: '1',
    cost: prices.storedGigabyteMonth + prices.recoveryGigabyteMonth,
  },
];

const keptLog = (days: number): number => (days / 30) * prices.keptLogGigabyteMonth;
/** KMS makes a key a day, and opens up to three for each process that signs. */
const keysOfSnapshots = (): number => (30 + 3 * a.signers) * prices.kmsRequest;

/** Metrics that alarms watch, by runbook, besides errors and throttles of each function. A test counts them. */
export const alarmed = {
  errors: 5,
  throttles: 7,
  'new-version': 9,
  'slow-checks': 2,
  'cold-starts': 3,
  memory: 1,
  concurrency: 3,
  conflicts: 2,
  'book-size': 1,
  'refused-lock-outs': 1,
  'pin-mismatch': 1,
  'held-runs': 1,
  'queue-age': 1,
  'dead-letters': 4,
  'events-late': 2,
  exports: 5,
  'export-differs': 2,
  'late-events': 1,
} as const;

/** The cost of the deployment itself for a month, without any tenant. */
export const perDeployment = (): CostLine[] => {
  // Duration per operation, and per class of tenant. Faults are counted only where there are any.
  const metrics = operationIds.length * (1 + a.classes);
  const happenings = Object.keys(alarming).length;
  const functions = 2 * (operationIds.length + 5);
  const alarms = (what: string, count: number): CostLine => ({
    what: `metrics with alarms: ${what}`,
    quantity: String(count),
    cost: count * prices.alarmedMetricMonth,
  });
  return [
    { what: 'metrics of operations', quantity: String(metrics), cost: metrics * prices.metricMonth },
    {
      what: 'metrics of what alarms watch, if each of it happens every hour',
      quantity: String(happenings),
      cost: happenings * prices.metricMonth,
    },
    alarms('errors and throttles of functions', functions),
    ...Object.entries(alarmed).map(([runbook, count]) => alarms(runbook, count)),
    { what: 'dashboard', quantity: '1', cost: prices.dashboardMonth },
    { what: 'key that seals the keys of snapshot tokens', quantity: '1', cost: prices.keyMonth },
    { what: 'key that signs the audit', quantity: '1', cost: prices.keyMonth },
  ];
};

const number = (value: number): string => Math.round(value).toLocaleString('en');

/** The bill of a month: a line for each thing that the profile's tenants use, and the deployment itself. */
export const billOf = ({ tenants, logDays }: CostProfile): CostLine[] => {
  const total = (of: (one: Tenants) => number): number => tenants.reduce((sum, one) => sum + one.count * of(one), 0);
  const times = (what: string, of: (one: Tenants) => number, each: number): CostLine => {
    const count = total(of);
    return { what, quantity: number(count), cost: count * each };
  };
  const checks = ({ strongChecks, boundedChecks, batches }: Tenants) => strongChecks + boundedChecks + batches;
  const requests = total((one) => checks(one) + one.changes + one.snapshotTokens);
  const loggedGigabytes = (requests * (lineBytes.function + lineBytes.access)) / gigabyte;
  const stored = total(storedBytes) / gigabyte;
  return [
    times('strong checks', (one) => one.strongChecks, strong),
    times('bounded checks', (one) => one.boundedChecks, bounded),
    times('batches of 100 checks', (one) => one.batches, batch),
    {
      what: 'cold loads',
      quantity: number(total((one) => one.coldShare * checks(one))),
      cost: total((one) => one.coldShare * checks(one) * coldLoad(one.bookBytes)),
    },
    times('changes of access', (one) => one.changes, change + published),
    times('users or memberships that a directory changes', (one) => one.directoryChanges, directoryChange),
    times('audit events sealed and exported', eventsOf, sealed),
    times('passes over the audit, once an hour', () => a.passes, pass),
    times('exports, each with two files and a signature', exportsOf, exportedFiles),
    {
      what: 'gigabytes of exports stored',
      quantity: (total((one) => one.auditMonths * eventsOf(one) * a.exportedBytes) / gigabyte).toFixed(1),
      cost: (total((one) => one.auditMonths * eventsOf(one) * a.exportedBytes) / gigabyte) * prices.objectGigabyteMonth,
    },
    times('snapshot tokens', (one) => one.snapshotTokens, token),
    {
      what: 'keys of snapshot tokens',
      quantity: '',
      cost: total((one) => one.snapshotTokens) > 0 ? keysOfSnapshots() : 0,
    },
    times('tokens for machine clients by Cognito', (one) => one.machineTokens, prices.cognitoToken),
    {
      what: 'gigabytes stored, restorable to any second',
      quantity: stored.toFixed(1),
      cost: stored * (prices.storedGigabyteMonth + prices.recoveryGigabyteMonth),
    },
    { what: 'gigabytes of logs kept', quantity: loggedGigabytes.toFixed(1), cost: loggedGigabytes * keptLog(logDays) },
    ...perDeployment(),
  ].filter(({ cost }) => cost > 0);
};

const hoursOfMonth = 730;

/** Habits of managed instances, where three functions are on them: see docs/decisions, 0071. */
const managed = {
  /** Environments of one vCPU in an instance of four, of which Lambda keeps one. */
  placesOfInstance: 3,
  /** Environments that Lambda keeps of a function at least, one in each zone. */
  leastEnvironments: 3,
  /** Functions besides that of checks. */
  otherFunctions: 2,
  zones: 3,
  /** Milliseconds of a processor for a check: three times what docs/performance.md measures, for TLS and the runtime. */
  checkMs: 1,
  /** The part of a processor that may be busy, so that traffic may double at once. */
  busy: 0.5,
} as const;

/** What so many checks a second cost in a month, day and night, of what differs between the two. */
interface Comparison {
  readonly onDemand: number;
  readonly managed: number;
}

/** @param plans savings plans of a year for both */
export const compared = (perSecond: number, plans = false): Comparison => {
  const checks = perSecond * hoursOfMonth * 3_600;
  const each = (a.checkMs / 1_000) * a.checkGigabytes * prices.lambdaGigabyteSecond;
  const needed = Math.ceil((perSecond * managed.checkMs) / 1_000 / managed.busy);
  const environments = Math.max(managed.leastEnvironments, needed) + managed.otherFunctions * managed.leastEnvironments;
  const instances = Math.max(managed.zones, Math.ceil(environments / managed.placesOfInstance));
  const hour = prices.instanceHour * ((plans ? prices.plannedInstance : 1) + prices.managedFee);
  const logs = (checks * lineBytes.function) / gigabyte;
  return {
    onDemand: checks * each * (plans ? prices.plannedLambda : 1),
    managed:
      instances * hoursOfMonth * hour +
      managed.zones * hoursOfMonth * prices.endpointHour +
      logs * prices.endpointGigabyte,
  };
};

/** The checks a second, in tens, from which on managed instances are cheaper. */
export const cheaperFrom = (plans = false): number => {
  let perSecond = 10;
  for (let one = compared(perSecond, plans); one.managed >= one.onDemand; one = compared(perSecond, plans))
    perSecond += 10;
  return perSecond;
};
