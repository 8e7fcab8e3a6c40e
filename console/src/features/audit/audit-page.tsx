// The audit: filters, a chart by day, and the events (FP-39, FP-44, SE-16, SE-17).
import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { usePages } from '../../api/reads.ts';
import { Page } from '../../parts/page.tsx';
import { Empty, PagedTable, withIcon } from '../../parts/tables.tsx';
import { When } from '../../parts/when.tsx';
import { useLink } from '../../shell/go.ts';
import { useActionWords } from '../../texts/actions.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { Chart } from './chart.tsx';
import { Filters, useFilters } from './filters.tsx';
import { auditTexts } from './texts.ts';
import { Actor, type AuditEvent, Target } from './who.tsx';

export const AuditPage = () => {
  const t = useTexts(auditTexts);
  const link = useLink();
  const words = useTexts(common);
  const wordsOf = useActionWords();
  const { query } = useFilters();
  const events = usePages('listEvents', { query });
  return (
    <Page title={t.title} description={t.description}>
      <SpaceBetween size="l">
        {events.answer?.ownOnly && <Alert type="info">{t.ownOnly}</Alert>}
        <Container>
          <Filters />
        </Container>
        <Chart />
        <PagedTable<AuditEvent>
          title={t.events}
          headingVariant="h2"
          pages={events}
          nameOf={({ action }) => wordsOf(action)}
          empty={<Empty text={t.empty} />}
          columns={[
            { id: 'when', header: t.when, cell: ({ at }) => <When at={at} /> },
            {
              id: 'action',
              header: t.action,
              isRowHeader: true,
              cell: ({ id, action }) => <Link {...link(`/audit/${id}`)}>{wordsOf(action)}</Link>,
            },
            { id: 'actor', header: t.actor, cell: ({ actor }) => <Actor actor={actor} /> },
            { id: 'target', header: t.target, cell: ({ target }) => <Target target={target} /> },
            {
              id: 'outcome',
              minWidth: withIcon,
              header: t.outcome,
              cell: ({ outcome, code, count }) => (
                <StatusIndicator type={outcome === 'done' ? 'success' : 'stopped'}>
                  {t.outcomes[outcome]}
                  {code !== undefined && words.colon + (t.codes[code] ?? code)}
                  {count > 1 && ` × ${count}`}
                </StatusIndicator>
              ),
            },
          ]}
        />
      </SpaceBetween>
    </Page>
  );
};
