// Picking a user or a group by a part of its name. What is picked is an id; its name is shown.
import Autosuggest, { type AutosuggestProps } from '@cloudscape-design/components/autosuggest';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useEffect, useState } from 'react';
import { api } from '../api/client.ts';
import { useName } from '../api/names.tsx';
import { common } from '../texts/common.ts';
import { useTexts } from '../texts/texts.ts';

interface Picking {
  /** Empty while nothing is picked. */
  readonly id: string;
  readonly label: string;
  readonly placeholder: string;
  onPick(id: string): void;
}

type Found = readonly AutosuggestProps.Option[];
type Query = { readonly limit: number; readonly search?: string };

const Pick = ({
  id,
  onPick,
  label,
  placeholder,
  of,
  find,
}: Picking & { of: 'users' | 'groups'; find(query: Query, signal: AbortSignal): Promise<Found> }) => {
  const words = useTexts(common);
  const known = useName(id);
  const [typed, setTyped] = useState<string>();
  // Another one was picked elsewhere, for example by the back button.
  useEffect(() => setTyped(undefined), [id]);
  const asked = useDeferredValue((typed ?? '').trim());
  const found = useQuery({
    queryKey: ['pick', of, asked],
    enabled: typed !== undefined,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => find({ limit: 20, ...(asked !== '' && { search: asked }) }, signal),
  });
  return (
    <Autosuggest
      value={typed ?? known?.name ?? ''}
      options={found.data ?? []}
      filteringType="manual"
      ariaLabel={label}
      placeholder={placeholder}
      empty={words.noMatch}
      enteredTextLabel={(value) => value}
      statusType={found.isFetching ? 'loading' : found.error ? 'error' : 'finished'}
      loadingText={words.loading}
      errorText={words.error}
      onFocus={() => setTyped((before) => before ?? known?.name ?? '')}
      onChange={({ detail }) => {
        setTyped(detail.value);
        if (detail.value === '') onPick('');
      }}
      onSelect={({ detail }) => {
        if (!detail.selectedOption) return;
        setTyped(undefined);
        onPick(detail.value);
      }}
    />
  );
};

/** A field in which a user is found and picked, by name, login or mail. */
export const PickUser = (props: Picking) => {
  const { states } = useTexts(common);
  const find = async (query: Query, signal: AbortSignal): Promise<Found> =>
    (await api.listUsers({ query, signal })).items.map(({ id: value, name: label, login, mail, state }) => ({
      value,
      label,
      description: [login, mail].filter(Boolean).join(', '),
      tags: state === 'active' ? [] : [states[state]],
    }));
  return <Pick {...props} of="users" find={find} />;
};

/** A field in which a group is found and picked. */
export const PickGroup = (props: Picking) => (
  <Pick
    {...props}
    of="groups"
    find={async (query, signal) =>
      (await api.listGroups({ query, signal })).items.map(({ id: value, name: label }) => ({ value, label }))
    }
  />
);
