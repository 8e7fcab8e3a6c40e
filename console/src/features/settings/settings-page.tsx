// The tenant: its settings, its quotas with their use, who can manage access rights, and how its audit is kept.
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Tabs from '@cloudscape-design/components/tabs';
import { useSearchParams } from 'wouter';
import type { AnswerOf } from '../../../../clients/typescript/index.ts';
import { Name } from '../../api/names.tsx';
import { useRead } from '../../api/reads.ts';
import { useCatalogue } from '../../catalogue/catalogue.ts';
import { Loaded, Page } from '../../parts/page.tsx';
import { Empty, ListTable } from '../../parts/tables.tsx';
import { useNumbers, When } from '../../parts/when.tsx';
import { useMay } from '../../shell/me.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { AuditSettings } from './audit-settings.tsx';
import { GeneralSettings } from './general-settings.tsx';
import { settingsTexts } from './texts.ts';

type Tenant = AnswerOf<'getTenant'>;
type Quota = NonNullable<Tenant['quotas']>[number];

const Quotas = ({ quotas }: { quotas: readonly Quota[] }) => {
  const written = useNumbers();
  const t = useTexts(settingsTexts);
  const nameOf = ({ quota, what }: Quota) => {
    const name = t.quotaNames[quota] ?? what;
    return name.charAt(0).toLocaleUpperCase() + name.slice(1);
  };
  return (
    <ListTable<Quota>
      title={t.quotas}
      description={t.quotasText}
      headingVariant="h2"
      items={quotas}
      loading={false}
      trackBy={({ quota }) => quota}
      nameOf={nameOf}
      empty={<Empty text="–" />}
      columns={[
        {
          id: 'what',
          header: t.what,
          isRowHeader: true,
          cell: nameOf,
        },
        {
          id: 'used',
          header: t.used,
          minWidth: 240,
          cell: ({ used, limit, ...quota }) =>
            used === undefined ? (
              '–'
            ) : (
              <ProgressBar
                ariaLabel={nameOf({ limit, ...quota })}
                value={(100 * used) / limit}
                additionalInfo={written(used)}
              />
            ),
        },
        { id: 'limit', header: t.limit, cell: ({ limit }) => written(limit) },
      ]}
    />
  );
};

const About = ({ tenant }: { tenant: Tenant }) => {
  const t = useTexts(settingsTexts);
  const words = useTexts(common);
  const catalogue = useCatalogue();
  // Only those who manage access rights are told which features are on.
  const { accessManagers, features } = tenant;
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">{t.about}</Header>}>
        <KeyValuePairs
          columns={3}
          items={[
            { label: t.id, value: tenant.id },
            { label: t.created, value: <When at={tenant.createdAt} /> },
            { label: t.catalogue, value: catalogue?.title ?? tenant.catalogue.id },
          ]}
        />
      </Container>
      {accessManagers && (
        <Container
          header={
            <Header variant="h2" description={t.managersText}>
              {t.managers}
            </Header>
          }
        >
          <ul>
            {accessManagers.users.map((user) => (
              <li key={user}>
                <Name id={user} />
              </li>
            ))}
          </ul>
          {accessManagers.more && <Box>{t.moreManagers}</Box>}
        </Container>
      )}
      {features && (
        <Container
          header={
            <Header variant="h2" description={t.featuresText}>
              {t.features}
            </Header>
          }
        >
          {catalogue?.features.length ? (
            <SpaceBetween size="s">
              {catalogue.features.map(({ id, title, description }) => (
                <div key={id}>
                  <StatusIndicator type={features.includes(id) ? 'success' : 'stopped'}>
                    {title + words.colon + (features.includes(id) ? t.has : t.hasNot)}
                  </StatusIndicator>
                  <Box color="text-body-secondary">{description}</Box>
                </div>
              ))}
            </SpaceBetween>
          ) : (
            t.noFeatures
          )}
        </Container>
      )}
    </SpaceBetween>
  );
};

export const SettingsPage = () => {
  const t = useTexts(settingsTexts);
  const may = useMay();
  const [search, setSearch] = useSearchParams();
  const tenant = useRead('getTenant', {});
  return (
    <Page title={t.title}>
      <Loaded query={tenant}>
        {(loaded) => {
          const tabs = [
            ...(may('updateTenant')
              ? [{ id: 'general', label: t.general, content: <GeneralSettings tenant={loaded} /> }]
              : []),
            { id: 'about', label: t.about, content: <About tenant={loaded.body} /> },
            ...(loaded.body.quotas
              ? [{ id: 'quotas', label: t.quotas, content: <Quotas quotas={loaded.body.quotas} /> }]
              : []),
            ...(may('getAuditSettings') ? [{ id: 'audit', label: t.audit, content: <AuditSettings /> }] : []),
          ];
          return (
            <Tabs
              tabs={tabs}
              activeTabId={search.get('tab') ?? tabs[0]?.id ?? 'about'}
              onChange={({ detail }) => setSearch({ tab: detail.activeTabId })}
            />
          );
        }}
      </Loaded>
    </Page>
  );
};
