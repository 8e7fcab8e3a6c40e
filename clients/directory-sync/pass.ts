// One pass: from what the directory says to what the service has applied. Every step may be the last one of this process,
// so what must be known afterwards is on disk before the request that it is about.
import { randomBytes } from 'node:crypto';
import { nextEnd } from '../../shared/ldif/disabled.ts';
import { counted } from '../../shared/text/counted.ts';
import type { Report } from '../command/report.ts';
import { HoldfastProblem } from '../typescript/index.ts';
import { type Api, type RunCommit, type RunOpening, type RunView, type SourceView, whyNeeded } from './api.ts';
import { Batches } from './batches.ts';
import { clockSkew, type Difference, differences } from './compare.ts';
import {
  deletedEntry,
  faultIn,
  idsByDn,
  idsByLogin,
  type Mapping,
  mapped,
  movedEntry,
  nobodyOf,
  presentEntry,
  wholeEntry,
} from './entries.ts';
import { SyncError } from './exits.ts';
import type { Directory, EntryKind, FullEntry, Gone, Identity, Listed } from './ldap/types.ts';
import type { Known, Next, Objects, State, StateFiles } from './state.ts';

export interface PassOptions {
  readonly mapping: Mapping;
  /** A digest of the settings by which the directory is read: with other settings, everything is read anew. */
  readonly reading: string;
  /** Reads and sends everything. */
  readonly full?: boolean | undefined;
  /** Has the service plan the run, and apply nothing. */
  readonly dryRun?: boolean | undefined;
}

/** Calls a function with an open directory. */
export type WithDirectory = <T>(work: (directory: Directory) => Promise<T>) => Promise<T>;

export interface PassTools {
  readonly api: Api;
  /** Opens the directory for a pass, and begins the pass anew when the connection is lost. */
  readonly within: WithDirectory;
  readonly files: StateFiles;
  readonly report: Report;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
  /** Aborted when the person at the terminal ends the command. */
  readonly signal?: AbortSignal | undefined;
}

/** How a pass has ended well. `left`: entries that the service would not understand. `rejected`: that it refused. */
export type Outcome =
  | { readonly kind: 'unchanged'; readonly left: number }
  | { readonly kind: 'applied'; readonly run: RunView; readonly left: number; readonly rejected: number }
  | { readonly kind: 'planned'; readonly run: RunView };

/** Unlike the directory's own, no cursor comes twice: not after a restored backup, and not from another machine. */
const newCursor = (now: number): string => `${new Date(now).toISOString()}-${randomBytes(6).toString('hex')}`;

/** The first wait for a run that is under way, and the longest one, in milliseconds. */
const polls = { first: 250, longest: 5_000 } as const;
/** A run that goes on for longer is left to the next pass. Milliseconds. */
const longestRun = 3_600_000;
/** The most often that a pass begins anew because others have moved the source meanwhile. */
const mostAttempts = 5;

const heldError = (run: string, reasons: readonly string[] = []): SyncError =>
  new SyncError(
    'held',
    [
      `Run ${run} is held: nothing of it is applied, and later runs wait.`,
      ...reasons.map((one) => `  ${one}`),
      'Somebody who manages access rights looks at its plan, then approves exactly that plan or rejects it:',
      `  GET  /v1/directory/runs/${run}/plan`,
      `  POST /v1/directory/runs/${run}/approve   {"digest": "<digest of the plan>"}`,
      `  POST /v1/directory/runs/${run}/reject`,
    ].join('\n'),
  );

const count = (all: Iterable<{ readonly kind: string }>, kind: string): number => {
  let n = 0;
  for (const one of all) if (one.kind === kind) n += 1;
  return n;
};

/** Waits until a run is over, or held. @throws SyncError when it takes too long */
const over = async ({ api, pause, report, now, signal }: PassTools, id: string): Promise<RunView> => {
  const from = now();
  for (let wait: number = polls.first; ; wait = Math.min(polls.longest, wait * 2)) {
    signal?.throwIfAborted();
    const run = await api.run(id);
    if (run === undefined || !['queued', 'running'].includes(run.state)) return run ?? gone(id);
    if (now() - from > longestRun)
      throw new SyncError(
        'unavailable',
        `Run ${id} is still under way after an hour: the next call waits for it again.`,
      );
    report.progress(run.progress?.phase ?? 'waiting', run.progress?.done ?? 0, run.progress?.of);
    await pause(wait);
  }
};
const gone = (id: string): never => {
  throw new SyncError('refused', `Run ${id} is not there any more.`, { code: 'not-found' });
};

