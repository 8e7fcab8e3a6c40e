// The small tenants that the fire is aimed at: few keepers of every kind, so that the edge is hit all the time.

import type { Random } from '../../infra/local/model/index.ts';
import {
  derivedId,
  type GroupId,
  groupOf,
  groupRef,
  type SourceId,
  type UserId,
} from '../../shared/domain/base/ids.ts';
import type { GroupRecord } from '../../shared/domain/book/records.ts';
import { directoryUserId } from '../../shared/domain/directory.ts';
import { createSource } from '../../shared/domain/plan/sources.ts';
import { operator, person } from '../support/harness.ts';
import { type As, call, storeNow } from './calling.ts';
import { userTold } from './directory.ts';
import { hasRules, ruleGrants, Told } from './rules.ts';
import { immutableGroups, immutableIds, type Site } from './steps.ts';
import type { Watch } from './watch.ts';

const issuer = 'https://issuer.test';
const defaultCatalogues = ['complete', 'exchange-rules', 'email-security', 'complete'];

let requests = 0;
const next = (): string => {
  requests += 1;
  return `setup-${requests}`;
};
const ok = async (id: Parameters<typeof call>[0], request: Parameters<typeof call>[1]) => {
  const reply = await call(id, request, next());
  if (reply.status >= 400) throw new Error(`${id} answered ${reply.status}: ${JSON.stringify(reply.body)}`);
  return reply.body;
};

/** So few things are there that each loss is a matter for an access manager. */
const few = { number: 0 };
const guards = { deletions: few, disablings: few, removals: few, groupRemovals: few };

/** Sources have no operation that this suite rests on: one is made by the plan, as its keeper would. */
const connect = async (site: Site, name: string, signIn: boolean): Promise<SourceId> => {
  const outcome = await storeNow().mutate({
    tenant: site.tenant as never,
    operation: 'createSource',
    requestId: next(),
    authorise: () => ({
      actor: {
        kind: 'person',
        id: site.facts.witness(),
      },
      keeper: true,
    }),
    plan: (view) => {
      const change = createSource(
        view.world,
        { name, guards, ...(signIn && { signIn: { issuer, claim: 'oid' } }) },
        view.tools,
      );
      return { change, body: change.result.id };
    },
  });
  return outcome?.body as SourceId;
};

/** Some users and groups of a source, two of them nested in a cycle. */
const fill = async (site: Site, source: SourceId, random: Random): Promise<void> => {
  await storeNow().mutate({
    tenant: site.tenant as never,
    operation: 'directory',
    requestId: next(),
    authorise: () => ({ actor: { kind: 'system', id: source }, keeper: false, exempt: { source } }),
    plan: (view) => {
      const ids = immutableGroups.slice(0, 3).map((one) => derivedId('group', source, one));
      const lives = ids.map(() => view.tools.ids.life());
      const refs = ids.map((id, i) => groupRef(id, lives[i] as never));
      const groups = ids.map(
        (id, i): GroupRecord => ({
          kind: 'group',
          rev: 0,
          id: id as GroupId,
          life: lives[i] as never,
          name: `Group ${i}`,
          source,
          parents: new Set([refs[(i + 1) % refs.length] as never]),
          confersAccessManagement: false,
          deleted: false,
        }),
      );
      const users = immutableIds.slice(0, 3).map((value) => ({
        id: directoryUserId(source, value) as UserId,
        life: view.tools.ids.life(),
        rev: 1,
        kind: 'person' as const,
        state: 'active' as const,
        source,
        groups: new Set([random.pick(refs)]),
        personal: [],
        stamp: 0,
      }));
      const side = users.map(({ id }) => ({
        kind: 'profile' as const,
        before: undefined,
        after: { id, rev: 1, name: id, createdAt: '2026-01-01T00:00:00Z' },
      }));
      return {
        change: {
          book: groups,
          users: users.map((after) => ({ before: undefined, after })),
          side,
          result: undefined,
        },
        body: undefined,
        audits: [
          {
            action: 'directory.groups.changed' as const,
            target: source,
            after: {
              groups: groups.map(({ id, name, parents }) => ({ id, name, parents: [...parents].map(groupOf) })),
            },
          },
          ...users.map((after) => ({
            action: 'user.created' as const,
            target: after.id,
            ...userTold(undefined, after),
          })),
        ],
      };
    },
  });
};

/** A role that works on rules, and a few rules of it. */
const makeRules = async ({ facts, told }: Site, as: As, others: readonly string[]): Promise<void> => {
  const { id: roleId } = await ok('createRole', { as, body: { name: 'Authors' } });
  for (const body of ruleGrants) await ok('addRoleGrant', { as, params: { roleId }, body });
  await ok('addRoleMembers', { as, params: { roleId }, body: { members: [facts.witness(), ...others] } });
  for (let n = 0; n < 3; n += 1) {
    const body = { type: 'signatureRule', name: `Rule ${n}`, owner: roleId };
    told.hears('createRule', {}, await ok('createRule', { as, body }));
  }
};

export const prepareSites = async (
  watch: Watch,
  random: Random,
  catalogues: readonly string[] = defaultCatalogues,
  look: (tenant: string) => Promise<unknown> = async () => {},
): Promise<Site[]> => {
  const sites: Site[] = [];
  for (const catalogue of catalogues) {
    const firstUser = { name: 'Ada Admin', identity: { issuer, subject: 'admin' } };
    const { id: tenant } = await ok('createTenant', { as: operator, body: { name: 'Fire', catalogue, firstUser } });
    const facts = watch.facts(tenant);
    const told = new Told();
    const site: Site = { tenant, facts, posted: new Set(), invitations: [], formerly: [], told, serial: 0 };
    await look(tenant);
    const as = person(tenant, 'admin');
    const sources = [await connect(site, 'signs in', true), await connect(site, 'does not', false)] as const;
    for (const source of sources) await fill(site, source, random);
    const keeping = String(site.facts.catalogue.keeper);
    const { id: roleId } = await ok('createRole', { as, body: { name: 'Keepers' } });
    await ok('addRoleGrant', { as, params: { roleId }, body: { permission: keeping } });
    const group = derivedId('group', sources[0], immutableGroups[0] as string);
    await ok('addRoleMembers', { as, params: { roleId }, body: { members: [group] } });
    const users: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      const { id: userId } = await ok('createUser', { as, body: { kind: 'person', name: `U${n}` } });
      users.push(userId);
      const { invitation } = await ok('inviteUser', { as, params: { userId } });
      await ok('acceptInvitation', { as: person(tenant, `s${n}`), body: { invitation } });
    }
    const machine = { kind: 'machine', name: 'M', identity: { issuer, subject: 'machine' } };
    const { id: client } = await ok('createUser', { as, body: machine });
    await ok('addRoleMembers', { as, params: { roleId }, body: { members: [client] } });
    await look(tenant);
    if (hasRules(facts)) await makeRules(site, as, [users[0] as string, users[1] as string, group]);
    await look(tenant);
    sites.push(site);
  }
  return sites;
};
