// A small tenant on the model for scripted interleavings: named actors with stores of their own, and gates that hold a
// request until something else has happened.

import {
  type Gate,
  type ModelClient,
  type ModelDynamo,
  type Phase,
  type RequestInfo,
  Scheduler,
  type Timing,
} from '../../infra/local/model/index.ts';
import type { TenantId, UserId } from '../../shared/domain/base/ids.ts';
import type { OperationId } from '../../shared/routes/operations.ts';
import type { DocumentClient } from '../../shared/store/db.ts';
import { Store } from '../../shared/store/store.ts';
import { operator, person } from '../support/harness.ts';
import { type As, call, type Reply, type Request, ready, withStore } from './calling.ts';
import { applyDirectory, type DirectoryStep } from './directory.ts';
import { calmModel, seededIds, tableName } from './fire.ts';
import type { Facts, Raw } from './naive.ts';
import { Watch } from './watch.ts';

const issuer = 'https://issuer.test';
const any = { 'if-match': '*' };

export interface StageOptions {
  readonly catalogue?: string;
  readonly wrap?: (client: DocumentClient) => DocumentClient;
  readonly timing?: Partial<Timing>;
  readonly seed?: number;
}

/** Somebody with a token, in a worker of their own. */
export class Player {
  readonly stage: Stage;
  readonly as: As;
  readonly id: UserId;
  readonly client: ModelClient;
  readonly store: Store;

  constructor(stage: Stage, as: As, id: UserId) {
    this.stage = stage;
    this.as = as;
    this.id = id;
    this.client = stage.model.client(as.subject);
    this.store = stage.storeOf(this.client.document, as.subject);
  }

  get name(): string {
    return this.client.name;
  }

  does(id: OperationId, request: Request = {}, requestId = this.stage.nextRequest()): Promise<Reply> {
    const { as } = { as: this.as, ...request };
    this.stage.watch.sends(requestId, as, this.stage.scheduler.now());
    return withStore(this.store, () =>
      call(id, { ...request, as, headers: { ...any, ...request.headers } }, requestId),
    );
  }

  async must(id: OperationId, request: Request = {}): Promise<Reply> {
    const reply = await this.does(id, request);
    if (reply.status >= 400) throw new Error(`${id} answered ${reply.status}: ${JSON.stringify(reply.body)}`);
    return reply;
  }

  disables(other: { readonly id: UserId }): Promise<Reply> {
    return this.does('updateUser', { params: { userId: other.id }, body: { state: 'disabled' } });
  }
}

export class Stage {
  readonly scheduler: Scheduler;
  readonly model: ModelDynamo;
  readonly watch = new Watch();
  readonly #wrap: (client: DocumentClient) => DocumentClient;
  readonly #directories = new Map<string, Store>();
  #tenant: TenantId | undefined;
  #requests = 0;
  #stores = 0;

  constructor({ wrap = (client) => client, timing = {}, seed = 1 }: StageOptions) {
    this.scheduler = new Scheduler({ seed });
    this.model = calmModel(this.scheduler, { timing });
    this.#wrap = wrap;
    this.model.onCommit((_, info) => {
      this.watch.commit(info.writes, info.at);
    });
  }

