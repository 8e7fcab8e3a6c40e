// An adversarial model of the service, in process: it takes the document client's commands, keeps the service's
// promises, and breaks everything that the service does not promise. faults.ts lists the faults.
import {
  BatchGetCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactGetCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { copyItem } from './copy.ts';
import {
  type CommitHook,
  type Delivery,
  type Input,
  ModelEngine,
  type Output,
  type Prepared,
  type Stats,
} from './engine.ts';
import {
  cancellationReason,
  throttled,
  transactionCancelled,
  transactionConflict,
  unclear,
  WorkerDied,
} from './errors.ts';
import { calm, defaultTiming, type Faults, type Timing } from './faults.ts';
import { prepareQuery, prepareScan } from './pages.ts';
import type { Random } from './random.ts';
import { prepareBatchGet, prepareGet, prepareTransactGet } from './reads.ts';
import type { Time } from './scheduler.ts';
import { type Phase, type RequestInfo, Script } from './script.ts';
import type { CommittedView, IndexConfig } from './table.ts';
import type { ModelItem } from './values.ts';
import { prepareTransactWrite, prepareWrite, type Tokens } from './writes.ts';

export interface ModelOptions {
  scheduler: Time;
  tableName?: string;
  indexes?: readonly IndexConfig[];
  faults?: Partial<Faults>;
  timing?: Partial<Timing>;
  /** A dead worker's calls never answer, or throw WorkerDied. */
  death?: 'silent' | 'throw';
  /** Same as the document client's marshall option of this name. */
  removeUndefinedValues?: boolean;
  /** Keeps a line per event in `trace`. */
  trace?: boolean;
}

export interface ModelClient {
  readonly name: string;
  readonly dead: boolean;
  /** Same as the document client's `send`. */
  readonly send: DynamoDBDocumentClient['send'];
  /** The same client for code that requires a DynamoDBDocumentClient, because paginators check the class. */
  readonly document: DynamoDBDocumentClient;
  /** From now on no request of this worker leaves, and no answer reaches it. */
  kill(): void;
}

export interface ModelClientOptions {
  /** Replaces the model's faults for this client. */
  faults?: Faults;
}

interface Worker {
  name: string;
  dead: boolean;
  mortal: boolean;
  faults: Faults | undefined;
}

type Outcome = { value: Output } | { error: unknown };

const failureName = (error: unknown): string => (error instanceof Error ? error.name : 'unknown');

export class ModelDynamo {
  readonly scheduler: Time;
  readonly tableName: string;
  readonly trace: string[] = [];
  readonly send: DynamoDBDocumentClient['send'];
  readonly #engine: ModelEngine;
  readonly #random: Random;
  readonly #script = new Script();
  readonly #tokens: Tokens = new Map();
  readonly #deathWatch: ((worker: string) => void)[] = [];
  readonly #death: 'silent' | 'throw';
  readonly #tracing: boolean;
  #faults: Faults;
  #sent = 0;

  constructor(options: ModelOptions) {
    this.scheduler = options.scheduler;
    this.tableName = options.tableName ?? 'holdfast';
    this.#faults = { ...calm, ...options.faults };
    this.#death = options.death ?? 'silent';
    this.#tracing = options.trace ?? false;
    this.#random = options.scheduler.random.fork('faults');
    this.#engine = new ModelEngine({
      tableName: this.tableName,
      indexes: options.indexes ?? [],
      scheduler: options.scheduler,
      timing: { ...defaultTiming, ...options.timing },
      copy: { removeUndefinedValues: options.removeUndefinedValues ?? false },
    });
    this.send = this.#sender({ name: 'main', dead: false, mortal: false, faults: undefined });
  }

  /** A worker's own client. Its requests carry its name, and it can die. */
  client(name: string, options: ModelClientOptions = {}): ModelClient {
    const worker: Worker = { name, dead: false, mortal: true, faults: options.faults };
    const send = this.#sender(worker);
    const document = Object.assign(Object.create(DynamoDBDocumentClient.prototype) as DynamoDBDocumentClient, {
      send,
      destroy: () => undefined,
    });
    return {
      name,
      send,
      document,
      get dead() {
        return worker.dead;
      },
      kill: () => this.#kill(worker),
    };
  }

  get faults(): Readonly<Faults> {
    return this.#faults;
  }

  /** Changes the faults for requests sent from now on. */
  setFaults(faults: Partial<Faults>): void {
    this.#faults = { ...calm, ...faults };
  }

  /**
   * Registers a hook that runs at every commit, synchronously, on fully committed state. An error of the hook ends the
   * run.
   */
  onCommit(hook: CommitHook): void {
    this.#engine.hooks.push(hook);
  }

  /** Registers a function that runs when a worker dies, to start another in its place. */
  onDeath(fn: (worker: string) => void): void {
    this.#deathWatch.push(fn);
  }

  script(): Script {
    return this.#script;
  }

  /** The whole committed table by `cellId(PK, SK)`. */
  committed(): Map<string, Readonly<ModelItem>> {
    return this.#engine.table.snapshot();
  }

  view(): CommittedView {
    return this.#engine.table;
  }

  get stats(): Readonly<Stats> {
    return this.#engine.stats;
  }

  /** Stores items at once, without time and without hooks: the state from which a test starts. */
  seed(items: Iterable<Record<string, unknown>>): void {
    for (const given of items) {
      const item = copyItem(given, this.#engine.copy);
      this.#engine.table.write(this.#engine.keyOf(item, 'an item to seed needs PK and SK'), item, true);
    }
  }

  #sender(worker: Worker): DynamoDBDocumentClient['send'] {
    return ((command: { input: Input }) => this.#send(command, worker)) as unknown as DynamoDBDocumentClient['send'];
  }

  #prepare(command: { input: Input }): Prepared {
    const engine = this.#engine;
    const { input } = command;
    if (command instanceof GetCommand) return prepareGet(engine, input);
    if (command instanceof BatchGetCommand) return prepareBatchGet(engine, input);
    if (command instanceof QueryCommand) return prepareQuery(engine, input);
    if (command instanceof ScanCommand) return prepareScan(engine, input);
    if (command instanceof TransactGetCommand) return prepareTransactGet(engine, input);
    if (command instanceof PutCommand) return prepareWrite(engine, 'Put', input);
    if (command instanceof UpdateCommand) return prepareWrite(engine, 'Update', input);
    if (command instanceof DeleteCommand) return prepareWrite(engine, 'Delete', input);
    if (command instanceof TransactWriteCommand) {
      // The SDK generates a token per request unless the caller names one.
      const token = (input.ClientRequestToken as string | undefined) ?? `sdk-${this.#sent}`;
      return prepareTransactWrite(engine, this.#tokens, input, token);
    }
    throw new Error(`the model does not know ${(command as object).constructor.name}`);
  }

  async #send(command: { input: Input }, worker: Worker): Promise<Output> {
    if (worker.dead) return this.#nothing(worker);
    this.#sent += 1;
    const number = this.#sent;
    const { timing, stats } = this.#engine;
    const random = this.#random;
    const faults = worker.faults ?? this.#faults;
    const kind = (command as object).constructor.name.replace('Command', '');
    stats.requests[kind] = (stats.requests[kind] ?? 0) + 1;

    let prepared: Prepared;
    try {
      prepared = this.#prepare(command);
    } catch (error) {
      await this.scheduler.sleep(random.between(timing.before));
      return this.#answer(worker, number, kind, { error });
    }
    this.#note(number, worker, kind, `sent ${prepared.keys.join(' ')}`);

    const dies = worker.mortal && random.chance(faults.deaths);
    if (dies && random.chance(0.3)) {
      this.#kill(worker);
      return this.#nothing(worker);
    }
    const deliver = (delivery: number): Promise<Outcome> =>
      this.#deliver(prepared, worker.name, faults, command.input, delivery, number);

    if (random.chance(faults.duplicates)) this.#later(() => deliver(2));
    if (random.chance(faults.lostRequests)) return this.#silence(worker, number, kind);
    if (random.chance(faults.lateEffects)) {
      const answer = this.#silence(worker, number, kind);
      answer.catch(() => this.#later(() => deliver(1)));
      return answer;
    }
    await this.scheduler.sleep(random.between(timing.before));
    const outcome = await deliver(1);
    if (dies) {
      this.#kill(worker);
      return this.#nothing(worker);
    }
    if (random.chance(faults.lostAnswers)) return this.#silence(worker, number, kind);
    await this.scheduler.sleep(random.between(timing.after));
    return this.#answer(worker, number, kind, outcome);
  }

  /** One arrival at the service. */
  async #deliver(
    prepared: Prepared,
    worker: string,
    faults: Faults,
    input: Input,
    delivery: number,
    number: number,
  ): Promise<Outcome> {
    const info: RequestInfo = { worker, operation: prepared.operation, input, keys: prepared.keys, delivery };
    const pause = (phase: Phase) => this.#script.at(phase, info);
    const held = pause('before');
    if (held !== undefined) await held;
    let outcome: Outcome;
    try {
      this.#refuse(prepared, faults);
      const context: Delivery = { worker, faults, pause };
      outcome = { value: await prepared.perform(context) };
    } catch (error) {
      outcome = { error };
    }
    if (this.#tracing) {
      const result = 'error' in outcome ? `${failureName(outcome.error)} ${String(outcome.error)}` : 'done';
      this.#note(number, { name: worker }, prepared.operation, `delivery ${delivery}: ${result}`);
    }
    const heldAfter = pause('after');
    if (heldAfter !== undefined) await heldAfter;
    return outcome;
  }

  /** Refuses for reasons outside the request: throttling and conflicts. */
  #refuse(prepared: Prepared, faults: Faults): void {
    const random = this.#random;
    const transaction = prepared.conflicts === 'transaction';
    const blame = (make: typeof cancellationReason.conflict) => {
      const victim = random.int(prepared.keys.length);
      return transactionCancelled(prepared.keys.map((_, i) => (i === victim ? make() : cancellationReason.none())));
    };
    if (random.chance(faults.throttle)) {
      throw transaction && random.chance(0.5) ? blame(cancellationReason.throttled) : throttled(random.int(3));
    }
    if (prepared.conflicts !== 'no' && random.chance(faults.conflict)) {
      throw transaction ? blame(cancellationReason.conflict) : transactionConflict();
    }
  }

  #later(deliver: () => Promise<unknown>): void {
    this.scheduler.after(this.#random.logBetween(this.#engine.timing.late), () => void deliver());
  }

  /** The caller waits, and then gets an error that tells nothing. */
  async #silence(worker: Worker, number: number, kind: string): Promise<never> {
    await this.scheduler.sleep(this.#random.between(this.#engine.timing.timeout));
    const error = unclear(this.#random.int(3));
    return this.#answer(worker, number, kind, { error }) as Promise<never>;
  }

  async #answer(worker: Worker, number: number, kind: string, outcome: Outcome): Promise<Output> {
    if (worker.dead) return this.#nothing(worker);
    if ('value' in outcome) {
      this.#note(number, worker, kind, 'answered');
      return { $metadata: { httpStatusCode: 200, requestId: `model-${number}`, attempts: 1 }, ...outcome.value };
    }
    const name = failureName(outcome.error);
    const { failures } = this.#engine.stats;
    failures[name] = (failures[name] ?? 0) + 1;
    this.#note(number, worker, kind, `failed ${name}`);
    throw outcome.error;
  }

  #kill(worker: Worker): void {
    if (worker.dead) return;
    worker.dead = true;
    this.#note(0, worker, 'died', '');
    this.scheduler.abandon(worker.name);
    for (const fn of this.#deathWatch) fn(worker.name);
  }

  #nothing(worker: Worker): Promise<never> {
    if (this.#death === 'throw') return Promise.reject(new WorkerDied(worker.name));
    return new Promise<never>(() => undefined);
  }

  #note(number: number, worker: { name: string }, kind: string, text: string): void {
    if (!this.#tracing) return;
    this.trace.push(`${this.scheduler.now().toFixed(3)} #${number} ${worker.name} ${kind} ${text}`);
  }
}
