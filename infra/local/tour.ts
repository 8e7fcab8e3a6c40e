// `npm run tour`: the main job, over real HTTP on an instance of its own, each step with its answer.
import type { TokenFor } from '../accept/deployment.ts';
import { run } from './command.ts';
import { startInstance } from './instance.ts';
import { play } from './story.ts';

await run(async () => {
  const instance = await startInstance({
    port: 0,
    log: (level, message, fields) => {
      if (level === 'error') process.stderr.write(`${JSON.stringify({ level, message, ...fields })}\n`);
    },
  });
  const stop = () => {
    instance.close().finally(() => process.exit(130));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    const { url, issuer } = instance;
    const token = ({ subject, tenant, scope }: TokenFor) =>
      issuer.token({ subject, scope: `holdfast/${scope}`, ...(tenant && { tenant }) });
    await play({ url, issuer: issuer.issuer, token }, (text) => process.stdout.write(`${text}\n`));
  } finally {
    await instance.close();
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
  }
});
