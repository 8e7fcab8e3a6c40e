// The proof that an event is in the sealed audit as it was (RFC 9162, section 2.1.3). It is shown and saved, and not
// checked here, because a page of the service cannot vouch for the service.
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { AnswerOf } from '../../../../clients/typescript/index.ts';
import { api } from '../../api/client.ts';
import { useChanges } from '../../changes/changes.tsx';
import { download } from '../../parts/download.ts';
import { useNumbers } from '../../parts/when.tsx';
import { useTexts } from '../../texts/texts.ts';
import { auditTexts } from './texts.ts';

export const Proof = ({ id }: { id: string }) => {
  const written = useNumbers();
  const t = useTexts(auditTexts);
  const { refused } = useChanges();
  const [proof, setProof] = useState<AnswerOf<'getEventProof'>>();
  const read = async () => {
    try {
      setProof(await api.getEventProof({ params: { eventId: id } }));
    } catch (error) {
      refused(error);
    }
  };
  return (
    <Container
      header={
        <Header variant="h2" description={t.proofText}>
          {t.proof}
        </Header>
      }
    >
      {proof === undefined ? (
        <Button onClick={() => void read()}>{t.getProof}</Button>
      ) : (
        <SpaceBetween size="m">
          <KeyValuePairs
            columns={2}
            items={[
              { label: t.sequence, value: written(proof.sequence) },
              { label: t.size, value: written(proof.size) },
              { label: t.leaf, value: <Box variant="code">{proof.leaf}</Box> },
              { label: t.root, value: <Box variant="code">{proof.root}</Box> },
            ]}
          />
          <Box>{t.proofHow}</Box>
          <Button
            iconName="download"
            onClick={() => download(`proof-${id}.json`, `${JSON.stringify(proof, null, 2)}\n`, 'application/json')}
          >
            {t.saveProof}
          </Button>
        </SpaceBetween>
      )}
    </Container>
  );
};
