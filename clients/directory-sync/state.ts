// What the command remembers between runs: of every user and group of the directory its id, DN and marker, and the cursor
// of the run that the service has applied. The file is replaced as a whole, so a crash leaves the old one or the new one.
import { rm } from 'node:fs/promises';
import { linesIfPresent, writePrivate } from '../../shared/files/private.ts';
import { NotText } from '../../shared/text/text.ts';
import type { RunOpening } from './api.ts';
import type { EntryKind } from './ldap/types.ts';

/** What is remembered of an object. */
export interface Known {
  readonly kind: EntryKind;
  readonly dn: string;
  /** The directory's mark of the object's last change; empty for an object that must be sent again. */
  readonly marker: string;
  /** When the account ends, in milliseconds since 1970, as far as it is in the future. */
  readonly ends?: number | undefined;
  /** The logins of a user by which groups may list members (memberUid). */
  readonly uids?: readonly string[] | undefined;
  /** True for a group that lists members by login. */
  readonly byLogin?: true | undefined;
}

/** Objects by their immutable id. */
export type Objects = ReadonlyMap<string, Known>;

export interface State {
  readonly source: string;
  /** The directory's identity: markers of another epoch cannot be compared. */
  readonly epoch: string;
  /** How far the directory was. */
  readonly directory: string;
  /** The cursor of the last run that was applied, as the service has it. */
  readonly cursor: string;
  /** A digest of the settings by which the directory was read. */
  readonly reading: string;
  readonly objects: Objects;
}

/** The state that a run leads to, kept before the run is committed. */
export interface Next extends State {
  readonly run: string;
  /** Entries in each batch. */
  readonly batches: readonly number[];
  /** The id of each entry, in the order in which they were sent. */
  readonly sent: readonly string[];
}

/** An attempt to open a run, kept before it is sent: the same key finds the run whose answer was lost. */
interface Opening {
  readonly key: string;
  readonly body: RunOpening;
}

const format = 1;

type Head = Omit<State, 'objects'> & { format: number; count: number } & Partial<Pick<Next, 'run' | 'batches'>>;

/** About this many characters are written at once. */
const pieceLength = 65_536;

function* pieces(lines: Iterable<string>): Generator<string> {
  let piece = '';
  for (const line of lines) {
    piece += `${line}\n`;
    if (piece.length < pieceLength) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

function* linesOf({ objects, ...rest }: State | Next): Generator<string> {
  const { sent = [], ...head }: Partial<Pick<Next, 'sent'>> & Omit<State, 'objects'> = rest;
  yield JSON.stringify({ format, ...head, count: objects.size } satisfies Head);
  for (const [id, { kind, dn, marker, ...more }] of objects)
    yield JSON.stringify(Object.keys(more).length === 0 ? [kind, id, dn, marker] : [kind, id, dn, marker, more]);
  for (const id of sent) yield JSON.stringify(id);
}

const isNext = (state: State | Next): state is Next => 'run' in state;

const isText = (value: unknown): value is string => typeof value === 'string';

interface Reading {
  head?: Head;
  readonly objects: Map<string, Known>;
  readonly sent: string[];
}

/** Takes the value of a line. @throws SyntaxError for one that this release does not write */
const take = (into: Reading, value: unknown): void => {
  const { head, objects, sent } = into;
  if (head === undefined) {
    const { source, epoch, directory, cursor, reading, ...rest } = value as Head;
    if (rest.format !== format || ![source, epoch, directory, cursor, reading].every(isText))
      throw new SyntaxError('no state of this release');
    into.head = value as Head;
  } else if (objects.size < head.count) {
    const [kind, id, dn, marker, more] = value as [EntryKind, string, string, string, Partial<Known>?];
    if (!['user', 'group'].includes(kind) || ![id, dn, marker].every(isText)) throw new SyntaxError('no object');
    objects.set(id, more ? { ...more, kind, dn, marker } : { kind, dn, marker });
  } else if (isText(value)) sent.push(value);
  else throw new SyntaxError('no id');
};

/** Reads a file; undefined when it is not what this release writes, or not all of it. */
const read = async (lines: AsyncIterable<readonly string[]>): Promise<State | Next | undefined> => {
  const into: Reading = { objects: new Map(), sent: [] };
  try {
    for await (const some of lines) for (const line of some) take(into, JSON.parse(line));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || error instanceof NotText) return undefined;
    throw error;
  }
  const { head, objects, sent } = into;
  if (head === undefined) return undefined;
  const { format: _, count, run, batches = [], ...rest } = head;
  const isWhole = objects.size === count && sent.length === batches.reduce((sum, one) => sum + one, 0);
  if (!isWhole) return undefined;
  return run === undefined ? { ...rest, objects } : { ...rest, objects, run, batches, sent };
};

/** What stands on disk. Tests put one in between that ends at any step. */
export interface Disk {
  /** The lines, some at a time; undefined when there is no such file. */
  read(path: string): Promise<AsyncIterable<readonly string[]> | undefined>;
  write(path: string, text: Iterable<string>): Promise<void>;
  remove(path: string): Promise<void>;
}

export const disk: Disk = {
  read: linesIfPresent,
  write: writePrivate,
  remove: (path) => rm(path, { force: true }),
};

/** The files of a state: the applied one, the one that a run leads to, and an attempt to open a run. */
export class StateFiles {
  readonly #path: string;
  readonly #disk: Disk;

  constructor(path: string, on: Disk = disk) {
    this.#path = path;
    this.#disk = on;
  }

  /** The state that the service has applied; undefined when there is none, or none that can be read. */
  async applied(): Promise<State | undefined> {
    const lines = await this.#disk.read(this.#path);
    return lines && read(lines);
  }

  /** The state that a committed run leads to. */
  async next(): Promise<Next | undefined> {
    const lines = await this.#disk.read(`${this.#path}.next`);
    const found = lines && (await read(lines));
    return found && isNext(found) ? found : undefined;
  }

  /** An attempt to open a run; undefined when there is none, or none that can be read. */
  async opening(): Promise<Opening | undefined> {
    const lines = await this.#disk.read(`${this.#path}.opening`);
    if (lines === undefined) return undefined;
    try {
      for await (const [line = ''] of lines) return JSON.parse(line) as Opening;
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof NotText)) throw error;
    }
    return undefined;
  }

  putNext(next: Next): Promise<void> {
    return this.#disk.write(`${this.#path}.next`, pieces(linesOf(next)));
  }

  putOpening(opening: Opening): Promise<void> {
    return this.#disk.write(`${this.#path}.opening`, [JSON.stringify(opening)]);
  }

  /** Makes the state that a run has led to the applied one. */
  async settle(state: State): Promise<void> {
    await this.#disk.write(this.#path, pieces(linesOf(state)));
    await this.dropNext();
  }

  dropNext(): Promise<void> {
    return this.#disk.remove(`${this.#path}.next`);
  }

  dropOpening(): Promise<void> {
    return this.#disk.remove(`${this.#path}.opening`);
  }
}
