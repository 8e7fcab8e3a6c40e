// One event of the audit.
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useRead } from '../../api/reads.ts';
import { useTitles } from '../../catalogue/catalogue.ts';
import { Loaded, Page } from '../../parts/page.tsx';
import { When } from '../../parts/when.tsx';
import { useLink } from '../../shell/go.ts';
import { useMay } from '../../shell/me.ts';
import { useActionWords } from '../../texts/actions.ts';
import { useTexts } from '../../texts/texts.ts';
import { Difference } from './difference.tsx';
import { Proof } from './proof.tsx';
import { auditTexts } from './texts.ts';
import { Actor, type AuditEvent, Target } from './who.tsx';

const Details = ({ event }: { event: AuditEvent }) => {
  const t = useTexts(auditTexts);
  const link = useLink();
  const titleOf = useTitles();
  const together = (id: string, shown: string) => (
    <Link {...link(`/audit?${new URLSearchParams({ correlation: id })}`)}>{shown}</Link>
  );
  const { at, firstAt, actor, target, authority, outcome, code, count, requestId, traceId, run, id } = event;
  return (
    <KeyValuePairs
      columns={3}
      items={[
        { label: t.when, value: <When at={at} /> },
        { label: t.actor, value: <Actor actor={actor} /> },
        { label: t.target, value: <Target target={target} /> },
        {
          label: t.outcome,
          value: (
            <StatusIndicator type={outcome === 'done' ? 'success' : 'stopped'}>{t.outcomes[outcome]}</StatusIndicator>
          ),
        },
        ...(code === undefined ? [] : [{ label: t.code, value: t.codes[code] ?? code }]),
        ...(authority === undefined ? [] : [{ label: t.authority, value: titleOf(authority) }]),
        ...(count > 1 ? [{ label: t.count, value: count }] : []),
        ...(firstAt === undefined ? [] : [{ label: t.firstAt, value: <When at={firstAt} /> }]),
        ...(run === undefined ? [] : [{ label: t.run, value: <Link {...link(`/directory/runs/${run}`)}>{run}</Link> }]),
        ...(traceId === undefined ? [] : [{ label: t.trace, value: together(traceId, traceId) }]),
        { label: t.request, value: requestId },
        { label: t.together, value: together(id, t.showTogether) },
      ]}
    />
  );
};

export const EventPage = ({ params: { id = '' } }: { params: Readonly<Record<string, string>> }) => {
  const t = useTexts(auditTexts);
  const may = useMay();
  const wordsOf = useActionWords();
  const event = useRead('getEvent', { params: { eventId: id } });
  const title = event.data ? wordsOf(event.data.body.action) : t.event;
  return (
    <Page title={title} above={[{ text: t.title, path: '/audit' }]}>
      <Loaded query={event} of="event">
        {({ body }) => (
          <SpaceBetween size="l">
            <Container header={<Header variant="h2">{t.event}</Header>}>
              <Details event={body} />
            </Container>
            <Container header={<Header variant="h2">{t.difference}</Header>}>
              <Difference event={body} />
            </Container>
            {may('getEventProof') && <Proof id={id} />}
          </SpaceBetween>
        )}
      </Loaded>
    </Page>
  );
};
