// The page of an address that leads nowhere.
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Page } from '../parts/page.tsx';
import { useTexts } from '../texts/texts.ts';
import { useGo } from './go.ts';
import { shellTexts } from './texts.ts';

export const NotFound = () => {
  const t = useTexts(shellTexts);
  const go = useGo();
  return (
    <Page title={t.notFound}>
      <SpaceBetween size="m">
        {t.notFoundText}
        <Button onClick={() => go('/')}>{t.toStart}</Button>
      </SpaceBetween>
    </Page>
  );
};
