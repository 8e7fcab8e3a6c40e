import { useQuery } from '@tanstack/react-query';
import { namesOf } from '../../api/names.tsx';

/** The names of these ids as far as they may be seen; empty until they are read. */
export const useShownNames = (ids: readonly string[]): ReadonlyMap<string, string> => {
  const { data } = useQuery({
    queryKey: ['names', ids],
    queryFn: async () => new Map([...(await namesOf(ids))].map(([id, { name }]) => [id, name])),
  });
  return data ?? new Map();
};
