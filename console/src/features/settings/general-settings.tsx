// Name, switch, when changes take effect, administrators group (CT-01..06, CT-30, X-1).
import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';
import type { Reply, RequestOf } from '../../../../clients/typescript/index.ts';
import { useCatalogue } from '../../catalogue/catalogue.ts';
import { useChanges } from '../../changes/changes.tsx';
import { waitingBody } from '../../changes/steps.ts';
import { EditForm, useEdits } from '../../parts/edit-form.tsx';
import { PickGroup } from '../../parts/pick.tsx';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { settingsTexts } from './texts.ts';

type Body = NonNullable<RequestOf<'updateTenant'>['body']>;

export const GeneralSettings = ({ tenant: { body: tenant, etag } }: { tenant: Reply<'getTenant'> }) => {
  const t = useTexts(settingsTexts);
  const words = useTexts(common);
  const catalogue = useCatalogue();
  const { save, waiting } = useChanges();
  const waits = waitingBody<Body>(waiting, 'updateTenant', {});
  const { name, enforced, changesTakeEffect, administratorsGroup } = tenant;
  const now = { name, enforced, changesTakeEffect, administratorsGroup, ...waits };
  const edits = useEdits<Body>(now, (body) =>
    save([{ operation: 'updateTenant', body, ...(etag && { ifMatch: etag }) }], {
      done: t.saved,
      ...(body.enforced === false && { ask: { title: t.switchOffAsk, text: t.switchOffText, yes: t.switchOff } }),
    }),
  );
  const { shown, edit, wrong } = edits;
  return (
    <EditForm edits={edits}>
      <Container>
        <SpaceBetween size="l">
          {waits && <Alert type="info">{t.waits}</Alert>}
          <FormField label={t.name} constraintText={words.nameHint} errorText={wrong('/name')}>
            <Input value={shown.name ?? ''} onChange={({ detail }) => edit({ name: detail.value })} />
          </FormField>
          {catalogue?.enforcement.switchable && (
            <Toggle
              checked={shown.enforced ?? false}
              description={t.enforcedText}
              onChange={({ detail }) => edit({ enforced: detail.checked })}
            >
              {t.enforced}
            </Toggle>
          )}
          <FormField label={t.effect}>
            <RadioGroup
              value={shown.changesTakeEffect ?? null}
              onChange={({ detail }) => edit({ changesTakeEffect: detail.value as 'immediately' })}
              items={[
                { value: 'immediately', label: t.immediately, description: t.immediatelyText },
                { value: 'nextLogon', label: t.nextLogon, description: t.nextLogonText },
              ]}
            />
          </FormField>
          {catalogue?.administratorsRole !== undefined && (
            <FormField label={t.group} description={t.groupText} errorText={wrong('/administratorsGroup')}>
              <PickGroup
                id={shown.administratorsGroup ?? ''}
                label={t.group}
                placeholder={t.findGroup}
                onPick={(id) => edit({ administratorsGroup: (id || null) as Body['administratorsGroup'] })}
              />
            </FormField>
          )}
        </SpaceBetween>
      </Container>
    </EditForm>
  );
};
