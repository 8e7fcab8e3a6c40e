// Directories for tests: short LDIF, files taken in to their end, and the outcome as tests compare it.
import type { Context } from 'aws-lambda';
import { handler as work } from '../../functions/work/work.ts';
import { type GroupId, groupOf, type SourceId, type UserId } from '../../shared/domain/base/ids.ts';
import type { Access } from '../../shared/domain/book/records.ts';
import { directoryGroupId, directoryUserId } from '../../shared/domain/directory.ts';
import type { As, Harness, Reply, Tenant } from './harness.ts';

export const base = 'dc=harbour,dc=example';
export const uuid = (n: number): string => `0d1c2b3a-0000-4000-8000-${String(n).padStart(12, '0')}`;
export const userDn = (name: string, ou = 'people'): string => `uid=${name},ou=${ou},${base}`;
export const groupDn = (name: string, ou = 'groups'): string => `cn=${name},ou=${ou},${base}`;

/** A person. The number gives its entryUUID; without a number, only the DN identifies it. */
export const person = (name: string, n?: number, ...more: string[]): string =>
  [
    `dn: ${userDn(name)}`,
    'objectClass: inetOrgPerson',
    ...(n === undefined ? [] : [`entryUUID: ${uuid(n)}`]),
    `uid: ${name}`,
    `cn: ${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
    ...more,
  ].join('\n');
export const group = (name: string, n: number | undefined, ...members: string[]): string =>
  [
    `dn: ${groupDn(name)}`,
    'objectClass: groupOfNames',
    ...(n === undefined ? [] : [`entryUUID: ${uuid(n)}`]),
    `cn: ${name}`,
    ...members.map((dn) => `member: ${dn}`),
  ].join('\n');
export const added = (content: string): string => content.replace('\n', '\nchangetype: add\n');
export const deleted = (dn: string): string => `dn: ${dn}\nchangetype: delete`;
export const modified = (dn: string, ...lines: string[]): string =>
  [`dn: ${dn}`, 'changetype: modify', ...lines].join('\n');
export const renamed = (dn: string, rdn: string, above?: string): string =>
  [
    `dn: ${dn}`,
    'changetype: modrdn',
    `newrdn: ${rdn}`,
    'deleteoldrdn: 1',
    ...(above === undefined ? [] : [`newsuperior: ${above}`]),
  ].join('\n');
export const file = (...records: string[]): string => `version: 1\n\n${records.join('\n\n')}\n`;

/** Does all queued work, and the work that this enqueues. */
export const drain = async (harness: Harness): Promise<void> => {
  for (let rounds = 0; harness.work.length > 0; rounds += 1) {
    if (rounds > 500) throw new Error('the queue still has work after 500 rounds');
    const item = harness.work.shift();
    await work({ Records: [{ body: JSON.stringify(item) }] }, {} as Context);
  }
};

/** A user as tests compare it. */
interface Seen {
  readonly state: Access['state'];
  readonly name: string | undefined;
  readonly groups: readonly string[];
}

/** Guards that hold nothing, for files that take away most of what a small directory has. */
export const openGuards = Object.fromEntries(
  ['deletions', 'disablings', 'removals', 'groupRemovals'].map((kind) => [kind, { number: 250_000, percent: 100 }]),
);

/** A tenant with one connected directory. */
export class Directory {
  readonly tenant: Tenant;
  readonly source: SourceId;
  readonly as: As;

  constructor(tenant: Tenant, source: SourceId, as: As = tenant.admin) {
    this.tenant = tenant;
    this.source = source;
    this.as = as;
  }

  static async of(
    tenant: Tenant,
    signIn?: { issuer: string; claim: string },
    guards: object = openGuards,
  ): Promise<Directory> {
    const { body } = await tenant.ok('createSource', { body: { name: 'Harbour', guards, ...(signIn && { signIn }) } });
    return new Directory(tenant, body.id);
  }

  post(...records: string[]): Promise<Reply> {
    const { harness } = this.tenant;
    return harness.call('postDelta', { as: this.as, params: { sourceId: this.source }, body: file(...records) });
  }

  /** Takes a file in to its end. */
  async take(...records: string[]): Promise<Reply['body']> {
    const posted = await this.post(...records);
    if (posted.status !== 202) throw new Error(`refused: ${JSON.stringify(posted.body)}`);
    await drain(this.tenant.harness);
    return this.run(posted.body.id);
  }

  async run(id: string, query: Record<string, string> = {}): Promise<Reply['body']> {
    const { body } = await this.tenant.ok('getRun', { params: { runId: id }, query: { limit: '200', ...query } });
    return body;
  }

  user(n: number): UserId {
    return directoryUserId(this.source, uuid(n));
  }

  group(n: number): GroupId {
    return directoryGroupId(this.source, uuid(n));
  }

  access(id: UserId): Promise<Access | undefined> {
    return this.tenant.harness.store.access(this.tenant.id, id);
  }

  /** Everything that decides access, and names, without random parts, by id. */
  async seen(): Promise<Record<string, unknown>> {
    const items = await this.tenant.harness.items(this.tenant.id);
    const names = new Map(items.filter((item) => item.SK === 'PROFILE').map((item) => [item.id, item.name]));
    const seen: Record<string, unknown> = {};
    for (const item of items) {
      if (item.SK === 'ACCESS' && item.source === this.source)
        seen[String(item.id)] = {
          state: item.state as Seen['state'],
          name: names.get(item.id as string) as string | undefined,
          groups: [...((item.groups as Set<string>) ?? [])].map((ref) => groupOf(ref as never)).sort(),
        } satisfies Seen;
      if (item.kind === 'group' && String(item.PK).endsWith('#BOOK'))
        seen[String(item.id)] = item.deleted
          ? 'deleted'
          : {
              name: item.name,
              confers: item.confersAccessManagement,
              parents: [...((item.parents as Set<string>) ?? [])].map((ref) => groupOf(ref as never)).sort(),
            };
    }
    return seen;
  }

  /** Every item except those of runs and audit. A file without news must leave them exactly as they are. */
  async everything(): Promise<Record<string, unknown>[]> {
    return (await this.tenant.harness.facts(this.tenant.id)).filter(
      (item) => !/^T#[^#]+#(?:N#|S#[^#]+#RUNS$)/.test(String(item.PK)),
    );
  }

  async groupsOf(n: number): Promise<string[]> {
    const access = await this.access(this.user(n));
    return [...(access?.groups ?? [])].map(groupOf).sort();
  }
}
