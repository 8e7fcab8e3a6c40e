// The settings of a directory: name, kind, client, sign-in, guards.
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Grid from '@cloudscape-design/components/grid';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { HoldfastProblem, Reply } from '../../../../clients/typescript/index.ts';
import { fieldError, useChanges } from '../../changes/changes.tsx';
import { PickUser } from '../../parts/pick.tsx';
import { useUnsaved } from '../../shell/go.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { directoryTexts } from './texts.ts';

type Source = Reply<'getSource'>['body'];
type Kind = Source['kind'];
const guardNames = ['deletions', 'disablings', 'removals', 'groupRemovals'] as const;
type GuardName = (typeof guardNames)[number];
type Guards = Readonly<Record<GuardName, { readonly number: string; readonly percent: string }>>;

interface Edited {
  readonly name: string;
  readonly kind: Kind;
  readonly client: string;
  readonly issuer: string;
  readonly claim: string;
  readonly guards: Guards;
}

const editedOf = ({ name, kind, client = '', signIn, guards }: Source): Edited => ({
  name,
  kind,
  client,
  issuer: signIn?.issuer ?? '',
  claim: signIn?.claim ?? '',
  guards: Object.fromEntries(
    guardNames.map((one) => [one, { number: String(guards[one].number), percent: String(guards[one].percent) }]),
  ) as Guards,
});

const isWhole = (text: string): boolean => /^\d+$/.test(text.trim());

export const SourceSettings = ({ source: { body, etag } }: { source: Reply<'getSource'> }) => {
  const t = useTexts(directoryTexts);
  const words = useTexts(common);
  const { save } = useChanges();
  const before = editedOf(body);
  const [edited, setEdited] = useState(before);
  const [problem, setProblem] = useState<HoldfastProblem>();
  const [busy, setBusy] = useState(false);
  const dirty = JSON.stringify(edited) !== JSON.stringify(before);
  useUnsaved(dirty);
  const edit = (more: Partial<Edited>) => setEdited((all) => ({ ...all, ...more }));
  const signsIn = edited.issuer !== '' || edited.claim !== '';
  const numbers = guardNames.flatMap((one) => [edited.guards[one].number, edited.guards[one].percent]);
  const wrong = !numbers.every(isWhole);
  const store = async () => {
    setBusy(true);
    const { name, kind, client, issuer, claim, guards } = edited;
    const changed = {
      ...(name !== before.name && { name }),
      ...(kind !== before.kind && { kind }),
      ...(client !== before.client && { client: client === '' ? null : client }),
      ...((issuer !== before.issuer || claim !== before.claim) && { signIn: signsIn ? { issuer, claim } : null }),
      ...(JSON.stringify(guards) !== JSON.stringify(before.guards) && {
        guards: Object.fromEntries(
          guardNames.map((one) => [one, { number: Number(guards[one].number), percent: Number(guards[one].percent) }]),
        ),
      }),
    };
    const outcome = await save(
      [{ operation: 'updateSource', params: { sourceId: body.id }, body: changed, ...(etag && { ifMatch: etag }) }],
      { done: t.saved },
    );
    setBusy(false);
    setProblem(outcome.became === 'left' ? outcome.problem : undefined);
  };
  const kinds = (Object.keys(t.kinds) as Kind[]).map((value) => ({ value, label: t.kinds[value] }));
  const guard = (one: GuardName, part: 'number' | 'percent') => (
    <FormField key={part} label={t[part]} errorText={isWhole(edited.guards[one][part]) ? undefined : t.notAGuard}>
      <Input
        value={edited.guards[one][part]}
        inputMode="numeric"
        ariaLabel={`${t.guardNames[one]}: ${t[part]}`}
        onChange={({ detail }) =>
          edit({ guards: { ...edited.guards, [one]: { ...edited.guards[one], [part]: detail.value } } })
        }
      />
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
          <SpaceBetween direction="horizontal" size="xs">
            <Button formAction="none" variant="link" disabled={!dirty} onClick={() => setEdited(before)}>
              {words.cancel}
            </Button>
            <Button variant="primary" loading={busy} disabled={!dirty || wrong}>
              {words.save}
            </Button>
          </SpaceBetween>
        }
      >
        <SpaceBetween size="l">
          <Container header={<Header variant="h2">{t.general}</Header>}>
            <SpaceBetween size="m">
              <FormField label={words.name} constraintText={words.nameHint} errorText={fieldError(problem, '/name')}>
                <Input value={edited.name} onChange={({ detail }) => edit({ name: detail.value })} />
              </FormField>
              <FormField label={t.kind}>
                <Select
                  options={kinds}
                  selectedOption={kinds.find(({ value }) => value === edited.kind) ?? null}
                  onChange={({ detail }) => edit({ kind: detail.selectedOption.value as Kind })}
                />
              </FormField>
              <FormField label={t.client} errorText={fieldError(problem, '/client')}>
                <PickUser
                  id={edited.client}
                  label={t.client}
                  placeholder={t.anyClient}
                  onPick={(client) => edit({ client })}
                />
              </FormField>
            </SpaceBetween>
          </Container>
          <Container
            header={
              <Header variant="h2" description={t.signInText}>
                {t.signIn}
              </Header>
            }
          >
            <SpaceBetween size="m">
              <FormField label={t.issuer} errorText={fieldError(problem, '/signIn/issuer')}>
                <Input value={edited.issuer} onChange={({ detail }) => edit({ issuer: detail.value })} />
              </FormField>
              <FormField label={t.claim} errorText={fieldError(problem, '/signIn/claim')}>
                <Input value={edited.claim} onChange={({ detail }) => edit({ claim: detail.value })} />
              </FormField>
            </SpaceBetween>
          </Container>
          <Container
            header={
              <Header variant="h2" description={t.guardsText}>
                {t.guards}
              </Header>
            }
          >
            <SpaceBetween size="m">
              {guardNames.map((one) => (
                <FormField key={one} label={t.guardNames[one]} stretch>
                  <Grid gridDefinition={[{ colspan: { default: 6, s: 3 } }, { colspan: { default: 6, s: 3 } }]}>
                    {guard(one, 'number')}
                    {guard(one, 'percent')}
                  </Grid>
                </FormField>
              ))}
            </SpaceBetween>
          </Container>
        </SpaceBetween>
      </Form>
    </form>
  );
};
