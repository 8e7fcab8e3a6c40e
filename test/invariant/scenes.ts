// Interleavings that matter, each as a short scene. Sound code gets through all of them; each shows what one clause of the
// protocol is there for.

import type { GroupId, SourceId, TenantId, UserId } from '../../shared/domain/base/ids.ts';
import type { Access } from '../../shared/domain/book/records.ts';
import type { Audit } from '../../shared/domain/change.ts';
import { directoryGroupId, directoryUserId } from '../../shared/domain/directory.ts';
import { createSource } from '../../shared/domain/plan/sources.ts';
import { ceasing } from '../../shared/domain/session.ts';
import type { View } from '../../shared/store/view.ts';
import { machine, person } from '../support/harness.ts';
import { withStore } from './calling.ts';
import { groupComes, memberships, userComes, userGoes } from './directory.ts';
import { Player, type Stage, type StageOptions, stage } from './stage.ts';

/** What a scene comes to; `violations` is empty when all is well. */
export type Scene = (options: StageOptions) => Promise<Stage>;

/** Acts by a role, and never counts: whoever becomes the witness is somebody else. */
export const robot = (on: Stage, ada: Player, name: string): Promise<Player> =>
  on.do(async () => {
    const identity = { issuer: 'https://issuer.test', subject: name };
    const { body } = await ada.must('createUser', { body: { kind: 'machine', name, identity } });
    return new Player(on, machine(on.tenant, name, 'admin'), body.id);
  });

/** A directory whose users sign in by a claim, with one user and one group. */
export interface Directory {
  readonly source: SourceId;
  readonly user: Player;
  readonly group: GroupId;
}
export const connected = async (on: Stage, ada: Player, signIn = true): Promise<Directory> => {
  const tenant = on.tenant as TenantId;
  const made = await on.do(() =>
    ada.store.mutate({
      tenant,
      operation: 'createSource',
      requestId: on.nextRequest(),
      authorise: () => ({ actor: { kind: 'person', id: ada.id }, keeper: true }),
      plan: ({ world, tools }) => {
        const claim = signIn ? { signIn: { issuer: 'https://issuer.test', claim: 'oid' } } : {};
        const change = createSource(world, { name: 'Directory', ...claim }, tools);
        return { change, body: change.result.id };
      },
    }),
  );
  const source = made?.body as SourceId;
  const id = directoryUserId(source, 'uma');
  const group = directoryGroupId(source, 'group');
  await on.do(() => on.directory(source, userComes(source, id)));
  await on.do(() => on.directory(source, groupComes(source, group, 'Group')));
  await on.do(() => on.directory(source, memberships(id, [group], [])));
  const user = new Player(on, { ...person(on.tenant, 'uma'), claims: { oid: 'uma' } }, id);
  // Whoever has never signed in is no holder.
  if (signIn) await on.do(() => user.must('getTenant'));
  return { source, user, group };
};

/** Ada is the witness; Ben and Cy are keepers by a role. */
const three = async (options: StageOptions) => {
  const { stage: on, ada } = await stage(options);
  const ben = await on.joins(ada, 'ben');
  const cy = await on.joins(ada, 'cy');
  const roleId = await on.keepers(ada, [ben.id, cy.id]);
  return { on, ada, ben, cy, roleId };
};

/** The pin comes to Ben while Cy's request to disable him, who was not the witness, is on its way. */
export const pinComesMeanwhile: Scene = async (options) => {
  const { on, ada, ben, cy } = await three(options);
  await on.meanwhile(
    cy,
    () => cy.disables(ben),
    () => ben.disables(ada),
  );
  return on;
};

/** The same by one of two groups: the pin rests on a membership while the request to end it is on its way. */
export const pinComesToGroupMeanwhile: Scene = async (options) => {
  const { stage: on, ada } = await stage(options);
  const { source, user, group } = await connected(on, ada);
  const other = directoryGroupId(source, 'other');
  await on.do(() => on.directory(source, groupComes(source, other, 'Other')));
  await on.do(() => on.directory(source, memberships(user.id, [other], [])));
  await on.keepers(ada, [group, other]);
  // The search takes the first.
  const pinned = [...(on.user(user).groups as Set<string>)][0] as string;
  await on.meanwhile(
    { name: 'directory' },
    () => on.directory(source, memberships(user.id, [], [pinned.split('.')[0] as GroupId])),
    () => user.disables(ada),
  );
  return on;
};

