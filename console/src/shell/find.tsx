// Finding anything by a part of its name, from every page: users also by login and mail. Chosen, it opens its page.
import Autosuggest, { type AutosuggestProps } from '@cloudscape-design/components/autosuggest';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useRef, useState } from 'react';
import { api } from '../api/client.ts';
import { queries } from '../api/reads.ts';
import { common } from '../texts/common.ts';
import { useTexts } from '../texts/texts.ts';
import { useGo } from './go.ts';
import { toHeading } from './heading.ts';
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

/** Where the users are listed who have a text in name, login or mail. */
const usersWith = (text: string): string => `/users?${new URLSearchParams({ search: text })}`;

export const Find = () => {
  const t = useTexts(shellTexts);
  const words = useTexts(common);
  const go = useGo();
  const may = useMay();
  const [text, setText] = useState('');
  /** Enter has chosen an entry, so it does not choose for itself. */
  const chosen = useRef(false);
  // React keeps the older text while somebody still types, so not every letter is asked for.
  const asked = useDeferredValue(text.trim());
  const finding = (wanted: string) => ({
    queryKey: ['find', wanted],
    queryFn: async ({ signal }: { signal: AbortSignal }): Promise<AutosuggestProps.OptionGroup[]> => {
      const open = lists.filter(([, operation]) => may(operation));
      const answers = await Promise.all(open.map(([, , ask]) => ask(wanted, signal)));
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
  const isEnough = asked.length >= 2;
  const found = useQuery({ ...finding(asked), enabled: isEnough, placeholderData: keepPreviousData });
  const hits = found.data ?? [];
  const searchesUsers = may('listUsers');
  const search = { value: usersWith(asked), label: t.findUsers(asked), iconName: 'search' as const };
  const open = (path: string) => {
    setText('');
    go(path);
    toHeading();
  };
  /** The only hit, or everybody who is found by what is typed. */
  const enter = async () => {
    const wanted = text.trim();
    if (wanted.length < 2) return;
    // Why it cannot be read is said in the list.
    const groups = await queries.fetchQuery(finding(wanted)).catch(() => []);
    const [hit, another] = groups.flatMap(({ options }) => options);
    if (hit?.value && !another) open(hit.value);
    else if (searchesUsers) open(usersWith(wanted));
  };
  return (
    <Autosuggest
      value={text}
      options={isEnough && hits.length > 0 ? [...hits, ...(searchesUsers ? [search] : [])] : []}
      filteringType="manual"
      hideEnteredTextOption
      ariaLabel={t.findAnything}
      placeholder={t.findAnything}
      empty={isEnough && !found.isFetching ? words.noMatch : t.findHint}
      statusType={found.isFetching ? 'loading' : found.error ? 'error' : 'finished'}
      loadingText={words.loading}
      errorText={words.error}
      enteredTextLabel={(value) => value}
      onChange={({ detail }) => {
        chosen.current = false;
        setText(detail.value);
      }}
      onSelect={({ detail }) => {
        if (!detail.selectedOption) return;
        chosen.current = true;
        open(detail.value);
      }}
      onKeyDown={({ detail }) => {
        if (detail.key === 'Enter' && !chosen.current) void enter();
        chosen.current = false;
      }}
    />
  );
};
