// Submit changes (CT-25..27): what waits, what it would do, where others were faster, and the one button.
import Alert from '@cloudscape-design/components/alert';
import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { HoldfastProblem } from '../../../../clients/typescript/index.ts';
import { api } from '../../api/client.ts';
import { Name } from '../../api/names.tsx';
import { refresh } from '../../api/reads.ts';
import { useChanges } from '../../changes/changes.tsx';
import { ProblemDetails } from '../../changes/dialogs.tsx';
import { Effects } from '../../changes/effects.tsx';
import type { Step } from '../../changes/steps.ts';
import { Warned } from '../../changes/warned.tsx';
import { warningsIn } from '../../changes/warnings.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Failure } from '../../parts/failure.tsx';
import { useNarrow } from '../../parts/narrow.ts';
import { Loaded, Page } from '../../parts/page.tsx';
import { useProblemTitle } from '../../parts/problem.tsx';
import { Empty, ListTable } from '../../parts/tables.tsx';
import { useMe } from '../../shell/me.ts';
import { useTell } from '../../shell/tell.tsx';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { Reach } from './reach.tsx';
import { StepDetails, StepTarget, useStepWords } from './step-line.tsx';
import { changesTexts } from './texts.ts';

interface Line {
  readonly id: string;
  readonly place: number;
  readonly step: Step;
}

/** What submitting would do, and where others were faster. Read again whenever the draft or anything else changes. */
const useForecast = (draftId: string | undefined, etag: string | undefined) =>
  useQuery({
    queryKey: ['forecast', draftId, etag],
    enabled: draftId !== undefined,
    queryFn: async () => {
      const params = { draftId: draftId as string };
      const [preview, { conflicts }] = await Promise.all([
        api.previewDraft({ params }).catch((error: unknown) => {
          if (error instanceof HoldfastProblem && error.code === 'precondition-failed') return undefined;
          throw error;
        }),
        api.rebaseDraft({ params, body: {} }),
      ]);
      return { preview, conflicts };
    },
  });

