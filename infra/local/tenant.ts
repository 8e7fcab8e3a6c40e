// `npm run tenant`: exports one tenant of a table into a file, and restores it, beside the living ones or where it is gone.
import { createReadStream, createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { isId } from '../../shared/domain/base/ids.ts';
import { type Archive, ArchiveError, exportTenant, restoreTenant } from '../../shared/store/archive.ts';
import { documentClient } from '../../shared/store/client.ts';
import { Store } from '../../shared/store/store.ts';
import { counted } from '../../shared/text/counted.ts';
import { argumentsOf, CommandError, run } from './command.ts';
import { connectEngine } from './engine.ts';
import { tableName } from './instance.ts';
import { readState, stateFolder } from './state.ts';

const usage = `usage: npm run tenant -- export --tenant ID --file FILE [--table NAME] [--data FOLDER]
       npm run tenant -- restore --file FILE [--same-id | --copy NAME] [--table NAME] [--data FOLDER]
export writes one tenant as gzipped lines of JSON, from a living table or from a copy that a recovery point was restored to.
restore writes it under a new id, which it prints: the same for the same file and copy, so that a restore that died can be
repeated. With --same-id it keeps the id, in a table that does not have it. Until the tenant is verified it is suspended.
The command works on the engine that DYNAMODB_ENDPOINT names (table: TABLE_NAME, or --table), otherwise on the one of npm
start.`;

/** The lines of a gzipped file. */
const linesIn = (file: string): Archive =>
  async function* () {
    const unzipped = createGunzip();
    const input = createReadStream(file);
    // Without this listener, a fault of the file would end the process instead of the loop.
    input.on('error', (error) => unzipped.destroy(error));
    try {
      yield* createInterface({ input: input.pipe(unzipped), crlfDelay: Number.POSITIVE_INFINITY });
    } catch (error) {
      throw new CommandError(`${file} cannot be read: ${error instanceof Error ? error.message : error}.`);
    }
  };

/** Writes lines beside the file, so that the file appears under its name only when it is whole. */
const writerTo =
  (part: string) =>
  (lines: AsyncIterable<string>): Promise<void> =>
    pipeline(Readable.from(lines), createGzip(), createWriteStream(part, { mode: 0o600 }));

await run(async () => {
  const [what, ...rest] = process.argv.slice(2);
  if (what !== 'export' && what !== 'restore') throw new CommandError(usage);
  process.argv.splice(2, process.argv.length, ...rest);
  const options = argumentsOf(
    {
      tenant: { type: 'string' },
      file: { type: 'string' },
      table: { type: 'string' },
      copy: { type: 'string' },
      'same-id': { type: 'boolean', default: false },
      data: { type: 'string' },
    },
    usage,
  );
  const { file, tenant, copy, table = tableName, 'same-id': sameId } = options;
  if (!file) throw new CommandError(`--file names the file.\n${usage}`);
  if (sameId && copy !== undefined) throw new CommandError(`Give --same-id or --copy, not both.\n${usage}`);
  const state = await readState(stateFolder(options.data ?? process.env.HOLDFAST_DATA));
  const endpoint = process.env.DYNAMODB_ENDPOINT ?? state?.endpoint;
  if (!endpoint) throw new CommandError('No engine is known: run npm start, or set DYNAMODB_ENDPOINT.');
  await connectEngine(endpoint);
  const store = new Store({ client: documentClient(endpoint), table });
  try {
    if (what === 'restore') {
      const restored = await restoreTenant(store, linesIn(file), { sameId, copy });
      process.stdout.write(
        `${restored.tenant}: ${counted(restored.items, 'item')} restored and verified, digest ${restored.digest}\n`,
      );
      return;
    }
    const named = state?.tenants.find(({ catalogue }) => catalogue === tenant)?.id ?? tenant;
    if (!named || !isId('tenant', named))
      throw new CommandError(`--tenant takes the id of a tenant, or the catalogue of a demo tenant.\n${usage}`);
    const part = `${file}.part`;
    const exported = await exportTenant(store.db, named, writerTo(part));
    await rename(part, file);
    process.stdout.write(
      `${exported.tenant}: ${counted(exported.items, 'item')} exported, digest ${exported.digest}\n`,
    );
  } catch (error) {
    if (error instanceof ArchiveError) throw new CommandError(error.message);
    throw error;
  }
});
