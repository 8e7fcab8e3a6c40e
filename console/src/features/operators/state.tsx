import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { ItemOf } from '../../../../clients/typescript/index.ts';
import { useTexts } from '../../texts/texts.ts';
import { operatorTexts } from './texts.ts';

export type Account = ItemOf<'listTenants'>;

const looks = { active: 'success', suspended: 'warning', closed: 'stopped', purging: 'in-progress' } as const;

export const AccountState = ({ account: { state, keeperless } }: { account: Account }) => {
  const t = useTexts(operatorTexts);
  return (
    <>
      <StatusIndicator type={looks[state]}>{t.states[state]}</StatusIndicator>
      {keeperless && (
        <div>
          <StatusIndicator type="error">{t.keeperless}</StatusIndicator>
        </div>
      )}
    </>
  );
};
