// Finding anything by a part of its name, from every page: users also by login and mail. Chosen, it opens its page.
import Autosuggest from '@cloudscape-design/components/autosuggest';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useRef, useState } from 'react';
import { queries } from '../api/reads.ts';
import { useAnything } from '../parts/anything.ts';
import { common } from '../texts/common.ts';
import { useTexts } from '../texts/texts.ts';
import { useGo } from './go.ts';
import { toHeading } from './heading.ts';
import { useMay } from './me.ts';
import { shellTexts } from './texts.ts';

const pathOf = {
  user: '/users/',
  role: '/roles/',
  group: '/groups/',
  policy: '/policies/',
  rule: '/rules/',
};

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
  const find = useAnything((kind, id) => pathOf[kind] + id);
  const finding = (wanted: string) => ({
    queryKey: ['find', wanted],
    queryFn: ({ signal }: { signal: AbortSignal }) => find(wanted, signal),
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
      empty={t.findHint}
      // The library says that there is nothing only while nothing is typed.
      finishedText={text === '' || hits.length > 0 ? '' : isEnough ? words.noMatch : t.findHint}
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
