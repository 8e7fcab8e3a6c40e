// Access Rights Management: the switch, and the list of roles (CT-05, CT-17, SE-03, SE-22).
import Badge from '@cloudscape-design/components/badge';
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { useAll } from '../../api/reads.ts';
import { useCatalogue } from '../../catalogue/catalogue.ts';
import { useChanges } from '../../changes/changes.tsx';
import { freshName, isWaiting, type Step, stepsOn } from '../../changes/steps.ts';
import { NameDialog } from '../../parts/fields-dialog.tsx';
import { Page } from '../../parts/page.tsx';
import { Empty, ListTable } from '../../parts/tables.tsx';
import { useGo, useLink } from '../../shell/go.ts';
import { useMay, useMe } from '../../shell/me.ts';
import { useTell } from '../../shell/tell.tsx';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { NewOwnerDialog } from './new-owner.tsx';
import { EnforcementSwitch } from './switch.tsx';
import { roleTexts } from './texts.ts';
import { type ListedRole, listed } from './waiting.ts';

type Open =
  | { readonly dialog: 'add' }
  | { readonly dialog: 'clone'; readonly role: ListedRole }
  | { readonly dialog: 'remove'; readonly role: ListedRole; readonly owned: number };

const ownedRules = async (roleId: string): Promise<number> => {
  let owned = 0;
  for await (const rule of api.items('getRuleRights', { params: { roleId }, query: { limit: 200 } }))
    if (rule.owned) owned += 1;
  return owned;
};

