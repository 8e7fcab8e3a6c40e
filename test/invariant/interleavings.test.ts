// What chance misses: interleavings forced by gates and scripted answers, each with what callers are told and what is left.
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test, vi } from 'vitest';
import { userRef } from '../../shared/domain/base/ids.ts';
import { directoryGroupId, directoryUserId } from '../../shared/domain/directory.ts';
import type { DocumentClient } from '../../shared/store/db.ts';
import { person } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { groupComes, groupGoes, userComes, userGoes } from './directory.ts';
import type { Raw } from './naive.ts';
import { connected, robot } from './scenes.ts';
import { Player, type Stage, type StageOptions, stage } from './stage.ts';

vi.setConfig(longSuite);

const refusedAs = (reply: { status: number; body: { code?: string } | undefined }) =>
  `${reply.status} ${reply.body?.code ?? ''}`.trim();

const eventsOf = (on: Stage, requestId: string): number => on.watch.done.get(requestId) ?? 0;

const sound = (on: Stage): void => {
  expect(on.violations).toEqual([]);
  expect(on.facts.faults()).toEqual([]);
  expect(on.facts.listingFaults()).toEqual([]);
};

const timedOut = (): Error => Object.assign(new Error('The request timed out'), { name: 'TimeoutError' });

/** What becomes of the transactions that are sent while it is told so: answers are lost, or requests held back. */
class Line {
  lose = 0;
  late = 0;
  /** The connection breaks as soon as the request is out. */
  unheard = 0;
  readonly held: (() => Promise<unknown>)[] = [];
  readonly wrap = (client: DocumentClient): DocumentClient => ({
    send: async (command) => {
      if (!(command instanceof TransactWriteCommand)) return client.send(command);
      if (this.late > 0) {
        this.late -= 1;
        this.held.push(() => client.send(command).catch((error: unknown) => error));
        throw timedOut();
      }
      if (this.unheard > 0) {
        this.unheard -= 1;
        client.send(command).catch(() => {});
        throw timedOut();
      }
      const answer = await client.send(command);
      if (this.lose > 0) {
        this.lose -= 1;
        throw timedOut();
      }
      return answer;
    },
  });
}

const open = async (options: StageOptions = {}) => {
  const line = new Line();
  return { line, ...(await stage({ ...options, wrap: line.wrap })) };
};

/** Two keepers by a role, Ada deleted: nobody else counts. */
const duel = async (options: StageOptions = {}) => {
  const opened = await open(options);
  const { stage: on, ada } = opened;
  const ben = await on.joins(ada, 'ben');
  const cy = await on.joins(ada, 'cy');
  const roleId = await on.keepers(ada, [ben.id, cy.id]);
  await on.do(() => ben.must('deleteUser', { params: { userId: ada.id } }));
  return { ...opened, ben, cy, roleId };
};

const oneIsLeft = (on: Stage, replies: readonly { status: number }[]): void => {
  sound(on);
  expect(replies.filter(({ status }) => status < 300)).toHaveLength(1);
  expect(on.facts.holders().size).toBe(1);
};

