// Finding anything by a part of its name, from every page: users also by login and mail. Chosen, it opens its page.
import Autosuggest, { type AutosuggestProps } from '@cloudscape-design/components/autosuggest';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { api } from '../api/client.ts';
import { common } from '../texts/common.ts';
import { useTexts } from '../texts/texts.ts';
import { useGo } from './go.ts';
import { useMay } from './me.ts';
import { shellTexts } from './texts.ts';

/** The most that is shown of each kind. */
const most = 5;

interface Found {
  readonly id: string;
  readonly name: string;
  readonly login?: string | undefined;
  readonly mail?: string | undefined;
}
type Kind = 'user' | 'role' | 'group' | 'policy' | 'rule';

const pathOf: Readonly<Record<Kind, string>> = {
  user: '/users/',
  role: '/roles/',
  group: '/groups/',
  policy: '/policies/',
  rule: '/rules/',
};

type Asked = (text: string, signal: AbortSignal) => Promise<{ items: readonly Found[] }>;
const lists: readonly (readonly [Kind, string, Asked])[] = [
  ['user', 'listUsers', (search, signal) => api.listUsers({ query: { search, limit: most }, signal })],
  ['role', 'listRoles', (search, signal) => api.listRoles({ query: { search, limit: most }, signal })],
  ['group', 'listGroups', (search, signal) => api.listGroups({ query: { search, limit: most }, signal })],
  ['policy', 'listPolicies', (search, signal) => api.listPolicies({ query: { search, limit: most }, signal })],
  ['rule', 'listRules', (name, signal) => api.listRules({ query: { name, limit: most }, signal })],
];

export const Find = () => {
  const t = useTexts(shellTexts);
  const words = useTexts(common);
  const go = useGo();
  const may = useMay();
  const [text, setText] = useState('');
  // React keeps the older text while somebody still types, so not every letter is asked for.
  const asked = useDeferredValue(text.trim());
  const found = useQuery({
    queryKey: ['find', asked],
    enabled: asked.length >= 2,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<AutosuggestProps.OptionGroup[]> => {
      const open = lists.filter(([, operation]) => may(operation));
      const answers = await Promise.all(open.map(([, , ask]) => ask(asked, signal)));
      return open.flatMap(([kind], at) => {
        const options = (answers[at]?.items ?? []).map(({ id, name, login, mail }) => ({
          value: pathOf[kind] + id,
          label: name,
          ...((login ?? mail) && { description: [login, mail].filter(Boolean).join(', ') }),
        }));
        return options.length > 0 ? [{ label: words.kinds[kind], options }] : [];
      });
    },
  });
  return (
    <Autosuggest
      value={text}
      options={asked.length >= 2 ? (found.data ?? []) : []}
      filteringType="manual"
      ariaLabel={t.findAnything}
      placeholder={t.findAnything}
      empty={asked.length >= 2 && !found.isFetching ? words.noMatch : t.findHint}
      statusType={found.isFetching ? 'loading' : found.error ? 'error' : 'finished'}
      loadingText={words.loading}
      errorText={words.error}
      enteredTextLabel={(value) => value}
      onChange={({ detail }) => setText(detail.value)}
      onSelect={({ detail }) => {
        if (!detail.selectedOption) return;
        setText('');
        go(detail.value);
      }}
    />
  );
};
