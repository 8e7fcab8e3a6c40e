// Runs of directories under fire: files are posted, listings are put in batches, and runs are undone, by whoever may. All
// of them are carried out slice by slice by whichever workers come by, while administrators change the same users and
// groups.
import { Random } from '../../infra/local/model/index.ts';
import type { RunId, TenantId } from '../../shared/domain/base/ids.ts';
import { Refusal } from '../../shared/domain/base/refusal.ts';
import { runSlice } from '../../shared/runs/run.ts';
import type { Store } from '../../shared/store/store.ts';
import { digestOfAll, ndjson } from '../support/stated.ts';
import { storeNow } from './calling.ts';
import type { Raw } from './naive.ts';
import { type CallStep, type Draw, immutableGroups, immutableIds, type Site } from './steps.ts';

/** A worker takes up a run. */
export interface RunStep {
  readonly id: 'run';
  readonly run: string;
}

/** Slices that a worker goes on with one run. */
const slicesAtOnce = 3;
/** Slices after which a run without an end counts as stuck. */
const mostSlices = 60;

const userDn = (id: string) => `uid=${id},ou=people,dc=fire`;
const groupDn = (id: string) => `cn=${id},ou=groups,dc=fire`;

/** A file of a few records: whole entries with their states and members, and deletions. */
const fileOf = ({ random }: Draw): string => {
  const group = () => random.pick(immutableGroups);
  const member = () => (random.chance(0.2) ? groupDn(group()) : userDn(random.pick(immutableIds)));
  const drawn = new Map<string, string[]>();
  for (let n = 1 + random.int(5); n > 0; n -= 1) {
    const [user, one] = [random.pick(immutableIds), group()];
    const kind = random.int(10);
    if (kind < 2) drawn.set(userDn(user), ['changetype: delete']);
    else if (kind < 5)
      drawn.set(userDn(user), [
        'objectClass: inetOrgPerson',
        `entryUUID: ${user}`,
        `cn: ${user}`,
        ...(random.chance(0.5) ? ['nsAccountLock: TRUE'] : []),
      ]);
    else if (kind < 6) drawn.set(groupDn(one), ['changetype: delete']);
    else {
      const members = new Set(Array.from({ length: random.int(4) }, member));
      members.delete(groupDn(one));
      drawn.set(groupDn(one), [
        'objectClass: groupOfNames',
        `entryUUID: ${one}`,
        `cn: ${one}`,
        ...[...members].map((dn) => `member: ${dn}`),
      ]);
    }
  }
  const records = [...drawn].map(([dn, lines]) => [`dn: ${dn}`, ...lines].join('\n'));
  return `version: 1\n\n${records.join('\n\n')}\n`;
};

/**
 * The content of a full run, always the same for the same run, so that whoever puts a batch and whoever commits need not
 * be one: most of the directory is still there, some of it is said anew, and what it does not name ends.
 */
const listing = (run: string): string[] => {
  const random = new Random(1).fork(run);
  const entry = (type: 'user' | 'group', id: string, whole: object): object[] => {
    const kind = random.int(10);
    if (kind < 1) return [];
    return [kind < 6 ? { type, id, present: true } : { type, id, attributes: { cn: [id] }, ...whole }];
  };
  const users = immutableIds.flatMap((id) => entry('user', id, { dn: userDn(id), enabled: random.chance(0.7) }));
  const groups = immutableGroups.flatMap((id) => {
    const members = [...immutableIds, ...immutableGroups].filter((one) => one !== id && random.chance(0.25));
    return entry('group', id, { dn: groupDn(id), members: members.map((one) => ({ id: one })) });
  });
  const all = [...users, ...groups] as Record<string, unknown>[];
  const half = all.length / 2;
  return random.chance(0.7) ? [ndjson(...all)] : [ndjson(...all.slice(0, half)), ndjson(...all.slice(half))];
};

