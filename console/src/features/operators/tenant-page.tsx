// One tenant, as operators see it: its state, features and recovery.
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { Reply } from '../../../../clients/typescript/index.ts';
import { useRead } from '../../api/reads.ts';
import { useChanges } from '../../changes/changes.tsx';
import { EditForm, useEdits } from '../../parts/edit-form.tsx';
import { FieldsDialog } from '../../parts/fields-dialog.tsx';
import { Loaded, Page } from '../../parts/page.tsx';
import { When } from '../../parts/when.tsx';
import { useLink } from '../../shell/go.ts';
import { common } from '../../texts/common.ts';
import { useLanguage, useTexts } from '../../texts/texts.ts';
import { Recovery } from './recovery.tsx';
import { type Account, AccountState } from './state.tsx';
import { operatorTexts } from './texts.ts';

type Doing = 'suspended' | 'closed' | 'active' | 'purge' | 'rename';

/** What can be done to a tenant in its state. */
const doings: Readonly<Record<Account['state'], readonly Doing[]>> = {
  active: ['rename', 'suspended', 'closed'],
  suspended: ['rename', 'active', 'closed'],
  closed: ['rename', 'active', 'purge'],
  purging: [],
};

const State = ({ account }: { account: Account }) => {
  const t = useTexts(operatorTexts);
  const words = useTexts(common);
  const { act } = useChanges();
  const [doing, setDoing] = useState<Doing>();
  const { id, name = '', state } = account;
  const labels: Record<Doing, string> = {
    rename: t.rename,
    suspended: t.suspend,
    closed: t.close,
    purge: t.purge,
    active: state === 'closed' ? t.reopen : t.resume,
  };
  const params = { tenantId: id };
  const save = ({ name: called, reason }: Readonly<Record<'name' | 'reason', string>>) => {
    if (doing === 'purge') return act('purgeTenant', { params, body: { name: called, reason } }, { done: t.purging });
    const [body, done] = doing === 'rename' ? [{ name: called }, t.renamed] : [{ state: doing, reason }, t.done];
    return act('updateTenantById', { params, body }, { done });
  };
  const nameField = { name: 'name', label: words.name, pointer: '/name' } as const;
  const reasonField = { name: 'reason', label: t.reason, pointer: '/reason', description: t.reasonText } as const;
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {doings[state].map((one) => (
                <Button key={one} onClick={() => setDoing(one)}>
                  {labels[one]}
                </Button>
              ))}
            </SpaceBetween>
          }
        >
          {t.general}
        </Header>
      }
    >
      <KeyValuePairs
        columns={3}
        items={[
          { label: t.id, value: id },
          { label: t.catalogue, value: account.catalogue?.id ?? '–' },
          { label: t.created, value: <When at={account.createdAt} /> },
          { label: words.state, value: <AccountState account={account} /> },
          ...(account.since ? [{ label: t.since, value: <When at={account.since} /> }] : []),
          ...(account.reason ? [{ label: t.reason, value: account.reason }] : []),
          ...(account.purgeableFrom ? [{ label: t.purgeableFrom, value: <When at={account.purgeableFrom} /> }] : []),
        ]}
      />
      {doing && (
        <FieldsDialog
          title={t.doTitle(labels[doing], name)}
          yes={labels[doing]}
          {...(doing !== 'rename' && { text: t.doText[doing] })}
          fields={
            doing === 'rename'
              ? [{ ...nameField, start: name }]
              : doing === 'purge'
                ? [nameField, reasonField]
                : [reasonField]
          }
          onClose={() => setDoing(undefined)}
          onSave={save}
        />
      )}
    </Container>
  );
};

const Features = ({ id, read: { body, etag } }: { id: string; read: Reply<'getFeatures'> }) => {
  const t = useTexts(operatorTexts);
  const { act } = useChanges();
  // In the order of the catalogue, so that what is ticked back is as before.
  const those = (has: (id: string) => boolean) => body.available.map(({ id: one }) => one).filter(has);
  const now = { features: those((one) => body.features.includes(one)) };
  const edits = useEdits(now, ({ features = [] }) =>
    act(
      'putFeatures',
      { params: { tenantId: id as never }, body: { features }, ifMatch: etag ?? '*' },
      { done: t.featuresSaved },
    ),
  );
  const has = edits.shown.features;
  return (
    <EditForm edits={edits} readOnly={body.available.length === 0}>
      <Container header={<Header variant="h2">{t.features}</Header>}>
        {body.available.length === 0 ? (
          t.noFeatures
        ) : (
          <SpaceBetween size="s">
            {body.available.map((feature) => (
              <Checkbox
                key={feature.id}
                checked={has.includes(feature.id)}
                description={feature.description}
                onChange={({ detail }) =>
                  edits.edit({
                    features: those((one) => (one === feature.id ? detail.checked : has.includes(one))),
                  })
                }
              >
                {feature.title}
              </Checkbox>
            ))}
          </SpaceBetween>
        )}
      </Container>
    </EditForm>
  );
};

const ReadFeatures = ({ id }: { id: string }) => {
  const query = { language: useLanguage() };
  const read = useRead('getFeatures', { params: { tenantId: id as never }, query }, { keeps: true });
  return <Loaded query={read}>{(loaded) => <Features id={id} read={loaded} />}</Loaded>;
};

export const TenantPage = ({ params: { id = '' } }: { params: Readonly<Record<string, string>> }) => {
  const t = useTexts(operatorTexts);
  const link = useLink();
  const account = useRead('getTenantById', { params: { tenantId: id as never } });
  return (
    <Page title={account.data?.body.name ?? t.title} above={[{ text: t.title, path: '/tenants' }]}>
      <Loaded query={account} of="tenant">
        {({ body }) => (
          <SpaceBetween size="l">
            {body.keeperless && (
              <Alert type="error" header={t.keeperless}>
                {t.keeperlessText}
              </Alert>
            )}
            <State account={body} />
            <Recovery account={body} />
            {body.state !== 'purging' && <ReadFeatures id={id} />}
            <Link {...link(`/operator-events?${new URLSearchParams({ tenant: id })}`)}>{t.ofTenant}</Link>
          </SpaceBetween>
        )}
      </Loaded>
    </Page>
  );
};
