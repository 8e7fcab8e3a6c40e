// Fire for as long as one likes: npm run test:soak -- --minutes N --seed S [--faults on|off] [--engine model|embedded|both] [--large]
// A violation ends it with code 1 and what is needed to see it again: the seed of the run and its last steps.
import { parseArgs } from 'node:util';
import { calm } from '../infra/local/model/index.ts';
import { large } from './invariant/ballast.ts';
import { logged } from './invariant/calling.ts';
import { fireEmbedded } from './invariant/embedded.ts';
import { addFigures, anySeed, fire, noFigures } from './invariant/fire.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string' },
    faults: { type: 'string', default: 'on' },
    engine: { type: 'string', default: 'both' },
    workers: { type: 'string', default: '64' },
    steps: { type: 'string', default: '40' },
    // One tenant of 100,000 users, 50,000 groups and 2,000 roles, on the model.
    large: { type: 'boolean', default: false },
  },
});

const number = (name: 'minutes' | 'workers' | 'steps'): number => {
  const value = Number(values[name]);
  if (!(value > 0)) throw new Error(`--${name} is no number above 0: ${values[name]}`);
  return value;
};
const oneOf = (name: 'faults' | 'engine', known: readonly string[]): string => {
  if (!known.includes(values[name])) throw new Error(`--${name} is one of ${known.join(', ')}`);
  return values[name];
};

const end = performance.now() + number('minutes') * 60_000;
const seed = values.seed === undefined ? anySeed() : Number(values.seed);
const faults = oneOf('faults', ['on', 'off']) === 'on';
const engine = oneOf('engine', ['model', 'embedded', 'both']);
const [workers, steps] = [number('workers'), number('steps')];

/** The large tenant is alone, because every worker keeps it in memory. */
const alone = { ballast: large, catalogues: ['complete'] };

const figures = noFigures();
console.log(`seed ${seed}`);
for (let run = 0; run === 0 || performance.now() < end; run += 1) {
  const own = seed + run;
  // The embedded engine takes its turn, and each turn another seed.
  const embedded = !values.large && (engine === 'embedded' || (engine === 'both' && run % 4 === 3));
  const made = embedded
    ? await fireEmbedded({ seed: own, faults })
    : await fire({
        seed: own,
        workers,
        steps,
        exports: true,
        ...(!faults && { faults: calm }),
        ...(values.large && alone),
      });
  addFigures(figures, made.figures);
  if (made.violations.length === 0) continue;
  const what = embedded ? 'embedded' : 'model';
  console.log(
    `VIOLATION. Again with: --engine ${what} --seed ${own} --faults ${values.faults} --workers ${workers} --steps ${steps}${values.large ? ' --large' : ''}`,
  );
  console.log(['The last steps:', ...made.last, 'What is wrong:', ...made.violations.slice(0, 20)].join('\n'));
  if (logged.length > 0) console.log(JSON.stringify(logged.slice(-3), null, 2));
  process.exitCode = 1;
  break;
}
const { outcomes, ...line } = figures;
console.log(
  `outcomes: ${Object.entries(outcomes)
    .map(([code, n]) => `${code} ${n}`)
    .sort()
    .join(', ')}`,
);
console.log(
  Object.entries(line)
    .map(([name, n]) => `${name} ${n}`)
    .join(', '),
);
