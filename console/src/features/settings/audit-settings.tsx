// How long the audit is kept, whether a legal hold keeps all of it, and the tenant's own bucket.
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';
import { useState } from 'react';
import type { HoldfastProblem, Reply } from '../../../../clients/typescript/index.ts';
import { useRead } from '../../api/reads.ts';
import { fieldError, useChanges } from '../../changes/changes.tsx';
import { Loaded } from '../../parts/page.tsx';
import { useUnsaved } from '../../shell/go.ts';
import { useMay } from '../../shell/me.ts';
import { common } from '../../texts/common.ts';
import { useLanguage, useTexts } from '../../texts/texts.ts';
import { settingsTexts } from './texts.ts';

interface Edited {
  readonly days: string;
  readonly hold: boolean;
  readonly own: boolean;
  readonly bucket: string;
  readonly region: string;
  readonly prefix: string;
  readonly roleArn: string;
}

const editedOf = ({ body }: Reply<'getAuditSettings'>): Edited => ({
  days: body.retentionDays === null ? '' : String(body.retentionDays),
  hold: body.legalHold,
  own: body.destination !== null,
  bucket: body.destination?.bucket ?? '',
  region: body.destination?.region ?? '',
  prefix: body.destination?.prefix ?? '',
  roleArn: body.destination?.roleArn ?? '',
});

const Settings = ({ settings }: { settings: Reply<'getAuditSettings'> }) => {
  const t = useTexts(settingsTexts);
  const words = useTexts(common);
  const language = useLanguage();
  const may = useMay();
  const { act } = useChanges();
  const before = editedOf(settings);
  const [edited, setEdited] = useState(before);
  const [problem, setProblem] = useState<HoldfastProblem>();
  const [busy, setBusy] = useState(false);
  const mine = may('putAuditSettings');
  const dirty = JSON.stringify(edited) !== JSON.stringify(before);
  useUnsaved(dirty);
  const edit = (more: Partial<Edited>) => setEdited((all) => ({ ...all, ...more }));
  const { notice, externalId } = settings.body;
  const wrongDays = !/^\d*$/.test(edited.days.trim());
  const store = async () => {
    setBusy(true);
    const { bucket, region, prefix, roleArn } = edited;
    const days = edited.days.trim();
    const outcome = await act(
      'putAuditSettings',
      {
        body: {
          retentionDays: days === '' ? null : Number(days),
          legalHold: edited.hold,
          destination: edited.own ? { bucket, region, roleArn, ...(prefix !== '' && { prefix }) } : null,
        },
        ifMatch: settings.etag ?? '*',
      },
      { done: t.auditSaved },
    );
    setBusy(false);
    setProblem(outcome.became === 'left' ? outcome.problem : undefined);
  };
  const field = (name: 'bucket' | 'region' | 'prefix' | 'roleArn', label: string) => (
    <FormField label={label} errorText={fieldError(problem, `/destination/${name}`)}>
      <Input value={edited[name]} readOnly={!mine} onChange={({ detail }) => edit({ [name]: detail.value })} />
    </FormField>
  );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void store();
      }}
    >
      <Form
        actions={
          mine && (
            <SpaceBetween direction="horizontal" size="xs">
              <Button formAction="none" variant="link" disabled={!dirty} onClick={() => setEdited(before)}>
                {words.cancel}
              </Button>
              <Button variant="primary" loading={busy} disabled={!dirty || wrongDays}>
                {words.save}
              </Button>
            </SpaceBetween>
          )
        }
      >
        <Container
          header={
            <Header variant="h2" description={t.auditText}>
              {t.audit}
            </Header>
          }
        >
          <SpaceBetween size="l">
            {notice && (
              <Alert type="info">
                {t.notice(
                  new Date(notice.until).toLocaleDateString(language, { dateStyle: 'long' }),
                  t.days(notice.retentionDays),
                )}
              </Alert>
            )}
            <FormField
              label={t.keepFor}
              constraintText={t.keepText}
              errorText={wrongDays ? t.notANumber : fieldError(problem, '/retentionDays')}
            >
              <Input
                value={edited.days}
                inputMode="numeric"
                readOnly={!mine}
                onChange={({ detail }) => edit({ days: detail.value })}
              />
            </FormField>
            <Toggle
              checked={edited.hold}
              disabled={!mine}
              description={t.holdText}
              onChange={({ detail }) => edit({ hold: detail.checked })}
            >
              {t.hold}
            </Toggle>
            <Toggle
              checked={edited.own}
              disabled={!mine}
              description={t.bucketText}
              onChange={({ detail }) => edit({ own: detail.checked })}
            >
              {t.bucket}
            </Toggle>
            {edited.own && (
              <>
                {field('bucket', t.bucketName)}
                {field('region', t.region)}
                {field('prefix', t.prefix)}
                {field('roleArn', t.role)}
                <KeyValuePairs items={[{ label: t.externalId, value: externalId, info: t.externalIdText }]} />
              </>
            )}
          </SpaceBetween>
        </Container>
      </Form>
    </form>
  );
};

export const AuditSettings = () => {
  const settings = useRead('getAuditSettings', {});
  return <Loaded query={settings}>{(loaded) => <Settings key={loaded.etag} settings={loaded} />}</Loaded>;
};
