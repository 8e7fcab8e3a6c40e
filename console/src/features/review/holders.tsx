// Who holds a permission, as a list and as CSV.
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { RequestOf } from '../../../../clients/typescript/index.ts';
import { csvLine } from '../../../../shared/text/csv.ts';
import { api } from '../../api/client.ts';
import { Name, namesOf } from '../../api/names.tsx';
import { usePages } from '../../api/reads.ts';
import { useTitles } from '../../catalogue/catalogue.ts';
import { useChanges } from '../../changes/changes.tsx';
import { download } from '../../parts/download.ts';
import { Empty, PagedTable } from '../../parts/tables.tsx';
import { useLink } from '../../shell/go.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { HoldersOnRules } from './holders-on-rules.tsx';
import { AskFor, isWhole, useQuestion } from './question.tsx';
import { reviewTexts } from './texts.ts';

export const Holders = () => {
  const t = useTexts(reviewTexts);
  const words = useTexts(common);
  const link = useLink();
  const titleOf = useTitles();
  const { refused } = useChanges();
  const { question, search } = useQuestion();
  const [read, setRead] = useState<number>();
  const { rule, right, ...asked } = question;
  const request = { body: asked } as RequestOf<'listHolders'>;
  const holders = usePages('listHolders', request, { when: isWhole(asked) });
  const what = titleOf(asked.permission ?? asked.ability ?? '');
  const save = async () => {
    setRead(0);
    try {
      const lines = [csvLine(['id', t.holder, t.kind, t.right])];
      for await (const page of api.pages('listHolders', request)) {
        const names = await namesOf(page.items.map(({ user }) => user));
        for (const { user, kind } of page.items)
          lines.push(csvLine([user, names.get(user)?.name ?? '', words.kinds[kind], what]));
        setRead(lines.length - 1);
      }
      download(`${asked.permission ?? asked.ability}.csv`, lines.join(''));
    } catch (error) {
      refused(error);
    } finally {
      setRead(undefined);
    }
  };
  const whyPath = (user: string) => {
    const params = new URLSearchParams(search);
    params.set('tab', 'why');
    params.set('user', user);
    return `/review?${params}`;
  };
  return (
    <SpaceBetween size="l">
      <Container>
        <AskFor />
      </Container>
      {right !== undefined ? (
        <HoldersOnRules right={right} rule={rule} />
      ) : (
        <PagedTable
          title={t.holders}
          headingVariant="h2"
          pages={isWhole(asked) ? holders : { ...holders, items: [], loading: false }}
          trackBy={({ user }) => user}
          empty={<Empty text={isWhole(asked) ? t.nobody : t.chooseFirst} />}
          actions={
            <Button
              iconName="download"
              disabled={!isWhole(asked)}
              loading={read !== undefined}
              loadingText={t.csvLoading(read ?? 0)}
              onClick={() => void save()}
            >
              {t.csv}
            </Button>
          }
          columns={[
            { id: 'user', header: t.holder, isRowHeader: true, cell: ({ user }) => <Name id={user} /> },
            { id: 'kind', header: t.kind, cell: ({ kind }) => words.kinds[kind] },
            { id: 'why', header: t.explain, cell: ({ user }) => <Link {...link(whyPath(user))}>{t.explain}</Link> },
          ]}
        />
      )}
    </SpaceBetween>
  );
};
