// The name of an action in words: `role.grant.added` is "Role: permission added".
import { useTexts } from '../../texts/texts.ts';
import { auditTexts } from './texts.ts';

export const useActionWords = (): ((action: string) => string) => {
  const { words } = useTexts(auditTexts);
  return (action) => {
    const [thing = '', ...rest] = action.split('.').map((part) => words[part] ?? part);
    return rest.length === 0 ? thing : `${thing}: ${rest.join(' ')}`;
  };
};
