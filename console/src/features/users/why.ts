// Why a check box cannot be changed, in words.
import { useTitles } from '../../catalogue/catalogue.ts';
import { useTexts } from '../../texts/texts.ts';
import type { Why } from './columns.ts';
import { userTexts } from './texts.ts';

export const useWhy = (): ((dimmed: Why) => string) => {
  const { why: words } = useTexts(userTexts);
  const titleOf = useTitles();
  const titles = (ids: readonly string[]) => ids.map(titleOf).join(', ');
  return (dimmed) => ('permissions' in dimmed ? words[dimmed.why](titles(dimmed.permissions)) : words[dimmed.why]);
};