/** The state after a run, with what the service could not take in and may later marked to be sent again. */
const settledState = async ({ api }: PassTools, next: Next): Promise<{ state: State; rejected: number }> => {
  const { run, batches, sent, ...state } = next;
  const again = new Map<string, Known>();
  let rejected = 0;
  const starts = batches.map((_, i) => batches.slice(0, i).reduce((sum, n) => sum + n, 0));
  for await (const { batch = 1, line, retry } of api.rejected(run)) {
    rejected += 1;
    const id = sent[(starts[batch - 1] ?? 0) + line - 1];
    const known = id === undefined ? undefined : state.objects.get(id);
    if (retry !== false && id !== undefined && known) again.set(id, { ...known, marker: '' });
  }
  const objects = again.size === 0 ? state.objects : new Map([...state.objects, ...again]);
  return { state: { ...state, objects }, rejected };
};

const endError = ({ id, state, code }: RunView): SyncError =>
  new SyncError('refused', `Run ${id} has ended as ${state}${code ? ` (${code})` : ''}: nothing of it is applied.`, {
    code: code ?? state,
  });

/** What becomes of the state once a committed run is over. @throws SyncError when it is held or has failed */
const ended = async (tools: PassTools, next: Next): Promise<{ run: RunView; rejected: number }> => {
  const { files } = tools;
  const run = await over(tools, next.run);
  if (run.state === 'held') throw heldError(run.id, run.plan?.tripped);
  if (run.state === 'done') {
    const { state, rejected } = await settledState(tools, next);
    await files.settle(state);
    return { run, rejected };
  }
  await files.dropNext();
  throw endError(run);
};

/** Ends what an earlier process has left. */
const tidied = async (tools: PassTools): Promise<void> => {
  const { api, files, report } = tools;
  const next = await files.next();
  const opening = await files.opening();
  if (next) {
    const run = await api.run(next.run);
    if (run === undefined && (await api.source()).sync.cursor === next.cursor) {
      // Runs are forgotten after a while; the cursor says that this one was applied.
      const { run: _, batches: __, sent: ___, ...state } = next;
      await files.settle(state);
    } else if (run === undefined || run.state === 'rejected' || run.state === 'abandoned') {
      report.say('dropped', `Nothing of run ${next.run} of an earlier call is applied: ${run?.state ?? 'forgotten'}.`, {
        run: next.run,
        state: run?.state,
      });
      await files.dropNext();
    } else if (run.state === 'open') {
      await api.abandon(run.id);
      await files.dropNext();
    } else {
      report.say('resumed', `Run ${run.id} of an earlier call is looked after first.`, { run: run.id });
      const { rejected } = await ended(tools, next);
      const but = rejected === 0 ? '' : `, but for ${counted(rejected, 'entry', 'entries')}`;
      report.say('applied', `Run ${run.id} is applied${but}.`, { run: run.id, rejected });
    }
  } else if (opening) {
    // The same key answers with the run that was opened then. If none was, one is opened now, and ends at once as well.
    const run = await api.open(opening.body, opening.key).catch((error: unknown) => {
      if (error instanceof HoldfastProblem && error.status < 500 && error.status !== 429) return undefined;
      throw error;
    });
    if (run) await api.abandon(run.id);
  }
  if (opening) await files.dropOpening();
};

/** The source, once none of its runs is under way. @throws SyncError */
const freeSource = async (tools: PassTools): Promise<SourceView> => {
  const { api } = tools;
  for (let n = 0; n < mostAttempts; n += 1) {
    const source = await api.source();
    const { heldRun, openRun } = source.sync;
    if (heldRun !== undefined) throw heldError(heldRun, (await api.run(heldRun))?.plan?.tripped);
    if (source.enabled === false)
      throw new SyncError(
        'refused',
        `Source ${source.id} is switched off: whoever manages access rights switches it on.`,
        {
          code: 'source-off',
        },
      );
    const run = openRun === undefined ? undefined : await api.run(openRun);
    if (run === undefined || !['open', 'queued', 'running'].includes(run.state)) return source;
    if (run.state === 'open')
      throw new SyncError(
        'unavailable',
        `Run ${run.id} of this source was opened by another client. If that one is no more, the run ends by itself an hour after its last request, or by POST /v1/directory/runs/${run.id}/abandon.`,
        { code: 'run-active' },
      );
    await over(tools, run.id);
  }
  throw new SyncError('unavailable', 'Other runs of this source follow each other: try again later.', {
    code: 'run-active',
  });
};