/** Ben is to become the witness; what made him valid ends while that is on its way. */
const endsMeanwhile =
  (end: (all: Awaited<ReturnType<typeof three>>) => Promise<unknown>): Scene =>
  async (options) => {
    const all = await three(options);
    await all.on.meanwhile(
      all.ben,
      () => all.ben.disables(all.ada),
      () => end(all),
    );
    return all.on;
  };
export const disabledMeanwhile = endsMeanwhile(({ cy, ben }) => cy.disables(ben));
export const unboundMeanwhile = endsMeanwhile(({ cy, ben }) => cy.must('unbindUser', { params: { userId: ben.id } }));

/** The same for somebody who is a holder by grants of his own. */
export const grantsEndMeanwhile: Scene = async (options) => {
  const { stage: on, ada } = await stage(options);
  const ben = await on.joins(ada, 'ben');
  const robo = await robot(on, ada, 'robo');
  await on.keepers(ada, [robo.id]);
  const grants = (list: string[]) => ({
    params: { userId: ben.id },
    body: { grants: list.map((permission) => ({ permission })) },
  });
  await on.do(() => ada.must('putUserGrants', grants(['*'])));
  await on.meanwhile(
    ben,
    () => ben.disables(ada),
    () => robo.must('putUserGrants', grants([])),
  );
  return on;
};

/** The same for somebody who is a holder by a group. */
export const leavesGroupMeanwhile: Scene = async (options) => {
  const { stage: on, ada } = await stage(options);
  const { source, user, group } = await connected(on, ada);
  await on.keepers(ada, [group]);
  await on.meanwhile(
    user,
    () => user.disables(ada),
    () => on.directory(source, memberships(user.id, [], [group])),
  );
  return on;
};

/** The witness found is deleted and created again, bound and active, before the pin is set. */
export const rebornMeanwhile: Scene = async (options) => {
  const { stage: on, ada } = await stage(options);
  const { source, user } = await connected(on, ada);
  const robo = await robot(on, ada, 'robo');
  await on.keepers(ada, [user.id, robo.id]);
  await on.meanwhile(
    robo,
    () => robo.disables(ada),
    async () => {
      await on.directory(source, userGoes(user.id));
      await on.directory(source, userComes(source, user.id));
      await user.must('getTenant');
    },
  );
  return on;
};

/** The pin moves to Ben, by his role, while the request to delete the role is on its way: the version stays, the guard moves. */
export const roleGoesMeanwhile: Scene = async (options) => {
  const { on, ada, ben, roleId } = await three(options);
  const dee = await on.joins(ada, 'dee');
  await on.do(() => ada.must('putUserGrants', { params: { userId: dee.id }, body: { grants: [{ permission: '*' }] } }));
  await on.meanwhile(
    dee,
    () => dee.does('deleteRole', { params: { roleId } }),
    () => ben.disables(ada),
  );
  return on;
};

/** Two requests move the witness at once. */
export const bothMove: Scene = async (options) => {
  const { on, ada, ben, cy } = await three(options);
  await on.meanwhile(
    cy,
    () => cy.disables(ada),
    () => ben.disables(ada),
  );
  return on;
};

/** Ben's token carries a claim that names Vic, who comes later than Ben and manages access as well: the record decides. */
export const claimNamesAnother: Scene = async (options) => {
  const { stage: on, ada } = await stage(options);
  const { source, group } = await connected(on, ada);
  const ben = await on.joins(ada, 'ben', { oid: 'vic' });
  const vic = directoryUserId(source, 'vic');
  await on.do(() => on.directory(source, userComes(source, vic)));
  await on.do(() => on.directory(source, memberships(vic, [group], [])));
  await on.keepers(ada, [ben.id, group]);
  await on.do(() => ben.must('createRole', { body: { name: 'Of Ben' } }));
  return on;
};

/** The witness is disabled; the only other person with the permission could sign in by a claim, and never has. */
export const neverSignedIn: Scene = async (options) => {
  const { stage: on, ada } = await stage(options);
  const { source } = await connected(on, ada);
  const robo = await robot(on, ada, 'robo');
  const vic = directoryUserId(source, 'vic');
  await on.do(() => on.directory(source, userComes(source, vic)));
  await on.keepers(ada, [vic, robo.id]);
  await on.do(() => robo.disables(ada));
  return on;
};

