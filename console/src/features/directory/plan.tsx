// The plan of a run: how much it takes away, who loses what, and the decision about a run that is held.
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { AnswerOf, ItemOf } from '../../../../clients/typescript/index.ts';
import { Name } from '../../api/names.tsx';
import { usePages } from '../../api/reads.ts';
import { useChanges } from '../../changes/changes.tsx';
import { InEnglish } from '../../parts/problem.tsx';
import { Empty, PagedTable } from '../../parts/tables.tsx';
import { useNumbers } from '../../parts/when.tsx';
import { useMay } from '../../shell/me.ts';
import { useTexts } from '../../texts/texts.ts';
import { directoryTexts } from './texts.ts';

type Run = AnswerOf<'getRun'>;
type PlanOf = NonNullable<Run['plan']>;
type Loss = PlanOf['losses']['users'];

/** What a planned loss names, by its name of now or of then. */
const Thing = ({ thing }: { thing: { id: string; name?: string | undefined } | undefined }) =>
  thing === undefined ? '–' : (thing.name ?? <Name id={thing.id} />);

export const Plan = ({ id, run }: { id: string; run: Run }) => {
  const written = useNumbers();
  const t = useTexts(directoryTexts);
  const may = useMay();
  const { act } = useChanges();
  const losses = usePages('getRunPlan', { params: { runId: id as never } });
  const { plan, state } = run;
  if (!plan) return null;
  const params = { runId: id as never };
  const said = ({ count, of, percent }: Loss): string =>
    of === undefined ? written(count) : t.ofAll(written(count), written(of), written(percent ?? 0));
  // These have no rehearsal: the plan itself is what would be done.
  const approve = () => act('approveRun', { params, body: { digest: plan.digest } }, { done: t.approved });
  const reject = () => act('rejectRun', { params }, { done: t.rejected });
  const kinds = Object.keys(t.lossNames) as (keyof PlanOf['losses'])[];
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            state === 'held' && (
              <SpaceBetween direction="horizontal" size="xs">
                {may('rejectRun') && <Button onClick={() => void reject()}>{t.reject}</Button>}
                {may('approveRun') && (
                  <Button variant="primary" onClick={() => void approve()}>
                    {t.approve}
                  </Button>
                )}
              </SpaceBetween>
            )
          }
        >
          {t.plan}
        </Header>
      }
    >
      <SpaceBetween size="l">
        {plan.tripped && (
          <Alert type="warning" header={t.tripped}>
            <ul>
              {plan.tripped.map((sentence) => (
                <li key={sentence}>
                  <InEnglish>{sentence}</InEnglish>
                </li>
              ))}
            </ul>
            {state === 'held' && <Box>{t.approveText}</Box>}
          </Alert>
        )}
        <div>
          <Box variant="h3">{t.losses}</Box>
          <KeyValuePairs
            columns={4}
            items={kinds.map((kind) => ({ label: t.lossNames[kind], value: said(plan.losses[kind]) }))}
          />
        </div>
        <PagedTable<ItemOf<'getRunPlan'>>
          title={t.lossList}
          headingVariant="h3"
          variant="embedded"
          pages={losses}
          trackBy={(one) => JSON.stringify(one)}
          nameOf={({ loss }) => loss}
          empty={<Empty text={t.noLosses} />}
          columns={[
            { id: 'loss', header: t.loss, cell: ({ loss }) => t.plannedLosses[loss] },
            {
              id: 'who',
              header: t.who,
              isRowHeader: true,
              cell: ({ user, group }) => <Thing thing={user ?? group} />,
            },
            { id: 'from', header: t.from, cell: ({ from }) => <Thing thing={from} /> },
            { id: 'line', header: t.line, cell: ({ line }) => line ?? '–' },
          ]}
        />
      </SpaceBetween>
    </Container>
  );
};
