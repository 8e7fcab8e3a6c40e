// What operators have done, of all tenants or of one.
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useSearchParams } from 'wouter';
import { usePages, useRead } from '../../api/reads.ts';
import { useTitle } from '../../parts/page.tsx';
import { Empty, PagedTable, withIcon } from '../../parts/tables.tsx';
import { When } from '../../parts/when.tsx';
import { useLink } from '../../shell/go.ts';
import { useActionWords } from '../../texts/actions.ts';
import { useTexts } from '../../texts/texts.ts';
import { operatorTexts } from './texts.ts';

/** The name of a tenant; its id when it is gone. */
const useTenantName = (id: string | undefined): string | undefined =>
  useRead('getTenantById', { params: { tenantId: id as never } }, { when: id !== undefined }).data?.body.name ?? id;

const Target = ({ id }: { id: string }) => {
  const link = useLink();
  const isTenant = id.startsWith('t');
  const name = useTenantName(isTenant ? id : undefined);
  return isTenant ? <Link {...link(`/tenants/${id}`)}>{name}</Link> : id;
};

export const OperatorEventsPage = () => {
  const t = useTexts(operatorTexts);
  const wordsOf = useActionWords();
  const [params, setParams] = useSearchParams();
  const tenant = params.get('tenant') ?? undefined;
  const name = useTenantName(tenant);
  const events = usePages('listOperatorEvents', { query: tenant === undefined ? {} : { tenant: tenant as never } });
  const title = name === undefined ? t.events : t.eventsOf(name);
  useTitle(title);
  return (
    <PagedTable
      title={title}
      pages={events}
      nameOf={({ action }) => wordsOf(action)}
      empty={<Empty text={t.eventsEmpty} />}
      actions={tenant !== undefined && <Button onClick={() => setParams({})}>{t.allEvents}</Button>}
      columns={[
        { id: 'when', header: t.when, cell: ({ at }) => <When at={at} /> },
        { id: 'action', header: t.action, isRowHeader: true, cell: ({ action }) => wordsOf(action) },
        { id: 'by', header: t.by, cell: ({ actor }) => actor.id ?? actor.kind },
        { id: 'on', header: t.on, cell: ({ target }) => <Target id={target} /> },
        {
          id: 'outcome',
          minWidth: withIcon,
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