/** Why everything is sent, and not only what has changed; undefined when the difference is enough. */
const whyFull = (
  source: SourceView,
  before: State | undefined,
  epoch: string,
  { full, reading }: PassOptions,
): string | undefined => {
  const { sync } = source;
  if (full) return 'asked for';
  if (sync.cursor === undefined) return 'first run';
  if (sync.needsFull !== undefined) return whyNeeded(sync.needsFull);
  if (before === undefined || before.source !== source.id) return 'no state of this source';
  if (before.cursor !== sync.cursor) return 'the state is not the one that the service has';
  if (before.epoch !== epoch || sync.epoch !== epoch) return 'the directory is another one';
  return before.reading === reading ? undefined : 'other settings';
};

/** A complete listing. @throws SyncError when it has no users */
const listed = async ({ report, signal }: PassTools, directory: Directory, known: Objects, recount: boolean) => {
  const listing = new Map<string, Listed>();
  for await (const one of directory.list({ recount })) {
    signal?.throwIfAborted();
    const before = known.get(one.id);
    const isSame = before?.kind === one.kind && before.dn === one.dn && before.marker === one.marker;
    // What is remembered has the same fields and texts, and two copies would double the memory of a large directory.
    listing.set(one.id, isSame ? { kind: one.kind, id: one.id, dn: before.dn, marker: before.marker } : one);
    report.progress('listing', listing.size);
  }
  if (count(listing.values(), 'user') === 0)
    throw new SyncError(
      'directory',
      'The directory shows no users in scope, so nothing is sent: see users.bases and users.filter, and what the account may read.',
      { code: 'no-users' },
    );
  return listing;
};

/** What has been found out, and is to be said. */
interface Work {
  readonly source: SourceView;
  readonly directory: Directory;
  readonly identity: Identity;
  /** Everything is said, by a full run. */
  readonly isFull: boolean;
  readonly known: Objects;
  readonly listing: ReadonlyMap<string, Listed>;
  readonly read: ReadonlyMap<string, Listed>;
  readonly moved: readonly Listed[];
  readonly missing: Difference['missing'];
}

/** Groups that name what has come into scope: a group that has named it all along shows no change. */
const groupsToRead = async (
  directory: Directory,
  listing: ReadonlyMap<string, Listed>,
  arrived: readonly Listed[],
): Promise<Listed[]> => {
  const groups: Listed[] = [];
  if (arrived.length === 0) return groups;
  for await (const id of directory.groupsWith(arrived.map(({ dn }) => dn))) {
    const group = listing.get(id);
    if (group) groups.push(group);
  }
  return groups;
};

/** Lists the directory, and compares it with what is remembered. */
const compared = async (
  tools: PassTools,
  options: PassOptions,
  source: SourceView,
  directory: Directory,
): Promise<Work> => {
  const { files, report, now } = tools;
  const before = await files.applied();
  // A directory that is behind what it was is read only on purpose, because who joined since would be deleted.
  const identity = await directory.identity(
    before && !options.full ? { epoch: before.epoch, cursor: before.directory } : undefined,
  );
  const why = whyFull(source, before, identity.epoch, options);
  const isFull = why !== undefined;
  report.say('begun', isFull ? `Everything is read and sent: ${why}.` : 'Looking for changes.', {
    source: source.id,
    kind: isFull ? 'full' : 'delta',
    why,
  });
  const known: Objects = before?.source === source.id && before.epoch === identity.epoch ? before.objects : new Map();
  const listing = await listed(tools, directory, known, isFull);
  const { read: changed, arrived, moved, missing } = differences(known, listing, now());
  await directory.confirmMissing(missing);
  const toRead = isFull ? [] : [...changed, ...(await groupsToRead(directory, listing, arrived))];
  const read = isFull ? listing : new Map(toRead.map((one) => [one.id, one]));
  const users = count(listing.values(), 'user');
  const groups = listing.size - users;
  report.say(
    'listed',
    `The directory has ${counted(users, 'user')} and ${counted(groups, 'group')}: ${read.size} to read, ${moved.length} moved, ${missing.length} gone.`,
    { users, groups, read: read.size, moved: moved.length, gone: missing.length },
  );
  const both = { source, directory, identity, isFull, known, listing, read };
  // A full run ends what it does not name, and names everything as it is.
  return isFull
    ? { ...both, moved: [], missing: [] }
    : { ...both, moved: moved.filter(({ id }) => !read.has(id)), missing };
};

