// One tenant beside one real directory: what the directory says, read by the command line of OpenLDAP, and what the
// tenant makes of it, in one form that is compared.
import { expect, vi } from 'vitest';
import { handler as work } from '../../functions/work/work.ts';
import type { LocalServer } from '../../infra/local/adapter.ts';
import { LocalQueue } from '../../infra/local/queue.ts';
import { groupOf, type SourceId } from '../../shared/domain/base/ids.ts';
import { directoryGroupId, directoryUserId } from '../../shared/domain/directory.ts';
import type { DocumentClient } from '../../shared/store/db.ts';
import { workLeft } from '../../shared/store/sweep.ts';
import { bootEngine, Harness, Tenant } from '../support/harness.ts';
import type { RealDirectory } from '../support/ldap.ts';
import { startServer } from '../support/server.ts';

interface SeenUser {
  readonly state: string;
  readonly name: string;
  readonly login: string;
  readonly mail: string | undefined;
  readonly groups: readonly string[];
}
interface SeenGroup {
  readonly name: string;
  readonly parents: readonly string[];
}
/** Everybody and everything of a source that has not ended, by id. */
interface Seen {
  readonly users: Readonly<Record<string, SeenUser>>;
  readonly groups: Readonly<Record<string, SeenGroup>>;
}

/** What a permission is given to, and asked about after every run. */
const permissions = ['viewAllReports', 'viewConfiguration', 'viewAdministratorAuditTrail', 'logExport'] as const;

/** A client of the table that answers nothing from its death on, as a process that is killed. */
class Mortal implements DocumentClient {
  dead = false;
  readonly #client: DocumentClient;
  constructor(client: DocumentClient) {
    this.#client = client;
  }
  // biome-ignore lint/suspicious/noExplicitAny: as the client it stands for
  async send(command: any): Promise<any> {
    if (this.dead) throw new Error('the process has died');
    const answer = await this.#client.send(command);
    // What is written stays written, and nobody hears of it.
    if (this.dead) throw new Error('the process has died');
    return answer;
  }
}

/** One process of the service: between two deaths. */
interface Life {
  readonly client: Mortal;
  readonly harness: Harness;
  readonly queue: LocalQueue;
  readonly server: LocalServer;
}

export class Journey {
  readonly directory: RealDirectory;
  readonly source: SourceId;
  readonly #table: string;
  readonly #client: DocumentClient;
  readonly #closeEngine: () => Promise<void>;
  readonly #endings: Promise<void>[] = [];
  #life: Life;
  #tenant: Tenant;
  /** The groups, by their immutable ids, to whose members each permission is given. */
  readonly #given = new Map<string, string>();

  private constructor(
    directory: RealDirectory,
    source: SourceId,
    engine: Awaited<ReturnType<typeof bootEngine>>,
    life: Life,
    tenant: Tenant,
  ) {
    this.directory = directory;
    this.source = source;
    this.#table = engine.table;
    this.#client = engine.client;
    this.#closeEngine = engine.engine.close;
    this.#life = life;
    this.#tenant = tenant;
  }

  /** @param settings of the source, besides its name */
  static async start(directory: RealDirectory, settings: object = {}): Promise<Journey> {
    const engine = await bootEngine();
    const life = await live(engine.client, engine.table);
    const tenant = await life.harness.tenant();
    const { body } = await tenant.ok('createSource', { body: { name: 'Harbour', ...settings } });
    return new Journey(directory, body.id, engine, life, tenant);
  }

  /** The tenant, by way of the service that lives now. */
  get tenant(): Tenant {
    return this.#tenant;
  }
  get url(): string {
    return this.#life.server.url;
  }

  /** Kills the service, whatever it is doing, and starts it again on the same table. */
  async restart(): Promise<void> {
    const { client, queue, server } = this.#life;
    client.dead = true;
    this.#endings.push(server.close(), queue.close());
    this.#life = await live(this.#client, this.#table);
    const { harness } = this.#life;
    this.#tenant = new Tenant(harness, this.#tenant.id, this.#tenant.firstUser);
    for await (const work of workLeft(harness.store.db)) await this.#life.queue.enqueue(work);
  }

