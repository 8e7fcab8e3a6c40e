// The lower half of the LDIF reader: joins physical lines to logical lines (folding, comments, line ends), in blocks
// that blank lines separate. The cost is linear, because every character is read a fixed number of times.

/** One logical line. `line` is its first line in the file. If `problem` is set, the text must not be used. */
export interface Line {
  readonly line: number;
  readonly text: string;
  readonly problem?: string;
}

/** Most characters of one logical line, with its folded parts. */
export const maxLineLength = 1024 * 1024;

interface Open {
  readonly line: number;
  readonly comment: boolean;
  readonly pieces: string[];
  length: number;
}

const close = ({ line, pieces, length }: Open): Line => {
  if (length > maxLineLength) return { line, text: '', problem: `longer than ${maxLineLength} characters` };
  const text = pieces.length === 1 ? (pieces[0] as string) : pieces.join('');
  if (text.includes('\0')) return { line, text: '', problem: 'contains a NUL character: write the value in base64' };
  if (text.includes('\r')) return { line, text: '', problem: 'contains a carriage return that does not end the line' };
  return { line, text };
};

/**
 * The blocks of logical lines between blank lines (RFC 2849, notes 2 to 5). Comments are left out, with their folded
 * parts. A line of spaces continues the line before it, as the RFC has it; without such a line it counts as blank.
 * @param maxLines a longer block is cut at this line, which becomes a problem
 */
export function* blocks(text: string, maxLines: number): Generator<readonly Line[], void> {
  let block: Line[] = [];
  let open: Open | undefined;
  const push = (line: Line): void => {
    if (block.length < maxLines) block.push(line);
    else if (block.length === maxLines) block.push({ ...line, problem: `more than ${maxLines} lines in one record` });
  };
  const finish = (): void => {
    if (open !== undefined && !open.comment) push(close(open));
    open = undefined;
  };

  let number = 0;
  let next = text.startsWith('\uFEFF') ? 1 : 0;
  while (next < text.length) {
    const from = next;
    const found = text.indexOf('\n', from);
    const end = found < 0 ? text.length : found;
    const stop = end > from && text[end - 1] === '\r' ? end - 1 : end;
    next = end + 1;
    number += 1;

    if (stop === from) {
      finish();
      if (block.length > 0) yield block;
      block = [];
    } else if (text[from] !== ' ') {
      finish();
      open = { line: number, comment: text[from] === '#', pieces: [text.slice(from, stop)], length: stop - from };
    } else if (open !== undefined) {
      open.length += stop - from - 1;
      // Text beyond the limit is not kept, so that it costs no memory.
      if (!open.comment && open.length <= maxLineLength) open.pieces.push(text.slice(from + 1, stop));
    } else if (text.slice(from, stop).trim() !== '') {
      push({ line: number, text: '', problem: 'starts with a space, but there is no line that it could continue' });
    }
  }
  finish();
  if (block.length > 0) yield block;
}
