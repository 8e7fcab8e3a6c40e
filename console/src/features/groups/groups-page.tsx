// The groups of the directories.
import Link from '@cloudscape-design/components/link';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import TextFilter from '@cloudscape-design/components/text-filter';
import { useDeferredValue } from 'react';
import { useSearchParams } from 'wouter';
import { Name } from '../../api/names.tsx';
import { usePages } from '../../api/reads.ts';
import { useTitle } from '../../parts/page.tsx';
import { Empty, PagedTable } from '../../parts/tables.tsx';
import { useLink } from '../../shell/go.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { groupTexts } from './texts.ts';

export const GroupsPage = () => {
  const t = useTexts(groupTexts);
  const words = useTexts(common);
  const link = useLink();
  const [params, setParams] = useSearchParams();
  const find = params.get('find') ?? '';
  const search = useDeferredValue(find);
  const groups = usePages('listGroups', { query: search === '' ? {} : { search } });
  useTitle(t.title);
  return (
    <PagedTable
      title={t.title}
      description={t.description}
      pages={groups}
      total={groups.answer?.total}
      filter={
        <TextFilter
          filteringText={find}
          filteringPlaceholder={words.find}
          filteringAriaLabel={`${words.find}: ${t.title}`}
          filteringClearAriaLabel={words.clearFilter}
          onChange={({ detail }) =>
            setParams(detail.filteringText === '' ? {} : { find: detail.filteringText }, { replace: true })
          }
        />
      }
      empty={<Empty text={search === '' ? t.empty : t.noMatch} />}
      columns={[
        {
          id: 'name',
          header: words.name,
          isRowHeader: true,
          cell: ({ id, name }) => <Link {...link(`/groups/${id}`)}>{name}</Link>,
        },
        {
          id: 'source',
          header: t.source,
          cell: ({ source }) => (source === 'local' ? t.local : <Name id={source} />),
        },
        {
          id: 'confers',
          header: t.confers,
          cell: ({ confersAccessManagement }) =>
            confersAccessManagement ? <StatusIndicator type="warning">{words.yes}</StatusIndicator> : words.no,
        },
      ]}
    />
  );
};
