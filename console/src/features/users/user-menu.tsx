// What one can do to people, wherever they are shown. All of it is carried out at once, because it is about the person,
// and not about rights that are gathered: somebody who leaves today must not wait for other changes.
import Alert from '@cloudscape-design/components/alert';
import ButtonDropdown, { type ButtonDropdownProps } from '@cloudscape-design/components/button-dropdown';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type ReactNode, useState } from 'react';
import type { ItemOf } from '../../../../clients/typescript/index.ts';
import { useChanges } from '../../changes/changes.tsx';
import type { Step } from '../../changes/steps.ts';
import { useMay, useMe } from '../../shell/me.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { InvitationDialog, type Invited, useInvite } from './invitation.tsx';
import { LeftBehind } from './left-behind.tsx';
import { userTexts } from './texts.ts';

export type ListedUser = ItemOf<'listUsers'>;

const steps = (users: readonly ListedUser[], operation: string, body?: object): Step[] =>
  users.map(({ id }) => ({ operation, params: { userId: id }, ...(body && { body }) }));

export const UserMenu = ({
  users,
  onGone = () => {},
}: {
  users: readonly ListedUser[];
  /** Called once they are deleted or erased. */
  onGone?(): void;
}) => {
  const t = useTexts(userTexts);
  const words = useTexts(common);
  const may = useMay();
  const me = useMe();
  const invite = useInvite();
  const { save, act } = useChanges();
  const [invited, setInvited] = useState<Invited>();
  const [one, ...others] = users;
  const single = others.length === 0 ? one : undefined;
  const active = users.some(({ state }) => state === 'active');
  const deleted = users.some(({ deletedAt }) => deletedAt !== undefined);
  const who = single?.name ?? words.users(users.length);
  const leaving = (text: string): ReactNode => (
    <SpaceBetween size="s">
      {text}
      {single && <LeftBehind user={single.id} />}
    </SpaceBetween>
  );

  const actions: Record<
    string,
    { readonly shown: boolean; readonly why?: string | undefined; run(): Promise<unknown> }
  > = {
    invite: {
      shown: may('inviteUser') && !deleted,
      why: single === undefined ? t.oneOnly : single.bound ? t.signsInAlready : undefined,
      run: async () => single && setInvited(await invite(single)),
    },
    enable: {
      shown: may('updateUser') && !deleted && users.some(({ state }) => state === 'disabled'),
      run: () => save(steps(users, 'updateUser', { state: 'active' }), { now: true, done: t.enabled(who) }),
    },
    disable: {
      shown: may('updateUser') && !deleted && active,
      run: () =>
        save(steps(users, 'updateUser', { state: 'disabled' }), {
          now: true,
          done: t.disabled(who),
          ask: { title: t.disableTitle(who), text: leaving(t.disableText), yes: t.disable },
        }),
    },
    endSessions: {
      shown: may('endSessions') && !deleted && (me.accessManager || single?.id === me.user.id),
      why: single === undefined ? t.oneOnly : undefined,
      run: async () => single && act('endSessions', { params: { userId: single.id } }, { done: t.sessionsEnded(who) }),
    },
    unbind: {
      shown: may('unbindUser') && !deleted,
      why: single === undefined ? t.oneOnly : single.bound ? undefined : t.doesNotSignIn,
      run: () =>
        save(steps(users, 'unbindUser'), {
          now: true,
          done: t.unbound(who),
          ask: { title: t.unbindTitle(who), text: t.unbindText, yes: t.unbind },
        }),
    },
    delete: {
      shown: may('deleteUser') && !deleted,
      async run() {
        const outcome = await save(steps(users, 'deleteUser'), {
          now: true,
          done: t.deleted(who),
          ask: {
            title: t.deleteTitle(who),
            text: leaving(active ? t.deleteText : t.deleteDisabledText),
            yes: words.delete,
          },
        });
        if (outcome.became === 'done') onGone();
      },
    },
    restore: {
      shown: may('restoreUser') && deleted,
      why: single === undefined ? t.oneOnly : undefined,
      run: async () => single && act('restoreUser', { params: { userId: single.id } }, { done: t.restored(who) }),
    },
    erase: {
      shown: may('eraseUser') && deleted,
      why: single === undefined ? t.oneOnly : undefined,
      async run() {
        if (!single) return;
        const text = <Alert type="warning">{t.eraseText}</Alert>;
        const outcome = await act(
          'eraseUser',
          { params: { userId: single.id } },
          { done: t.erased, ask: { title: t.eraseTitle(who), text, yes: t.erase } },
        );
        if (outcome.became === 'done') onGone();
      },
    },
  };
  const items: ButtonDropdownProps.Item[] = Object.entries(actions).flatMap(([id, { shown, why }]) => {
    const text = id === 'invite' && single?.invited ? t.inviteAnew : t.actions[id as keyof typeof t.actions];
    const purpose = t.purposes[id];
    const item = {
      id,
      text,
      ...(purpose !== undefined && { secondaryText: purpose }),
      disabled: why !== undefined,
      ...(why !== undefined && { disabledReason: why }),
    };
    return shown ? [item] : [];
  });
  if (users.length > 0 && items.length === 0) return null;
  return (
    <>
      <ButtonDropdown
        items={items}
        disabled={users.length === 0}
        {...(users.length === 0 && { disabledReason: t.selectFirst })}
        expandToViewport
        onItemClick={({ detail }) => void actions[detail.id]?.run()}
      >
        {words.rowActions}
      </ButtonDropdown>
      {invited && <InvitationDialog invited={invited} onClose={() => setInvited(undefined)} />}
    </>
  );
};