describe('an answer that is lost', () => {
  test('is found again by the event: done once, with the body of that attempt', async () => {
    const { stage: on, ada, line } = await open();
    line.lose = 1;
    const reply = await on.do(() => ada.does('createRole', { body: { name: 'Once' } }, 'r'));
    expect(reply.status).toBe(201);
    expect(
      on.facts
        .of('role')
        .filter((role) => role.name === 'Once')
        .map((role) => role.id),
    ).toEqual([reply.body.id]);
    expect(eventsOf(on, 'r')).toBe(1);
    sound(on);
  });

  test('does not turn what was done into nothing to do', async () => {
    const { stage: on, ada, line } = await open();
    const ben = await on.joins(ada, 'ben');
    line.lose = 1;
    const reply = await on.do(() => ada.does('deleteUser', { params: { userId: ben.id } }, 'r'));
    expect(reply.status).toBe(204);
    expect(eventsOf(on, 'r')).toBe(1);
    sound(on);
  });

  test('does not turn what was done into a refusal, not even when it took away the own right', async () => {
    const { stage: on, line, ben, cy } = await duel();
    line.lose = 1;
    const reply = await on.do(() =>
      ben.does('updateUser', { params: { userId: ben.id }, body: { state: 'disabled' } }, 'r'),
    );
    expect(reply).toMatchObject({ status: 200, body: { state: 'disabled' } });
    expect(on.witness.id).toBe(cy.id);
    expect(eventsOf(on, 'r')).toBe(1);
    sound(on);
  });

  test('of an idempotent request is replayed with the same body, to the retry and to the caller who asks again', async () => {
    const { stage: on, ada, line } = await open();
    const ask = (requestId: string) =>
      ada.does(
        'createUser',
        { body: { kind: 'person', name: 'Once' }, headers: { 'idempotency-key': 'k' } },
        requestId,
      );
    line.lose = 1;
    const first = await on.do(() => ask('r1'));
    const again = await on.do(() => ask('r2'));
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(first.body);
    expect([eventsOf(on, 'r1'), eventsOf(on, 'r2')]).toEqual([1, 0]);
    const other = await on.do(() =>
      ada.does('createUser', { body: { kind: 'person', name: 'Other' }, headers: { 'idempotency-key': 'k' } }),
    );
    expect(refusedAs(other)).toBe('409 idempotency-mismatch');
    sound(on);
  });

  test.each([1, 2, 3, 4, 5, 6])('is waited for while the commit is half visible, seed %i', async (seed) => {
    const { stage: on, ada, line } = await open({ seed, timing: { reveal: [400, 600] } });
    const ben = await on.joins(ada, 'ben');
    on.model.setFaults({ halfVisible: 1 });
    line.unheard = 1;
    // The user may be seen to be gone before the event is seen.
    const reply = await on.do(() => ada.does('deleteUser', { params: { userId: ben.id } }, 'r'));
    expect(reply.status).toBe(204);
    expect(eventsOf(on, 'r')).toBe(1);
    sound(on);
  });
});

describe('a request that is carried out late', () => {
  test('changes nothing after the second attempt has done it', async () => {
    const { stage: on, ada, line } = await open();
    const ben = await on.joins(ada, 'ben');
    line.late = 1;
    const reply = await on.do(() =>
      ada.does('updateUser', { params: { userId: ben.id }, body: { state: 'disabled' } }, 'r'),
    );
    expect(reply.status).toBe(200);
    const before = on.facts.content;
    await on.do(async () => {
      for (const late of line.held) expect(await late()).toMatchObject({ name: 'TransactionCanceledException' });
    });
    expect(on.facts.content).toBe(before);
    expect(eventsOf(on, 'r')).toBe(1);
    sound(on);
  });

  test('changes nothing after somebody else has undone it', async () => {
    const { stage: on, ada, line } = await open();
    const ben = await on.joins(ada, 'ben');
    line.late = 1;
    const set = (state: string) => ada.must('updateUser', { params: { userId: ben.id }, body: { state } });
    await on.do(() => set('disabled'));
    await on.do(() => set('active'));
    await on.do(async () => {
      for (const late of line.held) await late();
    });
    expect(on.user(ben).state).toBe('active');
    sound(on);
  });
});

describe('the last two keepers', () => {
  const atOnce = async (act: (one: Player, other: Player, roleId: string) => Promise<{ status: number }>) => {
    const { stage: on, ben, cy, roleId } = await duel();
    const replies: { status: number }[] = [];
    await on.together({
      ben: async () => replies.push(await act(ben, cy, roleId)),
      cy: async () => replies.push(await act(cy, ben, roleId)),
    });
    oneIsLeft(on, replies);
  };

  test('disable each other: exactly one wins', () => atOnce((one, other) => one.disables(other)));

  test('delete each other: exactly one wins', () =>
    atOnce((one, other) => one.does('deleteUser', { params: { userId: other.id } })));

  test('remove each other from the role: exactly one wins', () =>
    atOnce((one, other, roleId) =>
      one.does('removeRoleMembers', { params: { roleId }, body: { members: [other.id] } }),
    ));

  test('disable themselves: exactly one may', () => atOnce((one) => one.disables(one)));

  test('cannot end the last of them, and are told who might count and why they do not', async () => {
    const { stage: on, ben, cy, roleId } = await duel();
    const robo = await robot(on, ben, 'robo');
    const invited = await on.do(() => ben.must('createUser', { body: { kind: 'person', name: 'Dee' } }));
    const members = [robo.id, invited.body.id as string];
    await on.do(() => ben.must('addRoleMembers', { params: { roleId }, body: { members } }));
    await on.do(() => ben.disables(cy));
    const before = on.facts.content;
    const reply = await on.do(() => ben.disables(ben));
    expect(refusedAs(reply)).toBe('409 last-access-manager');
    const why = new Map(
      (reply.body.wouldNotCount as { user: string; why: string }[]).map((one) => [one.user, one.why]),
    );
    expect([why.get(cy.id), why.get(robo.id), why.get(invited.body.id)]).toEqual([
      'disabled',
      'machine',
      'never-signed-in',
    ]);
    expect(on.facts.content).toBe(before);
    sound(on);
  });
});

