// The people and clients of the tenant: Contacts where rights are their own, Users elsewhere (FP-18).
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import Select, { type SelectProps } from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TableProps } from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import { useEffect, useState } from 'react';
import { useSearchParams } from 'wouter';
import { useAll, usePages } from '../../api/reads.ts';
import { useNarrow } from '../../parts/narrow.ts';
import { useTitle } from '../../parts/page.tsx';
import { Empty, PagedTable, withIcon } from '../../parts/tables.tsx';
import { When } from '../../parts/when.tsx';
import { useGo, useLink } from '../../shell/go.ts';
import { useMay } from '../../shell/me.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { AddUser } from './add-user.tsx';
import { InvitationDialog, type Invited, useInvite } from './invitation.tsx';
import { SignIn, Source, State } from './standing.tsx';
import { userTexts } from './texts.ts';
import { type ListedUser, UserMenu } from './user-menu.tsx';

type FilterId = 'search' | 'state' | 'kind' | 'source' | 'deleted';

/** A filter that stands in the address, so that a list can be shared. */
const useFilters = () => {
  const [params, setParams] = useSearchParams();
  const of = (id: FilterId): string | undefined => params.get(id) ?? undefined;
  const set = (id: FilterId, value: string | undefined) =>
    setParams(
      (all) => {
        const next = new URLSearchParams(all);
        if (value === undefined || value === '') next.delete(id);
        else next.set(id, value);
        return next;
      },
      { replace: true },
    );
  return { of, set, none: () => setParams({}, { replace: true }) };
};

const Choice = ({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: string | undefined;
  options: readonly SelectProps.Option[];
  onChange(value: string | undefined): void;
}) => (
  <Select
    ariaLabel={label}
    inlineLabelText={label}
    expandToViewport
    selectedOption={options.find((one) => one.value === (value ?? '')) ?? options[0] ?? null}
    options={options}
    onChange={({ detail }) => onChange(detail.selectedOption.value)}
  />
);

