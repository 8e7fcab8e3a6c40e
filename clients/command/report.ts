// What the command tells while it works: lines for people, or JSON lines for programs. Neither holds names, DNs, mail
// addresses or secrets: counts, ids of runs and sources, and codes only.

/** Values that a line of the log may have. */
type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Report {
  /** Something has happened. @param event its name in the JSON log @param text the same for people */
  say(event: string, text: string, fields?: Fields): void;
  /** The same of something that is wrong: red on a terminal. */
  fault(event: string, text: string, fields?: Fields): void;
  /** How far long work has come. */
  progress(what: string, done: number, of?: number): void;
}

/** A stream as the report needs it. */
export interface Sink {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** Progress is told this often at most, in milliseconds: on a terminal by a bar that is drawn anew, elsewhere by lines. */
const pace = { bar: 100, line: 10_000 } as const;
const barWidth = 24;

/** What a terminal would obey, or show in another order: names come from directories and the API, which others fill. */
const hidden = /[^\P{C}\n]|[\u2028\u2029]/gu;
const visible = (char: string): string => `\\u{${char.codePointAt(0)?.toString(16)}}`;
/** A text that has no effect on a terminal beside its characters. */
const harmless = (text: string): string => text.replace(hidden, visible);

const formatted = (n: number): string => n.toLocaleString('en-US');

/** A line of progress. Without an end, only a count. */
const barOf = (what: string, done: number, of?: number): string => {
  if (of === undefined || of === 0) return `${what}: ${formatted(done)}`;
  const part = Math.min(1, done / of);
  const full = Math.round(part * barWidth);
  return `${what}: [${'#'.repeat(full)}${' '.repeat(barWidth - full)}] ${formatted(done)} of ${formatted(of)}`;
};

interface ReportOptions {
  readonly json: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Where progress is told; by default beside everything else. */
  readonly aside?: Sink;
}

/** A report of what happens. */
export const reportTo = (sink: Sink, { json, now, aside = sink }: ReportOptions): Report => {
  let last = { what: '', at: 0 };
  let open = false;
  const line = (text: string, to = sink) => {
    // A bar is wiped before a line is written over it.
    if (open) aside.write('\r\u001b[K');
    open = false;
    to.write(`${text}\n`);
  };
  const log = (event: string, fields: Fields, to = sink) =>
    line(JSON.stringify({ time: new Date(now()).toISOString(), event, ...fields }), to);
  return {
    say: (event, text, fields = {}) => (json ? log(event, fields) : line(harmless(text))),
    fault: (event, text, fields = {}) =>
      json ? log(event, fields) : line(sink.isTTY ? `\u001b[31m${harmless(text)}\u001b[39m` : harmless(text)),
    progress: (what, done, of) => {
      const isBar = !json && aside.isTTY === true;
      const at = now();
      // What begins is not told on lines before it has taken a while, because most work is over at once.
      if (last.what !== what) last = { what, at: isBar ? 0 : at };
      if (at - last.at < (isBar ? pace.bar : pace.line)) return;
      last = { what, at };
      if (isBar) {
        aside.write(`\r\u001b[K${barOf(what, done, of)}`);
        open = true;
      } else if (json) log('progress', { what, done, of }, aside);
      else line(barOf(what, done, of), aside);
    },
  };
};
