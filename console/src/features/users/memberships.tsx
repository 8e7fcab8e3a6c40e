// The roles and groups of a user: direct, or through which groups; and leaving those that one is in by hand.
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Link from '@cloudscape-design/components/link';
import Multiselect from '@cloudscape-design/components/multiselect';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { ItemOf } from '../../../../clients/typescript/index.ts';
import { Name } from '../../api/names.tsx';
import { useAll } from '../../api/reads.ts';
import { useChanges } from '../../changes/changes.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Empty, ListTable } from '../../parts/tables.tsx';
import { toFirstWrong } from '../../parts/wrong.ts';
import { useLink } from '../../shell/go.ts';
import { useMay } from '../../shell/me.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { Through } from './effective.tsx';
import { userTexts } from './texts.ts';

interface Subject {
  readonly id: string;
  readonly name: string;
}

const AddToRoles = ({ user, has, onClose }: { user: Subject; has: ReadonlySet<string>; onClose(): void }) => {
  const t = useTexts(userTexts);
  const words = useTexts(common);
  const { save } = useChanges();
  const roles = useAll('listRoles', {});
  const [chosen, setChosen] = useState<readonly { value?: string; label?: string }[]>([]);
  const [saving, setSaving] = useState(false);
  const [tried, setTried] = useState(false);
  const submit = async () => {
    setTried(true);
    if (chosen.length === 0) return toFirstWrong();
    setSaving(true);
    const outcome = await save(
      chosen.map(({ value }) => ({
        operation: 'addRoleMembers',
        params: { roleId: value as string },
        body: { members: [user.id] },
      })),
      { done: t.joined(user.name, chosen.length) },
    );
    setSaving(false);
    if (outcome.became !== 'left') onClose();
  };
  return (
    <Dialog title={t.addToRoles} yes={words.add} busy={saving} onYes={() => void submit()} onClose={onClose}>
      <FormField label={t.roles} errorText={tried && chosen.length === 0 && words.required}>
        <Multiselect
          filteringType="auto"
          expandToViewport
          statusType={roles.isPending ? 'loading' : 'finished'}
          selectedOptions={chosen}
          options={(roles.data ?? [])
            .filter(({ id }) => !has.has(id))
            .map(({ id, name, description }) => ({ value: id, label: name, description }))}
          deselectAriaLabel={({ label }) => `${words.remove} ${label}`}
          onChange={({ detail }) => setChosen(detail.selectedOptions)}
        />
      </FormField>
    </Dialog>
  );
};

const Roles = ({ user }: { user: Subject }) => {
  const t = useTexts(userTexts);
  const words = useTexts(common);
  const may = useMay();
  const link = useLink();
  const { save } = useChanges();
  const [adding, setAdding] = useState(false);
  const roles = useAll('listUserRoles', { params: { userId: user.id } });
  const leave = ({ id, name }: Subject) =>
    save([{ operation: 'removeRoleMembers', params: { roleId: id }, body: { members: [user.id] } }], {
      done: t.left(user.name, name),
      ask: { title: t.leaveTitle(user.name, name), yes: words.remove },
    });
  return (
    <>
      <ListTable<ItemOf<'listUserRoles'>>
        title={t.roles}
        headingVariant="h2"
        items={roles.data ?? []}
        loading={roles.isPending}
        error={roles.error}
        sortBy="name"
        textOf={({ name }) => name}
        empty={<Empty text={t.inNoRole} />}
        actions={may('addRoleMembers') && <Button onClick={() => setAdding(true)}>{t.addToRoles}</Button>}
        columns={[
          {
            id: 'name',
            header: words.name,
            sortingField: 'name',
            isRowHeader: true,
            cell: ({ id, name }) => <Link {...link(`/roles/${id}`)}>{name}</Link>,
          },
          {
            id: 'how',
            header: t.how,
            cell: ({ direct, groups }) => (direct ? t.direct : <Through groups={groups ?? []} />),
          },
          ...(may('removeRoleMembers')
            ? [
                {
                  id: 'leave',
                  header: words.rowActions,
                  cell: (role: ItemOf<'listUserRoles'>) =>
                    role.direct ? (
                      <Button variant="inline-link" ariaLabel={t.leaveOf(role.name)} onClick={() => void leave(role)}>
                        {words.remove}
                      </Button>
                    ) : (
                      t.leaveGroup
                    ),
                },
              ]
            : []),
        ]}
      />
      {adding && (
        <AddToRoles
          user={user}
          has={new Set(roles.data?.filter(({ direct }) => direct).map(({ id }) => id))}
          onClose={() => setAdding(false)}
        />
      )}
    </>
  );
};

const Groups = ({ user }: { user: Subject }) => {
  const t = useTexts(userTexts);
  const words = useTexts(common);
  const may = useMay();
  const link = useLink();
  const { save } = useChanges();
  const groups = useAll('listUserGroups', { params: { userId: user.id } });
  const leave = ({ id, name }: Subject) =>
    save([{ operation: 'removeGroupMembers', params: { groupId: id }, body: { members: [user.id] } }], {
      done: t.left(user.name, name),
      ask: { title: t.leaveTitle(user.name, name), yes: words.remove },
    });
  return (
    <ListTable<ItemOf<'listUserGroups'>>
      title={t.groups}
      headingVariant="h2"
      items={groups.data ?? []}
      loading={groups.isPending}
      error={groups.error}
      sortBy="name"
      textOf={({ name }) => name}
      empty={<Empty text={t.inNoGroup} />}
      columns={[
        {
          id: 'name',
          header: words.name,
          sortingField: 'name',
          isRowHeader: true,
          cell: ({ id, name }) => (may('getGroup') ? <Link {...link(`/groups/${id}`)}>{name}</Link> : name),
        },
        {
          id: 'how',
          header: t.how,
          cell: ({ direct, origins = [] }) =>
            direct
              ? origins.map((origin) => (
                  <div key={origin}>{origin === 'hand' ? t.byHand : <BySource source={origin} />}</div>
                ))
              : t.throughOthers,
        },
        ...(may('removeGroupMembers')
          ? [
              {
                id: 'leave',
                header: words.rowActions,
                cell: (group: ItemOf<'listUserGroups'>) =>
                  group.origins?.includes('hand') ? (
                    <Button variant="inline-link" ariaLabel={t.leaveOf(group.name)} onClick={() => void leave(group)}>
                      {words.remove}
                    </Button>
                  ) : (
                    group.direct && t.leaveInDirectory
                  ),
              },
            ]
          : []),
      ]}
    />
  );
};

const BySource = ({ source }: { source: string }) => {
  const t = useTexts(userTexts);
  return (
    <>
      {t.bySource} <Name id={source} />
    </>
  );
};

/** @param sees whether the reader may see in which roles the user is */
export const Memberships = ({ user, sees }: { user: Subject; sees: boolean }) => {
  const t = useTexts(userTexts);
  const { waiting } = useChanges();
  const waits = waiting.some(({ body }) => (body as { members?: string[] } | undefined)?.members?.includes(user.id));
  return (
    <SpaceBetween size="l">
      {waits && <Alert type="info">{t.membershipsWait}</Alert>}
      {sees && <Roles user={user} />}
      <Groups user={user} />
    </SpaceBetween>
  );
};
