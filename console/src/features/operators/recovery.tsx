// The recovery of a tenant whose access rights nobody can manage: asked for, approved by another operator, completed.
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useChanges } from '../../changes/changes.tsx';
import { FieldsDialog } from '../../parts/fields-dialog.tsx';
import { When } from '../../parts/when.tsx';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import type { Account } from './state.tsx';
import { operatorTexts } from './texts.ts';

export const Recovery = ({ account: { id, keeperless, recovery } }: { account: Account }) => {
  const t = useTexts(operatorTexts);
  const words = useTexts(common);
  const { act } = useChanges();
  const [asking, setAsking] = useState(false);
  const [invitation, setInvitation] = useState<string>();
  const params = { tenantId: id };
  const approve = () =>
    act('approveRecovery', { params, body: { requestedAt: recovery?.requestedAt ?? '' } }, { done: t.approved });
  const invite = async () => {
    const outcome = await act('completeRecovery', { params }, { done: t.invite });
    if (outcome.became === 'done') setInvitation(outcome.answer.invitation);
  };
  const cancel = () => act('cancelRecovery', { params }, { done: t.cancelled });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={t.recoveryText}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {!recovery && keeperless && <Button onClick={() => setAsking(true)}>{t.request}</Button>}
              {recovery?.state === 'requested' && <Button onClick={() => void approve()}>{t.approve}</Button>}
              {recovery?.state === 'approved' && <Button onClick={() => void invite()}>{t.invite}</Button>}
              {recovery && <Button onClick={() => void cancel()}>{t.cancel}</Button>}
            </SpaceBetween>
          }
        >
          {t.recovery}
        </Header>
      }
    >
      <SpaceBetween size="m">
        {invitation !== undefined && (
          <Alert type="success" header={t.invitation}>
            <Box>{t.invitationText}</Box>
            <CopyToClipboard
              variant="inline"
              textToCopy={invitation}
              copyButtonText={t.invitation}
              copySuccessText="✓"
              copyErrorText={words.error}
            />
          </Alert>
        )}
        {recovery ? (
          <KeyValuePairs
            columns={3}
            items={[
              {
                label: t.person,
                value: 'user' in recovery.person ? recovery.person.user : recovery.person.name,
              },
              { label: t.reason, value: recovery.reason },
              { label: t.requestedBy, value: recovery.requestedBy },
              { label: t.requestedAt, value: <When at={recovery.requestedAt} /> },
              ...(recovery.approvedBy ? [{ label: t.approvedBy, value: recovery.approvedBy }] : []),
              ...(recovery.dueAt ? [{ label: t.dueAt, value: <When at={recovery.dueAt} /> }] : []),
            ]}
          />
        ) : (
          <Box>{t.noRecovery}</Box>
        )}
      </SpaceBetween>
      {asking && (
        <FieldsDialog
          title={t.request}
          yes={t.request}
          text={t.recoveryText}
          fields={[
            { name: 'name', label: t.personName, pointer: '/person/name' },
            { name: 'login', label: t.login, pointer: '/person/login', optional: true },
            { name: 'mail', label: t.mail, pointer: '/person/mail', optional: true },
            { name: 'reason', label: t.reason, pointer: '/reason', description: t.reasonText },
          ]}
          onClose={() => setAsking(false)}
          onSave={({ name, login, mail, reason }) => {
            const person = { name, ...(login && { login }), ...(mail && { mail }) };
            return act('requestRecovery', { params, body: { reason, person } }, { done: t.requested });
          }}
        />
      )}
    </Container>
  );
};
