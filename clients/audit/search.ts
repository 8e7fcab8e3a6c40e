// `audit search`: finds events in exported files, as the service's search does, and hands them on.

import { type SealedEvent, sealedEvent } from '../../shared/audit/line.ts';
import type { Manifest } from '../../shared/audit/manifest.ts';
import { dayStart, manifestName, nextDay, utcDay } from '../../shared/audit/names.ts';
import { type OcsfFormat, ocsfEvent, ocsfFormats } from '../../shared/audit/ocsf.ts';
import { NotText, utf8 } from '../../shared/text/text.ts';
import { misused } from '../command/words.ts';
import { type Context, command, folderIn } from './command.ts';
import { exits } from './exits.ts';
import { NoExport, type Trail, trailIn } from './folder.ts';
import { NotPacked, unpackedLines } from './lines.ts';
import { lastSequence, type PartFile, type TenantFiles, tenantsIn } from './verify/listing.ts';

const usage = `usage: audit search FOLDER [--from TIME] [--to TIME] [--actor ID] [--target ID] [--action NAME] [--outcome done|refused]
                    [--correlation ID] [--tenant ID] [--format ndjson|ocsf|ocsf-1.9|table]

Finds events in exported files, oldest first. Whether the files are whole, audit verify says.

--from, --to    a day of UTC, or a time such as 2026-11-29T10:00:00Z; both count
--target        the user, group, role, policy or rule that an event is about, or that its difference names
--action        a name such as role.created, or the beginning of names: role.*
--correlation   events that belong together: by the id of an event, a run, a request or a trace
--format        ndjson: the lines as they were sealed, by default; ocsf: as OCSF 1.8; ocsf-1.9: with the classes for
                users and roles of 1.9's public draft; table: for people`;

type Format = 'ndjson' | 'table' | OcsfFormat;
const formats: readonly Format[] = ['ndjson', ...(Object.keys(ocsfFormats) as OcsfFormat[]), 'table'];

const formatOf = (word: string): Format =>
  formats.find((format) => format === word) ?? misused(`--format takes ${formats.join(', ')}, not "${word}".`, usage);

/** Times in milliseconds since 1970. */
interface Range {
  readonly from: number;
  readonly to: number;
}

interface Wanted extends Range {
  /** Texts that make a line worth parsing: of each group, it has one. */
  readonly texts: readonly (readonly string[])[];
  readonly isMatch: (event: SealedEvent) => boolean;
}

const dayOnly = /^\d{4}-\d{2}-\d{2}$/;
const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

const timeOf = (word: string, option: string): { readonly at: number; readonly isDay: boolean } => {
  const at = dayOnly.test(word) ? dayStart(word) : instant.test(word) ? Date.parse(word) : Number.NaN;
  if (Number.isNaN(at))
    return misused(
      `--${option} takes a day or a time, such as 2026-11-29 or 2026-11-29T10:00:00Z, not "${word}".`,
      usage,
    );
  return { at, isDay: dayOnly.test(word) };
};

const rangeOf = (from: string | undefined, to: string | undefined): Range => {
  const end = to === undefined ? undefined : timeOf(to, 'to');
  const range = {
    from: from === undefined ? Number.NEGATIVE_INFINITY : timeOf(from, 'from').at,
    // A day is meant to its end.
    to: end === undefined ? Number.POSITIVE_INFINITY : end.isDay ? dayStart(nextDay(to as string)) - 1 : end.at,
  };
  // Nothing would be found, which looks as if nothing had happened.
  if (range.to < range.from) return misused('--to is before --from.', usage);
  return range;
};

/** True when a value is the text, or has it anywhere within. */
const names = (value: unknown, text: string): boolean =>
  typeof value === 'object' && value !== null ? Object.values(value).some((one) => names(one, text)) : value === text;

type Words = Partial<Record<'actor' | 'target' | 'action' | 'outcome', string>>;

