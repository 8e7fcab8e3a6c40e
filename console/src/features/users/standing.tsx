// How a user stands: state, sign-in and source.
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { Name } from '../../api/names.tsx';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { userTexts } from './texts.ts';
import type { ListedUser } from './user-menu.tsx';

type User = Pick<ListedUser, 'state' | 'suspended' | 'bound' | 'invited' | 'source'>;

export const State = ({ user: { state, suspended } }: { user: User }) => {
  const { states } = useTexts(common);
  const t = useTexts(userTexts);
  if (state === 'active') return <StatusIndicator>{states.active}</StatusIndicator>;
  return <StatusIndicator type="stopped">{suspended ? t.suspended : states.disabled}</StatusIndicator>;
};

export const SignIn = ({ user: { state, bound, invited } }: { user: User }) => {
  const t = useTexts(userTexts);
  if (state === 'disabled') return <StatusIndicator type="stopped">{t.cannotSignIn}</StatusIndicator>;
  if (bound) return <StatusIndicator>{t.bound}</StatusIndicator>;
  if (invited) return <StatusIndicator type="pending">{t.invited}</StatusIndicator>;
  return <StatusIndicator type="warning">{t.notInvited}</StatusIndicator>;
};

export const Source = ({ of }: { of: User['source'] }) => {
  const t = useTexts(userTexts);
  return of === 'local' || of === 'external' ? t.sources[of] : <Name id={of} />;
};
