// One directory: how far it is synchronised, its runs, and its settings.
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Tabs from '@cloudscape-design/components/tabs';
import { useSearchParams } from 'wouter';
import type { ItemOf } from '../../../../clients/typescript/index.ts';
import { Name } from '../../api/names.tsx';
import { usePages, useRead } from '../../api/reads.ts';
import { useChanges } from '../../changes/changes.tsx';
import { Loaded, Page } from '../../parts/page.tsx';
import { Empty, PagedTable, withIcon } from '../../parts/tables.tsx';
import { useNumbers, When } from '../../parts/when.tsx';
import { useGo, useLink } from '../../shell/go.ts';
import { useMay } from '../../shell/me.ts';
import { useTexts } from '../../texts/texts.ts';
import { Deliver } from './deliver.tsx';
import { RunState } from './run-state.tsx';
import { SourceSettings } from './source-settings.tsx';
import { directoryTexts } from './texts.ts';

/** Milliseconds between two looks at what moves. */
const often = 2_000;

const Runs = ({ id }: { id: string }) => {
  const written = useNumbers();
  const t = useTexts(directoryTexts);
  const link = useLink();
  const runs = usePages('listRuns', { params: { sourceId: id as never } }, { every: often });
  return (
    <PagedTable<ItemOf<'listRuns'>>
      title={t.runs}
      headingVariant="h2"
      pages={runs}
      nameOf={({ createdAt }) => createdAt}
      empty={<Empty text={t.noRuns} />}
      columns={[
        {
          id: 'created',
          header: t.created,
          isRowHeader: true,
          cell: ({ id: run, createdAt }) => (
            <Link {...link(`/directory/runs/${run}`)}>
              <When at={createdAt} />
            </Link>
          ),
        },
        { id: 'kind', header: t.kind, cell: ({ kind }) => t.runKinds[kind] },
        { id: 'state', header: t.state, minWidth: withIcon, cell: ({ state }) => <RunState state={state} /> },
        { id: 'entries', header: t.entries, cell: ({ entries }) => written(entries) },
        { id: 'applied', header: t.counts.applied, cell: ({ counts }) => written(counts.applied) },
        { id: 'rejected', header: t.counts.rejected, cell: ({ counts }) => written(counts.rejected) },
        { id: 'finished', header: t.finished, cell: ({ finishedAt }) => <When at={finishedAt} /> },
      ]}
    />
  );
};

export const SourcePage = ({ params: { id = '' } }: { params: Readonly<Record<string, string>> }) => {
  const t = useTexts(directoryTexts);
  const go = useGo();
  const may = useMay();
  const link = useLink();
  const { save } = useChanges();
  const [search, setSearch] = useSearchParams();
  const params = { sourceId: id };
  const source = useRead('getSource', { params: { sourceId: id as never } }, { every: often });
  const { name = '', enabled = true, sync } = source.data?.body ?? {};
  const toggle = () =>
    save([{ operation: 'updateSource', params, body: { enabled: !enabled } }], {
      done: t.switched,
      ...(enabled && { ask: { title: t.switchOffAsk, text: t.switchOffText, yes: t.switchOff } }),
    });
  const remove = async () => {
    const outcome = await save([{ operation: 'deleteSource', params }], {
      done: t.removed,
      ask: { title: t.removeAsk(name), text: t.removeText, yes: t.remove },
    });
    if (outcome.became !== 'left') go('/directory/sources');
  };
  return (
    <Page
      title={name || t.title}
      above={[{ text: t.title, path: '/directory/sources' }]}
      actions={
        source.data && (
          <SpaceBetween direction="horizontal" size="xs">
            {may('updateSource') && <Button onClick={() => void toggle()}>{enabled ? t.switchOff : t.switchOn}</Button>}
            {may('deleteSource') && <Button onClick={() => void remove()}>{t.remove}</Button>}
          </SpaceBetween>
        )
      }
    >
      <Loaded query={source} of="source">
        {(loaded) => {
          const { body } = loaded;
          const runs = (
            <SpaceBetween size="l">
              <Runs id={id} />
              {may('postDelta') && <Deliver id={id} />}
            </SpaceBetween>
          );
          return (
            <SpaceBetween size="l">
              {sync?.heldRun && (
                <Alert
                  type="warning"
                  header={t.held}
                  action={<Button {...link(`/directory/runs/${sync.heldRun}`)}>{t.toHeld}</Button>}
                >
                  {t.heldText}
                </Alert>
              )}
              {sync?.needsFull && (
                <Alert type="info" header={t.needsFull}>
                  {t.needsFullText}
                </Alert>
              )}
              <Container header={<Header variant="h2">{t.general}</Header>}>
                <KeyValuePairs
                  columns={3}
                  items={[
                    { label: t.kind, value: t.kinds[body.kind] },
                    {
                      label: t.state,
                      value: (
                        <StatusIndicator type={body.enabled ? 'success' : 'stopped'}>
                          {body.enabled ? t.on : t.off}
                        </StatusIndicator>
                      ),
                    },
                    {
                      label: t.client,
                      value: body.client === undefined ? t.anyClient : <Name id={body.client} />,
                    },
                    {
                      label: t.lastRun,
                      value: sync?.lastRun ? (
                        <Link {...link(`/directory/runs/${sync.lastRun}`)}>{sync.lastRun}</Link>
                      ) : (
                        t.never
                      ),
                    },
                    { label: t.lastFull, value: <When at={sync?.lastFullAt} /> },
                    { label: t.cursor, value: sync?.cursor ?? '–' },
                  ]}
                />
              </Container>
              {may('updateSource') ? (
                <Tabs
                  activeTabId={search.get('tab') ?? 'runs'}
                  onChange={({ detail }) => setSearch({ tab: detail.activeTabId })}
                  tabs={[
                    { id: 'runs', label: t.runs, content: runs },
                    {
                      id: 'settings',
                      label: t.settings,
                      content: <SourceSettings source={loaded} />,
                    },
                  ]}
                />
              ) : (
                runs
              )}
            </SpaceBetween>
          );
        }}
      </Loaded>
    </Page>
  );
};
