// One run: its progress while it moves, its plan while it is held, and what became of each entry.
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useEffect, useState } from 'react';
import type { AnswerOf, ItemOf } from '../../../../clients/typescript/index.ts';
import { Name } from '../../api/names.tsx';
import { refresh, usePages, useRead } from '../../api/reads.ts';
import { useChanges } from '../../changes/changes.tsx';
import { Warned } from '../../changes/warned.tsx';
import { Loaded, Page } from '../../parts/page.tsx';
import { Empty, PagedTable } from '../../parts/tables.tsx';
import { useNumbers, When } from '../../parts/when.tsx';
import { useLink } from '../../shell/go.ts';
import { useMay } from '../../shell/me.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { Plan } from './plan.tsx';
import { isMoving, RunState } from './run-state.tsx';
import { directoryTexts } from './texts.ts';

type Run = AnswerOf<'getRun'>;
type Counted = keyof Run['counts'];

/** Milliseconds between two looks at a run that moves. */
const often = 1_000;

const Summary = ({ run }: { run: Run }) => {
  const written = useNumbers();
  const t = useTexts(directoryTexts);
  const words = useTexts(common);
  const { source, kind, state, createdAt, finishedAt, entries, counts, progress, code, restores } = run;
  const link = useLink();
  return (
    <Container header={<Header variant="h2">{t.general}</Header>}>
      <SpaceBetween size="m">
        <KeyValuePairs
          columns={4}
          items={[
            { label: t.state, value: <RunState state={state} /> },
            { label: words.kinds.source, value: <Name id={source} /> },
            { label: t.kind, value: t.runKinds[kind] },
            { label: t.entries, value: written(entries) },
            { label: t.created, value: <When at={createdAt} /> },
            { label: t.finished, value: <When at={finishedAt} /> },
            ...(code === undefined ? [] : [{ label: t.failedBecause, value: code }]),
            ...(restores === undefined
              ? []
              : [{ label: t.run, value: <Link {...link(`/directory/runs/${restores}`)}>{restores}</Link> }]),
            ...(Object.keys(t.counts) as Counted[]).flatMap((one) =>
              counts[one] ? [{ label: t.counts[one], value: written(counts[one]) }] : [],
            ),
          ]}
        />
        {progress && (
          <ProgressBar
            label={t.phases[progress.phase]}
            value={progress.of === 0 ? 0 : (100 * progress.done) / progress.of}
            additionalInfo={`${written(progress.done)} / ${written(progress.of)}`}
          />
        )}
      </SpaceBetween>
    </Container>
  );
};

const Results = ({ id, moving }: { id: string; moving: boolean }) => {
  const t = useTexts(directoryTexts);
  const [result, setResult] = useState('');
  const results = usePages(
    'getRun',
    { params: { runId: id as never }, query: result === '' ? {} : { result: result as never } },
    { every: moving && 5_000 },
  );
  const options = [
    { value: '', label: t.anyResult },
    ...(Object.keys(t.counts) as Counted[]).map((value) => ({ value, label: t.counts[value] })),
  ];
  return (
    <PagedTable<ItemOf<'getRun'>>
      title={t.results}
      headingVariant="h2"
      pages={results}
      trackBy={(one) => `${one.batch ?? ''}:${one.line}:${one.id ?? ''}:${one.code ?? ''}`}
      nameOf={({ line }) => String(line)}
      empty={<Empty text={t.noResults} />}
      filter={
        <Select
          options={options}
          ariaLabel={t.result}
          selectedOption={options.find(({ value }) => value === result) ?? null}
          onChange={({ detail }) => setResult(detail.selectedOption.value ?? '')}
        />
      }
      columns={[
        {
          id: 'line',
          header: t.line,
          isRowHeader: true,
          cell: ({ batch, line }) => (batch === undefined ? line : `${batch}/${line}`),
        },
        {
          id: 'object',
          header: t.object,
          cell: ({ id: object }) => (object === undefined ? '–' : <Name id={object} />),
        },
        { id: 'result', header: t.result, cell: (one) => t.counts[one.result as Counted] },
        {
          id: 'code',
          header: t.code,
          cell: ({ code, refused = [] }) =>
            [code, ...refused.map((one) => one.code)].filter((one) => one !== undefined).join(', ') || '–',
        },
      ]}
    />
  );
};

export const RunPage = ({ params: { id = '' } }: { params: Readonly<Record<string, string>> }) => {
  const t = useTexts(directoryTexts);
  const may = useMay();
  const link = useLink();
  const { act } = useChanges();
  const params = { runId: id as never };
  const [moving, setMoving] = useState(true);
  const run = useRead('getRun', { params, query: { limit: 1 } }, { every: moving && often });
  const state = run.data?.body.state;
  if (state !== undefined && isMoving(state) !== moving) setMoving(isMoving(state));
  // What was read while the run moved is of the past.
  useEffect(() => {
    if (!moving) void refresh();
  }, [moving]);
  const { source, plan } = run.data?.body ?? {};
  const took = plan === undefined || Object.values(plan.losses).some(({ count }) => count > 0);
  const abandon = () =>
    act(
      'abandonRun',
      { params },
      { done: t.abandoned, ask: { title: t.abandonAsk, text: t.abandonText, yes: t.abandon } },
    );
  const restore = () =>
    act(
      'restoreRun',
      { params },
      { done: t.restored, ask: { title: t.restoreAsk, text: t.restoreText, yes: t.restore } },
    );
  return (
    <Page
      title={t.run}
      above={[
        { text: t.title, path: '/directory/sources' },
        ...(source ? [{ text: t.runs, path: `/directory/sources/${source}` }] : []),
      ]}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          {state === 'open' && may('abandonRun') && <Button onClick={() => void abandon()}>{t.abandon}</Button>}
          {state === 'done' && took && may('restoreRun') && <Button onClick={() => void restore()}>{t.restore}</Button>}
        </SpaceBetween>
      }
    >
      <Loaded query={run} of="run">
        {({ body }) => (
          <SpaceBetween size="l">
            {body.accessManagerStays && <Alert type="warning">{t.stays}</Alert>}
            {body.warnings && body.warnings.length > 0 && <Warned warnings={body.warnings} />}
            <Summary run={body} />
            {may('getRunPlan') && body.plan && <Plan id={id} run={body} />}
            <Results id={id} moving={moving} />
            <Link {...link(`/audit?${new URLSearchParams({ correlation: id, from: body.createdAt.slice(0, 10) })}`)}>
              {t.audit}
            </Link>
          </SpaceBetween>
        )}
      </Loaded>
    </Page>
  );
};