const wantedOf = (words: Words, range: Range, together: ReadonlySet<string> | undefined): Wanted => {
  const { actor, target, action, outcome } = words;
  const start = action?.endsWith('*') ? action.slice(0, -1) : undefined;
  const isMatch = (event: SealedEvent): boolean => {
    const at = Date.parse(event.at);
    return (
      at >= range.from &&
      at <= range.to &&
      (actor === undefined || event.actor.id === actor) &&
      (target === undefined || event.target === target || names(event.difference, target)) &&
      (action === undefined || (start === undefined ? event.action === action : event.action.startsWith(start))) &&
      (outcome === undefined || event.outcome === outcome) &&
      (together === undefined ||
        [event.id, event.requestId, event.traceId, event.run].some((id) => id !== undefined && together.has(id)))
    );
  };
  // Lines are canonical, so a value stands in them as JSON spells it.
  const groups = [[actor], [target], [start === undefined ? action : undefined], [outcome], [...(together ?? [])]];
  const texts = groups
    .map((group) => group.flatMap((one) => (one === undefined ? [] : [JSON.stringify(one)])))
    .filter((group) => group.length > 0);
  return { ...range, texts, isMatch };
};

const hour = 3_600_000;
const day = 24 * hour;

/** What a manifest says of its day's parts, by name. Nothing is verified: it only spares reading. */
const boundsOf = async (trail: Trail, tenant: string, of: string): Promise<ReadonlyMap<string, Range>> => {
  try {
    const bytes = await trail.get(manifestName(tenant, of));
    const { parts } = JSON.parse(utf8(bytes ?? new Uint8Array())) as Manifest;
    return new Map(
      parts.map(({ name, segment: { from, to } }) => [name, { from: Date.parse(from), to: Date.parse(to) }]),
    );
  } catch {
    return new Map();
  }
};

/**
 * The parts that can have events of a range. An event stands under the day of its id, which is drawn when its request
 * begins; counted events have the id of their hour's end. So a day more is read before, and an hour around each part.
 * Late events stand under a later day, so later days are left out only as far as their manifests say so.
 */
async function* partsWithin(trail: Trail, files: TenantFiles, { from, to }: Range): AsyncGenerator<PartFile> {
  const first = from === Number.NEGATIVE_INFINITY ? '' : utcDay(from - day);
  for (const [of, { parts }] of files.days) {
    if (of < first || parts.length === 0) continue;
    const bounds = await boundsOf(trail, files.tenant, of);
    for (const part of parts) {
      const known = bounds.get(part.name);
      if (known === undefined || (known.to + hour >= from && known.from - hour <= to)) yield part;
    }
  }
}

/** The event, when it has what is searched and shown: files are not verified here. @throws TypeError */
const whole = (event: SealedEvent): SealedEvent => {
  const { id, at, action, target, outcome, requestId, actor } = event;
  const texts: unknown[] = [id, at, action, target, outcome, requestId, actor?.kind];
  if (texts.every((text) => typeof text === 'string') && !Number.isNaN(Date.parse(at))) return event;
  throw new TypeError('a member is missing');
};

class Search {
  readonly #context: Context;
  readonly #trail: Trail;
  /** Files that could not be read. */
  faults = 0;

  constructor(context: Context, trail: Trail) {
    this.#context = context;
    this.#trail = trail;
  }

