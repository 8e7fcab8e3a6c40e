// Fire on the adversarial model: many workers, each with its own store and caches, send random requests to the real
// handlers while the service does everything wrong that it may. Every commit is judged by the naive reference.
import { randomBytes } from 'node:crypto';
import {
  calm,
  type Faults,
  hostile,
  ModelDynamo,
  type ModelOptions,
  type Random,
  Scheduler,
  type Timing,
} from '../../infra/local/model/index.ts';
import { type Ids, idsFrom, type TenantId } from '../../shared/domain/base/ids.ts';
import { Refusal } from '../../shared/domain/base/refusal.ts';
import { type PassTools, passOf } from '../../shared/exports/pass.ts';
import { localNotary, newNotaryKey } from '../../shared/http/signing/notary.ts';
import { ruleOperations } from '../../shared/routes/rules.ts';
import { compacted } from '../../shared/store/compaction.ts';
import type { DocumentClient } from '../../shared/store/db.ts';
import { Store } from '../../shared/store/store.ts';
import { logSeconds, tableDefinition } from '../../shared/store/table.ts';
import { exportedBy } from '../exports/independent.ts';
import { MemoryExports } from '../exports/memory.ts';
import { eventsIn, sealFaults } from '../support/sealed.ts';
import { afterwards } from './afterwards.ts';
import { type Ballast, loadBallast } from './ballast.ts';
import { call, ready, withStore } from './calling.ts';
import { applyDirectory } from './directory.ts';
import { quietRefusals } from './quiet.ts';
import { replayFaults, Trail } from './replayed.ts';
import { endRuns, runsDone, workOn } from './runs.ts';
import { prepareSites } from './sites.ts';
import { type Aim, type CallStep, nextStep, type Site, type Step } from './steps.ts';
import { Violation, Watch } from './watch.ts';

export interface FireOptions {
  readonly seed: number;
  readonly workers?: number;
  /** Requests that each worker sends. */
  readonly steps?: number;
  /** Requests that each worker serves at once, as a process does that many requests share, and then with shared reads. */
  readonly lanes?: number;
  readonly faults?: Partial<Faults>;
  readonly timing?: Partial<Timing>;
  /** Stands between the store and the model: to break conditions on purpose. */
  readonly wrap?: (client: DocumentClient) => DocumentClient;
  readonly aim?: Aim;
  readonly catalogues?: readonly string[];
  /** Makes the first site a tenant of this size. */
  readonly ballast?: Ballast;
  /**
   * Two for each tenant seal and export its events beside the changes, while a day ends. All is exported at the end in
   * any case.
   */
  readonly exports?: boolean;
  /** What is wrong besides the commits ends the run, too. */
  readonly trace?: boolean;
}

export interface Figures {
  runs: number;
  mutations: number;
  commits: number;
  /** Transactions that several changes have shared. */
  joined: number;
  moves: number;
  lockOuts: number;
  wayUps: number;
  conflicts: number;
  lostAnswers: number;
  busy: number;
  /** Refused, and done later: a request that was still under way when the retry was refused. */
  late: number;
  deaths: number;
  /** Destructive requests in quiet tenants, and how many of them were refused as lock-outs, rightly. */
  asked: number;
  refused: number;
  /** Change sets that were done, and operations on rules, alone or in one. */
  sets: number;
  onRules: number;
  /** Sessions begun and ended, and checks in them. */
  onSessions: number;
  /** Sources switched, changed, created and deleted. */
  onSources: number;
  /** Files taken in to their end. */
  runsEnded: number;
  /** Held runs that were approved or rejected. */
  ruled: number;
  /** Requests that brought deleted users back, or began to undo a run. */
  restored: number;
  /** Full runs and restorations that were carried out. */
  fullRuns: number;
  undone: number;
  /** Records that compaction took out of the book. */
  compacted: number;
  /** Exported files that were written while changes went on, and the manifests among them. */
  files: number;
  manifests: number;
  violations: number;
  outcomes: Record<string, number>;
}

