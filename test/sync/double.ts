// The service's side of a run, by the contract alone: for the algorithm of the command. Real handlers stand in its place in
// service.test.ts.
import { createHash } from 'node:crypto';
import type { Api, Rejected, RunCommit, RunOpening, SourceView } from '../../clients/directory-sync/api.ts';
import { HoldfastProblem } from '../../clients/typescript/index.ts';
import type { Expected } from './world.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const refuse = (status: number, code: string): never => {
  throw new HoldfastProblem(status, { code, status } as never);
};

interface Line {
  readonly type: 'user' | 'group';
  readonly id: string;
  readonly dn?: string;
  readonly version?: string;
  readonly attributes?: Record<string, string[]>;
  readonly members?: { id?: string; dn?: string }[];
  readonly addMembers?: { id?: string; dn?: string }[];
  readonly deleted?: true;
  readonly present?: true;
}
interface Thing {
  type: Line['type'];
  dn: string;
  version?: string | undefined;
  attributes: Record<string, string[]>;
  /** `id:…` or `dn:…`. */
  members: Set<string>;
}
interface Run {
  readonly id: string;
  readonly body: RunOpening;
  readonly batches: Map<number, string>;
  state: string;
  commit?: RunCommit;
}

export class ServiceDouble implements Api {
  readonly things = new Map<string, Thing>();
  readonly runs = new Map<string, Run>();
  readonly opened = new Map<string, string>();
  sync: { cursor?: string; epoch?: string; needsFull?: string; openRun?: string; heldRun?: string; lastRun?: string } =
    {};
  enabled = true;
  /** What is committed is held. */
  holds = false;
  /** Entries of the next run that are refused. */
  readonly refused: Rejected[] = [];
  /** The runs that were applied, by their kinds, and the lines of the last one. */
  readonly kinds: string[] = [];
  lines: Line[] = [];

  async source(): Promise<SourceView> {
    return { id: 's1', name: 'Harbour', enabled: this.enabled, sync: { ...this.sync } };
  }

  async open(body: RunOpening, key: string) {
    const known = this.opened.get(key);
    if (known !== undefined) return { id: known, state: 'open' };
    if (this.sync.heldRun) refuse(423, 'run-held');
    if (this.sync.openRun) refuse(409, 'run-active');
    if (body.kind === 'delta') {
      if (body.epoch !== this.sync.epoch || this.sync.needsFull) refuse(409, 'full-run-needed');
      if (body.baseCursor !== this.sync.cursor) refuse(409, 'cursor-differs');
    }
    const id = `n${this.runs.size + 1}`;
    this.runs.set(id, { id, body, batches: new Map(), state: 'open' });
    this.opened.set(key, id);
    this.sync.openRun = id;
    return { id, state: 'open' };
  }

  async putBatch(run: string, { number, text }: { number: number; text: string }): Promise<void> {
    const { batches } = this.#open(run);
    const before = batches.get(number);
    if (before !== undefined && before !== text) refuse(409, 'batch-differs');
    if (number > batches.size + 1) refuse(409, 'batch-out-of-order');
    batches.set(number, text);
  }

  #open(id: string): Run {
    const run = this.runs.get(id) as Run;
    if (run.state !== 'open') refuse(409, 'run-not-open');
    return run;
  }

  async commit(id: string, body: RunCommit): Promise<void> {
    const run = this.#open(id);
    const texts = [...run.batches].sort(([a], [b]) => a - b).map(([, text]) => text);
    const entries = texts.join('').split('\n').length - 1;
    const digest = sha256(texts.map(sha256).join('\n'));
    if (texts.length !== body.batches || entries !== body.entries || digest !== body.digest)
      refuse(409, 'content-differs');
    run.commit = body;
    run.state = this.holds ? 'held' : 'queued';
    if (run.state === 'held') {
      delete this.sync.openRun;
      this.sync.heldRun = id;
    }
  }

  async abandon(id: string): Promise<void> {
    const run = this.runs.get(id) as Run;
    if (run.state !== 'open') return;
    run.state = 'abandoned';
    delete this.sync.openRun;
  }

  async run(id: string) {
    const run = this.runs.get(id);
    return run && { id, state: run.state };
  }

  async losses() {
    return [];
  }

  async *rejected() {
    yield* this.refused.splice(0);
  }

  /** Carries out what is queued. */
  work(): void {
    for (const run of this.runs.values()) if (run.state === 'queued') this.#apply(run);
  }

  decide(approved: boolean): void {
    const run = this.runs.get(this.sync.heldRun ?? '') as Run;
    delete this.sync.heldRun;
    if (approved) run.state = 'queued';
    else run.state = 'rejected';
  }

  #apply(run: Run): void {
    const { body, batches, commit } = run as Run & { commit: RunCommit };
    run.state = 'done';
    delete this.sync.openRun;
    this.sync.lastRun = run.id;
    if (body.planOnly) return;
    this.kinds.push(body.kind);
    const lines = [...batches.values()].flatMap((text) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Line),
    );
    this.lines = lines;
    for (const line of lines) this.#take(line);
    const named = new Set(lines.map(({ type, id }) => `${type} ${id}`));
    if (body.kind === 'full') for (const key of [...this.things.keys()]) if (!named.has(key)) this.#end(key);
    this.sync = { ...this.sync, cursor: commit.cursor, epoch: body.epoch };
    if (body.kind === 'full') delete this.sync.needsFull;
  }

  #take({ type, id, dn = '', version, attributes = {}, members, addMembers = [], deleted, present }: Line): void {
    const key = `${type} ${id}`;
    if (deleted) {
      this.#end(key);
      return;
    }
    const known = this.things.get(key);
    if (present) {
      if (dn === '' && known) return;
      if (!known) throw new Error(`${key} is said to be present`);
      known.dn = dn;
      return;
    }
    const named = (all: NonNullable<Line['members']>) => all.map((one) => (one.id ? `id:${one.id}` : `dn:${one.dn}`));
    if (members === undefined && addMembers.length > 0) {
      for (const one of named(addMembers)) known?.members.add(one);
      return;
    }
    if (known?.version !== undefined && version !== undefined && Number(version) < Number(known.version)) return;
    this.things.set(key, { type, dn, version, attributes, members: new Set(named(members ?? [])) });
  }

  #end(key: string): void {
    this.things.delete(key);
    const id = key.replace(/^\w+ /, '');
    for (const { members } of this.things.values()) members.delete(`id:${id}`);
  }

  seen(): Expected {
    const of = <T>(type: Line['type'], tell: (thing: Thing) => T) =>
      Object.fromEntries(
        [...this.things]
          .filter(([, thing]) => thing.type === type)
          .map(([key, thing]) => [key.slice(type.length + 1), tell(thing)]),
      );
    const byDn = new Map([...this.things].map(([key, { dn }]) => [`dn:${dn}`, key.replace(/^\w+ /, '')]));
    const ids = new Set([...this.things.keys()].map((key) => key.replace(/^\w+ /, '')));
    const first = (attributes: Thing['attributes'], name: string) => attributes[name]?.[0] ?? '';
    return {
      users: of('user', ({ dn, attributes }) => ({
        dn,
        name: first(attributes, 'cn'),
        mail: first(attributes, 'mail'),
        enabled: first(attributes, 'useraccountcontrol') === '512',
      })),
      groups: of('group', ({ dn, attributes, members }) => ({
        dn,
        name: first(attributes, 'cn'),
        members: [...new Set([...members].flatMap((one) => byDn.get(one) ?? one.slice(3)))]
          .filter((id) => ids.has(id))
          .sort(),
      })),
    };
  }
}