test('the witness moves between the reading of the book and its writing: planned anew, and nobody is lost', async () => {
  const { stage: on, ada } = await open();
  const ben = await on.joins(ada, 'ben');
  const roleId = await on.keepers(ada, [ben.id]);
  const robo = await robot(on, ada, 'robo');
  await on.do(() =>
    ada.must('putUserGrants', { params: { userId: robo.id }, body: { grants: [{ permission: '*' }] } }),
  );
  const reply = await on.meanwhile(
    robo,
    () => robo.does('deleteRole', { params: { roleId } }),
    () => ben.disables(ada),
  );
  expect(refusedAs(reply)).toBe('409 last-access-manager');
  expect(on.witness).toEqual({ id: ben.id, entry: `role:${roleId}` });
  sound(on);
});

test('a witness edits the own grants, keeps the keeper permission, and stays the witness', async () => {
  const { stage: on, ada } = await open();
  const grants = [{ permission: 'manageAccessRights' }];
  const reply = await on.do(() => ada.does('putUserGrants', { params: { userId: ada.id }, body: { grants } }));
  expect(reply.status).toBe(200);
  expect(on.witness).toEqual({ id: ada.id, entry: 'personal' });
  sound(on);
});

test('an invitation is accepted twice at once: one is bound, and nobody is told that it is somebody else', async () => {
  const { stage: on, ada } = await open();
  const { body: dee } = await on.do(() => ada.must('createUser', { body: { kind: 'person', name: 'Dee' } }));
  const { body } = await on.do(() => ada.must('inviteUser', { params: { userId: dee.id } }));
  const guest = new Player(on, person(on.tenant, 'dee'), dee.id);
  const other = new Player(on, person(on.tenant, 'dee'), dee.id);
  const accept = (by: Player) => by.does('acceptInvitation', { body: { invitation: body.invitation } });
  const reply = await on.meanwhile(
    guest,
    () => accept(guest),
    () => accept(other),
  );
  expect(refusedAs(reply)).toBe('404 not-found');
  expect(on.user(dee).identity).toBeDefined();
  sound(on);
});

test('who loses the keeper permission meanwhile gives nobody a further entry, not even one who has another', async () => {
  const { stage: on, ada } = await open();
  const ben = await on.joins(ada, 'ben');
  const cy = await on.joins(ada, 'cy');
  const roleId = await on.keepers(ada, [ben.id, cy.id]);
  const reply = await on.meanwhile(
    ben,
    () => ben.does('putUserGrants', { params: { userId: cy.id }, body: { grants: [{ permission: '*' }] } }),
    () => ada.must('deleteRole', { params: { roleId } }),
  );
  expect(refusedAs(reply)).toBe('403 forbidden');
  expect([...on.facts.potential().keys()]).toEqual([`${ada.id}.${on.user(ada).life}`]);
  sound(on);
});

