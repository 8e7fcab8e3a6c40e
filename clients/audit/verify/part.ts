// The lines of one part: unpacked, and each held to what a sealed line must be.
import { canonical } from '../../../shared/audit/canonical.ts';
import { type SealedEvent, sealedEvent } from '../../../shared/audit/line.ts';
import { NotText } from '../../../shared/text/text.ts';
import { NotPacked, unpackedLines } from '../lines.ts';
import { difference, type Finding } from './findings.ts';

/** Most findings that are told of the lines of one file. */
const mostOfAFile = 5;

interface LineReading {
  /** Undefined when the line says none. */
  readonly sequence?: number;
  readonly fault?: Omit<Finding, 'file' | 'line'>;
}

const read = (line: string, tenant: string): LineReading => {
  let event: SealedEvent;
  let wanted: string;
  try {
    event = sealedEvent(line);
    wanted = canonical(event);
  } catch (error) {
    return { fault: { code: 'line', message: `The line is no sealed event: ${(error as Error).message}.` } };
  }
  const { sequence, tenant: found } = event;
  if (wanted !== line) {
    const message = 'The line is not in canonical form.';
    return { sequence, fault: { code: 'line', sequence, message, ...difference(wanted, line) } };
  }
  if (found === tenant) return { sequence };
  const message = 'The line belongs to another tenant.';
  return { sequence, fault: { code: 'tenant', sequence, message, expected: tenant, found } };
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
    if (error instanceof NotText) {
      const { line, message } = error;
      report({ code: 'line', line, sequence: first + line - 1, message: `The line ${message}.` });
    } else if (error instanceof NotPacked) report({ code: 'file-packed', message: `The file ${error.message}.` });
    else throw error;
    return { isSound: false, events: 0 };
  }
  const { lines, isEnded, rest } = unpacked;
  if (rest > 0) report({ code: 'file-packed', message: `The file has ${rest} bytes behind its end.` });
  if (!isEnded) report({ code: 'line', line: lines.length, message: 'The last line does not end with a line feed.' });
  let expected = first;
  for (const [i, line] of lines.entries()) {
    const { fault: wrong, sequence = expected } = read(line, tenant);
    if (wrong) report({ sequence, ...wrong, line: i + 1 });
    else if (sequence !== expected)
      report({
        code: 'sequence',
        line: i + 1,
        sequence,
        message: jump(expected, sequence),
        expected,
        found: sequence,
      });
    // The count goes on from what was found, so that one missing line is one finding.
    expected = sequence + 1;
    each(line);
  }
  const count = last - first + 1;
  if (lines.length !== count)
    report({
      code: 'sequence',
      message: `The file has ${lines.length} lines, and its name says ${count}.`,
      expected: count,
      found: lines.length,
    });
  if (faults > mostOfAFile)
    tell({ code: 'line', file: name, message: `${faults - mostOfAFile} more findings in this file are not told.` });
  return { isSound: faults === 0, events: lines.length };
};