/** The next step of an open run: a batch or the commit; now and then it is given up. */
const further = ({ random }: Draw, { id, batches }: Raw): Omit<CallStep, 'as'> => {
  const runId = String(id);
  if (random.chance(0.05)) return { id: 'abandonRun', request: { params: { runId } } };
  const content = listing(runId);
  const next = content[Number(batches)];
  if (next !== undefined)
    return { id: 'putBatch', request: { params: { runId, number: String(Number(batches) + 1) }, body: next } };
  const entries = content.join('').split('\n').length - 1;
  const body = { batches: content.length, entries, digest: digestOfAll(content), cursor: runId };
  return { id: 'commitRun', request: { params: { runId }, body } };
};

/** Runs in one of these states. */
const runsIn = ({ facts }: Site, ...states: string[]): Raw[] =>
  [...facts.runs.values()].filter(({ state, stage = state }) => states.includes(String(stage)));
const underWay = ['queued', 'running'];

/** What an access manager says of a held run: mostly by the digest of its plan. */
const ruled = ({ random }: Draw, { id, plan }: Raw): Omit<CallStep, 'as'> => {
  const params = { runId: String(id) };
  if (random.chance(0.3)) return { id: 'rejectRun', request: { params } };
  const digest = random.chance(0.9) ? (plan as Raw).digest : '0'.repeat(64);
  return { id: 'approveRun', request: { params, body: { digest } } };
};

/** A file or a listing for a source, work on a run that is under way, a word about one that is held, or one is undone. */
export const onRuns = (draw: Draw): Omit<CallStep, 'as'> | RunStep | undefined => {
  const { random, site } = draw;
  const run = draw.pick(runsIn(site, ...underWay));
  if (run !== undefined && random.chance(0.7)) return { id: 'run', run: String(run.id) };
  const held = draw.pick(runsIn(site, 'held'));
  if (held !== undefined && random.chance(0.8)) return ruled(draw, held);
  const open = draw.pick(runsIn(site, 'open'));
  if (open !== undefined && random.chance(0.9)) return further(draw, open);
  const ended = draw.pick(
    runsIn(site, 'done', 'failed').filter(({ kind }) => kind !== 'restore' || random.chance(0.1)),
  );
  if (ended !== undefined && random.chance(0.2))
    return { id: 'restoreRun', request: { params: { runId: String(ended.id) } } };
  const source = draw.source();
  if (source === undefined) return undefined;
  const params = { sourceId: String(source.id) };
  return random.chance(0.6)
    ? { id: 'openRun', request: { params, body: { kind: 'full', epoch: 'e1', baseCursor: null } } }
    : { id: 'postDelta', request: { params, body: fileOf(draw) } };
};

/** How many runs of this kind were carried out. */
export const runsDone = (site: Site, kind: 'full' | 'restore'): number =>
  runsIn(site, 'done').filter((run) => run.kind === kind).length;

/** Goes on with a run for a few slices, or ends it. */
export const workOn = async (site: Site, { run }: RunStep): Promise<{ status: number; code?: string }> => {
  try {
    for (let slice = 0; slice < slicesAtOnce; slice += 1)
      if ((await sliceOf(storeNow(), site, run)) !== 'more') return { status: 204 };
    return { status: 200 };
  } catch (error) {
    if (error instanceof Refusal && error.code === 'busy') return { status: 503, code: 'busy' };
    throw error;
  }
};

const sliceOf = (store: Store, { tenant }: Site, run: string) =>
  runSlice(store, { tenant: tenant as TenantId, id: run as RunId }, 1_000);

/** Takes up all runs that are under way until they end, or are held. What is wrong is that one does not. */
export const endRuns = async (store: Store, site: Site): Promise<string[]> => {
  const found: string[] = [];
  for (const { id } of runsIn(site, ...underWay)) {
    const run = String(id);
    let slices = 0;
    while (slices < mostSlices && (await sliceOf(store, site, run)) === 'more') slices += 1;
    if (slices >= mostSlices) found.push(`the run ${run} does not end`);
  }
  return found;
};
