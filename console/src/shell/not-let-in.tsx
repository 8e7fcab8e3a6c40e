// In the place of all pages, when the service does not say who somebody is: why, and the way out.
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { HoldfastProblem } from '../../../clients/typescript/index.ts';
import { signOut } from '../auth/session.ts';
import { Failure } from '../parts/failure.tsx';
import { Page } from '../parts/page.tsx';
import { useTexts } from '../texts/texts.ts';
import { shellTexts } from './texts.ts';

export const NotLetIn = ({ error }: { error: Error }) => {
  const t = useTexts(shellTexts);
  const disabled = error instanceof HoldfastProblem && error.code === 'user-disabled';
  return (
    <Page title={disabled ? t.disabled : t.cannotStart}>
      <SpaceBetween size="m">
        {disabled ? t.disabledText : <Failure error={error} />}
        <Button onClick={() => void signOut()}>{t.signOut}</Button>
      </SpaceBetween>
    </Page>
  );
};
