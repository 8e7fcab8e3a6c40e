// Reads the sealed events of one tenant out of exported files, part by part.
import { type SealedEvent, sealedEvent } from '../../../shared/audit/line.ts';
import { NotText, utf8 } from '../../../shared/text/text.ts';
import { AuditError } from '../exits.ts';
import { NoExport, type Trail } from '../folder.ts';
import { NotPacked, unpackedLines } from '../lines.ts';
import type { PartFile, TenantFiles } from '../verify/listing.ts';

/** What stands in the files besides the events themselves. */
export interface Reading {
  /** Sentences about events that are not there. */
  readonly gaps: Set<string>;
  /** The last event of the files, whatever its time. */
  last?: SealedEvent | undefined;
}

/** The parts of a tenant in the order of their sequences. */
export const partsOf = ({ days }: TenantFiles): PartFile[] =>
  [...days.values()].flatMap(({ parts }) => parts).sort((a, b) => a.first - b.first || a.last - b.last);

interface Source {
  readonly trail: Trail;
  readonly parts: readonly PartFile[];
  readonly tenant: string;
  readonly signal: AbortSignal;
  readonly progress: (sequence: number, last: number) => void;
}

async function* linesOf({ trail, parts, signal, progress }: Source): AsyncGenerator<{ file: string; line: string }> {
  const last = parts.at(-1)?.last ?? 0;
  for (const { name, first } of parts) {
    signal.throwIfAborted();
    progress(first, last);
    try {
      const bytes = await trail.get(name);
      if (bytes === undefined) throw new AuditError('files', `${name} has gone while it was read.`);
      for (const line of unpackedLines(bytes).lines) if (line.length > 0) yield { file: name, line: utf8(line) };
    } catch (error) {
      if (error instanceof NotPacked || error instanceof NotText)
        throw new AuditError('wrong', `${name} ${error.message}: call audit verify.`, { cause: error });
      if (error instanceof NoExport) throw new AuditError('wrong', `${error.message}.`, { cause: error });
      throw error;
    }
  }
}

/** @throws AuditError for a line that is no event */
const eventIn = (file: string, line: string): SealedEvent => {
  try {
    return sealedEvent(line);
  } catch (error) {
    throw new AuditError('wrong', `${file} has a line that is no event: verify the files.`, { cause: error });
  }
};

/** The events in sequence. What is missing between them is noted. @throws AuditError for a line that is no event */
async function* eventsIn(source: Source, reading: Reading): AsyncGenerator<SealedEvent> {
  let next = 1;
  for await (const { file, line } of linesOf(source)) {
    const event = eventIn(file, line);
    const { sequence, tenant } = event;
    if (tenant !== source.tenant)
      throw new AuditError('wrong', `${file} has events of another tenant: verify the files.`);
    // Two parts may overlap where somebody has copied them together.
    if (sequence < next) continue;
    if (sequence > next)
      reading.gaps.add(
        `The files have no events ${next} to ${sequence - 1}: what those changed is not in this report.`,
      );
    next = sequence + 1;
    reading.last = event;
    yield event;
  }
}

/**
 * The events up to a time in the order of their ids. Those that were sealed late stand behind later ones in the files, so
 * they are looked for first.
 */
export async function* eventsUpTo(source: Source, until: number, reading: Reading): AsyncGenerator<SealedEvent> {
  const late: SealedEvent[] = [];
  for await (const { file, line } of linesOf({ ...source, progress: () => {} }))
    if (line.includes('"late":true')) {
      const event = eventIn(file, line);
      if (event.late && Date.parse(event.at) <= until) late.push(event);
    }
  late.sort((a, b) => (a.id < b.id ? -1 : 1));
  for await (const event of eventsIn(source, reading)) {
    if (event.late || Date.parse(event.at) > until) continue;
    while (late[0] && late[0].id < event.id) yield late.shift() as SealedEvent;
    yield event;
  }
  yield* late;
}
