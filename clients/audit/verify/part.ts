// The lines of one part: unpacked, and each held to what a sealed line must be.
import { canonical } from '../../../shared/audit/canonical.ts';
import { type SealedEvent, sealedEvent } from '../../../shared/audit/line.ts';
import { counted } from '../../../shared/text/counted.ts';
import { utf8 } from '../../../shared/text/text.ts';
import { NotPacked, unpackedLines } from '../lines.ts';
import { difference, type Finding } from './findings.ts';

/** Most findings that are told of the lines of one file. */
const mostOfAFile = 5;

interface LineReading {
  /** Undefined when it is no text. */
  readonly line?: string;
  /** Undefined when the line says none. */
  readonly sequence?: number;
  readonly fault?: Omit<Finding, 'file' | 'line'>;
}

const read = (bytes: Uint8Array, tenant: string): LineReading => {
  let line: string | undefined;
  let event: SealedEvent;
  let wanted: string;
  try {
    line = utf8(bytes);
    event = sealedEvent(line);
    wanted = canonical(event);
  } catch (error) {
    const message = `The line is no sealed event: ${(error as Error).message}.`;
    return { ...(line !== undefined && { line }), fault: { code: 'line', message } };
  }
  const { sequence, tenant: found } = event;
  if (wanted !== line) {
    const message = 'The line is not in canonical form.';
    return { line, sequence, fault: { code: 'line', sequence, message, ...difference(wanted, line) } };
  }
  if (found === tenant) return { line, sequence };
  const message = 'The line belongs to another tenant.';
  return { line, sequence, fault: { code: 'tenant', sequence, message, expected: tenant, found } };
};

/** What is wrong with a sequence that is not the next one. */
const jump = (expected: number, found: number): string => {
  const missing = found - expected;
  if (missing < 0) return 'The sequence goes back: a line stands twice, or in another order.';
  return missing === 1 ? 'An event is missing before this line.' : `${missing} events are missing before this line.`;
};

interface PartReading {
  /** False when anything is wrong with the lines themselves, so that roots need not be compared. */
  readonly isSound: boolean;
  /** Events that were read. */
  readonly events: number;
}

interface PartToRead {
  readonly name: string;
  readonly tenant: string;
  readonly first: number;
  readonly last: number;
}

/**
 * Reads the lines of a part in order.
 * @param each is handed every line as it stands, without its line feed
 * @param tell is handed what is wrong with them
 */
export const readPart = (
  packed: Uint8Array,
  { name, tenant, first, last }: PartToRead,
  each: (line: string) => void,
  tell: (finding: Finding) => void,
): PartReading => {
  let faults = 0;
  const report = (finding: Omit<Finding, 'file'>) => {
    faults += 1;
    if (faults <= mostOfAFile) tell({ ...finding, file: name });
  };
  let unpacked: ReturnType<typeof unpackedLines>;
  try {
    unpacked = unpackedLines(packed);
  } catch (error) {
    if (!(error instanceof NotPacked)) throw error;
    report({ code: 'file-packed', message: `The file ${error.message}.` });
    return { isSound: false, events: 0 };
  }
  const { lines, isEnded, rest } = unpacked;
  if (rest > 0) report({ code: 'file-packed', message: `The file has ${counted(rest, 'byte')} behind its end.` });
  let expected = first;
  let count = 0;
  for (const bytes of lines) {
    count += 1;
    const { fault: wrong, sequence = expected, line } = read(bytes, tenant);
    if (wrong) report({ sequence, ...wrong, line: count });
    else if (sequence !== expected)
      report({
        code: 'sequence',
        line: count,
        sequence,
        message: jump(expected, sequence),
        expected,
        found: sequence,
      });
    // The count goes on from what was found, so that one missing line is one finding.
    expected = sequence + 1;
    if (line !== undefined) each(line);
  }
  if (!isEnded) report({ code: 'line', line: count, message: 'The last line does not end with a line feed.' });
  const named = last - first + 1;
  if (count !== named)
    report({
      code: 'sequence',
      message: `The file has ${counted(count, 'line')}, and its name says ${named}.`,
      expected: named,
      found: count,
    });
  if (faults > mostOfAFile)
    tell({ code: 'line', file: name, message: `${faults - mostOfAFile} more findings in this file are not told.` });
  return { isSound: faults === 0, events: count };
};