describe('a directory', () => {
  test('signs in by a claim: its user is a holder from the first sign-in on, and no sooner', async () => {
    const { stage: on, ada } = await open();
    const { source, user } = await connected(on, ada);
    const id = directoryUserId(source, 'vic');
    await on.do(() => on.directory(source, userComes(source, id)));
    const vic = new Player(on, { ...person(on.tenant, 'vic'), claims: { oid: 'vic' } }, id);
    await on.keepers(ada, [vic.id]);
    expect(refusedAs(await on.do(() => ada.disables(ada)))).toBe('409 last-access-manager');
    expect((await on.do(() => vic.disables(ada))).status).toBe(200);
    expect((on.facts.head as Raw).witness).toEqual({
      user: userRef(vic.id, on.user(vic).life as never),
      entry: expect.stringMatching(/^role:/),
    });
    expect(on.user(user).identity).toBeDefined();
    sound(on);
  });

  test('without sign-in gives no holder', async () => {
    const { stage: on, ada } = await open();
    const { user } = await connected(on, ada, false);
    await on.keepers(ada, [user.id]);
    expect(refusedAs(await on.do(() => ada.disables(ada)))).toBe('409 last-access-manager');
    sound(on);
  });

  test('cannot delete the group through which the witness holds, when nobody else does', async () => {
    const { stage: on, ada } = await open();
    const { source, user, group } = await connected(on, ada);
    await on.keepers(ada, [group]);
    await on.do(() => user.must('deleteUser', { params: { userId: ada.id } }));
    expect(on.witness.entry).toContain(`group:${group}`);
    const before = on.facts.content;
    expect(await on.do(() => on.directory(source, groupGoes(group)))).toMatchObject({ code: 'last-access-manager' });
    expect(on.facts.content).toBe(before);
    sound(on);
  });

  test('deletes that group once somebody else holds, and the witness moves along', async () => {
    const { stage: on, ada } = await open();
    const { source, user, group } = await connected(on, ada);
    await on.keepers(ada, [group]);
    await on.do(async () => {
      await user.disables(ada);
      await user.must('updateUser', { params: { userId: ada.id }, body: { state: 'active' } });
    });
    expect(on.witness.id).toBe(user.id);
    expect(await on.do(() => on.directory(source, groupGoes(group)))).toMatchObject({ status: 200 });
    expect(on.witness).toEqual({ id: ada.id, entry: 'personal' });
    sound(on);
  });
});

test('5,000 members are replaced at once, the keepers among them kept out of the search for the next', async () => {
  const { stage: on, ada, ben, cy, roleId } = await duel();
  const record = [...on.facts.records.values()].find((one) => one.kind === 'members' && one.role === roleId) as Raw;
  // As many members as a role may be given at once, most of them long gone: put in place without asking.
  const ghosts = Array.from({ length: 5_000 }, (_, n) => `u${String(n).padStart(20, '0')}.000000`);
  const chunks = Array.from({ length: 10 }, (_, n) => ({
    ...record,
    SK: `members#${roleId}#${n + 1}`,
    chunk: n + 1,
    users: new Set(ghosts.slice(n * 500, n * 500 + 500)),
  }));
  const head = on.facts.head as Raw;
  const sum = Number(head.sum) + chunks.length * Number(record.rev);
  // Of a later version that no log tells of, so that whoever has the book reads it all.
  const version = Number(head.version) + 1;
  const grown = { ...head, version, sum, records: Number(head.records) + chunks.length };
  for (const item of [grown, ...chunks] as unknown as (Raw & { PK: string; SK: string })[]) {
    on.model.seed([item]);
    on.facts.take({ pk: item.PK, sk: item.SK, after: item });
  }
  const replace = (members: readonly string[]) =>
    ben.does('replaceRoleMembers', { params: { roleId }, body: { members } });
  expect(refusedAs(await on.do(() => replace([])))).toBe('409 last-access-manager');
  expect(refusedAs(await on.do(() => replace([ada.id])))).toBe('400 invalid-request');
  expect(await on.do(() => replace([cy.id]))).toMatchObject({ status: 200, body: { users: 1 } });
  expect(on.witness).toEqual({ id: cy.id, entry: `role:${roleId}` });
  expect([...on.facts.holders().keys()]).toEqual([`${cy.id}.${on.user(cy).life}`]);
  expect(on.facts.faults()).toEqual([]);
});

/** Ben disables himself, the last holder, while Cy, who is disabled, is changed all the time. */
const whileRestless = async (change: (n: number) => object) => {
  const { stage: on, ben, cy } = await duel();
  await on.do(() => ben.disables(cy));
  let busy = true;
  const started = on.scheduler.now();
  let reply: Awaited<ReturnType<Player['does']>> | undefined;
  await on.together({
    restless: async () => {
      for (let n = 0; busy; n += 1) await restless(on, cy, n, change(n));
    },
    ben: async () => {
      reply = await ben.disables(ben);
      busy = false;
    },
  });
  expect(on.facts.holders().size).toBe(1);
  expect(on.violations).toEqual([]);
  return { reply, took: on.scheduler.now() - started };
};

