// One search over the people and groups of a tenant, from which several are chosen at once (C17, S33; SE-23).
import FormField from '@cloudscape-design/components/form-field';
import Multiselect, { type MultiselectProps } from '@cloudscape-design/components/multiselect';
import { useLayoutEffect, useRef, useState } from 'react';
import type { ItemOf } from '../../../clients/typescript/index.ts';
import { useRead } from '../api/reads.ts';
import { common } from '../texts/common.ts';
import { texts, useTexts } from '../texts/texts.ts';
import type { Picked } from './picked.ts';

const words = texts({
  en: {
    users: 'Users',
    external: 'External users',
    groups: 'Groups',
    placeholder: 'Find by name',
    more: 'There are more. Type more of the name.',
    none: 'Nobody has such a name.',
    remove: (name: string) => `Do not add ${name}`,
  },
  fr: {
    users: 'Utilisateurs',
    external: 'Utilisateurs externes',
    groups: 'Groupes',
    placeholder: 'Rechercher par le nom',
    more: 'Il y en a d’autres. Saisissez une plus grande partie du nom.',
    none: 'Personne ne porte un tel nom.',
    remove: (name: string) => `Ne pas ajouter ${name}`,
  },
});

const limit = 25;

const asPicked = ({ id, name, state, source }: ItemOf<'listUsers'>): Picked => ({
  id,
  type: 'user',
  name,
  ...(state === 'active' || state === 'disabled' ? { state } : {}),
  source,
});

export const PeoplePicker = ({
  label,
  value,
  onChange,
  kinds = ['user'],
  exclude = [],
  hideTokens = false,
}: {
  label: string;
  value: readonly Picked[];
  onChange(value: Picked[]): void;
  kinds?: readonly Picked['type'][];
  /** Ids that are not offered. */
  exclude?: readonly string[];
  /** The chosen ones are shown elsewhere on the page. */
  hideTokens?: boolean;
}) => {
  const t = useTexts(words);
  const shared = useTexts(common);
  const [text, setText] = useState('');
  const [open, setOpen] = useState(false);
  const found = text.trim();
  const query = { limit, ...(found && { search: found }) };
  const users = useRead('listUsers', { query }, { when: open && kinds.includes('user') });
  const groups = useRead(
    'listGroups',
    { query: { limit, ...(found && { search: found }) } },
    { when: open && kinds.includes('group') },
  );
  const people = (users.data?.body.items ?? []).map(asPicked);
  const offered: readonly Picked[] = [
    ...people,
    ...(groups.data?.body.items ?? []).map(({ id, name }): Picked => ({ id, type: 'group', name })),
  ];
  // What was offered once can be chosen still when the search has moved on.
  const known = useRef(new Map<string, Picked>());
  for (const one of [...value, ...offered]) known.current.set(one.id, one);
  const option = ({ id, name, state }: Picked): MultiselectProps.Option => ({
    value: id,
    label: name,
    ...(state === 'disabled' && { description: shared.states.disabled }),
  });
  const loading = (users.isLoading || groups.isLoading) && open;
  const failed = users.isError || groups.isError;
  // An item that is left over from another search keeps what it told a screen reader, so each search has a list of its own.
  const [listed, setListed] = useState(found);
  useLayoutEffect(() => setListed(found), [found]);
  // Users and groups come together, because what comes later would move what somebody is about to choose.
  const free = loading || listed !== found ? [] : offered.filter(({ id }) => !exclude.includes(id));
  const group = (title: string, all: readonly Picked[]) =>
    all.length > 0 ? [{ label: title, options: all.map(option) }] : [];
  const isExternal = ({ source }: Picked) => source === 'external';
  return (
    <FormField label={label} stretch>
      <Multiselect
        ariaLabel={label}
        placeholder={t.placeholder}
        filteringType="manual"
        filteringPlaceholder={t.placeholder}
        filteringAriaLabel={t.placeholder}
        hideTokens={hideTokens}
        deselectAriaLabel={({ label: name }) => t.remove(name ?? '')}
        statusType={failed ? 'error' : loading ? 'loading' : 'finished'}
        loadingText={shared.loading}
        errorText={shared.error}
        recoveryText={shared.tryAgain}
        empty={t.none}
        finishedText={users.data?.body.cursor || groups.data?.body.cursor ? t.more : ''}
        options={[
          ...group(
            t.users,
            free.filter((one) => one.type === 'user' && !isExternal(one)),
          ),
          ...group(t.external, free.filter(isExternal)),
          ...group(
            t.groups,
            free.filter((one) => one.type === 'group'),
          ),
        ]}
        selectedOptions={value.map(option)}
        onLoadItems={({ detail }) => {
          setOpen(true);
          setText(detail.filteringText);
          if (failed) void Promise.all([users.refetch(), groups.refetch()]);
        }}
        onChange={({ detail }) =>
          onChange(detail.selectedOptions.flatMap((one) => known.current.get(one.value ?? '') ?? []))
        }
      />
    </FormField>
  );
};