export const noFigures = (): Figures => ({
  runs: 0,
  mutations: 0,
  commits: 0,
  joined: 0,
  moves: 0,
  lockOuts: 0,
  wayUps: 0,
  conflicts: 0,
  lostAnswers: 0,
  busy: 0,
  late: 0,
  deaths: 0,
  compacted: 0,
  files: 0,
  manifests: 0,
  asked: 0,
  refused: 0,
  sets: 0,
  onRules: 0,
  onSessions: 0,
  onSources: 0,
  runsEnded: 0,
  ruled: 0,
  restored: 0,
  fullRuns: 0,
  undone: 0,
  violations: 0,
  outcomes: {},
});

export const addFigures = (sum: Figures, { outcomes, ...figures }: Figures): void => {
  for (const [name, n] of Object.entries(figures)) sum[name as keyof typeof figures] += n;
  for (const [code, n] of Object.entries(outcomes)) sum.outcomes[code] = (sum.outcomes[code] ?? 0) + n;
};

export const tableName = 'holdfast';

const modelIndexes = tableDefinition.GlobalSecondaryIndexes.map((index) => ({
  name: index.IndexName,
  pk: index.KeySchema[0]?.AttributeName as string,
  sk: index.KeySchema[1]?.AttributeName as string,
  projection: 'KEYS_ONLY' as const,
}));

/** The model of the service without mischief, with this project's table and indexes. */
export const calmModel = (scheduler: Scheduler, more: Partial<ModelOptions> = {}): ModelDynamo =>
  new ModelDynamo({ scheduler, tableName, indexes: modelIndexes, faults: calm, removeUndefinedValues: true, ...more });

/** Ids that a seed reproduces. */
export const seededIds = (random: Random): Ids => idsFrom((n) => Uint8Array.from({ length: n }, () => random.int(256)));

/** The answer of the store of exported files is lost. */
class AnswerLost extends Error {}

/**
 * Seals and exports what is left, also what clocks that are ahead have written, and compares it with the table's events:
 * each is exported once, in sequence.
 */
const exportedWhole = async (tools: PassTools, tenant: TenantId, { files }: MemoryExports): Promise<string[]> => {
  const margin = -(logSeconds + 3_600) * 1_000;
  while ((await passOf({ ...tools, margin }, tenant)).more);
  const sealed = await sealFaults(tools.db, tenant);
  const { faults, events } = exportedBy(files, tenant);
  const exported = new Set(events.map(({ id }) => id));
  const left = [...(await eventsIn(tools.db, tenant)).keys()].filter((id) => !exported.has(id));
  if (events.length !== sealed.events.length) faults.push(`${events.length} of ${sealed.events.length} are exported`);
  return [...sealed.faults, ...faults, ...left.map((id) => `${id} is not exported`)].map(
    (one) => `exporting, ${tenant}: ${one}`,
  );
};

/** Codes that a request drawn at random may earn. Anything else, and any 500, is a violation. */
export const expectedCodes = new Set([
  'last-access-manager',
  'keeper-needed',
  'forbidden',
  'unknown-user',
  'user-disabled',
  'caller-kind',
  'not-found',
  'not-held',
  'name-taken',
  'identity-taken',
  'sign-in-taken',
  'external-id-taken',
  'not-invitable',
  'invalid-request',
  'permission-missing',
  'permission-excluded',
  'granted-by-wider',
  'policies-not-applicable',
  'personal-grants-off',
  'feature-off',
  'owned-by-directory',
  'idempotency-mismatch',
  'precondition-failed',
  'owner-needed',
  'quota-exceeded',
  'cannot-log-on',
  'session-ended',
  'source-off',
  'full-run-needed',
  'run-active',
  'run-held',
  'run-not-held',
  'plan-differs',
  'not-restorable',
  'run-not-open',
  'batch-out-of-order',
  'busy',
]);

export interface Run {
  readonly figures: Figures;
  readonly watch: Watch;
  readonly sites: readonly Site[];
  /** The last requests and what became of them, oldest first. */
  readonly last: readonly string[];
  readonly violations: readonly string[];
}

