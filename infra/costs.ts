// `npm run costs`: computes what a deployment costs, from stated prices, the measured capacity units of operations, and
// stated habits of tenants. `-- --write` puts the table into docs/deploy.md. Tests hold the table and the units in
// place.
import { readFileSync, writeFileSync } from 'node:fs';
import { operationIds } from '../shared/routes/operations.ts';
import { utf8 } from '../shared/text/text.ts';

/** US dollars: list prices of us-east-1 without free tiers. Replace them with those of your region and contract. */
const prices = {
  apiRequest: 1 / 1e6,
  lambdaRequest: 0.2 / 1e6,
  lambdaGigabyteSecond: 0.0000133334,
  readUnit: 0.125 / 1e6,
  writeUnit: 0.625 / 1e6,
  storedGigabyteMonth: 0.25,
  recoveryGigabyteMonth: 0.2,
  loggedGigabyte: 0.5,
  queueRequest: 0.5 / 1e6,
  busEvent: 1 / 1e6,
  metricMonth: 0.3,
  alarmedMetricMonth: 0.1,
  dashboardMonth: 3,
  keyMonth: 1,
} as const;

interface Units {
  readonly reads: number;
  readonly writes: number;
}

/** Capacity units on the table and its indexes, for a function with the tenant's book in memory. Measured by a test. */
export const units = {
  strongCheck: { reads: 2, writes: 0 },
  boundedCheck: { reads: 0.5, writes: 0 },
  batchOfOneUser: { reads: 2, writes: 0 },
  addMember: { reads: 3, writes: 12 },
  createUser: { reads: 2, writes: 10 },
} as const satisfies Record<string, Units>;

/** Habits that cannot be measured here. Replace them with your own. */
const assumptions = {
  /** Billed milliseconds of a warm function, and its gigabytes. */
  checkMs: 12,
  checkGigabytes: 1,
  changeMs: 40,
  changeGigabytes: 0.75,
  /** Bytes logged per request, by the function and by the API. */
  loggedBytes: 1_100,
  /** A tenant: its users, its changes of access per month, and the months for which its audit log is kept. */
  users: 200,
  changesPerMonth: 300,
  auditMonths: 24,
  /** Bytes of one user and of one audit event, each with all its items and index entries. */
  userBytes: 1_800,
  eventBytes: 1_200,
  bookBytes: 20_000,
  /** Number of tenant classes that call each operation. */
  classes: 2,
} as const;

const gigabyte = 1e9;
const a = assumptions;

interface Line {
  readonly what: string;
  readonly cost: number;
}

const request = (ms: number, gigabytes: number): number =>
  prices.apiRequest +
  prices.lambdaRequest +
  (ms / 1_000) * gigabytes * prices.lambdaGigabyteSecond +
  (a.loggedBytes / gigabyte) * prices.loggedGigabyte;

const capacity = ({ reads, writes }: Units): number => reads * prices.readUnit + writes * prices.writeUnit;

/** The cost of a million answered questions, for each way to ask them. */
const perMillionChecks = (): Line[] => {
  const check = request(a.checkMs, a.checkGigabytes);
  return [
    { what: 'strong, one by one', cost: 1e6 * (check + capacity(units.strongCheck)) },
    { what: 'bounded, one by one', cost: 1e6 * (check + capacity(units.boundedCheck)) },
    {
      what: 'strong, 100 questions on one user at once',
      cost: 1e4 * (request(3 * a.checkMs, a.checkGigabytes) + capacity(units.batchOfOneUser)),
    },
  ];
};

/** The cost of a thousand tenants for a month, without checks. */
const perThousandTenants = (): Line[] => {
  const changes = 1_000 * a.changesPerMonth;
  const stored =
    (1_000 * (a.users * a.userBytes + a.bookBytes + a.auditMonths * a.changesPerMonth * a.eventBytes)) / gigabyte;
  const told = prices.busEvent + prices.lambdaRequest;
  return [
    { what: 'changes: API, functions, logs', cost: changes * request(a.changeMs, a.changeGigabytes) },
    { what: 'changes: the table', cost: changes * capacity(units.addMember) },
    { what: 'changes: published on the event bus', cost: changes * told },
    { what: `storage, ${stored.toFixed(1)} GB`, cost: stored * prices.storedGigabyteMonth },
    { what: 'recovery to any second of 35 days', cost: stored * prices.recoveryGigabyteMonth },
  ];
};

/** The cost of the deployment itself for a month, without any tenant. */
const perDeployment = (): Line[] => {
  const functions = operationIds.length + 2;
  // Duration and faults per operation, and duration per class.
  const metrics = operationIds.length * (2 + a.classes) + 2;
  // Errors and throttles of each function, and eighteen further metrics with alarms.
  const alarmed = 2 * functions + 18;
  return [
    { what: `${metrics} metrics`, cost: metrics * prices.metricMonth },
    { what: `alarms on ${alarmed} metrics`, cost: alarmed * prices.alarmedMetricMonth },
    { what: 'dashboard', cost: prices.dashboardMonth },
    { what: 'the key that seals the keys of snapshot tokens', cost: prices.keyMonth },
  ];
};

const dollars = (cost: number): string => cost.toFixed(2);

const rows = (title: string, lines: readonly Line[], sum: boolean): string[] => [
  `| **${title}** | |`,
  ...lines.map(({ what, cost }) => `| ${what} | ${dollars(cost)} |`),
  ...(sum ? [`| *together* | ${dollars(lines.reduce((total, { cost }) => total + cost, 0))} |`] : []),
];

/** The table as docs/deploy.md has it. */
const costTable = (): string =>
  [
    '| | US dollars |',
    '|---|--:|',
    ...rows('A million checks', perMillionChecks(), false),
    ...rows('A thousand tenants, a month, without checks', perThousandTenants(), true),
    ...rows('The deployment itself, a month', perDeployment(), true),
  ].join('\n');

const begin = '<!-- npm run costs -- --write -->';
const end = '<!-- end of costs -->';

/** The document with the table between its two marks. */
export const withCosts = (document: string): string => {
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from)
    throw new Error(`The document has no place for the table of costs: put the lines ${begin} and ${end} into it.`);
  return `${document.slice(0, from)}${begin}\n${costTable()}\n${document.slice(to)}`;
};

if (process.argv[1] === import.meta.filename) {
  const file = new URL('../docs/deploy.md', import.meta.url);
  if (process.argv.includes('--write')) writeFileSync(file, withCosts(utf8(readFileSync(file))));
  process.stdout.write(`${costTable()}\n`);
}
