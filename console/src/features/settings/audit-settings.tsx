// How long the audit is kept, whether a legal hold keeps all of it, and the tenant's own bucket.
import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';
import type { AnswerOf, Reply } from '../../../../clients/typescript/index.ts';
import { useRead } from '../../api/reads.ts';
import { useChanges } from '../../changes/changes.tsx';
import { EditForm, useEdits } from '../../parts/edit-form.tsx';
import { Loaded } from '../../parts/page.tsx';
import { useMay } from '../../shell/me.ts';
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

const editedOf = (body: AnswerOf<'getAuditSettings'>): Edited => ({
  days: body.retentionDays === null ? '' : String(body.retentionDays),
  hold: body.legalHold,
  own: body.destination !== null,
  bucket: body.destination?.bucket ?? '',
  region: body.destination?.region ?? '',
  prefix: body.destination?.prefix ?? '',
  roleArn: body.destination?.roleArn ?? '',
});

const Settings = ({ settings: { body, etag } }: { settings: Reply<'getAuditSettings'> }) => {
  const t = useTexts(settingsTexts);
  const language = useLanguage();
  const mine = useMay()('putAuditSettings');
  const { act } = useChanges();
  const now = editedOf(body);
  const edits = useEdits(now, (changed) => {
    const { days, hold, own, bucket, region, prefix, roleArn } = { ...now, ...changed };
    const settings = {
      retentionDays: days.trim() === '' ? null : Number(days),
      legalHold: hold,
      destination: own ? { bucket, region, roleArn, ...(prefix !== '' && { prefix }) } : null,
    };
    return act('putAuditSettings', { body: settings, ifMatch: etag ?? '*' }, { done: t.auditSaved });
  });
  const { shown, edit, wrong } = edits;
  const { notice, externalId } = body;
  const wrongDays = !/^\d*$/.test(shown.days.trim());
  const field = (name: 'bucket' | 'region' | 'prefix' | 'roleArn', label: string) => (
    <FormField label={label} errorText={wrong(`/destination/${name}`)}>
      <Input value={shown[name]} readOnly={!mine} onChange={({ detail }) => edit({ [name]: detail.value })} />
    </FormField>
  );
  return (
    <EditForm edits={edits} readOnly={!mine} blocked={wrongDays}>
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
            errorText={wrongDays ? t.notANumber : wrong('/retentionDays')}
          >
            <Input
              value={shown.days}
              inputMode="numeric"
              readOnly={!mine}
              onChange={({ detail }) => edit({ days: detail.value })}
            />
          </FormField>
          <Toggle
            checked={shown.hold}
            disabled={!mine}
            description={t.holdText}
            onChange={({ detail }) => edit({ hold: detail.checked })}
          >
            {t.hold}
          </Toggle>
          <Toggle
            checked={shown.own}
            disabled={!mine}
            description={t.bucketText}
            onChange={({ detail }) => edit({ own: detail.checked })}
          >
            {t.bucket}
          </Toggle>
          {shown.own && (
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
    </EditForm>
  );
};

export const AuditSettings = () => {
  const settings = useRead('getAuditSettings', {});
  return <Loaded query={settings}>{(loaded) => <Settings settings={loaded} />}</Loaded>;
};
