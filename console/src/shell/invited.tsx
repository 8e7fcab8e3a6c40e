// Somebody who is signed in and belongs to no user yet: an invitation binds the sign-in.
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type ReactNode, useState } from 'react';
import { HoldfastProblem } from '../../../clients/typescript/index.ts';
import { api } from '../api/client.ts';
import { refresh } from '../api/reads.ts';
import { signIn } from '../auth/session.ts';
import { changeTexts } from '../changes/texts.ts';
import { ProblemText } from '../parts/problem.tsx';
import { useTexts } from '../texts/texts.ts';
import { shellTexts } from './texts.ts';

export const Invited = () => {
  const t = useTexts(shellTexts);
  const words = useTexts(changeTexts);
  const [invitation, setInvitation] = useState('');
  const [wrong, setWrong] = useState<ReactNode>();
  const accept = async () => {
    try {
      await api.acceptInvitation({ body: { invitation: invitation.trim() } });
      await refresh();
    } catch (error) {
      if (error instanceof HoldfastProblem) {
        const { code, document, detail = document.title } = error;
        setWrong(<ProblemText code={code} detail={detail} />);
      } else setWrong(words.unreachable);
    }
  };
  return (
    <Box margin="xxl">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void accept();
        }}
      >
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" formAction="none" onClick={() => void signIn('person', true)}>
                {t.signInAsOther}
              </Button>
              <Button variant="primary">{t.accept}</Button>
            </SpaceBetween>
          }
        >
          <Container header={<Header variant="h1">{t.product}</Header>}>
            <SpaceBetween size="m">
              <Box>{t.unknownUser}</Box>
              <FormField label={t.enterInvitation} errorText={wrong}>
                <Input value={invitation} onChange={({ detail }) => setInvitation(detail.value)} autoFocus />
              </FormField>
            </SpaceBetween>
          </Container>
        </Form>
      </form>
    </Box>
  );
};
