// The page of an address that the person may not open: what it needs, and who can give that.
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';
import { HoldfastProblem, type OperationId } from '../../../clients/typescript/index.ts';
import { useRead } from '../api/reads.ts';
import { useTitles } from '../catalogue/catalogue.ts';
import { Loaded, Page } from '../parts/page.tsx';
import { ProblemText } from '../parts/problem.tsx';
import { common } from '../texts/common.ts';
import { useTexts } from '../texts/texts.ts';
import { useGo } from './go.ts';
import { shellTexts } from './texts.ts';

/** Of what the catalogue has no titles: the service's words. */
const Unknown = ({ problem: { code, document, detail, message } }: { problem: HoldfastProblem }) => (
  <ProblemText code={code} title={document.title} detail={detail ?? message} />
);

/** The service says why, because the catalogue that the person sees may lack what is needed. */
export const Forbidden = ({ needs }: { needs: OperationId }) => {
  const t = useTexts(shellTexts);
  const words = useTexts(common);
  const go = useGo();
  const titleOf = useTitles();
  const { data, error } = useRead(needs, {});
  const why = (problem: HoldfastProblem): ReactNode => {
    const { needs: ids = [] } = problem.document;
    const titles = ids.map((id) => titleOf(id));
    const known = titles.length > 0 && titles.every((title, n) => title !== ids[n]);
    return known ? t.needs(titles.join(words.or)) : <Unknown problem={problem} />;
  };
  return (
    <Page title={t.forbidden}>
      <SpaceBetween size="m">
        <Loaded query={{ data: error instanceof HoldfastProblem ? error : data && null, error }}>
          {(problem) => (
            <SpaceBetween size="xs">
              {/* Any other refusal is about this request, which names nothing, and not about the person. */}
              {problem?.status === 403 && <div>{why(problem)}</div>}
              <div>{t.askForIt}</div>
            </SpaceBetween>
          )}
        </Loaded>
        <Button onClick={() => go('/')}>{t.toStart}</Button>
      </SpaceBetween>
    </Page>
  );
};
