// Verifies the exported files of one tenant in one walk from the first event to the last: lines, files, days, the tree,
// and every signature on the way. In memory are one part, the names, and some twenty hashes.
import { createHash } from 'node:crypto';
import type { Checkpoint } from '../../../shared/audit/checkpoint.ts';
import { fileHash, type Manifest, type ManifestPart } from '../../../shared/audit/manifest.ts';
import {
  checkpointName,
  dayStart,
  keyName,
  manifestName,
  nextDay,
  partName,
  signatureName,
  utcDay,
} from '../../../shared/audit/names.ts';
import { noSegment, segmentHash } from '../../../shared/audit/segment.ts';
import { counted } from '../../../shared/text/counted.ts';
import { NoExport, type Trail } from '../folder.ts';
import type { PinnedKeys } from '../keys.ts';
import type { Finding, Outcome, Tell } from './findings.ts';
import { type DayFiles, lastSequence, type PartFile, type TenantFiles } from './listing.ts';
import { readPart } from './part.ts';
import { Roots } from './roots.ts';
import { Signed } from './signed.ts';

/** A checkpoint that the auditor has kept elsewhere: one compact JWS. */
export interface KeptCheckpoint {
  readonly file: string;
  readonly jws: string;
}

interface VerifyOptions {
  readonly pinned: PinnedKeys;
  readonly kept: readonly KeptCheckpoint[];
  /** Verifies this day alone, by its manifest. */
  readonly day?: string | undefined;
  /** Verifies from this day on: earlier files need not be there. */
  readonly from?: string | undefined;
  readonly tell: (finding: Finding) => void;
  /** @param sequence how far it has come @param last how far it goes */
  readonly progress?: (sequence: number, last: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** The last manifest so far. */
interface Link {
  readonly day: string;
  /** Of its file's bytes; undefined when they are not believed. */
  readonly sha256?: string;
}

/** What has been read up to here. */
interface Place {
  /** The sequence that comes next; undefined before a day that is verified alone. */
  next: number | undefined;
  /** The hash of the segment before; undefined when it is not known. */
  segment: string | undefined;
  link: Link | undefined;
  day: string | undefined;
}

const dayBefore = (day: string): string => utcDay(dayStart(day) - 1);
const span = (first: string | number, last: string | number): string =>
  `${first}${first === last ? '' : ` to ${last}`}`;
const events = (n: number): string => `${n} event${n === 1 ? '' : 's'}`;

/** Verifies the files of a tenant, and tells what is wrong as it is found. */
export const verifyTenant = async (trail: Trail, files: TenantFiles, options: VerifyOptions): Promise<Outcome> => {
  const { tenant } = files;
  const { day: only, from, signal, progress = () => {} } = options;
  /** The day with whose manifest the verification begins; undefined when it begins with the first event. */
  const start = only ?? from;
  let findings = 0;
  const tell: Tell = (code, message, at = {}) => {
    findings += 1;
    options.tell({ code, message, ...at });
  };
  const signed = new Signed(tenant, options.pinned, tell);
  const place: Place = { next: 1, segment: noSegment, link: undefined, day: undefined };
  const covered: { last: number; day?: string } = { last: 0 };
  let read = 0;
  let manifestDay: string | undefined;
  let newest: Checkpoint | undefined;
  const highest = lastSequence(files);

  const bytesOf = async (name: string): Promise<Uint8Array | undefined> => {
    signal?.throwIfAborted();
    try {
      return await trail.get(name);
    } catch (error) {
      if (!(error instanceof NoExport)) throw error;
      tell('file-packed', `${error.message}.`, { file: name });
      return undefined;
    }
  };

  for (const kid of files.keys) signed.takeKey(kid, (await bytesOf(keyName(tenant, kid))) ?? new Uint8Array());
  const kept = options.kept.flatMap(({ file, jws }) => {
    const checkpoint = signed.checkpoint(jws, file);
    return checkpoint ? [{ file, checkpoint }] : [];
  });
  const roots = new Roots(tell, new Set(kept.map(({ checkpoint }) => checkpoint.size)));

  const cover = (last: number, day = place.day): void => {
    if (last > covered.last) Object.assign(covered, { last, day });
  };

  /** A checkpoint's file; undefined, with a finding, when it must not be believed. */
  const checkpointFile = async (size: number): Promise<Checkpoint | undefined> => {
    const file = checkpointName(tenant, size);
    const checkpoint = signed.checkpoint((await bytesOf(file)) ?? '', file);
    if (checkpoint === undefined) return undefined;
    if (checkpoint.size !== size) {
      tell('checkpoint', 'The checkpoint is of another size than its name says.', {
        file,
        expected: size,
        found: checkpoint.size,
      });
      return undefined;
    }
    if (newest === undefined || newest.size <= size) newest = checkpoint;
    return checkpoint;
  };

  /** How many of the checkpoints were read; the next one to read follows. */
  let seen = 0;
  const coming = (): number | undefined => files.checkpoints[seen];
  /** Reads the checkpoints up to a size, so that the tree is held to them when it gets there. */
  const expectTo = async (last: number, segment?: { readonly hash: string }): Promise<void> => {
    for (let size = coming(); size !== undefined && size <= last; size = coming()) {
      seen += 1;
      const checkpoint = await checkpointFile(size);
      if (checkpoint === undefined) continue;
      const file = checkpointName(tenant, size);
      roots.expect(size, checkpoint.root, file);
      if (size === last && segment) isOfSegment(checkpoint, segment.hash, file);
    }
  };

  const isOfSegment = (checkpoint: Checkpoint, hash: string, file: string): void => {
    if (checkpoint.segment !== hash)
      tell('checkpoint', 'The checkpoint names another segment than the manifest.', {
        file,
        expected: hash,
        found: checkpoint.segment,
      });
  };

  /** Reads a part. Answers with the hash of its lines, and whether each of them is what a sealed line must be. */
  const readLines = (bytes: Uint8Array, part: PartFile) => {
    const hash = createHash('sha256');
    const each = (line: string) => {
      hash.update(line).update('\n');
      roots.append(line);
    };
    const reading = readPart(bytes, { ...part, tenant }, each, ({ code, message, ...at }) => tell(code, message, at));
    read += reading.events;
    progress(part.last, highest);
    return { ...reading, hash: hash.digest('hex') };
  };

  const missing = (file: string, { first, last }: Pick<PartFile, 'first' | 'last'>): void =>
    tell('file-missing', `The file with sequence ${first} to ${last} is missing.`, { file, sequence: first });

  /** A part of which nothing is signed but the roots that its lines lead to. */
  const looseParts = async (day: string, parts: readonly PartFile[]): Promise<void> => {
    for (const part of parts) {
      const { name: file, first, last } = part;
      const next = place.next ?? first;
      if (first < next) {
        tell(
          'sequence',
          `The file begins at sequence ${first}, and everything before ${next} was in files before it.`,
          {
            file,
            expected: next,
            found: first,
          },
        );
        continue;
      }
      if (first > next) {
        tell('sequence', `${events(first - next)} missing: no file has sequence ${span(next, first - 1)}.`, {
          file,
          sequence: next,
          expected: next,
          found: first,
        });
        roots.breakAt(next);
      }
      await expectTo(last);
      place.day = day;
      const bytes = await bytesOf(file);
      const isSound = bytes !== undefined && readLines(bytes, part).isSound;
      if (bytes === undefined) missing(file, part);
      if (isSound) roots.settle();
      else roots.breakAt(first);
      Object.assign(place, { next: last + 1, segment: undefined });
      cover(roots.agreed);
    }
  };

  /** What a manifest says of a part, held to itself and to what came before. */
  const checkSegment = (day: string, { name, segment }: ManifestPart, next: number, file: string): void => {
    const { first, last, hash, previous } = segment;
    const at = { file, sequence: first };
    if (name !== partName(tenant, day, first, last) || segment.day !== day)
      tell('segment', `The segment from sequence ${first} on does not belong into the file ${name}.`, at);
    if (first !== next)
      tell('segment', 'The segment does not begin where the one before ends.', { ...at, expected: next, found: first });
    const computed = segmentHash(tenant, segment);
    if (computed !== hash)
      tell('segment', 'The hash of the segment is wrong.', { ...at, expected: computed, found: hash });
    if (place.segment !== undefined && previous !== place.segment)
      tell('segment', 'The segment does not follow the one before.', {
        ...at,
        expected: place.segment,
        found: previous,
      });
  };

  /** A part that a signed manifest names. */
  const signedPart = async (day: string, part: ManifestPart, manifestFile: string): Promise<void> => {
    const { name: file, segment } = part;
    const { first, last } = segment;
    checkSegment(day, part, place.next ?? first, manifestFile);
    roots.expect(last, segment.root, manifestFile);
    await expectTo(last, segment);
    place.day = day;
    const bytes = await bytesOf(file);
    if (bytes === undefined) {
      missing(file, segment);
      roots.breakAt(first);
    } else {
      const found = fileHash(bytes);
      const isOther = found !== part.sha256;
      if (isOther)
        tell(
          'file-hash',
          `The bytes of the file are not those that the manifest names (${counted(part.bytes, 'byte')}).`,
          {
            file,
            expected: part.sha256,
            found,
          },
        );
      const { isSound, hash } = readLines(bytes, { name: file, first, last });
      const isSealed = hash === segment.lines;
      // Lines that are wrong in themselves are told one by one, which says more than their hash.
      if (!isSealed && isSound)
        tell('lines-hash', `The lines are sound, and not those that were sealed as sequence ${first} to ${last}.`, {
          file,
          sequence: first,
          expected: segment.lines,
          found: hash,
        });
      if (isSealed && isSound) roots.settle();
      else roots.breakAt(first);
      if (isSealed) cover(last);
    }
    Object.assign(place, { next: last + 1, segment: segment.hash });
  };

  /** How a manifest follows what came before. */
  const checkChain = (manifest: Manifest, file: string): void => {
    const { previous, day } = manifest;
    const { link } = place;
    // What the first manifest follows is not there to be compared.
    if (link === undefined) {
      if (previous !== null && start === undefined)
        tell(
          'manifest-missing',
          `The manifest of ${previous.day} is missing, and any before it. Where they are gone for good, --from ${day} verifies the rest.`,
          { file: manifestName(tenant, previous.day) },
        );
      return;
    }
    if (previous === null || previous.day !== dayBefore(day))
      tell('manifest-chain', 'The manifest does not name the day before it.', {
        file,
        expected: dayBefore(day),
        found: previous?.day,
      });
    else if (link.day === previous.day && link.sha256 !== undefined && link.sha256 !== previous.sha256)
      tell('manifest-chain', `The manifest follows another manifest of ${link.day} than the one that is there.`, {
        file,
        expected: previous.sha256,
        found: link.sha256,
      });
  };

  const checkManifest = (manifest: Manifest, file: string): void => {
    const { first, last, root, parts } = manifest;
    const next = place.next ?? first;
    const ends = parts.at(-1)?.segment.last ?? first - 1;
    if (first !== next)
      tell('manifest', 'The manifest does not begin where the day before ends.', {
        file,
        expected: next,
        found: first,
      });
    if (last !== ends)
      tell('manifest', 'The manifest does not end where its parts end.', { file, expected: ends, found: last });
    const hash = parts.at(-1)?.segment.hash ?? place.segment;
    const checkpoint = signed.checkpoint(manifest.checkpoint, file);
    roots.expect(last, root, file);
    if (checkpoint === undefined) return;
    if (checkpoint.size !== last || checkpoint.root !== root)
      tell('checkpoint', "The checkpoint in the manifest is not of the day's end.", {
        file,
        expected: `${last} ${root}`,
        found: `${checkpoint.size} ${checkpoint.root}`,
      });
    else if (hash !== undefined) isOfSegment(checkpoint, hash, file);
    if (newest === undefined || newest.size <= checkpoint.size) newest = checkpoint;
  };

  /** The manifest of a day when it is signed and of this day; undefined otherwise, with a finding. */
  const manifestOf = async (day: string, { manifest, signature }: DayFiles): Promise<Manifest | undefined> => {
    const file = manifestName(tenant, day);
    if (!manifest) {
      if (signature)
        tell('manifest-missing', `The manifest of ${day} is missing, and its signature is there.`, { file });
      return undefined;
    }
    const bytes = (await bytesOf(file)) ?? new Uint8Array();
    const jws = signature ? await bytesOf(signatureName(tenant, day)) : undefined;
    if (jws === undefined)
      tell('signature-missing', `The manifest of ${day} has no signature, so it is not believed.`, {
        file: signatureName(tenant, day),
      });
    const believed = jws && signed.manifest(day, bytes, jws);
    if (believed) checkChain(believed, file);
    place.link = { day, ...(believed && { sha256: fileHash(bytes) }) };
    return believed;
  };

  const walkDay = async (day: string, found: DayFiles): Promise<void> => {
    const { link } = place;
    const file = manifestName(tenant, day);
    // Days without a manifest matter when a later day has one.
    if (link !== undefined && (found.manifest || found.signature) && nextDay(link.day) < day) {
      const first = nextDay(link.day);
      tell('manifest-missing', `The manifest of ${span(first, dayBefore(day))} is missing.`, {
        file: manifestName(tenant, first),
      });
    }
    const manifest = await manifestOf(day, found);
    if (manifest === undefined) return looseParts(day, found.parts);
    manifestDay = day;
    checkManifest(manifest, file);
    for (const part of manifest.parts) await signedPart(day, part, file);
    roots.settle();
    if (manifest.parts.length === 0) {
      place.next ??= manifest.last + 1;
      if (roots.brokenAt === undefined) cover(manifest.last, day);
    }
    const named = new Set(manifest.parts.map(({ name }) => name));
    for (const { name, first } of found.parts)
      if (!named.has(name))
        tell('file-unexpected', `The signed manifest of ${day} does not name this file.`, {
          file: name,
          sequence: first,
        });
  };

  /** The days from one on, or this one alone, by its manifest: what came before is taken from the manifest. */
  const walkFrom = async (day: string): Promise<void> => {
    const found = files.days.get(day);
    const before = files.days.get(dayBefore(day));
    const later = [...files.days].filter(([one]) => one > day && only === undefined);
    const first = [found, ...later.map(([, one]) => one)].flatMap((one) => one?.parts ?? [])[0]?.first;
    roots.breakAt(1);
    Object.assign(place, { next: undefined, segment: undefined });
    // Checkpoints of what came before say nothing of these files.
    seen = files.checkpoints.filter((size) => only !== undefined || first === undefined || size < first).length;
    if (before?.manifest) {
      const name = manifestName(tenant, dayBefore(day));
      place.link = { day: dayBefore(day), sha256: fileHash((await bytesOf(name)) ?? new Uint8Array()) };
    }
    if (!found?.manifest) {
      const why = 'A day has one once it has ended, and a folder that was pulled has none.';
      tell('manifest-missing', `The manifest of ${day} is missing. ${why}`, { file: manifestName(tenant, day) });
      return;
    }
    await walkDay(day, found);
    for (const [next, itsFiles] of later) await walkDay(next, itsFiles);
  };

  /** What checkpoints say of events that are not there. */
  const checkEnd = async (last: number): Promise<void> => {
    let most: Checkpoint | undefined;
    for (const size of files.checkpoints.slice(seen)) most = (await checkpointFile(size)) ?? most;
    if (most)
      tell('truncated', `The checkpoint speaks of ${events(most.size)}, and the files end at sequence ${last}.`, {
        file: checkpointName(tenant, most.size),
        sequence: last + 1,
        expected: most.size,
        found: last,
      });
  };

  const unchecked: string[] = [];

  const checkKept = (last: number): void => {
    for (const { file, checkpoint } of kept) {
      const { size, root, at } = checkpoint;
      const found = roots.wanted(size);
      if (size > last)
        tell(
          'replayed',
          `The checkpoint that was kept was signed at ${at} for ${events(size)}, and the files end at sequence ${last}: they are an older state, or their end was cut off.`,
          { file, sequence: last + 1, expected: size, found: last },
        );
      else if (found === undefined)
        unchecked.push(
          `The checkpoint in ${file} could not be compared, because ${start === undefined ? 'an event before it is missing or differs' : 'no file from that day on is signed for its size'}.`,
        );
      else if (found !== root)
        tell(
          'fork',
          `The first ${events(size)} are other ones than when the checkpoint that was kept was signed, at ${at}: history was written anew.`,
          { file, sequence: size, expected: root, found },
        );
    }
  };

  if (start !== undefined) await walkFrom(start);
  else for (const [day, found] of files.days) await walkDay(day, found);
  const last = (place.next ?? 1) - 1;
  if (only === undefined && place.next !== undefined) {
    await checkEnd(last);
    checkKept(last);
  }
  if (covered.last === 0 && read > 0 && findings === 0)
    tell('unsigned', 'No signature vouches for any of these events.', { file: `tenant=${tenant}/` });
  const { brokenAt } = roots;
  if (only !== undefined)
    unchecked.push(
      `Only ${only} was verified, by its manifest: the tree, other days and kept checkpoints need all files.`,
    );
  else if (place.link === undefined)
    unchecked.push(
      'There are no manifests: the bytes of the files, the chain of segments and empty days were not checked. Signed checkpoints vouch for the lines. An export has its first manifest once its first day has ended, and a folder that was pulled never has one.',
    );
  if (from !== undefined)
    unchecked.push(
      `Only the days from ${from} on were verified, by their manifests: what came before is taken from the first one. The tree needs all files.`,
    );
  if (start === undefined && brokenAt !== undefined)
    unchecked.push(
      `Roots were not compared from sequence ${brokenAt} on, because something there is missing or differs.`,
    );
  else if (last > covered.last && covered.last > 0 && only === undefined)
    unchecked.push(`No signature reaches sequence ${span(covered.last + 1, last)}: nothing vouches for them yet.`);
  if (kept.length === 0 && only === undefined)
    unchecked.push(
      'Whether later events were cut off cannot be seen in these files: compare them with a newer checkpoint that was kept elsewhere (--against).',
    );
  return {
    tenant,
    findings,
    files: files.files,
    events: read,
    last,
    covered: covered.last,
    coveredDay: covered.day,
    manifestDay,
    newest: newest && { size: newest.size, at: newest.at },
    unchecked,
  };
};