test('whether anybody is left is told though who comes near is changed all the time', async () => {
  const { reply, took } = await whileRestless(() => ({}));
  expect(reply).toMatchObject({ status: 409, body: { code: 'last-access-manager' } });
  expect(took).toBeLessThan(5_000);
});

test('who cannot be told within 20 seconds whether anybody is left is told to come again', async () => {
  // Cy may have been active between any two scans: the epoch moves when somebody ceases to be.
  const { reply, took } = await whileRestless((epoch) => ({ epoch }));
  expect(reply).toMatchObject({ status: 503, body: { code: 'busy' }, headers: { 'retry-after': expect.any(String) } });
  expect(took).toBeGreaterThan(19_000);
  expect(took).toBeLessThan(30_000);
});

/** Writes the item of a user anew, at once: no caller is that fast. */
const restless = async (on: Stage, who: Player, n: number, change: object): Promise<void> => {
  const item = on.user(who) as Raw & { PK: string; SK: string };
  const after = { ...item, rev: Number(item.rev) + 1 + (n % 2), ...change };
  on.model.seed([after]);
  on.facts.take({ pk: item.PK, sk: item.SK, after });
  await on.scheduler.sleep(3);
};

describe('what a role still names, and what comes back by the same id', () => {
  /** A role of keepers, and a user and a group of a directory that can go and come back. */
  const scene = async (seed = 1) => {
    const { stage: on, ada } = await open({ seed });
    const { source, user } = await connected(on, ada);
    const group = directoryGroupId(source, 'team');
    const kinds = {
      user: { id: user.id, goes: userGoes(user.id), comes: userComes(source, user.id) },
      group: { id: group, goes: groupGoes(group), comes: groupComes(source, group, 'Team') },
    };
    await on.do(() => on.directory(source, kinds.group.comes));
    const roleId = await on.keepers(ada);
    const edit = (id: 'addRoleMembers' | 'removeRoleMembers', member: string) =>
      ada.must(id, { params: { roleId }, body: { members: [member] } });
    const back = async (kind: 'user' | 'group') => {
      await on.directory(source, kinds[kind].goes);
      await on.directory(source, kinds[kind].comes);
    };
    /** By the stored items: whether the role names the present life. */
    const names = (kind: 'user' | 'group', id: string): boolean => {
      const role = on.facts.keeperRoles().find((one) => one.id === roleId) as Raw;
      const ref = kind === 'user' ? `${id}.${on.user({ id }).life}` : undefined;
      if (ref !== undefined) return on.facts.membersOf(role).has(ref);
      return [...((role.groups as Set<string> | undefined) ?? [])].some(
        (one) => one.startsWith(`${id}.`) && on.facts.isLiveGroup(one),
      );
    };
    const listed = async (id: string): Promise<boolean> => {
      const { body } = await on.do(() => ada.must('listRoleMembers', { params: { roleId } }));
      return body.items.some((item: { id: string }) => item.id === id);
    };
    const expectMember = async (kind: 'user' | 'group', is: boolean) => {
      expect([names(kind, kinds[kind].id), await listed(kinds[kind].id)]).toEqual([is, is]);
      sound(on);
    };
    return { on, ada, kinds, edit, back, names, expectMember };
  };

  test.each(['user', 'group'] as const)(
    'a %s of a new life is a member when it is named again, and not before',
    async (kind) => {
      const { on, kinds, edit, back, expectMember } = await scene();
      const { id } = kinds[kind];
      await on.do(() => edit('addRoleMembers', id));
      await expectMember(kind, true);
      await on.do(() => back(kind));
      await expectMember(kind, false);
      await on.do(() => edit('addRoleMembers', id));
      await expectMember(kind, true);
      await on.do(() => edit('removeRoleMembers', id));
      await expectMember(kind, false);
    },
  );

  test.each(['user', 'group'] as const)(
    'a %s that goes and comes back while it is named is a member in one life or in none',
    async (kind) => {
      const outcomes = new Set<boolean>();
      const settled = async ({ on, kinds, edit, names, expectMember }: Awaited<ReturnType<typeof scene>>) => {
        const is = names(kind, kinds[kind].id);
        outcomes.add(is);
        await expectMember(kind, is);
        await on.do(() => edit('addRoleMembers', kinds[kind].id));
        await expectMember(kind, true);
        await on.do(() => edit('removeRoleMembers', kinds[kind].id));
        await expectMember(kind, false);
      };
      const held = await scene();
      const naming = () => held.edit('addRoleMembers', held.kinds[kind].id);
      await held.on.meanwhile(held.ada, naming, () => held.back(kind));
      await settled(held);
      for (let seed = 1; seed <= 8; seed += 1) {
        const at = await scene(seed);
        const { id } = at.kinds[kind];
        // Between the two lives, naming is refused because nothing of that id exists.
        const add = async () => {
          await at.on.scheduler.sleep(seed % 2 === 0 ? 25 * seed : 3 * seed);
          await at.edit('addRoleMembers', id).catch(() => undefined);
        };
        await at.on.together({ naming: add, directory: () => at.back(kind) });
        await settled(at);
      }
      expect(outcomes).toEqual(new Set([true, false]));
    },
  );
});

