// Takes the audit away, segment by segment: each is checked as a whole, then written, then the state moves. Whatever
// ends the process in between, the next call writes the same files again or finds them there.
import { gzipSync } from 'node:zlib';
import { canonical } from '../../../shared/audit/canonical.ts';
import { checkpointName, keyName, partName } from '../../../shared/audit/names.ts';
import { linesHash } from '../../../shared/audit/segment.ts';
import type { ExportStore } from '../../../shared/exports/port.ts';
import { counted } from '../../../shared/text/counted.ts';
import type { Report } from '../../command/report.ts';
import { AuditError } from '../exits.ts';
import { checkedEmpty, isWhole, needBounded, needNext, type Page, type Proven, provenSegment } from './page.ts';
import { linesIn, type OwnFiles, type PullState, stateOfFiles } from './state.ts';

export interface PullTools {
  /** The page after a sequence. @throws what the API says */
  readonly page: (after: number) => Promise<Page>;
  readonly store: ExportStore;
  readonly own: OwnFiles;
  readonly report: Report;
}

interface PullOptions {
  /** True to keep personal values. */
  readonly values: boolean;
  /** Thumbprints of the keys that may sign; empty to trust any, and to tell of each new one. */
  readonly pinned: readonly string[];
}

export interface Pulled {
  /** How many events were taken away now. */
  readonly events: number;
  /** How many there are. */
  readonly size: number;
}

const startOf = async ({ store, own, report }: PullTools): Promise<PullState> => {
  const state = await own.read();
  if (state) return state;
  const found = await stateOfFiles(store, (done, of) => report.progress('Events in the folder', done, of));
  if (found.size > 0)
    report.say('resumed', `The folder has ${counted(found.size, 'event')}, and no state of a pull: it goes on there.`, {
      size: found.size,
    });
  return found;
};

/** Takes away all that is new. @throws AuditError, and what the API and the disk say */
export const pullNew = async (tools: PullTools, options: PullOptions): Promise<Pulled> => {
  const { own, report } = tools;
  let state = await startOf(tools);
  const before = state.size;
  // A page may end within a segment, because of its bytes.
  let some: string[] = [];
  let bytes = 0;
  let values: Record<string, object> = {};
  for (;;) {
    const { lines, page } = await tools.page(state.size + some.length);
    if (page.segment === undefined) {
      checkedEmpty(page, state, options.pinned);
      return { events: state.size - before, size: state.size };
    }
    needNext({ lines, page }, state, some.length);
    some = [...some, ...lines];
    bytes += lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
    needBounded(bytes);
    values = { ...values, ...page.values };
    if (!isWhole(page.segment, some)) continue;
    const proven = provenSegment(some, page, state, options.pinned);
    if (options.values) await keepValues(own, proven, values);
    state = await kept(tools, proven, state);
    report.progress('Events', state.size, page.size);
    some = [];
    bytes = 0;
    values = {};
    if (state.size === page.size) return { events: state.size - before, size: state.size };
  }
};

const digits = (n: number): string => String(n).padStart(12, '0');

/** Keeps the personal values apart from everything else, so that whoever must can delete them. */
const keepValues = async (own: OwnFiles, { segment }: Proven, values: Readonly<Record<string, object>>) => {
  const lines = Object.entries(values).map(([event, of]) => canonical({ event, ...of }));
  if (lines.length > 0) await own.writeValues(`values-${digits(segment.first)}-${digits(segment.last)}.ndjson`, lines);
};

/** Writes what a segment brings, and then the state. */
const kept = async ({ store, own, report }: PullTools, proven: Proven, state: PullState): Promise<PullState> => {
  const { tenant, segment, lines, checkpoint, signed, head } = proven;
  const name = partName(tenant, segment.day, segment.first, segment.last);
  const bytes = gzipSync(lines.map((line) => `${line}\n`).join(''));
  if ((await store.put(name, bytes)) === 'exists') await needSame(store, name, segment.lines);
  const { kid } = signed.key;
  const isNew = !state.keys.includes(kid);
  if (isNew) {
    await store.put(keyName(tenant, kid), Buffer.from(canonical(signed.key)));
    report.say(
      'key',
      `A key signs that this folder has not known: ${kid}. Compare it with what the operators publish.`,
      {
        kid,
      },
    );
  }
  if (checkpoint.size === segment.last)
    await store.put(checkpointName(tenant, checkpoint.size), Buffer.from(signed.checkpoint));
  const next = { ...state, ...head, keys: isNew ? [...state.keys, kid] : state.keys };
  await own.write(next);
  return next;
};

/** A part may be there by an earlier attempt, or because it was copied; its lines count, since gzip may write other bytes. */
const needSame = async (store: ExportStore, name: string, lines: string): Promise<void> => {
  const there = await store.get(name);
  if (there && linesHash(linesIn(there, name)) === lines) return;
  throw new AuditError(
    'differs',
    `The service tells another history than this folder: ${name} is here with other lines. Nothing is changed here. Keep this folder, and ask the operators of the service.`,
  );
};
