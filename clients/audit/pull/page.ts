// A page of the export as the service answers it, and what must hold of it before anything of it is believed.
import { type Checkpoint, verifiedCheckpoint } from '../../../shared/audit/checkpoint.ts';
import type { PublicJwk } from '../../../shared/audit/jwk.ts';
import { SignatureRefused } from '../../../shared/audit/jws.ts';
import { sealedEvent } from '../../../shared/audit/line.ts';
import { Frontier, leafHash, verifyConsistency } from '../../../shared/audit/merkle.ts';
import { exportedFile, partName } from '../../../shared/audit/names.ts';
import { linesHash, noSegment, type Segment, segmentHash } from '../../../shared/audit/segment.ts';
import { counted } from '../../../shared/text/counted.ts';
import { AuditError } from '../exits.ts';
import { mostBytes } from '../folder.ts';

/** Personal values of an event, and the user whom they concern. */
interface Values {
  readonly user: string;
  readonly before?: Readonly<Record<string, string>>;
  readonly after?: Readonly<Record<string, string>>;
}

interface Signed {
  /** A compact JWS. */
  readonly checkpoint: string;
  readonly key: PublicJwk;
}

/** The last line of an answer that has lines before it. */
interface FullPage extends Signed {
  readonly first: number;
  readonly last: number;
  /** The `after` of the next request. */
  readonly next: number;
  /** How many events can be exported. */
  readonly size: number;
  readonly segment: Segment;
  readonly consistency: readonly string[];
  readonly values?: Readonly<Record<string, Values>>;
}
/** The last line of an answer without other lines. */
type EmptyPage = Partial<Signed> & { readonly next: number; readonly size: number; readonly segment?: undefined };

/** An answer, taken apart. */
export interface Page {
  readonly lines: readonly string[];
  readonly page: FullPage | EmptyPage;
}

/** An answer that ends before its last line: the connection broke, or something on the way has cut it. */
export class CutOff extends Error {
  override readonly name = 'CutOff';
}

/** What the service sent does not hold: see exit code 3. */
const wrong = (message: string): never => {
  throw new AuditError('wrong', `What the service sent is not believed: ${message}. Nothing of it is kept.`);
};

/** The history of the service is another than that of the folder: see exit code 8. */
const differs = (message: string): never => {
  throw new AuditError(
    'differs',
    `The service tells another history than this folder: ${message}. Nothing is changed here. Keep this folder, and ask the operators of the service.`,
  );
};

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** Takes an answer apart. @throws CutOff for one without its last line */
export const parsedPage = (text = ''): Page => {
  const lines = text.split('\n');
  // What follows the last line feed is empty, or the beginning of a line that was cut off.
  const rest = lines.pop();
  const last = lines.pop();
  let page: unknown;
  try {
    page = (JSON.parse(last ?? '') as { page?: unknown } | null)?.page;
  } catch {}
  if (rest !== '' || typeof page !== 'object' || page === null) throw new CutOff('the answer is cut off');
  const { next, size } = page as FullPage;
  if (!isCount(next) || !isCount(size)) wrong('its last line has no next and size');
  return { lines, page: page as FullPage | EmptyPage };
};

/** What is known of the history up to here. */
export interface Head {
  /** Undefined before the first page. */
  readonly tenant?: string | undefined;
  /** How many events there are. */
  readonly size: number;
  /** The peaks of their tree, hex. */
  readonly peaks: readonly string[];
  /** The hash of the last segment; `noSegment` before the first. */
  readonly segment: string;
}

/** The history before the first event. */
export const noHead: Head = { size: 0, peaks: [], segment: noSegment };

/** A segment that holds, and the history that it leads to. */
export interface Proven {
  readonly tenant: string;
  readonly segment: Segment;
  readonly lines: readonly string[];
  /** A checkpoint that covers it; it may be of a larger size. */
  readonly checkpoint: Checkpoint;
  readonly signed: Signed;
  readonly head: Head & { readonly tenant: string };
}

const bytesOf = (hex: string): Buffer => Buffer.from(hex, 'hex');
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const frontierOf = ({ size, peaks }: Pick<Head, 'size' | 'peaks'>): Frontier =>
  new Frontier(size, peaks.map(bytesOf));
export const peaksOf = ({ peaks }: Frontier): string[] => peaks.map(hexOf);
export const rootHex = ({ root }: Frontier): string => hexOf(root);

/** A checkpoint with a signature that holds, by a key that is trusted. @param pinned thumbprints; empty to trust any key */
const trustedCheckpoint = ({ checkpoint: jws, key }: Signed, pinned: readonly string[]): Checkpoint => {
  if (pinned.length > 0 && !pinned.includes(key?.kid))
    wrong(`its checkpoint is signed by the key ${key?.kid}, which --key does not name`);
  try {
    return verifiedCheckpoint(jws, [key]).checkpoint;
  } catch (error) {
    if (!(error instanceof SignatureRefused)) throw error;
    return wrong(`the signature of its checkpoint does not hold (${error.message})`);
  }
};

