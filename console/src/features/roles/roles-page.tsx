// Access Rights Management: the switch, and the list of roles (CT-05, CT-17, SE-03, SE-22).
import Badge from '@cloudscape-design/components/badge';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Link from '@cloudscape-design/components/link';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { useAll } from '../../api/reads.ts';
import { useCatalogue } from '../../catalogue/catalogue.ts';
import { type Outcome, useChanges } from '../../changes/changes.tsx';
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
import { type Start, startingRights, starts } from './rights.ts';
import { useRole } from './role-data.ts';
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

/** Asks for the name of a new role, and where there are rules, what it may do with those that are there already. */
const AddDialog = ({
  hasRules,
  onSave,
  onClose,
}: {
  hasRules: boolean;
  onSave(name: string, start: Start): Promise<Outcome<unknown>>;
  onClose(): void;
}) => {
  const words = useTexts(common);
  const t = useTexts(roleTexts);
  const [start, setStart] = useState<Start>('edit');
  return (
    <NameDialog
      title={t.add}
      text={t.addHint}
      yes={words.add}
      more={
        hasRules && (
          <FormField label={t.onExisting} description={t.onExistingHint}>
            <RadioGroup
              value={start}
              items={starts.map((value) => ({ value, label: t.starts[value][0], description: t.starts[value][1] }))}
              onChange={({ detail }) => setStart(detail.value as Start)}
            />
          </FormField>
        )
      }
      onSave={(name) => onSave(name, start)}
      onClose={onClose}
    />
  );
};

/** Says that a role is made or waits to be, and for as long as that is so, that it has no permission (SE-06). */
const Made = ({ name, id, waits }: { name: string; id: string; waits: boolean }) => {
  const t = useTexts(roleTexts);
  const { data } = useRole(id);
  return data?.grants.length === 0 ? t.created(name, waits) : t.made(name, waits);
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

  const hasRules = may('getRuleRights');
  const add = (name: string, start: Start) => {
    const as = freshName(waiting, 'role');
    const rights = hasRules ? startingRights(start) : undefined;
    const steps: Step[] = [
      { operation: 'createRole', as, body: { name } },
      ...(rights ? [{ operation: 'putRuleRights', params: { roleId: `$${as}` }, body: rights }] : []),
    ];
    return save(steps, {
      done(results) {
        const made = results?.[0]?.body as { id?: string } | undefined;
        return <Made name={name} id={made?.id ?? `$${as}`} waits={results === undefined} />;
      },
      knows: ['name-taken'],
    });
  };
  const clone = (of: ListedRole, name: string) =>
    save([{ operation: 'cloneRole', as: freshName(waiting, 'role'), params: { roleId: of.id }, body: { name } }], {
      done: (results) => t.cloned(name, results === undefined),
      knows: ['name-taken'],
    });
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
        const owned = hasRules ? await ownedRules(of.id) : 0;
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
      {open?.dialog === 'add' && <AddDialog hasRules={hasRules} onSave={add} onClose={() => setOpen(undefined)} />}
      {open?.dialog === 'clone' && (
        <NameDialog
          title={t.cloneTitle(open.role.name)}
          text={hasRules ? t.cloneText : t.cloneTextFlat}
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