  async #linesOf({ name }: PartFile): Promise<readonly string[]> {
    const { report, signal } = this.#context;
    signal.throwIfAborted();
    try {
      return Array.from(unpackedLines((await this.#trail.get(name)) ?? new Uint8Array()).lines, utf8);
    } catch (error) {
      if (!(error instanceof NotPacked || error instanceof NotText || error instanceof NoExport)) throw error;
      this.faults += 1;
      report.fault('unreadable', `${name} ${error.message}: its events are left out.`, { file: name });
      return [];
    }
  }

  /** The events that are wanted, a part at a time. */
  async *found(files: TenantFiles, { texts, isMatch, ...range }: Wanted) {
    const last = lastSequence(files);
    for await (const part of partsWithin(this.#trail, files, range)) {
      const events = [];
      for (const line of await this.#linesOf(part)) {
        if (!texts.every((group) => group.some((text) => line.includes(text)))) continue;
        const event = this.#matching(line, part, isMatch);
        if (event) events.push({ line, event });
      }
      this.#context.report.progress(`searching ${files.tenant}`, part.last, last);
      if (events.length > 0) yield events;
    }
  }

  #matching(line: string, { name }: PartFile, isMatch: Wanted['isMatch']): SealedEvent | undefined {
    try {
      const event = whole(sealedEvent(line));
      return isMatch(event) ? event : undefined;
    } catch {
      this.faults += 1;
      this.#context.report.fault('unreadable', `${name} has a line that is no sealed event: it is left out.`, {
        file: name,
      });
      return undefined;
    }
  }

  /** What belongs together by an id: of the id of an event, the events of the same request. */
  async together(tenants: readonly TenantFiles[], id: string): Promise<ReadonlySet<string>> {
    const ids = new Set([id]);
    const wanted: Wanted = {
      ...rangeOf(undefined, undefined),
      texts: [[JSON.stringify(id)]],
      isMatch: (event) => event.id === id,
    };
    if (isEventId.test(id))
      for (const files of tenants)
        for await (const events of this.found(files, wanted)) for (const { event } of events) ids.add(event.requestId);
    return ids;
  }
}

const isEventId = /^e[0-9a-z]{20}$/;

const columns = ['at', 'sequence', 'action', 'outcome', 'actor', 'target'] as const;
const widths = [24, 9, 32, 30, 22, 0];
const row = (cells: readonly string[]): string =>
  cells.map((cell, i) => (i === 1 ? cell.padStart(widths[i] as number) : cell.padEnd(widths[i] as number))).join('  ');
const rowOf = ({ at, sequence, action, outcome, code, actor, target, count }: SealedEvent): string =>
  row([
    at,
    String(sequence),
    action,
    `${outcome}${code === undefined ? '' : ` ${code}`}${count === undefined ? '' : ` x${count}`}`,
    actor.id ?? actor.kind,
    target,
  ]);

export const searchCommand = command({
  name: 'search',
  usage,
  options: {
    from: { type: 'string' },
    to: { type: 'string' },
    actor: { type: 'string' },
    target: { type: 'string' },
    action: { type: 'string' },
    outcome: { type: 'string' },
    correlation: { type: 'string' },
    tenant: { type: 'string' },
    format: { type: 'string' },
  },
  run: async (context, { values, positionals }) => {
    const { report, out, json } = context;
    const folder = folderIn(positionals, usage);
    const { from, to, correlation, tenant: only, format: named = 'ndjson', ...words } = values;
    const format = formatOf(named);
    if (json && format === 'table') return misused('--format table is for people: leave --json out.', usage);
    if (words.outcome !== undefined && !['done', 'refused'].includes(words.outcome))
      return misused(`--outcome takes done or refused, not "${words.outcome}".`, usage);
    const range = rangeOf(from, to);
    const trail = await trailIn(folder);
    const tenants = await tenantsIn(trail, folder, only);
    // What cannot be read is told beside the events, so that the output is nothing but events.
    const search = new Search({ ...context, report: context.aside }, trail);
    const together = correlation === undefined ? undefined : await search.together(tenants, correlation);
    const wanted = wantedOf(words, range, together);
    if (format === 'table') report.say('columns', row(columns));
    for (const files of tenants)
      for await (const events of search.found(files, wanted))
        if (format === 'table') for (const { event } of events) report.say('event', rowOf(event));
        else
          out.write(
            events
              .map(({ line, event }) =>
                format === 'ndjson' ? `${line}\n` : `${JSON.stringify(ocsfEvent(event, ocsfFormats[format]))}\n`,
              )
              .join(''),
          );
    return search.faults === 0 ? exits.done : exits.files;
  },
});
