// The switch of access rights, where the catalogue has one (CT-01..04, CT-30..32). It is an edit like any other: where
// edits gather, it enforces nothing before they are submitted.
import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Checkbox from '@cloudscape-design/components/checkbox';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { AnswerOf } from '../../../../clients/typescript/index.ts';
import { api } from '../../api/client.ts';
import { Name } from '../../api/names.tsx';
import { useRead } from '../../api/reads.ts';
import { useChanges } from '../../changes/changes.tsx';
import { joined, waitingBody, written } from '../../changes/steps.ts';
import { warningsIn } from '../../changes/warnings.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Loaded } from '../../parts/page.tsx';
import { useLink } from '../../shell/go.ts';
import { useTexts } from '../../texts/texts.ts';
import { roleTexts } from './texts.ts';

type Tenant = AnswerOf<'getTenant'>;
type Waiting = { readonly enforced?: boolean; readonly administratorsGroup?: string | null };

const noAdministrators = 'no-active-administrators-group';

const Switch = ({ tenant }: { tenant: Tenant }) => {
  const t = useTexts(roleTexts).switch;
  const link = useLink();
  const { save, waiting, refused } = useChanges();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const body = waitingBody<Waiting>(waiting, 'updateTenant', {}) ?? {};
  const enforced = body.enforced ?? tenant.enforced;
  const waits = enforced !== tenant.enforced;
  const group = body.administratorsGroup === undefined ? tenant.administratorsGroup : body.administratorsGroup;
  const step = (on: boolean) => ({ operation: 'updateTenant', body: { enforced: on } });
  const turn = (on: boolean, knows: readonly string[] = []) =>
    save([step(on)], { done: on ? t.doneOn : t.doneOff, knows });
  const asked = async (on: boolean) => {
    setBusy(true);
    try {
      const operations = written(joined(waiting, [step(on)]));
      // A rehearsal tells whether anybody would join the administrators; it is refused like the change itself.
      const { answer } = await api.submitChangeSet({ body: { operations }, dryRun: true });
      if (on && warningsIn(answer).includes(noAdministrators)) setAsking(true);
      else await turn(on);
    } catch (error) {
      refused(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Container>
      <ColumnLayout columns={2}>
        <SpaceBetween size="xs">
          <Checkbox
            checked={enforced}
            readOnly={busy}
            description={waits ? (enforced ? t.waitsOn : t.waitsOff) : enforced ? t.on : t.off}
            onChange={({ detail }) => void asked(detail.checked)}
          >
            {t.label}
          </Checkbox>
          {waits && <Badge color="blue">{t.waits}</Badge>}
        </SpaceBetween>
        <div>
          <Box variant="awsui-key-label">{t.group}</Box>
          <SpaceBetween direction="horizontal" size="s">
            {group === null ? t.noGroup : <Name id={group} />}
            <Link {...link('/settings')}>{group === null ? t.name : t.change}</Link>
          </SpaceBetween>
        </div>
      </ColumnLayout>
      {asking && (
        <Dialog
          title={t.title}
          yes={t.yes}
          onYes={() => {
            setAsking(false);
            void turn(true, [noAdministrators]);
          }}
          onClose={() => setAsking(false)}
        >
          <SpaceBetween size="s">
            {t.text}
            <Link {...link('/settings')}>{t.name}</Link>
          </SpaceBetween>
        </Dialog>
      )}
    </Container>
  );
};

export const EnforcementSwitch = () => {
  const tenant = useRead('getTenant', {});
  return <Loaded query={{ data: tenant.data?.body, error: tenant.error }}>{(body) => <Switch tenant={body} />}</Loaded>;
};
