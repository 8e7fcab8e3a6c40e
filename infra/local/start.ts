// `npm start`: serves everything on this machine, with a demo tenant for each catalogue.
import { setTimeout as delay } from 'node:timers/promises';
import { pauseOf } from '../../clients/command/repeating.ts';
import { builtConsole, ConsoleBuildError } from '../console/built.ts';
import { localMargin, sealMs } from './audit.ts';
import { argumentsOf, CommandError, run } from './command.ts';
import { demoSubject, type Instance, scopes, startInstance } from './instance.ts';

const usage = `usage: npm start -- [--port 4600] [--data FOLDER] [--export FOLDER [--every 1m]] [--built] [--log]
--export  writes the sealed audit of every tenant into this folder: 30s, 5m, 1h for --every`;

const portOf = (text: string): number => {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new CommandError(`--port takes a number from 0 to 65535, not "${text}".`);
  return port;
};

/** Where data lives, in one sentence. */
const keeping = ({ keeps }: Pick<Instance, 'keeps'>, folder: string | undefined): string => {
  if (keeps === 'folder') return `Data is kept in ${folder}.`;
  if (keeps === 'elsewhere') return 'Data is kept by the engine that DYNAMODB_ENDPOINT names.';
  const how = 'Data is in memory and ends with this process';
  if (keeps === 'memory') return `${how}: npm start -- --data ./data keeps it.`;
  return `${how}: there is no embedded database engine for ${process.platform}-${process.arch}, so an engine inside this process serves.`;
};

/** Where the audit goes, and the thumbprint that `audit verify --key` takes. */
const exporting = ({ auditKey }: Pick<Instance, 'auditKey'>, folder: string | undefined): string =>
  folder === undefined
    ? ''
    : `\nSealed events are exported to ${folder}, a minute or more after they happened, signed by the key ${auditKey}.`;

const greeting = (
  instance: Instance,
  { folder, exports }: { folder: string | undefined; exports: string | undefined },
  token: string,
): string => {
  const { url, tenants, hasConsole } = instance;
  const width = Math.max(...tenants.map((tenant) => tenant.catalogue.length));
  const list = tenants.map((tenant) => `  ${tenant.catalogue.padEnd(width)}  ${tenant.id}`).join('\n');
  return `
Holdfast is up: ${url}
${hasConsole ? `The console, in a browser: ${url}/console/\n` : ''}Read the API and try it in a browser: ${url}/v1/docs
${keeping(instance, folder)}${exporting(instance, exports)}

Demo tenants, one per catalogue; their administrator signs in as "${demoSubject}":
${list}

A token of the administrator of the first one, good for an hour:
export URL=${url}
export TOKEN=${token}

A first request to try, in another terminal:
curl -s $URL/v1/tenant -H "authorization: Bearer $TOKEN"

More tokens: npm run -s token -- --tenant ${tenants[0]?.catalogue} --user ${demoSubject}${folder === undefined ? '' : ` --data ${folder}`}
Ctrl-C ends it.
`;
};

/** A request as one line: time, operation, status and duration. It holds no names and no tokens. */
const requestLine = (fields: Record<string, unknown> = {}): string => {
  const { operation, status, code, Duration: ms, tenant = '-' } = fields;
  return `${new Date().toISOString()} ${status} ${operation} ${tenant} ${ms} ms${code ? ` (${code})` : ''}`;
};

/** The console's folder. Without a console the API is served all the same, because not everybody needs both. */
const consoleIfBuilt = async (): Promise<string | undefined> => {
  try {
    return await builtConsole((line) => process.stdout.write(`${line}\n`));
  } catch (error) {
    if (!(error instanceof ConsoleBuildError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return undefined;
  }
};

await run(async () => {
  const known = {
    port: { type: 'string', default: '4600' },
    data: { type: 'string' },
    export: { type: 'string' },
    every: { type: 'string' },
    built: { type: 'boolean' },
    log: { type: 'boolean' },
  } as const;
  const { port, data, built, log: logged, export: exports, every } = argumentsOf(known, usage);
  if (every !== undefined && exports === undefined)
    throw new CommandError(`--every says how often events are exported, and needs --export FOLDER.\n${usage}`);
  const folder = data ?? process.env.HOLDFAST_DATA;
  process.stdout.write('Holdfast is starting ...\n');
  const instance = await startInstance({
    folder,
    port: portOf(port ?? '4600'),
    demo: true,
    built,
    console: consoleIfBuilt(),
    audit: { folder: exports, every: every === undefined ? sealMs : pauseOf(every, usage), margin: localMargin },
    log: (level, message, fields) => {
      if (level === 'error') process.stderr.write(`${JSON.stringify({ level, message, ...fields })}\n`);
      else if (logged && message === 'request') process.stdout.write(`${requestLine(fields)}\n`);
    },
  });
  const [first] = instance.tenants;
  const token = await instance.issuer.token({
    subject: demoSubject,
    scope: scopes.person,
    ...(first && { tenant: first.id }),
  });
  process.stdout.write(greeting(instance, { folder, exports }, token));
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
