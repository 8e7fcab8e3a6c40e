// The directories that are connected (FP-09, FP-10, FP-30).
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { Name } from '../../api/names.tsx';
import { useAll } from '../../api/reads.ts';
import { useChanges } from '../../changes/changes.tsx';
import { NameDialog } from '../../parts/fields-dialog.tsx';
import { useTitle } from '../../parts/page.tsx';
import { Empty, ListTable, withIcon } from '../../parts/tables.tsx';
import { useGo, useLink } from '../../shell/go.ts';
import { useMay } from '../../shell/me.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { directoryTexts } from './texts.ts';

export const SourcesPage = () => {
  const t = useTexts(directoryTexts);
  const words = useTexts(common);
  const may = useMay();
  const link = useLink();
  const go = useGo();
  const { save } = useChanges();
  const [adding, setAdding] = useState(false);
  const sources = useAll('listSources', {});
  useTitle(t.title);
  const connect = async (name: string) => {
    // A directory that is connected gives nobody anything before it delivers.
    const outcome = await save([{ operation: 'createSource', body: { name } }], {
      done: t.connected(name),
      now: true,
      knows: ['name-taken'],
    });
    const created = outcome.became === 'done' ? (outcome.answer[0]?.body as { id?: string } | undefined) : undefined;
    if (created?.id !== undefined) go(`/directory/sources/${created.id}`);
    return outcome;
  };
  return (
    <>
      <ListTable
        title={t.title}
        description={t.description}
        items={sources.data ?? []}
        loading={sources.isPending}
        error={sources.error}
        textOf={({ name }) => name}
        sortBy="name"
        empty={<Empty text={t.empty} />}
        actions={
          may('createSource') && (
            <Button variant="primary" onClick={() => setAdding(true)}>
              {t.connect}
            </Button>
          )
        }
        columns={[
          {
            id: 'name',
            header: words.name,
            sortingField: 'name',
            isRowHeader: true,
            cell: ({ id, name }) => <Link {...link(`/directory/sources/${id}`)}>{name}</Link>,
          },
          { id: 'kind', header: t.kind, cell: ({ kind }) => t.kinds[kind] },
          {
            id: 'state',
            minWidth: withIcon,
            header: t.state,
            cell: ({ enabled }) => (
              <StatusIndicator type={enabled ? 'success' : 'stopped'}>{enabled ? t.on : t.off}</StatusIndicator>
            ),
          },
          {
            id: 'client',
            header: t.client,
            cell: ({ client }) => (client === undefined ? t.anyClient : <Name id={client} />),
          },
        ]}
      />
      {adding && <NameDialog title={t.connect} yes={t.connectIt} onSave={connect} onClose={() => setAdding(false)} />}
    </>
  );
};
