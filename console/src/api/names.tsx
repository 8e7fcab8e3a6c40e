// Ids become names: those that a screen needs at one moment are asked for in one request.
import Link from '@cloudscape-design/components/link';
import { useQueries, useQuery } from '@tanstack/react-query';
import type { AnswerOf } from '../../../clients/typescript/index.ts';
import { useLink } from '../shell/go.ts';
import { api } from './client.ts';
import { hasName } from './ids.ts';

type Named = AnswerOf<'getNames'>['names'][number];

const most = 100;
type Waiting = { readonly tell: (named: Named | null) => void; readonly fail: (error: unknown) => void };
let waiting = new Map<string, Waiting[]>();

const ask = async (asked: typeof waiting): Promise<void> => {
  try {
    const { names } = await api.getNames({ body: { ids: [...asked.keys()] } });
    const found = new Map(names.map((named) => [named.id as string, named]));
    for (const [id, all] of asked) for (const { tell } of all) tell(found.get(id) ?? null);
  } catch (error) {
    for (const all of asked.values()) for (const { fail } of all) fail(error);
  }
};

const send = (): void => {
  const all = [...waiting];
  waiting = new Map();
  for (let from = 0; from < all.length; from += most) void ask(new Map(all.slice(from, from + most)));
};

/** The name of an id; null for what the caller may not see, or what is not there. */
const nameOf = async (id: string): Promise<Named | null> => {
  // One text that is no id would refuse those of the others, too.
  if (!hasName(id)) return null;
  return new Promise((tell, fail) => {
    if (waiting.size === 0) setTimeout(send);
    waiting.set(id, [...(waiting.get(id) ?? []), { tell, fail }]);
  });
};

/** The names of these ids; those that may not be seen are absent. */
export const namesOf = async (ids: readonly string[]): Promise<ReadonlyMap<string, Named>> => {
  const named = await Promise.all(ids.map(nameOf));
  return new Map(named.flatMap((one, at) => (one ? [[ids[at] as string, one]] : [])));
};

const naming = (id: string) => ({
  queryKey: ['getNames', id],
  queryFn: () => nameOf(id),
  staleTime: 60_000,
  enabled: hasName(id),
});

/** Undefined while it is not known yet. */
export const useName = (id: string): Named | null | undefined => useQuery(naming(id)).data;

/** The names of these ids that are known by now. */
export const useNames = (ids: readonly string[]): ReadonlyMap<string, Named> =>
  new Map(useQueries({ queries: ids.map(naming) }).flatMap(({ data }) => (data ? [[data.id, data]] : [])));

const pages: Partial<Record<Named['kind'], string>> = {
  user: '/users/',
  role: '/roles/',
  group: '/groups/',
  policy: '/policies/',
  source: '/directory/sources/',
  rule: '/rules/',
};

/** The name of an id as a link to its page; the id itself where no name can be shown. */
export const Name = ({ id }: { id: string }) => {
  const named = useName(id);
  const link = useLink();
  if (!named) return <>{named === undefined && hasName(id) ? '…' : id}</>;
  const page = pages[named.kind];
  if (page === undefined) return <>{named.name}</>;
  return <Link {...link(page + id)}>{named.name}</Link>;
};
