// Inviting: the text of an invitation is shown once, with what to do with it.
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { AnswerOf } from '../../../../clients/typescript/index.ts';
import { useChanges } from '../../changes/changes.tsx';
import { When } from '../../parts/when.tsx';
import { base } from '../../shell/go.ts';
import { useTexts } from '../../texts/texts.ts';
import { userTexts } from './texts.ts';

export interface Invited extends AnswerOf<'inviteUser'> {
  readonly name: string;
}

/** Makes an invitation for a user; undefined when it is refused. */
export const useInvite = () => {
  const { act } = useChanges();
  const t = useTexts(userTexts);
  return async ({ id, name }: { readonly id: string; readonly name: string }): Promise<Invited | undefined> => {
    const outcome = await act('inviteUser', { params: { userId: id } }, { done: t.invitationMade(name) });
    return outcome.became === 'done' ? { ...outcome.answer, name } : undefined;
  };
};

export const InvitationDialog = ({ invited, onClose }: { invited: Invited; onClose(): void }) => {
  const t = useTexts(userTexts);
  return (
    <Modal
      visible
      onDismiss={onClose}
      closeAriaLabel={t.invitationDone}
      header={t.invitationFor(invited.name)}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={onClose}>
            {t.invitationDone}
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Alert type="warning">{t.shownOnce}</Alert>
        <CopyToClipboard
          variant="inline"
          textToCopy={invited.invitation}
          textToDisplay={<Box variant="code">{invited.invitation}</Box>}
          wrapText
          copyButtonAriaLabel={t.copy}
          copySuccessText={t.copied}
          copyErrorText={t.notCopied}
        />
        <ol>
          {t.invitationSteps(location.origin + base).map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
        <Box>
          {t.validUntil} <When at={invited.expiresAt} />
        </Box>
      </SpaceBetween>
    </Modal>
  );
};