export const UsersPage = () => {
  const t = useTexts(userTexts);
  const words = useTexts(common);
  const may = useMay();
  const go = useGo();
  const link = useLink();
  const filters = useFilters();
  const invite = useInvite();
  // On a telephone the columns on the right are out of sight, so how a user stands is told below the first name.
  const isNarrow = useNarrow();
  const asked = filters.of('search') ?? '';
  const [search, setSearch] = useState(asked);
  // The search at the top asks here, too.
  useEffect(() => setSearch(asked), [asked]);
  const [adding, setAdding] = useState(false);
  const [invited, setInvited] = useState<Invited>();
  const [selected, setSelected] = useState<readonly ListedUser[]>([]);
  const sources = useAll('listSources', {}, { when: may('listSources') });
  const deleted = filters.of('deleted') === 'true';
  const query = {
    limit: 50,
    ...(asked.trim() !== '' && { search: asked.trim() }),
    ...(filters.of('state') && { state: filters.of('state') as ListedUser['state'] }),
    ...(filters.of('kind') && { kind: filters.of('kind') as ListedUser['kind'] }),
    ...(filters.of('source') && { source: filters.of('source') as string }),
    ...(deleted && { deleted: 'true' as const }),
  };
  const filtered = Object.keys(query).length > 1;
  const pages = usePages('listUsers', { query });
  const title = may('getUserGrants') ? t.contacts : t.users;
  useTitle(title);
  const clear = () => {
    setSearch('');
    filters.none();
  };
  // What was selected is gone from the list once it is deleted, or another page is shown.
  const chosen = pages.items.filter(({ id }) => selected.some((one) => one.id === id));

  const columns: TableProps.ColumnDefinition<ListedUser>[] = [
    {
      id: 'login',
      header: t.userName,
      minWidth: 150,
      cell: (user) => {
        const { id, login, name } = user;
        if (deleted) return login ?? '–';
        return (
          <>
            <Link {...link(`/users/${id}`)} {...(login === undefined && { ariaLabel: t.noUserNameOf(name) })}>
              {login ?? t.noUserName}
            </Link>
            {isNarrow && <div>{user.state === 'disabled' ? <State user={user} /> : <SignIn user={user} />}</div>}
          </>
        );
      },
    },
    {
      id: 'name',
      header: t.fullName,
      minWidth: 150,
      isRowHeader: true,
      cell: ({ id, name }) => (deleted ? name : <Link {...link(`/users/${id}?tab=contact`)}>{name}</Link>),
    },
    ...(isNarrow && !deleted
      ? []
      : [{ id: 'state', header: words.state, minWidth: withIcon, cell: (user: ListedUser) => <State user={user} /> }]),
    { id: 'kind', header: words.type, cell: ({ kind }) => words.kinds[kind] },
    { id: 'source', header: t.source, minWidth: 110, cell: ({ source }) => <Source of={source} /> },
    ...(deleted
      ? [
          { id: 'deletedAt', header: t.deletedAt, cell: ({ deletedAt }: ListedUser) => <When at={deletedAt} /> },
          {
            id: 'until',
            header: t.restorableUntil,
            cell: ({ restorableUntil }: ListedUser) => <When at={restorableUntil} />,
          },
        ]
      : isNarrow
        ? []
        : [{ id: 'signIn', header: t.signIn, minWidth: withIcon, cell: (user: ListedUser) => <SignIn user={user} /> }]),
  ];
  return (
    <>
      <PagedTable
        title={title}
        headingVariant="h1"
        pages={pages}
        columns={columns}
        selection="multi"
        selected={chosen}
        onSelect={setSelected}
        description={deleted ? t.deletedHint : t.hint}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <UserMenu users={chosen} onGone={() => setSelected([])} />
            {may('createUser') && (
              <Button variant="primary" onClick={() => setAdding(true)}>
                {t.add}
              </Button>
            )}
          </SpaceBetween>
        }
        filter={
          <SpaceBetween size="xs">
            <TextFilter
              filteringText={search}
              filteringPlaceholder={t.findHint}
              filteringAriaLabel={`${words.find}: ${title}`}
              filteringClearAriaLabel={words.clearFilter}
              onChange={({ detail }) => setSearch(detail.filteringText)}
              onDelayedChange={({ detail }) => filters.set('search', detail.filteringText)}
            />
            <SpaceBetween direction="horizontal" size="xs">
              <Choice
                label={words.state}
                value={filters.of('state')}
                onChange={(value) => filters.set('state', value)}
                options={[
                  { value: '', label: t.any.state },
                  { value: 'active', label: words.states.active },
                  { value: 'disabled', label: words.states.disabled },
                ]}
              />
              <Choice
                label={words.type}
                value={filters.of('kind')}
                onChange={(value) => filters.set('kind', value)}
                options={[
                  { value: '', label: t.any.kind },
                  { value: 'person', label: words.kinds.person },
                  { value: 'machine', label: words.kinds.machine },
                ]}
              />
              <Choice
                label={t.source}
                value={filters.of('source')}
                onChange={(value) => filters.set('source', value)}
                options={[
                  { value: '', label: t.any.source },
                  { value: 'local', label: t.sources.local },
                  { value: 'external', label: t.sources.external },
                  ...(sources.data ?? []).map(({ id, name }) => ({ value: id, label: name })),
                ]}
              />
              <Choice
                label={t.show}
                value={filters.of('deleted')}
                onChange={(value) => filters.set('deleted', value)}
                options={[
                  { value: '', label: t.present },
                  { value: 'true', label: t.deletedOnes },
                ]}
              />
            </SpaceBetween>
          </SpaceBetween>
        }
        empty={
          filtered ? (
            <Empty
              text={deleted ? t.noneDeleted : words.noMatch}
              action={<Button onClick={clear}>{words.clearFilter}</Button>}
            />
          ) : (
            <Empty text={t.empty} />
          )
        }
      />
      {adding && (
        <AddUser
          onClose={() => setAdding(false)}
          onCreated={async (user, inviting) => {
            setAdding(false);
            if (inviting) setInvited(await invite(user));
            else go(`/users/${user.id}`);
          }}
        />
      )}
      {invited && <InvitationDialog invited={invited} onClose={() => setInvited(undefined)} />}
    </>
  );
};
