// A bounded run of the invariant against a deployment. Several managers of access rights take that permission from each
// other, all at once, and whenever the run is quiet somebody must still have it. Then they are removed one after the
// other, and the removal of the last must be refused.
import { type Client, HoldfastProblem } from '../../clients/typescript/index.ts';
import { CommandError } from '../local/command.ts';
import { as, type Deployment } from './deployment.ts';

interface FireOptions {
  readonly rounds: number;
  readonly perRound: number;
  readonly seed: number;
}

interface FireFigures {
  requests: number;
  refusedLockOuts: number;
  lostRace: number;
}

/** Mulberry32: a small generator that gives the same numbers everywhere. */
const seeded = (seed: number) => {
  let state = seed;
  return () => {
    state += 0x6d2b79f5;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
};

const subjects = ['ada', 'bea', 'cem', 'dan', 'eva'];

interface Cast {
  readonly clients: ReadonlyMap<string, Client>;
  readonly users: ReadonlyMap<string, string>;
  readonly role: string;
}

/** A tenant with five users who manage access rights, all through one role. */
const cast = async (deployment: Deployment, name: string): Promise<Cast> => {
  const operator = as(deployment, { subject: 'operator', scope: 'operator' });
  const identity = { issuer: deployment.issuer, subject: 'ada' };
  const { id: tenant, firstUser } = await operator.createTenant({
    body: { name, catalogue: 'secure-exchanges', firstUser: { name: 'ada', identity } },
  });
  const clients = new Map(subjects.map((subject) => [subject, as(deployment, { subject, tenant, scope: 'admin' })]));
  const ada = clients.get('ada') as Client;
  const users = new Map([['ada', firstUser]]);
  const { items } = await ada.listRoles({});
  const role = items.find((one) => one.users > 0)?.id;
  if (!role)
    throw new CommandError(
      'The first user of a new tenant is in no role, so the deployment did not create the predefined ones.',
    );
  for (const subject of subjects.slice(1)) {
    const { id } = await ada.createUser({ body: { kind: 'person', name: subject } });
    const { invitation } = await ada.inviteUser({ params: { userId: id } });
    await (clients.get(subject) as Client).acceptInvitation({ body: { invitation } });
    users.set(subject, id);
  }
  await ada.addRoleMembers({ params: { roleId: role }, body: { members: [...users.values()] } });
  return { clients, users, role };
};

/**
 * Problem codes that a caller may meet because others change the tenant at the same time. Any other code is a fault.
 */
const expected = new Set(['forbidden', 'user-disabled', 'unknown-user', 'last-access-manager', 'busy', 'not-found']);

const attempt = async (figures: FireFigures, act: () => Promise<unknown>): Promise<string> => {
  figures.requests += 1;
  try {
    await act();
    return 'done';
  } catch (error) {
    if (!(error instanceof HoldfastProblem) || !expected.has(error.code)) throw error;
    if (error.code === 'last-access-manager') figures.refusedLockOuts += 1;
    else figures.lostRace += 1;
    return error.code;
  }
};

/** Users who can manage access rights now. Every user is asked, because any of them may have lost the permission. */
const managers = async ({ clients }: Cast): Promise<string[]> => {
  for (const client of clients.values()) {
    try {
      const tenant = await client.getTenant({});
      if (tenant.accessManagers) return tenant.accessManagers.users;
    } catch (error) {
      if (!(error instanceof HoldfastProblem) || !expected.has(error.code)) throw error;
    }
  }
  return [];
};

/** @throws CommandError when the deployment breaks the invariant */
export const fire = async (deployment: Deployment, name: string, options: FireOptions): Promise<FireFigures> => {
  const random = seeded(options.seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const figures: FireFigures = { requests: 0, refusedLockOuts: 0, lostRace: 0 };
  const all = await cast(deployment, name);
  const { clients, users, role } = all;
  const roleId = role as Parameters<Client['getRole']>[0]['params']['roleId'];
  const one = (): (() => Promise<unknown>) => {
    const client = clients.get(pick(subjects)) as Client;
    const userId = users.get(pick(subjects)) as Parameters<Client['getUser']>[0]['params']['userId'];
    const params = { userId };
    switch (pick(['out', 'out', 'disable', 'disable', 'in', 'enable'] as const)) {
      case 'out':
        return () => client.removeRoleMembers({ params: { roleId }, body: { members: [userId] } });
      case 'in':
        return () => client.addRoleMembers({ params: { roleId }, body: { members: [userId] } });
      case 'disable':
        return () => client.updateUser({ params, body: { state: 'disabled' } });
      case 'enable':
        return () => client.updateUser({ params, body: { state: 'active' } });
    }
  };
  for (let round = 0; round < options.rounds; round += 1) {
    const acts = Array.from({ length: options.perRound }, one);
    await Promise.all(acts.map((act) => attempt(figures, act)));
    if ((await managers(all)).length === 0)
      throw new CommandError(
        `Round ${round}, seed ${options.seed}: no user can manage access rights in ${name} any more, so the invariant is broken.`,
      );
  }
  await lastOneStays(all, figures, roleId);
  return figures;
};

/** Removes one manager after the other while nothing else happens. Exactly the removal of the last must be refused. */
const lastOneStays = async (
  all: Cast,
  figures: FireFigures,
  roleId: Parameters<Client['getRole']>[0]['params']['roleId'],
): Promise<void> => {
  for (let left = await managers(all); ; left = await managers(all)) {
    const [subject] = [...all.users].find(([, id]) => id === left[0]) ?? [];
    const client = all.clients.get(subject ?? '') as Client;
    const victim = left.at(-1) as Parameters<Client['getUser']>[0]['params']['userId'];
    const outcome = await attempt(figures, () =>
      client.removeRoleMembers({ params: { roleId }, body: { members: [victim] } }),
    );
    if (left.length === 1 && outcome === 'last-access-manager') return;
    if (left.length > 1 && outcome === 'done') continue;
    throw new CommandError(
      `With ${left.length} users who manage access rights, removing one of them was answered ${outcome}.`,
    );
  }
};
