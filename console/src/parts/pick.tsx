// Picking a user by a part of name, login or mail. What is picked is an id; its name is shown.
import Autosuggest from '@cloudscape-design/components/autosuggest';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useEffect, useState } from 'react';
import { api } from '../api/client.ts';
import { useName } from '../api/names.tsx';
import { common } from '../texts/common.ts';
import { useTexts } from '../texts/texts.ts';

const most = 20;

/** A field in which a user is found and picked. `id` is empty while nobody is. */
export const PickUser = ({
  id,
  onPick,
  label,
  placeholder,
}: {
  id: string;
  onPick(id: string): void;
  label: string;
  placeholder: string;
}) => {
  const words = useTexts(common);
  const known = useName(id);
  const [typed, setTyped] = useState<string>();
  // Somebody else was picked elsewhere, for example by the back button.
  useEffect(() => setTyped(undefined), [id]);
  const asked = useDeferredValue((typed ?? '').trim());
  const found = useQuery({
    queryKey: ['pick', asked],
    enabled: typed !== undefined,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => api.listUsers({ query: { limit: most, ...(asked !== '' && { search: asked }) }, signal }),
  });
  return (
    <Autosuggest
      value={typed ?? known?.name ?? ''}
      options={(found.data?.items ?? []).map(({ id: value, name, login, mail, state }) => ({
        value,
        label: name,
        description: [login, mail].filter(Boolean).join(', '),
        tags: state === 'active' ? [] : [words.states[state]],
      }))}
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