interface Asked {
  readonly operation: string;
  readonly params?: Readonly<Record<string, string>> | undefined;
}
/** The operations of a request: itself, or those of a change set. */
const operationsOf = ({ id, request }: CallStep): readonly Asked[] =>
  id === 'submitChangeSet'
    ? (request.body as { operations: Asked[] }).operations
    : [{ operation: id, params: request.params }];

/** What begins a run: all that the run changes bears the id of that request. */
const beginsRun = new Set<Step['id']>(['postDelta', 'openRun', 'restoreRun']);

/** What a step came to. */
export const perform = async (
  step: Step,
  site: Site,
  requestId: string,
): Promise<{ status: number; code?: string }> => {
  if (step.id === 'directory') {
    const { status, code } = await applyDirectory(site.tenant, step, requestId);
    return { status, ...(code && { code }) };
  }
  if (step.id === 'run') return workOn(site, step);
  if (beginsRun.has(step.id)) site.posted.add(requestId);
  const asked = operationsOf(step);
  for (const { operation, params } of asked) site.told.asks(operation, params);
  const { status, body } = await call(step.id, step.request, requestId);
  const answers = step.id === 'submitChangeSet' ? (body.results ?? []) : [{ body }];
  for (const [i, { operation, params }] of status < 300 ? asked.entries() : []) {
    site.told.hears(operation, params, answers[i]?.body);
    if (operation !== 'inviteUser') continue;
    site.invitations.push(answers[i].body.invitation);
    if (site.invitations.length > 6) site.invitations.shift();
  }
  return { status, ...(status >= 400 && { code: body.code as string }) };
};

const sessionSteps = new Set<Step['id']>(['createSession', 'endSession', 'endSessions', 'check']);
const sourceSteps = new Set<Step['id']>(['createSource', 'updateSource', 'deleteSource']);

export const count = (figures: Figures, step: Step, status: number, code: string | undefined): void => {
  figures.mutations += 1;
  if (step.id === 'run' && status === 204) figures.runsEnded += 1;
  if (status < 300 && step.id !== 'directory' && step.id !== 'run') {
    if (step.id === 'submitChangeSet') figures.sets += 1;
    if (sessionSteps.has(step.id)) figures.onSessions += 1;
    if (sourceSteps.has(step.id)) figures.onSources += 1;
    if (step.id === 'approveRun' || step.id === 'rejectRun') figures.ruled += 1;
    if (step.id === 'restoreUser' || step.id === 'restoreRun') figures.restored += 1;
    figures.onRules += operationsOf(step).filter(({ operation }) => Object.hasOwn(ruleOperations, operation)).length;
  }
  if (code === 'last-access-manager') figures.lockOuts += 1;
  if (code === 'keeper-needed') figures.wayUps += 1;
  if (code === 'busy') figures.busy += 1;
  const key = code ?? String(status);
  figures.outcomes[key] = (figures.outcomes[key] ?? 0) + 1;
};

const justBeforeMidnight = Date.UTC(2026, 2, 1, 23, 59, 59);

/** How long the answer to the last look may have been on its way, in virtual ms. */
const answerTime = 50;

/** A store that remembers when its last refusal was recorded: what happened before that was to be known. */
class FiredStore extends Store {
  refusedAt = Number.POSITIVE_INFINITY;
  override exists(tenant: Parameters<Store['exists']>[0]): Promise<boolean> {
    this.refusedAt = Math.min(this.refusedAt, this.now);
    return super.exists(tenant);
  }
}

const describe = (step: Step): string => {
  if (step.id === 'directory') return `directory ${step.what}`;
  if (step.id === 'run') return `work on ${step.run}`;
  return `${step.id} ${JSON.stringify(step.request.params ?? {})} ${JSON.stringify(step.request.body ?? {})} as ${step.as ?? step.request.as?.subject}`;
};