/**
 * What an answer without lines says of the history that is here. @throws AuditError when that is another one
 */
export const checkedEmpty = (
  { next, size, checkpoint, key }: EmptyPage,
  head: Head,
  pinned: readonly string[],
): void => {
  if (size < head.size) shrunk(size, head.size);
  if (size > head.size || next !== head.size)
    wrong(`it has no lines, and says that ${counted(size, 'event is', 'events are')} sealed`);
  if (size === 0 || checkpoint === undefined || key === undefined) return;
  const signed = trustedCheckpoint({ checkpoint, key }, pinned);
  sameTenant(signed, head);
  if (signed.size !== size || signed.segment !== head.segment || signed.root !== rootHex(frontierOf(head)))
    differs(`its checkpoint of ${counted(size, 'event')} is of others than the ${head.size} here`);
};

/** Refuses a service that has fewer events than the folder. */
export const shrunk = (size: number, here: number): never =>
  differs(`it has ${counted(size, 'sealed event')}, and here are ${here}`);

const sameTenant = ({ tenant }: Checkpoint, head: Head): void => {
  if (head.tenant !== undefined && tenant !== head.tenant)
    differs(`the token is of the tenant ${tenant}, and the files here are of ${head.tenant}`);
};

/** True when the lines are a whole segment. */
export const isWhole = (segment: Segment, lines: readonly string[]): boolean =>
  segment.first + lines.length - 1 === segment.last;

/** Checks that a segment ends, because it is in memory until it does. @param bytes of its lines so far */
export const needBounded = (bytes: number): void => {
  if (bytes > mostBytes) wrong(`a segment has ${bytes} bytes and does not end`);
};

/** Checks that an answer with lines goes on where those before it end. @param had lines of the segment that are here */
export const needNext = ({ lines, page }: Page & { readonly page: FullPage }, head: Head, had: number): void => {
  const { first, last, next, size, segment } = page;
  if (size < head.size) shrunk(size, head.size);
  const from = head.size + had + 1;
  if (lines.length === 0) wrong(`it has no lines, and says that they are ${first} to ${last}`);
  if (first !== from || last !== first + lines.length - 1 || next !== last || last > segment.last || size < last)
    wrong(`its lines are said to be ${first} to ${last} of ${size}, and ${from} was asked for`);
};

/**
 * A whole segment, checked. What cannot even be read, as of another shape, is not believed either.
 * @throws AuditError
 */
export const provenSegment = (...sent: Parameters<typeof proven>): Proven => {
  try {
    return proven(...sent);
  } catch (error) {
    if (error instanceof AuditError) throw error;
    return wrong(`it cannot be read (${error instanceof Error ? error.message : error})`);
  }
};

/**
 * A whole segment, checked: its lines, its place in the chain and in the tree, and the checkpoint that covers it.
 * @throws AuditError
 */
const proven = (lines: readonly string[], page: FullPage, head: Head, pinned: readonly string[]): Proven => {
  const { segment, consistency } = page;
  const signed = { checkpoint: page.checkpoint, key: page.key };
  const checkpoint = trustedCheckpoint(signed, pinned);
  sameTenant(checkpoint, head);
  const { tenant } = checkpoint;
  const { first, last } = segment;
  const range = `${first} to ${last}`;
  // The service names the file: it must be one of an export, which leads out of no folder.
  const file = exportedFile(partName(tenant, segment.day, first, last));
  if (file?.kind !== 'part') wrong(`its tenant, day or sequences name no file of an export`);
  if (segmentHash(tenant, segment) !== segment.hash) wrong(`the segment ${range} has another hash than its content`);
  if (segment.previous !== head.segment || first !== head.size + 1)
    differs(`its segment ${range} follows a segment ${segment.previous}, and the last one here is ${head.segment}`);
  if (linesHash(lines) !== segment.lines) wrong(`the lines ${range} are others than those of their segment`);
  const tree = frontierOf(head);
  for (const [i, line] of lines.entries()) {
    const event = sealedEvent(line);
    if (event.sequence !== first + i) wrong(`the line after ${first + i - 1} has the sequence ${event.sequence}`);
    if (event.tenant !== tenant) wrong(`the line ${first + i} is of the tenant ${event.tenant}, not of ${tenant}`);
    tree.append(leafHash(line));
  }
  if (rootHex(tree) !== segment.root)
    wrong(`the tree of ${counted(last, 'event')} has another root than the segment ${range} says`);
  const isCovered =
    checkpoint.size === last
      ? checkpoint.root === segment.root && checkpoint.segment === segment.hash
      : verifyConsistency({
          from: last,
          to: checkpoint.size,
          fromRoot: bytesOf(segment.root),
          toRoot: bytesOf(checkpoint.root),
          path: consistency.map(bytesOf),
        });
  if (!isCovered)
    wrong(
      `the checkpoint of ${counted(checkpoint.size, 'event')} is of another tree than that of the segment ${range}`,
    );
  return {
    tenant,
    segment,
    lines,
    checkpoint,
    signed,
    head: { tenant, size: last, peaks: peaksOf(tree), segment: segment.hash },
  };
};
