// What may I do, and which sessions are open for me.
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Fragment, useEffect } from 'react';
import { Name } from '../../api/names.tsx';
import { queries, useAll } from '../../api/reads.ts';
import { useCatalogue, useTitles } from '../../catalogue/catalogue.ts';
import { useChanges } from '../../changes/changes.tsx';
import { EffectiveOnRules } from '../../on-rules/effective.tsx';
import { Page } from '../../parts/page.tsx';
import { Empty, ListTable } from '../../parts/tables.tsx';
import { When } from '../../parts/when.tsx';
import { useLink } from '../../shell/go.ts';
import { useMay, useMe } from '../../shell/me.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { meTexts } from './texts.ts';

export const MePage = () => {
  const t = useTexts(meTexts);
  const words = useTexts(common);
  const me = useMe();
  const may = useMay();
  const link = useLink();
  const product = useCatalogue();
  const titleOf = useTitles();
  const { act } = useChanges();
  // Rights change elsewhere, and with them the titles that the catalogue shows.
  useEffect(() => {
    for (const id of ['getCatalogue', 'getMe']) void queries.invalidateQueries({ queryKey: [id] });
  }, []);
  const { user, tenant, catalogue, accessManager, permissions } = me;
  const sessions = useAll('listSessions', { params: { userId: user.id } }, { when: may('listSessions') });
  const whyPath = (permission: string) => `/review?${new URLSearchParams({ tab: 'why', user: user.id, permission })}`;
  return (
    <Page title={t.title}>
      <SpaceBetween size="l">
        <Container header={<Header variant="h2">{t.who}</Header>}>
          <KeyValuePairs
            columns={3}
            items={[
              { label: words.name, value: user.name },
              { label: t.login, value: user.login ?? '–' },
              { label: t.mail, value: user.mail ?? '–' },
              { label: t.tenant, value: tenant.name },
              { label: t.product, value: (product ?? catalogue).title },
              { label: t.manager, value: accessManager ? t.isManager : t.isNoManager },
            ]}
          />
        </Container>
        <ListTable
          title={t.rights}
          headingVariant="h2"
          items={permissions}
          loading={false}
          trackBy={(one) => JSON.stringify(one)}
          nameOf={({ permission }) => titleOf(permission)}
          textOf={({ permission }) => titleOf(permission)}
          empty={<Empty text={t.noRights} />}
          columns={[
            {
              id: 'permission',
              header: t.permission,
              isRowHeader: true,
              cell: ({ permission }) => titleOf(permission),
            },
            {
              id: 'where',
              header: t.where,
              cell: ({ scope }) =>
                scope === 'account'
                  ? t.account
                  : scope.map((policy, at) => (
                      <Fragment key={policy}>
                        {at > 0 && ', '}
                        <Name id={policy} />
                      </Fragment>
                    )),
            },
            {
              id: 'limits',
              header: t.limits,
              cell: ({ actionTypes = [], ruleTypes = [] }) =>
                [...actionTypes, ...ruleTypes].map(titleOf).join(', ') || '–',
            },
            // The page that says it is for those who may ask about others, too.
            ...(may('listHolders')
              ? [
                  {
                    id: 'why',
                    header: t.why,
                    cell: ({ permission }: (typeof permissions)[number]) => (
                      <Link {...link(whyPath(permission))}>{t.why}</Link>
                    ),
                  },
                ]
              : []),
          ]}
        />
        <EffectiveOnRules user={user.id} />
        {may('listSessions') && (
          <ListTable
            title={t.sessions}
            description={t.sessionsText}
            headingVariant="h2"
            items={sessions.data ?? []}
            loading={sessions.isPending}
            error={sessions.error}
            nameOf={({ createdAt }) => createdAt}
            empty={<Empty text={t.noSessions} />}
            columns={[
              { id: 'began', header: t.began, isRowHeader: true, cell: ({ createdAt }) => <When at={createdAt} /> },
              { id: 'ends', header: t.ends, cell: ({ expiresAt }) => <When at={expiresAt} /> },
              { id: 'follows', header: t.follows, cell: ({ follows }) => t[follows] },
              {
                id: 'end',
                header: t.end,
                cell: ({ id, createdAt }) => (
                  <Button
                    variant="inline-link"
                    ariaLabel={t.endOf(createdAt)}
                    onClick={() => void act('endSession', { params: { sessionId: id } }, { done: t.ended })}
                  >
                    {t.end}
                  </Button>
                ),
              },
            ]}
          />
        )}
        <Container header={<Header variant="h2">{t.doings}</Header>}>
          <SpaceBetween size="xs">
            <Box>{t.doingsText}</Box>
            <Link {...link(`/audit?${new URLSearchParams({ actor: user.id })}`)}>{t.doings}</Link>
          </SpaceBetween>
        </Container>
      </SpaceBetween>
    </Page>
  );
};