/** One run. Never throws for what it finds: it is in `violations`. */
export const fire = async (options: FireOptions): Promise<Run> => {
  const { seed, workers = 64, steps = 40, lanes = 1, aim = 'wide', wrap = (client) => client } = options;
  await ready();
  const startAt = options.exports ? justBeforeMidnight : undefined;
  const scheduler = new Scheduler({ seed, maxSteps: 20_000_000, ...(startAt && { startAt }) });
  const begun = scheduler.now();
  const { timing, trace } = options;
  const model = calmModel(scheduler, { ...(timing && { timing }), ...(trace && { trace }) });
  const figures = { ...noFigures(), runs: 1, outcomes: {} };
  const watch = new Watch();
  const trail = new Trail();
  const last: string[] = [];
  const note = (line: string) => {
    last.push(`${(scheduler.now() - begun).toFixed(0)} ${line}`);
    if (last.length > 60) last.shift();
  };
  model.onCommit((_, info) => {
    figures.compacted += info.writes.filter(({ pk, after }) => pk.endsWith('#BOOK') && !after).length;
    trail.take(info.writes);
    const found = watch.commit(info.writes, info.at);
    if (found.length > 0) throw new Violation(watch.violations[0]);
  });
  const random = scheduler.random.fork('requests');
  const clockOf = (label: string) => {
    const chance = random.fork(`clock ${label}`);
    return { now: () => Math.floor(scheduler.now()), sleep: scheduler.sleep, random: () => chance.next() };
  };
  const storeOf = (client: DocumentClient, label: string, clock = clockOf(label)) =>
    new FiredStore({
      client: wrap(client),
      table: tableName,
      clock,
      ids: seededIds(random.fork(`ids ${label}`)),
      sharing: lanes > 1 ? 1 : undefined,
    });

  const exports = new MemoryExports();
  const key = newNotaryKey();
  const toolsOf = ({ db }: Store): PassTools => ({
    db,
    notary: localNotary(db, key),
    margin: 500,
    storeOf: async () => exports,
  });
  const main = storeOf(model.client('main').document, 'main');
  const violations: string[] = [];
  let sites: Site[] = [];
  const refused: string[] = [];
  const stores: Store[] = [];
  let requests = 0;
  const next = (): string => {
    requests += 1;
    return `q${requests}`;
  };
  try {
    sites = await scheduler.do(() =>
      withStore(main, () => prepareSites(watch, random.fork('sites'), options.catalogues)),
    );
    if (options.ballast) loadBallast(model, sites[0] as Site, options.ballast, seed);
    model.setFaults(options.faults ?? hostile);
    const left = new Map<string, number>();
    const start = (number: number, life: number): void => {
      const name = `w${number}.${life}`;
      const client = model.client(name);
      const store = storeOf(client.document, name);
      stores[number] = store;
      const site = sites[number % sites.length] as Site;
      const serve = async (lane: string, draw: Random): Promise<void> => {
        for (let rest = left.get(lane) ?? steps; rest > 0; rest -= 1) {
          left.set(lane, rest - 1);
          await scheduler.sleep(draw.next() * (aim === 'edge' ? 8 : 30));
          const step = nextStep(draw, site, aim);
          const requestId = next();
          const sent = scheduler.now();
          watch.sends(requestId, 'request' in step ? step.request.as : undefined, sent);
          if (step.id === 'restoreRun') watch.restorations.add(requestId);
          else if ('request' in step && beginsRun.has(step.id))
            watch.runs.set(requestId, String(step.request.params?.sourceId));
          store.refusedAt = Number.POSITIVE_INFINITY;
          const { status, code } = await perform(step, site, requestId);
          if (workers === 1) trail.note(site.facts, scheduler.now(), draw);
          count(figures, step, status, code);
          if (status >= 400 && status !== 503) {
            // Which of several requests a store has refused last, it does not say.
            const decided = lanes > 1 ? sent : Math.min(store.refusedAt, scheduler.now()) - answerTime;
            if ((watch.doneAt.get(requestId) ?? Number.POSITIVE_INFINITY) < decided)
              violations.push(`${requestId} was refused (${code}) and is done: ${describe(step)}`);
            refused.push(requestId);
          }
          note(`${requestId} ${name} ${site.tenant} ${describe(step)}: ${status} ${code ?? ''}`);
          if (code !== undefined && !expectedCodes.has(code))
            violations.push(`${requestId} ${describe(step)} answered ${status} ${code}`);
        }
      };
      scheduler.spawn(name, () =>
        withStore(store, async () => {
          const draws = Array.from({ length: lanes }, (_, n) => random.fork(n === 0 ? name : `${name} lane ${n}`));
          await Promise.all(draws.map((draw, n) => serve(`${number} ${n}`, draw)));
        }),
      );
    };
    model.onDeath((name) => {
      if (!name.startsWith('w')) return;
      const [number, life] = name.slice(1).split('.').map(Number) as [number, number];
      figures.deaths += 1;
      start(number, life + 1);
    });
    for (let number = 0; number < workers; number += 1) start(number, 0);
    for (const [i, site] of sites.entries()) {
      const name = `compaction ${i}`;
      const clock = clockOf(name);
      // For its clock the log of what was deleted two seconds ago is over.
      const early = { ...clock, now: () => clock.now() + (logSeconds - 2) * 1_000 };
      const store = storeOf(model.client(name).document, name, early);
      const draw = random.fork(name);
      scheduler.spawn(name, async () => {
        for (let n = 0; n < steps / 4; n += 1) {
          await scheduler.sleep(draw.next() * 2_000);
          await compacted(store, site.tenant as TenantId, () => false).catch((error) => {
            if (!(error instanceof Refusal)) throw error;
          });
        }
      });
    }
    const weather = random.fork('weather of the files');
    exports.around = async (_, go) => {
      await scheduler.sleep(weather.next() * 100);
      const answer = await go();
      if (weather.next() < 0.05) throw new AnswerLost();
      return answer;
    };
    for (const [i, site] of options.exports ? sites.entries() : [])
      for (const name of [`pass ${i}`, `pass ${i} too`]) {
        const tools = toolsOf(storeOf(model.client(name).document, name));
        const draw = random.fork(name);
        scheduler.spawn(name, async () => {
          for (let n = 0; n < steps / 4; n += 1) {
            await scheduler.sleep(draw.next() * 2_000);
            await passOf(tools, site.tenant as TenantId).catch((error) => {
              if (!(error instanceof Refusal || error instanceof AnswerLost)) throw error;
            });
          }
        });
      }
    await scheduler.run();
    model.setFaults(calm);
    exports.around = (_, go) => go();
    figures.files = exports.files.size;
    figures.manifests = [...exports.files.keys()].filter((name) => name.endsWith('/manifest.jws')).length;
    if (watch.violations.length === 0) {
      const fresh = storeOf(model.client('main').document, 'fresh');
      for (const site of sites) {
        violations.push(...(await scheduler.do(() => endRuns(fresh, site))));
        figures.fullRuns += runsDone(site, 'full');
        figures.undone += runsDone(site, 'restore');
        violations.push(...(await scheduler.do(() => afterwards(site, fresh, stores))));
        const whole = () => exportedWhole(toolsOf(fresh), site.tenant as TenantId, exports);
        violations.push(...(await scheduler.do(whole)));
        const stored = await scheduler.do(() => fresh.view(site.tenant as TenantId));
        // What ballast loads has no events.
        if (!options.ballast && stored) violations.push(...(await replayFaults(trail, site.facts, stored.book)));
        const quiet = await scheduler.do(() => withStore(main, () => quietRefusals(site, random.fork('quiet'), 20)));
        violations.push(...quiet.found);
        figures.asked += quiet.figures.asked;
        figures.refused += quiet.figures.refused;
      }
    }
  } catch (error) {
    if (!(error instanceof Violation)) violations.push(String((error as Error).stack ?? error));
  }
  violations.push(...watch.violations);
  figures.late = refused.filter((requestId) => watch.done.has(requestId)).length;
  figures.commits = watch.commits;
  figures.joined = watch.joined;
  figures.moves = watch.moves;
  figures.violations = violations.length;
  const { failures } = model.stats;
  figures.conflicts = (failures.TransactionCanceledException ?? 0) + (failures.TransactionConflictException ?? 0);
  figures.lostAnswers = (failures.TimeoutError ?? 0) + (failures.InternalServerError ?? 0) + (failures.Error ?? 0);
  return { figures, watch, sites, last, violations };
};

/** A seed nobody chose. */
export const anySeed = (): number => randomBytes(4).readUInt32BE();
