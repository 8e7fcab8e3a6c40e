// The settings of a directory: name, kind, client, sign-in, guards.
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Grid from '@cloudscape-design/components/grid';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Reply } from '../../../../clients/typescript/index.ts';
import { useChanges } from '../../changes/changes.tsx';
import { EditForm, useEdits } from '../../parts/edit-form.tsx';
import { PickUser } from '../../parts/pick.tsx';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { directoryTexts } from './texts.ts';

type Source = Reply<'getSource'>['body'];
type Kind = Source['kind'];
const guardNames = ['deletions', 'disablings', 'removals', 'groupRemovals'] as const;
type GuardName = (typeof guardNames)[number];
type Guards<Value> = Readonly<Record<GuardName, { readonly number: Value; readonly percent: Value }>>;

const mapped = <From, To>(guards: Guards<From>, map: (guard: Guards<From>[GuardName]) => Guards<To>[GuardName]) =>
  Object.fromEntries(guardNames.map((one) => [one, map(guards[one])])) as Guards<To>;

interface Edited {
  readonly name: string;
  readonly kind: Kind;
  readonly client: string;
  readonly issuer: string;
  readonly claim: string;
  readonly guards: Guards<string>;
}

const editedOf = ({ name, kind, client = '', signIn, guards }: Source): Edited => ({
  name,
  kind,
  client,
  issuer: signIn?.issuer ?? '',
  claim: signIn?.claim ?? '',
  guards: mapped(guards, ({ number, percent }) => ({ number: String(number), percent: String(percent) })),
});

const isWhole = (text: string): boolean => /^\d+$/.test(text.trim());

export const SourceSettings = ({ source: { body, etag } }: { source: Reply<'getSource'> }) => {
  const t = useTexts(directoryTexts);
  const words = useTexts(common);
  const { save } = useChanges();
  const now = editedOf(body);
  const edits = useEdits(now, ({ client, issuer, claim, guards, ...changed }) => {
    const signIn = { issuer: issuer ?? now.issuer, claim: claim ?? now.claim };
    const step = {
      operation: 'updateSource',
      params: { sourceId: body.id },
      body: {
        ...changed,
        ...(client !== undefined && { client: client === '' ? null : client }),
        ...((issuer ?? claim) !== undefined && { signIn: signIn.issuer + signIn.claim === '' ? null : signIn }),
        ...(guards && { guards: mapped(guards, ({ number, percent }) => ({ number: +number, percent: +percent })) }),
      },
      ...(etag && { ifMatch: etag }),
    };
    return save([step], { done: t.saved });
  });
  const { shown, edit, wrong } = edits;
  const isRight = guardNames.every((one) => isWhole(shown.guards[one].number) && isWhole(shown.guards[one].percent));
  const kinds = (Object.keys(t.kinds) as Kind[]).map((value) => ({ value, label: t.kinds[value] }));
  const guard = (one: GuardName, part: 'number' | 'percent') => (
    <FormField key={part} label={t[part]} errorText={isWhole(shown.guards[one][part]) ? undefined : t.notAGuard}>
      <Input
        value={shown.guards[one][part]}
        inputMode="numeric"
        ariaLabel={`${t.guardNames[one]}: ${t[part]}`}
        onChange={({ detail }) =>
          edit({ guards: { ...shown.guards, [one]: { ...shown.guards[one], [part]: detail.value } } })
        }
      />
    </FormField>
  );
  return (
    <EditForm edits={edits} blocked={!isRight}>
      <SpaceBetween size="l">
        <Container header={<Header variant="h2">{t.general}</Header>}>
          <SpaceBetween size="m">
            <FormField label={words.name} constraintText={words.nameHint} errorText={wrong('/name')}>
              <Input value={shown.name} onChange={({ detail }) => edit({ name: detail.value })} />
            </FormField>
            <FormField label={t.kind}>
              <Select
                options={kinds}
                selectedOption={kinds.find(({ value }) => value === shown.kind) ?? null}
                onChange={({ detail }) => edit({ kind: detail.selectedOption.value as Kind })}
              />
            </FormField>
            <FormField label={t.client} errorText={wrong('/client')}>
              <PickUser
                id={shown.client}
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
            <FormField label={t.issuer} errorText={wrong('/signIn/issuer')}>
              <Input value={shown.issuer} onChange={({ detail }) => edit({ issuer: detail.value })} />
            </FormField>
            <FormField label={t.claim} errorText={wrong('/signIn/claim')}>
              <Input value={shown.claim} onChange={({ detail }) => edit({ claim: detail.value })} />
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
    </EditForm>
  );
};
