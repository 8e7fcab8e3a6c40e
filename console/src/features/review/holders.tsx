// Who holds a permission, as a list and as CSV.
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Fragment, useState } from 'react';
import type { ItemOf, RequestOf } from '../../../../clients/typescript/index.ts';
import { csvLine } from '../../../../shared/text/csv.ts';
import { api } from '../../api/client.ts';
import { Name, namesOf, useNames } from '../../api/names.tsx';
import { useAll, usePages } from '../../api/reads.ts';
import { useTitles } from '../../catalogue/catalogue.ts';
import { useChanges } from '../../changes/changes.tsx';
import { changeTexts } from '../../changes/texts.ts';
import { download } from '../../parts/download.ts';
import { Empty, PagedTable } from '../../parts/tables.tsx';
import { useLink } from '../../shell/go.ts';
import { useMay } from '../../shell/me.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { HoldersOnRules } from './holders-on-rules.tsx';
import { AskFor, isWhole, useQuestion } from './question.tsx';
import { reviewTexts } from './texts.ts';

type Holder = ItemOf<'listHolders'>;

/** As many as one answer has, because only the people of one answer can be sorted by name. */
const mostInOne = 200;

/** For which policies somebody holds it. */
const Where = ({ holder: { scope, more } }: { holder: Holder }) => {
  const t = useTexts(reviewTexts);
  const { andMore } = useTexts(changeTexts);
  if (scope === 'account') return <>{t.account}</>;
  return (
    <>
      {scope.map((policy, at) => (
        <Fragment key={policy}>
          {at > 0 && ', '}
          <Name id={policy} />
        </Fragment>
      ))}
      {more && `, ${andMore}`}
    </>
  );
};

export const Holders = () => {
  const t = useTexts(reviewTexts);
  const words = useTexts(common);
  const link = useLink();
  const titleOf = useTitles();
  const { andMore } = useTexts(changeTexts);
  const may = useMay();
  const { refused } = useChanges();
  const { question, search } = useQuestion();
  const [read, setRead] = useState<number>();
  const { rule, right, ...asked } = question;
  const request = { body: { ...asked, limit: mostInOne } } as RequestOf<'listHolders'>;
  const holders = usePages('listHolders', request, { when: isWhole(asked) });
  const shown = isWhole(asked) ? holders.items : [];
  const names = useNames(shown.map(({ user }) => user));
  const nameOf = ({ user }: Holder) => names.get(user)?.name ?? user;
  const sorted = [...shown].sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
  const hasPolicies = (useAll('listPolicies', {}, { when: may('listPolicies') }).data ?? []).length > 0;
  const what = titleOf(asked.permission ?? asked.ability ?? '');
  const save = async () => {
    setRead(0);
    try {
      const lines = [csvLine(['id', t.holder, t.kind, t.right, t.scope])];
      for await (const page of api.pages('listHolders', request)) {
        const policies = page.items.flatMap(({ scope }) => (scope === 'account' ? [] : scope));
        const called = await namesOf([...page.items.map(({ user }) => user), ...new Set(policies)]);
        for (const { user, kind, scope, more } of page.items) {
          const some = scope === 'account' ? [t.account] : scope.map((policy) => called.get(policy)?.name ?? policy);
          const where = [...some, ...(more ? [andMore] : [])].join(', ');
          lines.push(csvLine([user, called.get(user)?.name ?? '', words.kinds[kind], what, where]));
        }
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
        <PagedTable<Holder>
          title={t.holders}
          headingVariant="h2"
          description={holders.openEnd || holders.known > 1 ? t.sortedByPage : undefined}
          pages={{ ...holders, items: sorted, loading: isWhole(asked) && holders.loading }}
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
            ...(hasPolicies
              ? [{ id: 'where', header: t.scope, cell: (holder: Holder) => <Where holder={holder} /> }]
              : []),
            { id: 'why', header: t.explain, cell: ({ user }) => <Link {...link(whyPath(user))}>{t.explain}</Link> },
          ]}
        />
      )}
    </SpaceBetween>
  );
};
