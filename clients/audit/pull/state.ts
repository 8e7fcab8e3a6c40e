// What the folder of a pull has, and the file that says how far it is. Without that file, the folder itself says it.
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { verifiedCheckpoint } from '../../../shared/audit/checkpoint.ts';
import type { PublicJwk } from '../../../shared/audit/jwk.ts';
import { SignatureRefused } from '../../../shared/audit/jws.ts';
import { leafHash } from '../../../shared/audit/merkle.ts';
import { type ExportedFile, exportedFile } from '../../../shared/audit/names.ts';
import type { ExportStore } from '../../../shared/exports/port.ts';
import { readIfPresent, writePrivate } from '../../../shared/files/private.ts';
import { counted } from '../../../shared/text/counted.ts';
import { utf8 } from '../../../shared/text/text.ts';
import { AuditError } from '../exits.ts';
import { mostBytes } from '../folder.ts';
import { keyOf } from '../keys.ts';
import { frontierOf, type Head, noHead, peaksOf, rootHex } from './page.ts';

/** The hidden folder of a pull's own files, so that the folders of tenants are exactly those of an export. */
const own = '.pull';
export const lockOf = (folder: string): string => join(folder, own, 'lock');
const stateOf = (folder: string): string => join(folder, own, 'state.json');

/** How far a folder is. */
export interface PullState extends Head {
  readonly v: 1;
  /** What the folder has: a pull makes no manifests, because only the service signs. */
  readonly files: readonly ['parts', 'checkpoints', 'keys'];
  /** Thumbprints of the keys that have signed. */
  readonly keys: readonly string[];
}

/** The state before the first page. */
const noState: PullState = { v: 1, files: ['parts', 'checkpoints', 'keys'], keys: [], ...noHead };

const isHead = (value: Partial<PullState>): value is PullState => {
  try {
    const { size = -1, peaks = [] } = value;
    frontierOf({ size, peaks });
    return value.v === 1 && typeof value.segment === 'string' && Array.isArray(value.keys);
  } catch {
    return false;
  }
};

/** What stands on disk besides the exported files. Tests put one in between that ends at any step. */
export interface OwnFiles {
  /** Undefined when there is none, or none that this release has written. */
  read(): Promise<PullState | undefined>;
  write(state: PullState): Promise<void>;
  /** Keeps the personal values of a segment; the same segment again replaces them. */
  writeValues(name: string, lines: readonly string[]): Promise<void>;
}

/** @param values folder of personal values */
export const ownFiles = (folder: string, values: string | undefined): OwnFiles => ({
  read: async () => {
    const text = await readIfPresent(stateOf(folder));
    if (text === undefined) return undefined;
    try {
      const found = JSON.parse(text) as Partial<PullState>;
      return isHead(found) ? found : undefined;
    } catch {
      return undefined;
    }
  },
  write: (state) => writePrivate(stateOf(folder), `${JSON.stringify(state)}\n`),
  writeValues: (name, lines) => writePrivate(join(values as string, name), lines.map((line) => `${line}\n`).join('')),
});

type Part = Extract<ExportedFile, { kind: 'part' }> & { readonly name: string };

/** The lines of a part. @throws AuditError for a file that is no gzip of lines */
export const linesIn = (bytes: Uint8Array, name: string): string[] => {
  try {
    const text = utf8(gunzipSync(bytes, { maxOutputLength: mostBytes }));
    if (text !== '' && !text.endsWith('\n')) throw new Error('its last line is cut off');
    return text.split('\n').slice(0, -1);
  } catch (error) {
    throw new AuditError('wrong', `${name} cannot be read: ${error instanceof Error ? error.message : error}.`);
  }
};

const damaged = (message: string): never => {
  throw new AuditError('wrong', `${message}. Copy the folder anew, or name another one.`);
};

/**
 * How far a folder is by its files: up to the newest checkpoint of which all parts are there. Whoever copies what was
 * pushed can go on pulling from there. @param tell is told of each part that is read
 */
export const stateOfFiles = async (
  store: ExportStore,
  tell: (done: number, of: number) => void,
): Promise<PullState> => {
  const parts: Part[] = [];
  const checkpoints = new Map<number, string>();
  const keys: string[] = [];
  const tenants = new Set<string>();
  for await (const name of store.list('tenant=')) {
    const file = exportedFile(name);
    if (!file) continue;
    tenants.add(file.tenant);
    if (file.kind === 'part') parts.push({ ...file, name });
    if (file.kind === 'checkpoint') checkpoints.set(file.size, name);
    if (file.kind === 'key') keys.push(name);
  }
  const [tenant, other] = tenants;
  if (other !== undefined) damaged(`The folder has files of the tenants ${tenant} and ${other}, and a pull is of one`);
  if (tenant === undefined) return noState;
  const get = async (name: string) => (await store.get(name)) ?? damaged(`${name} is not there any more`);
  const trusted = await Promise.all(keys.map(async (name) => keyIn(await get(name), name)));
  const tree = frontierOf(noHead);
  let found = noState;
  parts.sort((a, b) => a.first - b.first);
  for (const { name, first, last } of parts) {
    if (first !== tree.size + 1) break;
    const lines = linesIn(await get(name), name);
    if (lines.length !== last - first + 1) damaged(`${name} has ${counted(lines.length, 'line')}`);
    for (const line of lines) tree.append(leafHash(line));
    tell(last, parts.at(-1)?.last ?? last);
    const signed = checkpoints.get(last);
    if (signed === undefined) continue;
    const { checkpoint, key } = believed(utf8(await get(signed)).trim(), trusted, signed);
    if (checkpoint.tenant !== tenant || checkpoint.size !== last || checkpoint.root !== rootHex(tree))
      damaged(`${signed} is of other events than the parts up to ${name}`);
    const kids = [...new Set([...found.keys, key.kid])];
    found = { ...noState, keys: kids, tenant, size: last, peaks: peaksOf(tree), segment: checkpoint.segment };
  }
  return found;
};

const keyIn = (bytes: Uint8Array, name: string): PublicJwk => {
  try {
    const key = keyOf(JSON.parse(utf8(bytes)));
    if (key) return key;
  } catch {}
  return damaged(`${name} is no key`);
};

const believed = (jws: string, keys: readonly PublicJwk[], name: string) => {
  try {
    return verifiedCheckpoint(jws, keys);
  } catch (error) {
    if (!(error instanceof SignatureRefused)) throw error;
    return damaged(`${name} is not signed by a key of this folder (${error.message})`);
  }
};