  /** Two stores of one name draw different ids, as two processes do. */
  storeOf(client: DocumentClient, name: string): Store {
    this.#stores += 1;
    const label = `${name} ${this.#stores}`;
    const chance = this.scheduler.random.fork(`clock ${label}`);
    const clock = {
      now: () => Math.floor(this.scheduler.now()),
      sleep: this.scheduler.sleep,
      random: () => chance.next(),
    };
    const ids = seededIds(this.scheduler.random.fork(`ids ${label}`));
    return new Store({ client: this.#wrap(client), table: tableName, clock, ids });
  }

  nextRequest(): string {
    this.#requests += 1;
    return `request-${this.#requests}`;
  }

  get tenant(): TenantId {
    return this.#tenant as TenantId;
  }
  get facts(): Facts {
    return this.watch.facts(this.tenant);
  }
  get violations(): readonly string[] {
    return this.watch.violations;
  }
  user(of: { readonly id: string }): Raw {
    return this.facts.users.get(of.id) as Raw;
  }
  /** The id of the user whom the head names, and by which entry. */
  get witness(): { id: string; entry: string } {
    const { entry } = (this.facts.head as Raw).witness as { entry: string };
    return { id: this.facts.witness(), entry };
  }

  /** A tenant whose first user is Ada; she is the one player there is. */
  async open(catalogue = 'complete'): Promise<Player> {
    await ready();
    const setUp = this.storeOf(this.model.client('operator').document, 'operator');
    const firstUser = { name: 'Ada', identity: { issuer, subject: 'ada' } };
    const body = { name: 'Stage', catalogue, firstUser };
    const reply = await this.scheduler.do(() =>
      withStore(setUp, () => call('createTenant', { as: operator, body }, this.nextRequest())),
    );
    this.#tenant = reply.body.id;
    return new Player(this, person(this.tenant, 'ada'), reply.body.firstUser);
  }

  /** Everything at once: each in a task of its own, until all is quiet. */
  async together(tasks: Record<string, () => Promise<unknown>>): Promise<void> {
    for (const [name, task] of Object.entries(tasks)) this.scheduler.spawn(name, task);
    await this.scheduler.run();
  }

  /** Lets somebody send a transaction, holds it, does something else, and lets it go. What the first came to. */
  async meanwhile<T>(
    who: { readonly name: string },
    first: () => Promise<T>,
    then: () => Promise<unknown>,
    phase: Phase = 'before',
  ): Promise<T> {
    const gate = this.holds(who, phase);
    const result = this.scheduler.spawn('first', first);
    this.scheduler.spawn('then', async () => {
      await gate.reached;
      await then();
      gate.open();
    });
    await this.scheduler.run();
    return result;
  }

  do<T>(fn: () => Promise<T>): Promise<T> {
    return this.scheduler.do(fn);
  }

  /** Somebody who accepted an invitation of Ada's, by a token with these claims. */
  joins(ada: Player, name: string, claims: Readonly<Record<string, string>> = {}): Promise<Player> {
    return this.do(async () => {
      const { body } = await ada.must('createUser', { body: { kind: 'person', name } });
      const { body: invited } = await ada.must('inviteUser', { params: { userId: body.id } });
      const player = new Player(this, { ...person(this.tenant, name), claims }, body.id);
      await player.must('acceptInvitation', { body: { invitation: invited.invitation } });
      return player;
    });
  }

  /** A role with the keeper permission. */
  async keepers(ada: Player, members: readonly string[] = []): Promise<string> {
    return this.do(async () => {
      const { body } = await ada.must('createRole', { body: { name: `Keepers ${this.nextRequest()}` } });
      const params = { roleId: body.id as string };
      await ada.must('addRoleGrant', { params, body: { permission: this.facts.catalogue.keeper } });
      if (members.length > 0) await ada.must('addRoleMembers', { params, body: { members } });
      return body.id;
    });
  }

  /** The directory acts, in a worker of its own. */
  directory(source: string, plan: DirectoryStep['plan'], name = 'directory') {
    const store = this.#directories.get(name) ?? this.storeOf(this.model.client(name).document, name);
    this.#directories.set(name, store);
    const step: DirectoryStep = { id: 'directory', source, what: 'scripted', plan };
    return withStore(store, () => applyDirectory(this.tenant, step, this.nextRequest()));
  }

  /** Holds the next transaction that somebody sends. */
  holds(who: { readonly name: string }, phase: Phase = 'before'): Gate {
    return this.model
      .script()
      .pauseAt(
        phase,
        ({ worker, operation, delivery }: RequestInfo) =>
          worker === who.name && operation === 'TransactWrite' && delivery === 1,
      );
  }
}

export const stage = async (options: StageOptions = {}): Promise<{ stage: Stage; ada: Player }> => {
  const made = new Stage(options);
  return { stage: made, ada: await made.open(options.catalogue) };
};
