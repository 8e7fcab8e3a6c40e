// One policy: its name and description, and the way to who has rights on it.
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import type { HoldfastProblem, Reply } from '../../../../clients/typescript/index.ts';
import { useRead } from '../../api/reads.ts';
import { useCatalogue } from '../../catalogue/catalogue.ts';
import { fieldError, useChanges } from '../../changes/changes.tsx';
import { waitingBody } from '../../changes/steps.ts';
import { Loaded, Page } from '../../parts/page.tsx';
import { useGo, useLink, useUnsaved } from '../../shell/go.ts';
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
  const [name, setName] = useState(waits?.name ?? policy.name);
  const [description, setDescription] = useState(waits?.description ?? policy.description);
  const [problem, setProblem] = useState<HoldfastProblem>();
  const [busy, setBusy] = useState(false);
  const [saved, setSaved] = useState({ name, description });
  const dirty = name !== saved.name || description !== saved.description;
  useUnsaved(dirty);
  const mine = may('updatePolicy');
  const store = async () => {
    setBusy(true);
    const outcome = await save(
      [{ operation: 'updatePolicy', params, body: { name, description }, ...(etag && { ifMatch: etag }) }],
      { done: t.saved },
    );
    setBusy(false);
    setProblem(outcome.became === 'left' ? outcome.problem : undefined);
    if (outcome.became !== 'left') setSaved({ name, description });
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
          mine && (
            <SpaceBetween direction="horizontal" size="xs">
              <Button
                formAction="none"
                variant="link"
                disabled={!dirty}
                onClick={() => {
                  setName(saved.name);
                  setDescription(saved.description);
                }}
              >
                {words.cancel}
              </Button>
              <Button variant="primary" loading={busy} disabled={!dirty}>
                {words.save}
              </Button>
            </SpaceBetween>
          )
        }
      >
        <Container header={<Header variant="h2">{t.general}</Header>}>
          <SpaceBetween size="m">
            {waits && <Alert type="info">{t.waits}</Alert>}
            {!mine && <Alert type="info">{t.notYours}</Alert>}
            <FormField label={words.name} constraintText={words.nameHint} errorText={fieldError(problem, '/name')}>
              <Input value={name} readOnly={!mine} onChange={({ detail }) => setName(detail.value)} />
            </FormField>
            <FormField label={words.description} errorText={fieldError(problem, '/description')}>
              <Textarea value={description} readOnly={!mine} onChange={({ detail }) => setDescription(detail.value)} />
            </FormField>
          </SpaceBetween>
        </Container>
      </Form>
    </form>
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
      title={name || t.title}
      above={[{ text: t.title, path: '/policies' }]}
      actions={may('deletePolicy') && policy.data && <Button onClick={() => void remove()}>{t.remove}</Button>}
    >
      <Loaded query={policy}>
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
