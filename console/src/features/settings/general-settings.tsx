// Name, switch, when changes take effect, administrators group (CT-01..06, CT-30, X-1).
import Alert from '@cloudscape-design/components/alert';
import Autosuggest from '@cloudscape-design/components/autosuggest';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';
import { useDeferredValue, useState } from 'react';
import type { HoldfastProblem, Reply, RequestOf } from '../../../../clients/typescript/index.ts';
import { useName } from '../../api/names.tsx';
import { useRead } from '../../api/reads.ts';
import { useCatalogue } from '../../catalogue/catalogue.ts';
import { fieldError, useChanges } from '../../changes/changes.tsx';
import { waitingBody } from '../../changes/steps.ts';
import { useUnsaved } from '../../shell/go.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { settingsTexts } from './texts.ts';

type Body = NonNullable<RequestOf<'updateTenant'>['body']>;

const PickGroup = ({ id, onPick }: { id: string | null; onPick(id: string | null): void }) => {
  const t = useTexts(settingsTexts);
  const words = useTexts(common);
  const known = useName(id ?? '');
  const [typed, setTyped] = useState<string>();
  const search = useDeferredValue((typed ?? '').trim());
  const found = useRead(
    'listGroups',
    { query: { limit: 20, ...(search !== '' && { search }) } },
    { when: typed !== undefined },
  );
  return (
    <Autosuggest
      value={typed ?? known?.name ?? ''}
      options={(found.data?.body.items ?? []).map(({ id: value, name }) => ({ value, label: name }))}
      filteringType="manual"
      ariaLabel={t.group}
      placeholder={t.findGroup}
      empty={words.noMatch}
      enteredTextLabel={(value) => value}
      statusType={found.isFetching ? 'loading' : 'finished'}
      loadingText={words.loading}
      onFocus={() => setTyped((before) => before ?? known?.name ?? '')}
      onChange={({ detail }) => {
        setTyped(detail.value);
        if (detail.value === '') onPick(null);
      }}
      onSelect={({ detail }) => {
        if (!detail.selectedOption) return;
        setTyped(undefined);
        onPick(detail.value);
      }}
    />
  );
};

export const GeneralSettings = ({ tenant: { body: tenant, etag } }: { tenant: Reply<'getTenant'> }) => {
  const t = useTexts(settingsTexts);
  const words = useTexts(common);
  const catalogue = useCatalogue();
  const { save, waiting } = useChanges();
  const waits = waitingBody<Body>(waiting, 'updateTenant', {});
  const { name, enforced, changesTakeEffect, administratorsGroup } = tenant;
  const now = { name, enforced, changesTakeEffect, administratorsGroup, ...waits };
  const [edits, setEdits] = useState<Body>({});
  const [problem, setProblem] = useState<HoldfastProblem>();
  const [busy, setBusy] = useState(false);
  const shown = { ...now, ...edits };
  const changed = Object.fromEntries(
    Object.entries(edits).filter(([field, value]) => value !== now[field as keyof typeof now]),
  ) as Body;
  const dirty = Object.keys(changed).length > 0;
  useUnsaved(dirty);
  const edit = (more: Body) => setEdits((before) => ({ ...before, ...more }));
  const store = async () => {
    setBusy(true);
    const switchesOff = changed.enforced === false;
    const outcome = await save([{ operation: 'updateTenant', body: changed, ...(etag && { ifMatch: etag }) }], {
      done: t.saved,
      ...(switchesOff && { ask: { title: t.switchOffAsk, text: t.switchOffText, yes: t.switchOff } }),
    });
    setBusy(false);
    setProblem(outcome.became === 'left' ? outcome.problem : undefined);
    if (outcome.became !== 'left') setEdits({});
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void store();
      }}
    >
      <Form
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button formAction="none" variant="link" disabled={!dirty} onClick={() => setEdits({})}>
              {words.cancel}
            </Button>
            <Button variant="primary" loading={busy} disabled={!dirty}>
              {words.save}
            </Button>
          </SpaceBetween>
        }
      >
        <Container>
          <SpaceBetween size="l">
            {waits && <Alert type="info">{t.waits}</Alert>}
            <FormField label={t.name} constraintText={words.nameHint} errorText={fieldError(problem, '/name')}>
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
              <FormField
                label={t.group}
                description={t.groupText}
                errorText={fieldError(problem, '/administratorsGroup')}
              >
                <PickGroup
                  id={shown.administratorsGroup ?? null}
                  onPick={(id) => edit({ administratorsGroup: id as Body['administratorsGroup'] })}
                />
              </FormField>
            )}
          </SpaceBetween>
        </Container>
      </Form>
    </form>
  );
};