/** Two sources that sign in by one claim are created at once. */
export const oneClaimTwice: Scene = async (options) => {
  const { stage: on, ada } = await stage(options);
  const robo = await robot(on, ada, 'robo');
  await on.keepers(ada, [robo.id]);
  const source = (name: string) => ({ body: { name, signIn: { issuer: 'https://issuer.test', claim: 'oid' } } });
  await on.meanwhile(
    robo,
    () => robo.does('createSource', source('One')),
    () => ada.does('createSource', source('Other')),
  );
  return on;
};

/** Two changes of the book at once: each leaves a witness by what the other one takes away. */
export const bothWriteTheBook: Scene = async (options) => {
  const { on, ada, ben, cy } = await three(options);
  const other = await on.keepers(ada, [cy.id]);
  await on.do(() => ben.disables(ada));
  const roles = [...on.facts.keeperRoles()].map((role) => String(role.id));
  const first = roles.find((id) => id !== other) as string;
  await on.meanwhile(
    cy,
    () => cy.does('deleteRole', { params: { roleId: first } }),
    () => ben.does('deleteRole', { params: { roleId: other } }),
  );
  return on;
};

/** The witness is disabled, and another takes over. */
export const takesOver: Scene = async (options) => {
  const { on, ada, ben } = await three(options);
  await on.do(() => ben.disables(ada));
  return on;
};

/** A user of a directory is created twice at once; in between the first becomes the only keeper. */
export const createdTwice: Scene = async (options) => {
  const { stage: on, ada } = await stage(options);
  const { source, user } = await connected(on, ada);
  const roleId = await on.keepers(ada);
  const id = directoryUserId(source, 'vic');
  const vic = new Player(on, { ...person(on.tenant, 'vic'), claims: { oid: 'vic' } }, id as UserId);
  await on.meanwhile(
    { name: 'slow' },
    () => on.directory(source, userComes(source, id), 'slow'),
    async () => {
      await on.directory(source, userComes(source, id));
      await ada.must('addRoleMembers', { params: { roleId }, body: { members: [id] } });
      await vic.disables(ada);
    },
  );
  await on.do(() => vic.disables(user));
  return on;
};

/** The witness is one through a group, and the role of the group is deleted. */
export const groupsRoleGoes: Scene = async (options) => {
  const { stage: on, ada } = await stage(options);
  const { user, group } = await connected(on, ada);
  const roleId = await on.keepers(ada, [group]);
  await on.do(async () => {
    await user.disables(ada);
    await user.must('updateUser', { params: { userId: ada.id }, body: { state: 'active' } });
    await ada.must('deleteRole', { params: { roleId } });
  });
  return on;
};

/** One change set disables the witness and edits Ben, who is to be the next; meanwhile he is disabled. */
export const editedInTheSet: Scene = async (options) => {
  const { on, ada, ben, cy, roleId } = await three(options);
  const robo = await robot(on, ada, 'robo');
  const other = await robot(on, ada, 'other');
  await on.do(() =>
    ada.must('replaceRoleMembers', { params: { roleId }, body: { members: [ben.id, robo.id, other.id] } }),
  );
  const plan = async (view: View) => {
    const [was, next] = (await view.users([ada.id, ben.id])) as [Access, Access];
    const disabled = ceasing(was, { ...was, rev: was.rev + 1, state: 'disabled' });
    const edited: Access = {
      ...next,
      rev: next.rev + 1,
      personal: [{ permission: 'viewAllReports' }, { permission: 'createRules' }],
    };
    const users = [
      { before: was, after: disabled },
      { before: next, after: edited },
    ];
    const audit: Audit = { action: 'user.updated', target: ben.id };
    const change = { book: [], users, side: [], audit, result: undefined };
    return { change, body: undefined };
  };
  const set = () =>
    withStore(robo.store, () =>
      robo.store
        .mutate({
          tenant: on.tenant,
          operation: 'set',
          requestId: on.nextRequest(),
          authorise: () => ({ actor: { kind: 'client', id: robo.id }, keeper: true }),
          plan,
        })
        .catch((error: unknown) => error),
    );
  await on.do(() => ada.must('deleteUser', { params: { userId: cy.id } }));
  await on.meanwhile(robo, set, () => other.disables(ben));
  return on;
};