/** What is known of an object of which a run says nothing, or only where it is now. */
const still = ({ kind, dn, marker = '' }: Listed, before: Known | undefined): Known =>
  before?.kind === kind && before.dn === dn && before.marker === marker ? before : { ...before, kind, dn, marker };

/** What is known of an entry that was read whole. */
const readNow = (entry: FullEntry, attributes: FullEntry['attributes'], now: number): Known => {
  const { kind, dn, marker = '', memberUids } = entry;
  const ends = kind === 'user' ? nextEnd(attributes, now - clockSkew) : undefined;
  const uids = kind === 'user' ? entry.attributes.uid : undefined;
  return {
    ...{ kind, dn, marker },
    ...(ends !== undefined && { ends }),
    ...(uids !== undefined && { uids }),
    ...(memberUids.length > 0 && { byLogin: true }),
  };
};

/** Sends all batches of a run, and answers with what the commit says and what will be known after it. */
const sendAll = async (tools: PassTools, { mapping, full = false }: PassOptions, run: string, work: Work) => {
  const { api, report, signal, now } = tools;
  const { directory, isFull, listing, known, read, moved, missing } = work;
  const objects = new Map<string, Known>();
  for (const one of listing.values()) if (!read.has(one.id)) objects.set(one.id, still(one, known.get(one.id)));
  const batches = new Batches();
  const sent: string[] = [];
  const counts: number[] = [];
  const put = async (batch: ReturnType<Batches['rest']>) => {
    if (!batch) return;
    signal?.throwIfAborted();
    await api.putBatch(run, batch);
    counts.push(batch.entries);
  };
  const say = async (id: string, line: string) => {
    sent.push(id);
    await put(batches.add(line));
  };
  const ids = { byDn: idsByDn(listing), byLogin: idsByLogin(objects) };
  let done = 0;
  let of = read.size;
  let left = 0;
  const take = async (entry: FullEntry | Gone) => {
    done += 1;
    report.progress('sending', done, of);
    const before = known.get(entry.id);
    if ('gone' in entry) {
      // It has gone since it was listed. What was known of it stays so, and the next listing lacks it.
      if (before) objects.set(entry.id, before);
      return;
    }
    const attributes = mapped(entry.attributes, mapping);
    objects.set(entry.id, readNow(entry, attributes, now()));
    if (nobodyOf({ dn: entry.dn, attributes }) !== undefined) {
      // Nobody may have been somebody. A full run ends them by not naming them.
      if (!isFull) await say(entry.id, deletedEntry(entry));
      return;
    }
    // Where the state of the service is to be mended, versions are left out, because then nothing is stale.
    const line = wholeEntry({ ...entry, attributes }, ids, !full);
    const fault = faultIn(line, now());
    if (fault === undefined) return say(entry.id, line);
    // The service would refuse the whole batch for it. Who is there already stays as before.
    left += 1;
    report.say('left-out', `${entry.kind} ${entry.id} is left out: ${fault}.`, { kind: entry.kind, id: entry.id });
    if (isFull) await say(entry.id, presentEntry(entry));
  };
  const takeAll = async (kind: EntryKind, more: readonly Listed[] = []) => {
    const wanted = [...[...read.values()].filter((one) => one.kind === kind), ...more];
    for await (const entry of directory.fetch(wanted)) await take(entry);
  };
  await takeAll('user');
  // No marker tells that a login which a group lists is now another's.
  const byLogin = loginsMoved(known, objects, missing) ? [...known].filter(([, one]) => one.byLogin) : [];
  const more = byLogin.flatMap(([id]) => (read.has(id) ? [] : (listing.get(id) ?? [])));
  of += more.length;
  await takeAll('group', more);
  if (done !== of)
    throw new SyncError(
      'directory',
      `The directory gave ${done} of ${counted(of, 'entry', 'entries')}: nothing is committed.`,
      {
        code: 'incomplete',
      },
    );
  const again = new Set(more.map(({ id }) => id));
  for (const one of moved) if (!again.has(one.id)) await say(one.id, movedEntry(one));
  for (const one of missing) await say(one.id, deletedEntry(one));
  await put(batches.rest());
  return { total: batches.total(), left, said: { batches: counts, sent, objects } };
};

