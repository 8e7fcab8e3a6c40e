// Picking a user or a group by a part of its name. What is picked is an id; its name is shown.
import Autosuggest, { type AutosuggestProps } from '@cloudscape-design/components/autosuggest';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useEffect, useState } from 'react';
import { api } from '../api/client.ts';
import { useName } from '../api/names.tsx';
import { common } from '../texts/common.ts';
import { useTexts } from '../texts/texts.ts';
import { useAnything } from './anything.ts';

interface Picking {
  /** Empty while nothing is picked. */
  readonly id: string;
  readonly label: string;
  readonly placeholder: string;
  onPick(id: string): void;
}

type Found = AutosuggestProps.Options;
type Query = { readonly limit: number; readonly search?: string };

const Pick = ({
  id,
  onPick,
  label,
  placeholder,
  of,
  find,
  idText,
}: Picking & {
  of: 'users' | 'groups' | 'anything';
  find(query: Query, signal: AbortSignal): Promise<Found>;
  /** What is typed can be an id; this offers it. Without it only what is found is picked. */
  idText?: (id: string) => string;
}) => {
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
      value={typed ?? known?.name ?? (idText ? id : '')}
      options={found.data ?? []}
      filteringType="manual"
      ariaLabel={label}
      placeholder={placeholder}
      empty={words.noMatch}
      // The library says that there is nothing only while nothing is typed.
      finishedText={typed && found.data?.length === 0 ? words.noMatch : ''}
      enteredTextLabel={idText ?? ((value) => value)}
      hideEnteredTextOption={idText === undefined || (typed ?? '') === (known?.name ?? '')}
      statusType={found.isFetching ? 'loading' : found.error ? 'error' : 'finished'}
      loadingText={words.loading}
      errorText={words.error}
      onFocus={() => setTyped((before) => before ?? known?.name ?? (idText ? id : ''))}
      onChange={({ detail }) => {
        setTyped(detail.value);
        if (detail.value === '') onPick('');
      }}
      onSelect={({ detail }) => {
        if (!detail.selectedOption && !idText) return;
        setTyped(undefined);
        onPick(detail.value.trim());
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

/** A field in which anything is found by its name, or picked by its id: what is gone has no name any more. */
export const PickAnything = ({ idText, ...props }: Picking & { idText: (id: string) => string }) => {
  const find = useAnything((_, id) => id);
  return (
    <Pick
      {...props}
      of="anything"
      idText={idText}
      find={async ({ search = '' }, signal) => (search.length < 2 ? [] : find(search, signal))}
    />
  );
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
