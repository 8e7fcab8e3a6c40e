// Finding anything that has a name, by a part of it: users also by login and mail.
import type { AutosuggestProps } from '@cloudscape-design/components/autosuggest';
import { api } from '../api/client.ts';
import { useMay } from '../shell/me.ts';
import { common } from '../texts/common.ts';
import { useTexts } from '../texts/texts.ts';

/** The most that is shown of each kind. */
const most = 5;

interface Found {
  readonly id: string;
  readonly name: string;
  readonly login?: string | undefined;
  readonly mail?: string | undefined;
}

type Asked = (text: string, signal: AbortSignal) => Promise<{ items: readonly Found[] }>;
const lists = [
  ['user', 'listUsers', (search, signal) => api.listUsers({ query: { search, limit: most }, signal })],
  ['role', 'listRoles', (search, signal) => api.listRoles({ query: { search, limit: most }, signal })],
  ['group', 'listGroups', (search, signal) => api.listGroups({ query: { search, limit: most }, signal })],
  ['policy', 'listPolicies', (search, signal) => api.listPolicies({ query: { search, limit: most }, signal })],
  ['rule', 'listRules', (name, signal) => api.listRules({ query: { name, limit: most }, signal })],
] as const satisfies readonly (readonly [string, string, Asked])[];

type FoundKind = (typeof lists)[number][0];

/** Finds among what the person may list. `called` says by what a hit is told once it is chosen. */
export const useAnything = (called: (kind: FoundKind, id: string) => string) => {
  const { kinds } = useTexts(common);
  const may = useMay();
  return async (text: string, signal: AbortSignal): Promise<AutosuggestProps.OptionGroup[]> => {
    const open = lists.filter(([, operation]) => may(operation));
    const answers = await Promise.all(open.map(([, , ask]: readonly [string, string, Asked]) => ask(text, signal)));
    return open.flatMap(([kind], at) => {
      const options = (answers[at]?.items ?? []).map(({ id, name, login, mail }) => ({
        value: called(kind, id),
        label: name,
        ...((login ?? mail) && { description: [login, mail].filter(Boolean).join(', ') }),
      }));
      return options.length > 0 ? [{ label: kinds[kind], options }] : [];
    });
  };
};
