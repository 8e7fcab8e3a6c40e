// `npm run costs`: prints what things cost, from list prices, measured capacity units and stated habits of tenants.
// `-- --profile FILE` prints the bill of a month for the tenants that the file describes; `-- --write` puts the tables
// into docs/deploy.md. Tests hold the tables and the units in place.
import { readFileSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { utf8 } from '../shared/text/text.ts';
import {
  billOf,
  type CostLine,
  type CostProfile,
  cheaperFrom,
  compared,
  perDeployment,
  perThing,
  profileSchema,
} from './costs/bill.ts';

/** A thousand tenants of an ordinary size, which docs/deploy.md shows. */
const ordinary: CostProfile = profileSchema.parse({
  tenants: [{ count: 1_000, strongChecks: 20_000, directoryChanges: 100, snapshotTokens: 1_000 }],
});

const table = (lines: readonly CostLine[], sum: boolean): string =>
  [
    '| what | how many | US dollars |',
    '|---|--:|--:|',
    ...lines.map(({ what, quantity, cost }) => `| ${what} | ${quantity} | ${cost.toFixed(cost < 0.1 ? 4 : 2)} |`),
    ...(sum ? [`| *together* | | ${lines.reduce((total, { cost }) => total + cost, 0).toFixed(2)} |`] : []),
  ].join('\n');

const inNumbers = (value: number): string => Math.round(value).toLocaleString('en');

/** Checks on demand and on managed instances, and from where on which is cheaper. */
const comparison = (): string =>
  [
    '| checks a second, day and night | on demand | managed instances | with savings plans: on demand | managed instances |',
    '|--:|--:|--:|--:|--:|',
    ...[100, 500, 1_000, 2_000, 5_000].map((perSecond) => {
      const [now, planned] = [compared(perSecond), compared(perSecond, true)];
      const cells = [perSecond, now.onDemand, now.managed, planned.onDemand, planned.managed];
      return `| ${cells.map(inNumbers).join(' | ')} |`;
    }),
    '',
    `Managed instances are cheaper from ${inNumbers(cheaperFrom())} checks a second on, day and night; with savings plans of a year for both, from ${inNumbers(cheaperFrom(true))}.`,
  ].join('\n');

/** The tables as docs/deploy.md has them. */
const costTables = (): string =>
  [
    '**Each thing**',
    table(perThing(), false),
    '**A thousand tenants, a month**',
    table(billOf(ordinary).slice(0, -perDeployment().length), true),
    '**The deployment itself, a month**',
    table(perDeployment(), true),
    '**The time of checks on demand and on managed instances, a month in US dollars**',
    comparison(),
  ].join('\n\n');

const begin = '<!-- npm run costs -- --write -->';
const end = '<!-- end of costs -->';

/** The document with the tables between its two marks. */
export const withCosts = (document: string): string => {
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from)
    throw new Error(`The document has no place for the table of costs: put the lines ${begin} and ${end} into it.`);
  return `${document.slice(0, from)}${begin}\n${costTables()}\n${document.slice(to)}`;
};

/** The profile in a text. @throws Error that names each field that is not valid */
export const profileFrom = (text: string): CostProfile => {
  const result = profileSchema.safeParse(JSON.parse(text));
  if (result.success) return result.data;
  throw new Error(`The profile is not valid:\n${z.prettifyError(result.error)}`);
};

const main = (args: readonly string[]): void => {
  const at = args.indexOf('--profile');
  if (at >= 0) {
    const file = args[at + 1];
    if (file === undefined)
      throw new Error('Name the file: npm run costs -- --profile infra/costs/profile.example.json');
    process.stdout.write(`${table(billOf(profileFrom(utf8(readFileSync(file)))), true)}\n`);
    return;
  }
  const file = new URL('../docs/deploy.md', import.meta.url);
  if (args.includes('--write')) writeFileSync(file, withCosts(utf8(readFileSync(file))));
  process.stdout.write(`${costTables()}\n`);
};

if (process.argv[1] === import.meta.filename)
  try {
    main(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
