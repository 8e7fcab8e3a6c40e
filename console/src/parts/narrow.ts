// Whether the window is as narrow as a telephone, where of a table only the first columns are in sight.
import { useSyncExternalStore } from 'react';

const narrow = matchMedia('(max-width: 600px)');

export const useNarrow = (): boolean =>
  useSyncExternalStore(
    (tell) => {
      narrow.addEventListener('change', tell);
      return () => narrow.removeEventListener('change', tell);
    },
    () => narrow.matches,
  );
