// Reviewing: who holds a permission, why, what would end it, and the access of a role or a person as a file.
import Tabs from '@cloudscape-design/components/tabs';
import { Page } from '../../parts/page.tsx';
import { useMay } from '../../shell/me.ts';
import { useTexts } from '../../texts/texts.ts';
import { Access } from './access.tsx';
import { Holders } from './holders.tsx';
import { useLastQuestion, useQuestion } from './question.tsx';
import { reviewTexts } from './texts.ts';
import { Why } from './why.tsx';

export const ReviewPage = () => {
  const t = useTexts(reviewTexts);
  const may = useMay();
  const { search, set } = useQuestion();
  useLastQuestion();
  const tabs = [
    ...(may('listHolders') ? [{ id: 'holders', label: t.holders, content: <Holders /> }] : []),
    ...(may('explain') ? [{ id: 'why', label: t.why, content: <Why /> }] : []),
    { id: 'access', label: t.access, content: <Access /> },
  ];
  return (
    <Page title={t.title}>
      <Tabs
        tabs={tabs}
        activeTabId={search.get('tab') ?? tabs[0]?.id ?? 'access'}
        onChange={({ detail }) => set({ tab: detail.activeTabId })}
      />
    </Page>
  );
};
