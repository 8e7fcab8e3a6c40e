// A person's contact record: names, and what a directory owns of them. Read-only until Edit.
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { AnswerOf, HoldfastProblem } from '../../../../clients/typescript/index.ts';
import { useName } from '../../api/names.tsx';
import { fieldError, useChanges } from '../../changes/changes.tsx';
import { EditBar } from '../../parts/edit-bar.tsx';
import { When } from '../../parts/when.tsx';
import { useMay } from '../../shell/me.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { SignIn, Source, State } from './standing.tsx';
import { userTexts } from './texts.ts';

type User = AnswerOf<'getUser'>;
const editable = ['name', 'login', 'mail'] as const;
type Fields = Record<(typeof editable)[number], string>;

const isOwned = ({ source }: User): boolean => source !== 'local' && source !== 'external';

const Owned = ({ source }: { source: string }) => {
  const t = useTexts(userTexts);
  const name = useName(source)?.name;
  return <Alert type="info">{t.ownedBy(name)}</Alert>;
};

export const Contact = ({ user, etag }: { user: User; etag: string | undefined }) => {
  const t = useTexts(userTexts);
  const words = useTexts(common);
  const may = useMay();
  const { save } = useChanges();
  /** What an edit began with, and what it has come to; absent: the record is read only. */
  const [edit, setEdit] = useState<{
    readonly from: Fields;
    readonly etag: string | undefined;
    readonly fields: Fields;
  }>();
  const [problem, setProblem] = useState<HoldfastProblem>();
  const given: Fields = { name: user.name, login: user.login ?? '', mail: user.mail ?? '' };
  const changed = edit ? editable.filter((id) => edit.fields[id] !== edit.from[id]) : [];
  const close = () => {
    setEdit(undefined);
    setProblem(undefined);
  };

  const submit = async () => {
    if (!edit) return;
    // An emptied field is taken away.
    const body = Object.fromEntries(
      changed.map((id) => [id, edit.fields[id] === '' && id !== 'name' ? null : edit.fields[id]]),
    );
    const outcome = await save(
      [
        {
          operation: 'updateUser',
          params: { userId: user.id },
          body,
          ...(edit.etag !== undefined && { ifMatch: edit.etag }),
        },
      ],
      { now: true, done: t.contactSaved(edit.fields.name) },
    );
    if (outcome.became === 'left') setProblem(outcome.problem);
    else close();
  };
  return (
    <SpaceBetween size="m">
      <Container
        header={
          <Header
            variant="h2"
            actions={
              !edit &&
              may('updateUser') && (
                <Button
                  disabled={isOwned(user)}
                  disabledReason={t.ownedShort}
                  onClick={() => setEdit({ from: given, etag, fields: given })}
                >
                  {words.edit}
                </Button>
              )
            }
          >
            {t.contactRecord}
          </Header>
        }
      >
        <SpaceBetween size="l">
          {isOwned(user) && <Owned source={user.source} />}
          {user.directoryState !== undefined && user.directoryState !== user.state && (
            <Alert type="info">{t.directorySays(words.states[user.directoryState])}</Alert>
          )}
          {edit &&
            editable.map((id) => (
              <FormField key={id} label={t.fields[id]} errorText={fieldError(problem, `/${id}`)}>
                <Input
                  value={edit.fields[id]}
                  onChange={({ detail }) => setEdit({ ...edit, fields: { ...edit.fields, [id]: detail.value } })}
                  {...(id === 'mail' && { inputMode: 'email' as const })}
                />
              </FormField>
            ))}
          <KeyValuePairs
            columns={3}
            items={[
              ...(edit
                ? []
                : editable.map((id) => ({ label: t.fields[id], value: given[id] === '' ? '–' : given[id] }))),
              { label: t.fields.externalId, value: user.externalId ?? '–' },
              { label: words.state, value: <State user={user} /> },
              { label: t.signIn, value: <SignIn user={user} /> },
              { label: words.type, value: words.kinds[user.kind] },
              { label: t.source, value: <Source of={user.source} /> },
              { label: t.createdAt, value: <When at={user.createdAt} /> },
              { label: t.id, value: user.id },
            ]}
          />
        </SpaceBetween>
      </Container>
      {edit && <EditBar dirty={changed.length > 0} onSave={submit} onCancel={close} />}
    </SpaceBetween>
  );
};
