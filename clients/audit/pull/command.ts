// The command `pull`: once, or again and again.
import { ExportFolderError, exportFolder } from '../../../shared/exports/folder.ts';
import { LockHeldError, takeLock } from '../../../shared/files/lock.ts';
import { readIfPresent } from '../../../shared/files/private.ts';
import { counted } from '../../../shared/text/counted.ts';
import { pauseWith } from '../../command/ends.ts';
import { inRounds, pauseOf, tellingWaits } from '../../command/repeating.ts';
import { type ClientCredentials, type TokenPlace, tokens } from '../../command/token.ts';
import { misused } from '../../command/words.ts';
import { type Context, command, folderIn } from '../command.ts';
import { AuditError, endOf, exits } from '../exits.ts';
import { pinnedKeys } from '../keys.ts';
import { pagesOf } from './api.ts';
import { type Pulled, pullNew } from './puller.ts';
import { lockOf, ownFiles } from './state.ts';

const usage = `usage: audit pull FOLDER --url URL [options]   takes away what is new, and checks it

--url URL              the address of the API without /v1
--token-file FILE      the access token is in this file, which is read before each request
--token-env NAME       the access token is in this variable of the environment; by default in HOLDFAST_TOKEN
--token-command LINE   this command prints the access token, which is used until it ends
--token-oauth FILE     JSON with tokenUrl, clientId, clientSecret and scope, for client credentials
--key THUMBPRINT|FILE  a key that may sign; may be repeated, as keys are replaced.
                       Without it, any key may, and each new one is told of
--values FOLDER        keeps the personal values that still exist, apart from everything else
--once                 runs once, which is the default
--every 5m             runs again and again, with this pause: 30s, 5m, 1h
--json                 logs one JSON object a line`;

const options = {
  url: { type: 'string' },
  'token-file': { type: 'string' },
  'token-env': { type: 'string' },
  'token-command': { type: 'string' },
  'token-oauth': { type: 'string' },
  key: { type: 'string', multiple: true },
  values: { type: 'string' },
  once: { type: 'boolean' },
  every: { type: 'string' },
} as const;

/** Two at once would write the same files twice and move one state. */
const locked = async (folder: string): Promise<() => Promise<void>> => {
  try {
    return await takeLock(lockOf(folder));
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw error;
    throw new AuditError('locked', `Process ${error.pid} pulls into this folder already (${folder}).`);
  }
};

const tell = ({ report }: Context, { events, size }: Pulled): number => {
  const text = events === 0 ? 'Nothing is new' : `${counted(events, 'event')} taken away and checked`;
  report.say(events === 0 ? 'unchanged' : 'pulled', `${text}: the folder has ${size}.`, { events, size });
  return exits.done;
};

const isCredentials = (value: Partial<ClientCredentials>): value is ClientCredentials =>
  URL.canParse(value.tokenUrl ?? '') && typeof value.clientId === 'string' && typeof value.clientSecret === 'object';

/** The client credentials in a file. Their secret stands elsewhere: `{"env": "NAME"}` or `{"file": "path"}`. */
const credentialsIn = async (file: string): Promise<ClientCredentials> => {
  try {
    const found: Partial<ClientCredentials> = JSON.parse((await readIfPresent(file)) ?? '');
    if (isCredentials(found)) return found;
  } catch {}
  return misused(
    `--token-oauth: ${file} is no JSON with tokenUrl, clientId and clientSecret ({"env"} or {"file"}).`,
    usage,
  );
};

/** Where the token is. One option of a kind may be given. */
const placeOf = async (values: Readonly<Record<string, unknown>>): Promise<TokenPlace> => {
  const given = ['file', 'env', 'command', 'oauth'].filter((one) => values[`token-${one}`] !== undefined);
  if (given.length > 1) return misused(`--token-${given[0]} and --token-${given[1]} exclude each other.`, usage);
  const [kind = 'env'] = given;
  const value = String(values[`token-${kind}`] ?? 'HOLDFAST_TOKEN');
  return kind === 'oauth' ? { oauth: await credentialsIn(value) } : ({ [kind]: value } as unknown as TokenPlace);
};

export const pullCommand = command({
  name: 'pull',
  usage,
  options,
  run: async (context, { values, positionals }) => {
    const folder = folderIn(positionals, usage);
    const { url, once, every } = values;
    if (url === undefined || !URL.canParse(url)) return misused('--url URL is missing.', usage);
    if (/\/v1\/?$/.test(url)) return misused('--url takes the address of the API without /v1.', usage);
    if (once && every !== undefined) return misused('--once and --every exclude each other.', usage);
    const pinned = [...(await pinnedKeys(values.key ?? [])).thumbprints];
    const ms = every === undefined ? undefined : pauseOf(every, usage);
    const { env, signal, now, report, aside, fetch: go = globalThis.fetch } = context;
    const token = tokens(await placeOf(values), { env, fetch: go, now, field: 'The access token' });
    const store = await exportFolder(folder).catch((error: unknown) => {
      if (error instanceof ExportFolderError) throw new AuditError('files', error.message);
      throw error;
    });
    const release = await locked(folder);
    try {
      const keeps = values.values !== undefined;
      const pause = pauseWith(signal);
      const page = pagesOf({ url, token, fetch: go, signal, pause, onWait: tellingWaits(aside), values: keeps });
      const tools = { page, store, own: ownFiles(folder, values.values), report };
      const round = async () => tell(context, await pullNew(tools, { values: keeps, pinned }));
      if (ms === undefined) return await round();
      const lasting = [exits.usage, exits.wrong, exits.differs];
      await inRounds({ every: ms, signal, report, pause, endOf, lasting }, round);
      return exits.done;
    } finally {
      await release();
    }
  },
});
