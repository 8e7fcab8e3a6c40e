// Runs of directories under fire: files are posted by whoever may, and taken in slice by slice by whichever workers come
// by, while administrators change the same users and groups.
import type { RunId, TenantId } from '../../shared/domain/base/ids.ts';
import { Refusal } from '../../shared/domain/base/refusal.ts';
import { runSlice } from '../../shared/runs/run.ts';
import type { Store } from '../../shared/store/store.ts';
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

/** A file for a source, work on a run that is under way, a word about one that is held, or one is undone that has ended. */
export const onRuns = (draw: Draw): Omit<CallStep, 'as'> | RunStep | undefined => {
  const { random, site } = draw;
  const run = draw.pick(runsIn(site, ...underWay));
  if (run !== undefined && random.chance(0.7)) return { id: 'run', run: String(run.id) };
  const held = draw.pick(runsIn(site, 'held'));
  if (held !== undefined && random.chance(0.8)) return ruled(draw, held);
  const ended = draw.pick(runsIn(site, 'done', 'failed').filter(({ kind }) => kind !== 'restore'));
  if (ended !== undefined && random.chance(0.15))
    return { id: 'restoreRun', request: { params: { runId: String(ended.id) } } };
  const source = draw.source();
  return source && { id: 'postDelta', request: { params: { sourceId: String(source.id) }, body: fileOf(draw) } };
};

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