describe('Q-21: what somebody hands a sign-in on by is proven as that is written', () => {
  const scene = async () => {
    const { stage: on, ada } = await stage();
    const mia = await on.joins(ada, 'mia');
    const grant = (userId: string, ...permissions: string[]) =>
      ada.must('putUserGrants', {
        params: { userId },
        body: { grants: permissions.map((permission) => ({ permission })) },
      });
    const role = await on.do(async () => {
      const { body } = await ada.must('createRole', { body: { name: 'Hidden' } });
      await ada.must('addRoleGrant', { params: { roleId: body.id }, body: { permission: 'billing' } });
      return body.id as string;
    });
    const userId = await on.do(async () => {
      const { body } = await ada.must('createUser', { body: { kind: 'person', name: 'Una' } });
      await grant(body.id, 'purchase');
      await grant(mia.id, 'manageUsers', 'purchase');
      return body.id as string;
    });
    const meanwhile = {
      'its user joins a role': () =>
        ada.must('addRoleMembers', { params: { roleId: role }, body: { members: [userId] } }),
      'its user is granted more': () => grant(userId, 'purchase', 'billing'),
      'who answers for it loses the right': () => grant(mia.id, 'manageUsers'),
    };
    return { on, ada, mia, userId, meanwhile };
  };
  type Meanwhile = keyof Awaited<ReturnType<typeof scene>>['meanwhile'];
  const cases: Meanwhile[] = [
    'its user joins a role',
    'its user is granted more',
    'who answers for it loses the right',
  ];

  test.each(cases)('an invitation is issued while %s', async (what) => {
    const { on, mia, userId, meanwhile } = await scene();
    const invites = () => mia.does('inviteUser', { params: { userId } });
    expect(refusedAs(await on.meanwhile(mia, invites, meanwhile[what]))).toBe('403 not-held');
    sound(on);
  });

  test.each(cases)('an invitation is accepted while %s', async (what) => {
    const { on, mia, userId, meanwhile } = await scene();
    const { body } = await on.do(() => mia.must('inviteUser', { params: { userId } }));
    const una = new Player(on, person(on.tenant, 'una'), userId as never);
    const accepts = () => una.does('acceptInvitation', { body: { invitation: body.invitation } });
    expect(refusedAs(await on.meanwhile(una, accepts, meanwhile[what]))).toBe('403 not-held');
    sound(on);
  });

  test.each(cases)('a sign-in is taken away while %s', async (what) => {
    const { on, ada, mia, userId, meanwhile } = await scene();
    const { body } = await on.do(() => ada.must('inviteUser', { params: { userId } }));
    const una = new Player(on, person(on.tenant, 'una'), userId as never);
    await on.do(() => una.must('acceptInvitation', { body: { invitation: body.invitation } }));
    const unbinds = () => mia.does('unbindUser', { params: { userId } });
    expect(refusedAs(await on.meanwhile(mia, unbinds, meanwhile[what]))).toBe('403 not-held');
    sound(on);
  });
});