export const ChangesPage = () => {
  const t = useTexts(changesTexts);
  const words = useTexts(common);
  const tell = useTell();
  const titleOf = useProblemTitle();
  const wordsOf = useStepWords();
  const { changesTakeEffect } = useMe();
  const { draft, read, waiting, keep, refused, warn } = useChanges();
  const [discarding, setDiscarding] = useState(false);
  const isNarrow = useNarrow();
  const [busy, setBusy] = useState(false);
  const forecast = useForecast(draft?.body.id, draft?.etag);
  const { preview, conflicts = [] } = forecast.data ?? {};
  const warnings = warningsIn(preview?.answer);
  const lines: Line[] = waiting.map((step, place) => ({ id: String(place), place, step }));
  const conflictAt = (place: number) => conflicts.find(({ operation }) => operation === place);

  const doing = async (work: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await work();
    } catch (error) {
      refused(error);
    } finally {
      setBusy(false);
    }
  };
  const drop = (place: number) =>
    doing(async () => {
      await keep(waiting.filter((_, at) => at !== place));
      tell({ type: 'success', content: t.dropped });
    });
  const discard = () =>
    doing(async () => {
      setDiscarding(false);
      await keep([]);
      tell({ type: 'success', content: t.discarded });
    });
  const keepMine = () =>
    doing(async () => {
      if (!draft) return;
      const params = { draftId: draft.body.id };
      await api.rebaseDraft({ params, body: { refresh: true }, ifMatch: draft.etag });
      await refresh();
      tell({ type: 'info', content: t.kept });
    });
  const submit = () =>
    doing(async () => {
      if (!draft || preview?.digest === undefined) return;
      const count = waiting.length;
      try {
        const answer = await api.submitDraft({ params: { draftId: draft.body.id }, body: { digest: preview.digest } });
        tell({ type: 'success', content: t.submitted[changesTakeEffect](count) });
        await warn(answer);
      } catch (error) {
        if (!(error instanceof HoldfastProblem) || error.code !== 'preview-changed') throw error;
        tell({ type: 'warning', content: t.overtaken });
      } finally {
        await refresh();
      }
    });

  if (waiting.length === 0)
    return (
      <Page title={t.title}>
        <Loaded query={read}>
          {() => (
            <Container>
              <Empty text={t.empty} />
            </Container>
          )}
        </Loaded>
      </Page>
    );
  return (
    <Page
      title={t.title}
      description={t.description}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button onClick={() => setDiscarding(true)} disabled={busy}>
            {t.discard}
          </Button>
          <Button
            variant="primary"
            loading={busy}
            disabled={conflicts.length > 0 || preview === undefined || preview.outcome === 'refused'}
            onClick={() => void submit()}
          >
            {t.submit}
          </Button>
        </SpaceBetween>
      }
    >
      <SpaceBetween size="l">
        {forecast.error && <Failure error={forecast.error} />}
        {conflicts.some(({ why }) => why !== 'refused') && (
          <Alert
            type="warning"
            header={t.conflicts}
            action={<Button onClick={() => void keepMine()}>{t.keepMine}</Button>}
          >
            {t.conflictsText}
          </Alert>
        )}
        {preview?.outcome === 'nothing' && <Alert type="info">{t.nothing}</Alert>}
        {preview?.problem && (
          <Container header={<Header variant="h2">{t.refused}</Header>}>
            <SpaceBetween size="s">
              <Box variant="h3">{titleOf(preview.problem)}</Box>
              <ProblemDetails problem={new HoldfastProblem(preview.status, preview.problem)} />
            </SpaceBetween>
          </Container>
        )}
        <ListTable<Line>
          title={t.steps}
          headingVariant="h2"
          items={lines}
          loading={false}
          nameOf={({ step }) => wordsOf(step)}
          empty={<Empty text={t.empty} />}
          columns={[
            {
              id: 'what',
              header: t.what,
              isRowHeader: true,
              cell: ({ step, place }) => {
                const conflict = conflictAt(place);
                return (
                  <SpaceBetween size="xxs">
                    {wordsOf(step)}
                    {isNarrow && <StepTarget step={step} steps={waiting} />}
                    {isNarrow && <StepDetails step={step} steps={waiting} />}
                    {conflict && (
                      <Badge color="red">{conflict.problem ? titleOf(conflict.problem) : t.why[conflict.why]}</Badge>
                    )}
                  </SpaceBetween>
                );
              },
            },
            // On a telephone they would be out of sight, and stand below the first column.
            ...(isNarrow
              ? []
              : [
                  {
                    id: 'on',
                    header: t.on,
                    cell: ({ step }: { step: Step }) => <StepTarget step={step} steps={waiting} />,
                  },
                  {
                    id: 'details',
                    header: t.details,
                    cell: ({ step }: { step: Step }) => <StepDetails step={step} steps={waiting} />,
                  },
                ]),
            {
              id: 'drop',
              header: words.rowActions,
              cell: ({ step, place }) => (
                <Button
                  variant="inline-link"
                  ariaLabel={t.dropOf(wordsOf(step))}
                  disabled={busy}
                  onClick={() => void drop(place)}
                >
                  {t.drop}
                </Button>
              ),
            },
          ]}
        />
        {preview && preview.outcome !== 'refused' && (
          <Container header={<Header variant="h2">{t.preview}</Header>}>
            <SpaceBetween size="l">
              {warnings.length > 0 && <Warned warnings={warnings} />}
              {preview.effect.things.length > 0 && (
                <div>
                  <Box variant="h3">{t.things}</Box>
                  <ul>
                    {preview.effect.things.map(({ kind, id, name, change, joined, left }) => (
                      <li key={kind + id + change}>
                        {words.kinds[kind]}
                        {kind !== 'tenant' && <> {change === 'changed' ? <Name id={id} /> : (name ?? id)}</>}
                        {words.colon}
                        {[t.thingKinds[change], joined && t.joined(joined), left && t.left(left)]
                          .filter(Boolean)
                          .join(', ')}
                      </li>
                    ))}
                  </ul>
                </div>
              )}
              {preview.effect.users.length > 0 && (
                <div>
                  <Box variant="h3">{t.reach}</Box>
                  <Reach effect={preview.effect} />
                </div>
              )}
              <div>
                <Box variant="h3">{t.users}</Box>
                <Effects effect={preview.effect} />
              </div>
              {(preview.effect.more || preview.effect.moreThings) && <Box>{t.more}</Box>}
            </SpaceBetween>
          </Container>
        )}
        {discarding && (
          <Dialog
            title={t.discardAsk}
            yes={t.discard}
            onYes={() => void discard()}
            onClose={() => setDiscarding(false)}
          >
            {t.discardText}
          </Dialog>
        )}
      </SpaceBetween>
    </Page>
  );
};