/** True when somebody has got or lost a login. */
const loginsMoved = (known: Objects, objects: Objects, missing: Difference['missing']): boolean => {
  const told = (one: Known | undefined): string => JSON.stringify(one?.uids ?? []);
  for (const [id, one] of objects) if (told(one) !== told(known.get(id))) return true;
  return missing.some(({ id }) => known.get(id)?.uids !== undefined);
};

/** Commits, and finds out what became of a commit that got no answer. */
const commit = async ({ api }: PassTools, run: string, body: RunCommit): Promise<void> => {
  try {
    await api.commit(run, body);
  } catch (error) {
    const state = (await api.run(run))?.state;
    if (state === undefined || state === 'open' || state === 'abandoned') throw error;
  }
};

/** Has the service plan a committed run. @throws SyncError */
const planned = async (tools: PassTools, id: string): Promise<Outcome> => {
  const run = await over(tools, id);
  if (run.state === 'done' || run.state === 'held') return { kind: 'planned', run };
  throw endError(run);
};

/** Ends a run that has nothing to say: what was read anew is known, and the service stays where it is. */
const nothingSaid = async (
  { api, files }: PassTools,
  { sync }: SourceView,
  next: Next,
  left: number,
): Promise<Outcome> => {
  const { run, batches: _, sent: __, ...state } = next;
  await api.abandon(run);
  if (sync.cursor !== undefined) await files.settle({ ...state, cursor: sync.cursor });
  await files.dropOpening();
  return { kind: 'unchanged', left };
};

/** Sends a run and sees it through. */
const deliver = async (tools: PassTools, options: PassOptions, work: Work): Promise<Outcome> => {
  const { api, files, report, now } = tools;
  const { source, identity, isFull } = work;
  const { dryRun = false, reading } = options;
  const body: RunOpening = {
    kind: isFull ? 'full' : 'delta',
    epoch: identity.epoch,
    baseCursor: source.sync.cursor ?? null,
    ...(dryRun && { planOnly: true }),
  };
  const key = randomBytes(16).toString('hex');
  await files.putOpening({ key, body });
  const { id: run } = await api.open(body, key);
  report.say('opened', `Run ${run} is open.`, { run });
  const cursor = newCursor(now());
  const next = { source: source.id, epoch: identity.epoch, directory: identity.cursor, cursor, reading, run };
  try {
    const { total, left, said } = await sendAll(tools, options, run, work);
    if (total.entries === 0) return await nothingSaid(tools, source, { ...next, ...said }, left);
    if (!dryRun) await files.putNext({ ...next, ...said });
    await commit(tools, run, { ...total, cursor });
    report.say(
      'committed',
      `Run ${run} is committed: ${counted(total.entries, 'entry', 'entries')}, ${counted(total.batches, 'batch', 'batches')}.`,
      {
        run,
        ...total,
      },
    );
    const outcome: Outcome = dryRun
      ? await planned(tools, run)
      : { kind: 'applied', left, ...(await ended(tools, { ...next, ...said })) };
    await files.dropOpening();
    return outcome;
  } catch (error) {
    // A run that is left open would keep the next one waiting. After its commit, this changes nothing.
    await api.abandon(run).catch(() => {});
    throw error;
  }
};

/** Runs once. @throws SyncError, DirectoryFault, HoldfastProblem, HoldfastUnreachable, or the reason of the signal */
export const pass = (tools: PassTools, options: PassOptions): Promise<Outcome> =>
  tools.within(async (directory) => {
    await tidied(tools);
    const source = await freeSource(tools);
    const work = await compared(tools, options, source, directory);
    const { isFull, read, moved, missing } = work;
    if (!isFull && read.size + moved.length + missing.length === 0) return { kind: 'unchanged', left: 0 };
    return deliver(tools, options, work);
  });
