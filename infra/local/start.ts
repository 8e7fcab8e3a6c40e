// `npm start`: serves everything on this machine, with a demo tenant for each catalogue.
import { setTimeout as delay } from 'node:timers/promises';
import { argumentsOf, CommandError, run } from './command.ts';
import { demoSubject, scopes, startInstance } from './instance.ts';

const usage = 'usage: npm start -- [--port 4600] [--data FOLDER] [--built]';

const portOf = (text: string): number => {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new CommandError(`--port takes a number from 0 to 65535, and "${text}" is none.`);
  return port;
};

const greeting = (url: string, tenants: readonly { id: string; catalogue: string }[], token: string): string => {
  const width = Math.max(...tenants.map((tenant) => tenant.catalogue.length));
  const list = tenants.map((tenant) => `  ${tenant.catalogue.padEnd(width)}  ${tenant.id}`).join('\n');
  return `
Holdfast is up: ${url}

Demo tenants, one per catalogue; their administrator signs in as "${demoSubject}":
${list}

A token of the administrator of the first one, good for an hour:
export URL=${url}
export TOKEN=${token}

A first request to try, in another terminal:
curl -s $URL/v1/tenant -H "authorization: Bearer $TOKEN"

More tokens: npm run -s token -- --tenant ${tenants[0]?.catalogue} --user ${demoSubject}
Ctrl-C ends it.
`;
};

await run(async () => {
  const known = {
    port: { type: 'string', default: '4600' },
    data: { type: 'string' },
    built: { type: 'boolean' },
  } as const;
  const { port, data, built } = argumentsOf(known, usage);
  const folder = data ?? process.env.HOLDFAST_DATA;
  const instance = await startInstance({
    folder,
    port: portOf(port ?? '4600'),
    demo: true,
    built,
    log: (level, message, fields) => {
      if (level === 'error') process.stderr.write(`${JSON.stringify({ level, message, ...fields })}\n`);
    },
  });
  const [first] = instance.tenants;
  const token = await instance.issuer.token({
    subject: demoSubject,
    scope: scopes.person,
    ...(first && { tenant: first.id }),
  });
  process.stdout.write(greeting(instance.url, instance.tenants, token));
  let ending = false;
  const end = async (code: number) => {
    if (ending) return;
    ending = true;
    await Promise.race([instance.close(), delay(8_000)]);
    process.exit(code);
  };
  process.on('SIGINT', () => end(0));
  process.on('SIGTERM', () => end(0));
  const died = await instance.died;
  if (!ending) {
    process.stderr.write(`${died.message}\n`);
    await end(1);
  }
});
