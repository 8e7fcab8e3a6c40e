// One policy: its name and description, and the way to who has rights on it.
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import type { Reply } from '../../../../clients/typescript/index.ts';
import { useRead } from '../../api/reads.ts';
import { useCatalogue } from '../../catalogue/catalogue.ts';
import { type Preview, useChanges } from '../../changes/changes.tsx';
import { waitingBody } from '../../changes/steps.ts';
import { EditForm, useEdits } from '../../parts/edit-form.tsx';
import { Loaded, Page } from '../../parts/page.tsx';
import { useGo, useLink } from '../../shell/go.ts';
import { useMay } from '../../shell/me.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { policyTexts } from './texts.ts';

const General = ({ policy: { body: policy, etag } }: { policy: Reply<'getPolicy'> }) => {
  const t = useTexts(policyTexts);
  const words = useTexts(common);
  const may = useMay();
  const { save, waiting } = useChanges();
  const params = { policyId: policy.id };
  const waits = waitingBody<{ name?: string; description?: string }>(waiting, 'updatePolicy', params);
  const edits = useEdits({ name: policy.name, description: policy.description, ...waits }, (body) =>
    save([{ operation: 'updatePolicy', params, body, ...(etag && { ifMatch: etag }) }], { done: t.saved }),
  );
  const { shown, edit, wrong } = edits;
  // Who may change it depends on the policy, so a rehearsal tells (FP-13).
  const { description } = policy;
  const rehearsed = useRead('updatePolicy', { params, body: { description }, dryRun: true } as never).data?.body;
  const mine = (rehearsed as unknown as Preview | undefined)?.outcome !== 'refused';
  // Names are those of the whole account, and so is the right to give them.
  const names = mine && may('createPolicy');
  return (
    <EditForm edits={edits} readOnly={!mine}>
      <Container header={<Header variant="h2">{t.general}</Header>}>
        <SpaceBetween size="m">
          {waits && <Alert type="info">{t.waits}</Alert>}
          {!mine && <Alert type="info">{t.notYours}</Alert>}
          <FormField
            label={words.name}
            constraintText={names ? words.nameHint : mine && t.nameNotYours}
            errorText={wrong('/name')}
          >
            <Input value={shown.name} readOnly={!names} onChange={({ detail }) => edit({ name: detail.value })} />
          </FormField>
          <FormField label={words.description} errorText={wrong('/description')}>
            <Textarea
              value={shown.description}
              readOnly={!mine}
              onChange={({ detail }) => edit({ description: detail.value })}
            />
          </FormField>
        </SpaceBetween>
      </Container>
    </EditForm>
  );
};

const Rights = ({ id }: { id: string }) => {
  const t = useTexts(policyTexts);
  const link = useLink();
  const permissions = useCatalogue()?.permissions.filter(({ levels }) => levels.includes('policy')) ?? [];
  return (
    <Container header={<Header variant="h2">{t.rights}</Header>}>
      <SpaceBetween size="xs">
        <Box>{t.rightsText}</Box>
        <ul>
          {permissions.map((permission) => (
            <li key={permission.id}>
              <Link
                {...link(`/review?${new URLSearchParams({ tab: 'holders', permission: permission.id, policy: id })}`)}
              >
                {permission.title}
              </Link>
            </li>
          ))}
        </ul>
      </SpaceBetween>
    </Container>
  );
};

export const PolicyPage = ({ params: { id = '' } }: { params: Readonly<Record<string, string>> }) => {
  const t = useTexts(policyTexts);
  const words = useTexts(common);
  const go = useGo();
  const may = useMay();
  const { save } = useChanges();
  const policy = useRead('getPolicy', { params: { policyId: id as never } });
  const name = policy.data?.body.name ?? '';
  const remove = async () => {
    const outcome = await save([{ operation: 'deletePolicy', params: { policyId: id } }], {
      done: t.removed,
      ask: { title: t.removeAsk(name), text: t.removeText, yes: t.remove },
    });
    if (outcome.became !== 'left') go('/policies');
  };
  return (
    <Page
      title={name || words.kinds.policy}
      above={[{ text: t.title, path: '/policies' }]}
      actions={may('deletePolicy') && policy.data && <Button onClick={() => void remove()}>{t.remove}</Button>}
    >
      <Loaded query={policy} of="policy">
        {(loaded) => (
          <SpaceBetween size="l">
            <General policy={loaded} />
            {may('listHolders') && <Rights id={id} />}
          </SpaceBetween>
        )}
      </Loaded>
    </Page>
  );
};