export const RolesPage = () => {
  const words = useTexts(common);
  const t = useTexts(roleTexts);
  const go = useGo();
  const link = useLink();
  const may = useMay();
  const me = useMe();
  const tell = useTell();
  const catalogue = useCatalogue();
  const { save, keep, waiting, refused } = useChanges();
  const read = useAll('listRoles', {});
  const [selected, setSelected] = useState<string>();
  const [open, setOpen] = useState<Open>();
  const [removing, setRemoving] = useState(false);
  const roles = listed(read.data ?? [], waiting);
  const role = roles.find(({ id }) => id === selected);
  const switchable = catalogue?.enforcement.switchable === true;
  const isGone = role?.waits === 'removed';

  /** A new role has rights on rules, which are no permissions. */
  const withRules = (text: string) => (may('getRuleRights') ? `${text} ${t.startsOnRules}` : text);
  /** Creates a role, and says so once it is made or waits. */
  const make = async (step: Step, done: string) => {
    const outcome = await save([{ ...step, as: freshName(waiting, 'role') }], { done, knows: ['name-taken'] });
    if (outcome.became === 'gathered') tell({ type: 'info', content: done });
    return outcome;
  };
  const add = (name: string) => make({ operation: 'createRole', body: { name } }, withRules(t.created(name)));
  const clone = (of: ListedRole, name: string) =>
    make({ operation: 'cloneRole', params: { roleId: of.id }, body: { name } }, t.cloned(name));
  const remove = async ({ id, name }: ListedRole, newOwner?: string) => {
    setOpen(undefined);
    const step = { operation: 'deleteRole', params: { roleId: id }, ...(newOwner && { query: { newOwner } }) };
    const ask = { title: t.removeTitle(name), text: t.removeText, yes: words.remove };
    const { became } = await save([step], { done: t.removed(name), ask });
    if (became !== 'left') setSelected(undefined);
  };
  /** A role that waits is taken from the waiting changes; one that owns rules asks first to whom they pass. */
  const startRemoving = async (of: ListedRole) => {
    setRemoving(true);
    try {
      if (isWaiting(of.id)) {
        const own = stepsOn(waiting, of.id);
        await keep(waiting.filter((step) => !own.includes(step)));
        tell({ type: 'success', content: t.withdrawn(of.name) });
      } else {
        const owned = may('getRuleRights') ? await ownedRules(of.id) : 0;
        if (owned > 0) setOpen({ dialog: 'remove', role: of, owned });
        else await remove(of);
      }
    } catch (error) {
      refused(error);
    } finally {
      setRemoving(false);
    }
  };
  const needed = role === undefined ? t.select : isGone ? t.removalWaits : undefined;
  const cloneNeeds = needed ?? (role && isWaiting(role.id) ? t.cloneWaiting : undefined);
  const dimmed = (why: string | undefined) => ({
    disabled: why !== undefined,
    ...(why !== undefined && { disabledReason: why }),
  });
  const addButton = (
    <Button variant="primary" onClick={() => setOpen({ dialog: 'add' })}>
      {t.add}
    </Button>
  );

  return (
    <Page title={switchable ? t.management : t.rolesAndPermissions} description={t.takesEffect[me.changesTakeEffect]}>
      <SpaceBetween size="l">
        {switchable && may('updateTenant') && <EnforcementSwitch />}
        <ListTable<ListedRole>
          title={t.roles}
          headingVariant="h2"
          description={t.orderMeansNothing}
          items={roles}
          loading={read.isPending}
          error={read.error}
          textOf={({ name, description }) => `${name} ${description}`}
          sortBy="name"
          selection="single"
          selected={role ? [role] : []}
          onSelect={([one]) => setSelected(one?.id)}
          empty={<Empty text={t.empty} action={addButton} />}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button {...dimmed(needed)} onClick={() => role && go(`/roles/${role.id}?edit=true`)}>
                {words.edit}
              </Button>
              <Button {...dimmed(cloneNeeds)} onClick={() => role && setOpen({ dialog: 'clone', role })}>
                {words.clone}
              </Button>
              <Button {...dimmed(needed)} loading={removing} onClick={() => role && void startRemoving(role)}>
                {words.remove}
              </Button>
              {addButton}
            </SpaceBetween>
          }
          columns={[
            {
              id: 'name',
              header: words.name,
              sortingField: 'name',
              isRowHeader: true,
              cell: ({ id, name, predefined, waits }) => (
                <SpaceBetween direction="horizontal" size="xs">
                  <Link {...link(`/roles/${id}`)}>{name}</Link>
                  {predefined !== undefined && <Badge>{t.predefined}</Badge>}
                  {waits && <Badge color="blue">{t.waits[waits]}</Badge>}
                </SpaceBetween>
              ),
            },
            { id: 'description', header: words.description, cell: ({ description }) => description || '–' },
            {
              id: 'users',
              header: t.users,
              sortingField: 'users',
              cell: ({ id, name, users }) => (
                <Link {...link(`/roles/${id}?edit=true`)} ariaLabel={t.membersOf(users, name)}>
                  {users}
                </Link>
              ),
            },
            { id: 'groups', header: t.groups, sortingField: 'groups', cell: ({ groups }) => groups },
            {
              id: 'edit',
              header: words.rowActions,
              cell: ({ id, name, waits }) => (
                <Button
                  variant="inline-link"
                  ariaLabel={t.edit(name)}
                  {...dimmed(waits === 'removed' ? t.removalWaits : undefined)}
                  onClick={() => go(`/roles/${id}?tab=rights&edit=true`)}
                >
                  {words.edit}
                </Button>
              ),
            },
          ]}
        />
      </SpaceBetween>
      {open?.dialog === 'add' && (
        <NameDialog
          title={t.add}
          text={withRules(t.addHint)}
          yes={words.add}
          onSave={add}
          onClose={() => setOpen(undefined)}
        />
      )}
      {open?.dialog === 'clone' && (
        <NameDialog
          title={t.cloneTitle(open.role.name)}
          text={may('getRuleRights') ? t.cloneText : t.cloneTextFlat}
          start={t.cloneName(open.role.name)}
          yes={words.clone}
          onSave={(name) => clone(open.role, name)}
          onClose={() => setOpen(undefined)}
        />
      )}
      {open?.dialog === 'remove' && (
        <NewOwnerDialog
          role={open.role}
          owned={open.owned}
          others={roles.filter(({ id, waits }) => id !== open.role.id && waits !== 'removed')}
          onChoose={(newOwner) => void remove(open.role, newOwner)}
          onClose={() => setOpen(undefined)}
        />
      )}
    </Page>
  );
};
