// `npm run accept`: holds any deployment to what Holdfast promises. It leaves nothing behind except its own tenants, and files in a
// bucket that keeps them.
import { counted } from '../../shared/text/counted.ts';
import { argumentsOf, CommandError, run } from '../local/command.ts';
import { createIssuer } from '../local/issuer.ts';
import { readState, stateFolder } from '../local/state.ts';
import { play } from '../local/story.ts';
import { holdBucket } from './bucket.ts';
import { type Deployment, issuerOf, kept, mintedBy } from './deployment.ts';
import { fire } from './fire.ts';
import { live } from './life.ts';

const usage = `usage: npm run accept -- --url URL --mint COMMAND [--token OPERATOR_TOKEN] [--seed N] [--rounds N] [--bucket NAME]
COMMAND prints an access token for HOLDFAST_SUBJECT in HOLDFAST_TENANT with HOLDFAST_SCOPE, as its environment says.
Without --url and --mint: the instance that npm start runs.
--bucket also holds the deployment's bucket of exports to its contract, with the credentials of this shell; what it writes there stays.`;

/** The instance on this machine, with tokens of its local issuer. */
const local = async (data: string | undefined): Promise<Deployment> => {
  const state = await readState(stateFolder(data));
  if (!state)
    throw new CommandError(
      `No local instance is known, and --url is missing: run npm start, or name a deployment.\n${usage}`,
    );
  const issuer = await createIssuer({ statePath: state.issuerKey });
  return {
    url: state.url,
    issuer: issuer.issuer,
    token: ({ subject, tenant, scope }) =>
      issuer.token({ subject, scope: `holdfast/${scope}`, ...(tenant && { tenant }) }),
  };
};

const deploymentOf = async (options: {
  url?: string | undefined;
  mint?: string | undefined;
  token?: string | undefined;
  data?: string | undefined;
}): Promise<Deployment> => {
  if (options.url === undefined && options.mint === undefined) return local(options.data);
  if (!options.url || !options.mint)
    throw new CommandError(`--url and --mint work only together: give both or neither.\n${usage}`);
  const mint = kept(mintedBy(options.mint));
  const { token: operator } = options;
  const token: Deployment['token'] = (request) =>
    operator !== undefined && request.scope === 'operator' ? Promise.resolve(operator) : mint(request);
  return {
    url: options.url.replace(/\/$/, ''),
    issuer: issuerOf(await token({ subject: 'operator', scope: 'operator' })),
    token,
  };
};

await run(async () => {
  const options = argumentsOf(
    {
      url: { type: 'string' },
      mint: { type: 'string' },
      token: { type: 'string' },
      data: { type: 'string' },
      seed: { type: 'string', default: '1' },
      rounds: { type: 'string', default: '10' },
      bucket: { type: 'string' },
    },
    usage,
  );
  const deployment = await deploymentOf(options);
  const say = (text: string) => process.stdout.write(`${text}\n`);
  const seed = Number(options.seed);
  say(`Acceptance of ${deployment.url}, seed ${seed}`);
  let steps = 0;
  await play(deployment, () => {
    steps += 1;
  });
  say(`the main job: ${steps} lines of story, every answer as expected`);
  say(`a tenant's life: ${await live(deployment)} steps of operators, and nobody else was let in meanwhile`);
  const figures = await fire(deployment, `Acceptance ${new Date().toISOString()}`, {
    rounds: Number(options.rounds),
    perRound: 24,
    seed,
  });
  say(
    `the invariant: ${figures.requests} requests at once, ${counted(figures.refusedLockOuts, 'lock-out')} refused, ` +
      `${figures.lostRace} who came too late; somebody could always manage access rights, and the last one stayed`,
  );
  if (options.bucket !== undefined) {
    const { S3Client } = await import('@aws-sdk/client-s3');
    const held = await holdBucket(options.bucket, () => new S3Client({}));
    say(`the bucket of exports: ${held} promises, and its files can be neither replaced nor deleted`);
  }
  say('accepted');
});
