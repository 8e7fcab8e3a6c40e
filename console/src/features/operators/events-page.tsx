// What operators have done.
import Link from '@cloudscape-design/components/link';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useSearchParams } from 'wouter';
import { usePages } from '../../api/reads.ts';
import { useTitle } from '../../parts/page.tsx';
import { Empty, PagedTable } from '../../parts/tables.tsx';
import { When } from '../../parts/when.tsx';
import { useLink } from '../../shell/go.ts';
import { useTexts } from '../../texts/texts.ts';
import { operatorTexts } from './texts.ts';

export const OperatorEventsPage = () => {
  const t = useTexts(operatorTexts);
  const link = useLink();
  const [params] = useSearchParams();
  const tenant = params.get('tenant');
  const events = usePages('listOperatorEvents', { query: tenant === null ? {} : { tenant: tenant as never } });
  useTitle(t.events);
  return (
    <PagedTable
      title={t.events}
      pages={events}
      nameOf={({ action }) => action}
      empty={<Empty text={t.eventsEmpty} />}
      columns={[
        { id: 'when', header: t.when, cell: ({ at }) => <When at={at} /> },
        { id: 'action', header: t.action, isRowHeader: true, cell: ({ action }) => action },
        { id: 'by', header: t.by, cell: ({ actor }) => actor.id ?? actor.kind },
        {
          id: 'on',
          header: t.on,
          cell: ({ target }) =>
            target.startsWith('t') ? <Link {...link(`/tenants/${target}`)}>{target}</Link> : target,
        },
        {
          id: 'outcome',
          header: t.outcome,
          cell: ({ outcome, code }) => (
            <StatusIndicator type={outcome === 'done' ? 'success' : 'stopped'}>
              {t.outcomes[outcome]}
              {code !== undefined && ` (${code})`}
            </StatusIndicator>
          ),
        },
      ]}
    />
  );
};