  /**
   * Everything of the tenant but its runs and what every request leaves: a text for each item, by its key. Texts, because
   * a deep comparison of a tenant of 20,000 users takes minutes.
   */
  async facts(): Promise<ReadonlyMap<string, string>> {
    const { harness, id } = this.tenant;
    const items = (await harness.facts(id)).filter(({ PK }) => !/^T#[^#]+#N#/.test(String(PK)));
    const plain = (_: string, value: unknown) => (value instanceof Set ? [...value].sort() : value);
    return new Map(items.map((item) => [`${item.PK} ${item.SK}`, JSON.stringify(item, plain)]));
  }

  /** A run once nobody works on it any more. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers freely
  over(runId: string): Promise<any> {
    const busy = ['queued', 'running'];
    const read = async () => (await this.tenant.ok('getRun', { params: { runId } })).body;
    const look = async () => {
      const run = await read();
      return busy.includes(run.state) ? undefined : run;
    };
    return vi.waitUntil(look, { timeout: 300_000, interval: 20 });
  }

  async close(): Promise<void> {
    const { queue, server } = this.#life;
    await Promise.all([...this.#endings, server.close(), queue.close()]);
    await this.#closeEngine();
  }

  /** What the directory has now, as the tenant must have it. */
  async expected(): Promise<Seen> {
    const { people, groups } = await this.directory.read();
    const groupsOf = new Map<string, string[]>();
    const parentsOf = new Map<string, string[]>();
    for (const [id, group] of groups) {
      const own = directoryGroupId(this.source, id);
      for (const one of group.people) groupsOf.set(one, [...(groupsOf.get(one) ?? []), own]);
      for (const one of group.groups) parentsOf.set(one, [...(parentsOf.get(one) ?? []), own]);
    }
    return {
      users: Object.fromEntries(
        [...people].map(([id, { name, login, mail, enabled }]) => [
          directoryUserId(this.source, id),
          { state: enabled ? 'active' : 'disabled', name, login, mail, groups: (groupsOf.get(id) ?? []).sort() },
        ]),
      ),
      groups: Object.fromEntries(
        [...groups].map(([id, { name }]) => [
          directoryGroupId(this.source, id),
          { name, parents: (parentsOf.get(id) ?? []).sort() },
        ]),
      ),
    };
  }

  /** What the tenant has of the directory. */
  async seen(): Promise<Seen> {
    const items = await this.tenant.harness.items(this.tenant.id);
    const profiles = new Map(items.filter(({ SK }) => SK === 'PROFILE').map((item) => [item.id, item]));
    const users: Record<string, SeenUser> = {};
    const groups: Record<string, SeenGroup> = {};
    const idsOf = (refs: unknown): string[] =>
      [...((refs as Set<string>) ?? [])].map((ref) => groupOf(ref as never)).sort();
    const lives = new Map(
      items.flatMap((item) =>
        item.kind === 'group' && String(item.PK).endsWith('#BOOK') && !item.deleted ? [[item.id, item.life]] : [],
      ),
    );
    // A membership of a group that has ended counts for nothing, until it is swept.
    const living = (refs: unknown): string[] =>
      idsOf(
        new Set(
          [...((refs as Set<string>) ?? [])].filter((ref) => lives.get(groupOf(ref as never)) === ref.split('.')[1]),
        ),
      );
    for (const item of items) {
      if (item.SK === 'ACCESS' && item.source === this.source && item.state !== 'deleted') {
        const { name, login, mail } = profiles.get(item.id) as Record<string, string>;
        users[String(item.id)] = {
          state: String(item.state),
          name: name as string,
          login: login as string,
          mail,
          groups: living(item.groups),
        };
      }
      if (lives.has(item.id) && item.kind === 'group' && item.source === this.source)
        groups[String(item.id)] = { name: String(item.name), parents: living(item.parents) };
    }
    return { users, groups };
  }

  /** Gives each permission to a group of the directory, by its name. */
  async give(...names: readonly string[]): Promise<void> {
    const { groups } = await this.directory.read();
    for (const [at, name] of names.entries()) {
      const [id] = [...groups].find(([, group]) => group.name === name) as [string, unknown];
      const permission = permissions[at] as string;
      await this.tenant.role(`Role of ${name}`, [{ permission }], [directoryGroupId(this.source, id)]);
      this.#given.set(permission, directoryGroupId(this.source, id));
    }
  }

  /**
   * Expects users, groups, memberships and decisions as the directory has them. Decisions are asked of every nth user,
   * and the rights through groups are found from the reading, over any depth and around cycles.
   */
  async agrees(label: string, expected?: Seen): Promise<Seen> {
    const wanted = expected ?? (await this.expected());
    const seen = await this.seen();
    expect(differences(seen, wanted), label).toEqual([]);
    const reach = (id: string, found = new Set<string>()): Set<string> => {
      for (const above of wanted.groups[id]?.parents ?? []) if (!found.has(above)) reach(above, found.add(above));
      return found;
    };
    const ids = Object.keys(wanted.users).sort();
    const step = Math.max(1, Math.floor(ids.length / 12));
    for (const id of ids.filter((_, at) => at % step === 0)) {
      const { state, groups } = wanted.users[id] as SeenUser;
      const all = new Set(groups.flatMap((group) => [group, ...reach(group)]));
      const answers = await Promise.all(
        [...this.#given].map(async ([permission]) => [permission, await this.tenant.check(id, { permission })]),
      );
      const right = [...this.#given].map(([permission, group]) => [permission, state === 'active' && all.has(group)]);
      expect(answers, `${label}: what ${id} may do`).toEqual(right);
    }
    return wanted;
  }
}

const live = async (engineClient: DocumentClient, table: string): Promise<Life> => {
  const client = new Mortal(engineClient);
  const queue = new LocalQueue({
    deliver: (event) => work(event),
    log: (level, message, fields = {}) => harness.runtime.log(level, message, fields),
    // A slice that has failed comes again at once.
    wait: async () => {},
  });
  const harness: Harness = new Harness(client, table, {}, { queue });
  return { client, harness, queue, server: await startServer() };
};

/** At most ten differences, in words, because two trees of thousands tell nobody anything. */
const differences = (seen: Seen, wanted: Seen): string[] => {
  const found: string[] = [];
  for (const part of ['users', 'groups'] as const)
    for (const id of new Set([...Object.keys(seen[part]), ...Object.keys(wanted[part])])) {
      const [is, should] = [JSON.stringify(seen[part][id]), JSON.stringify(wanted[part][id])];
      if (is !== should) found.push(`${part} ${id}: is ${is}, and the directory says ${should}`);
    }
  return found.length > 10 ? [...found.slice(0, 10), `and ${found.length - 10} more`] : found;
};
