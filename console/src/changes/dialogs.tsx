// The two dialogs of a change: why it is refused (CT-44, CT-51), and who would lose what.
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type ReactNode, useEffect, useRef } from 'react';
import { useLocation, useSearch } from 'wouter';
import type { HoldfastProblem, PreviewOf } from '../../../clients/typescript/index.ts';
import { Name } from '../api/names.tsx';
import { signIn } from '../auth/session.ts';
import { useTitles } from '../catalogue/catalogue.ts';
import { Dialog } from '../parts/dialog.tsx';
import { InEnglish, ProblemText, useProblemTitle } from '../parts/problem.tsx';
import { common } from '../texts/common.ts';
import { fieldTexts } from '../texts/fields.ts';
import { useTexts } from '../texts/texts.ts';
import { Effects } from './effects.tsx';
import { changeTexts } from './texts.ts';

const List = ({ title, children }: { title: string; children: ReactNode }) => (
  <div>
    <Box variant="awsui-key-label">{title}</Box>
    <ul>{children}</ul>
  </div>
);

/** A refusal of a step without the name of the step, which the dialog says in its own words. */
const ofStep = (detail: string | undefined) => detail?.replace(/^Operation \d+ \(\w+\): /, '');

/** The reason of a refusal in the reader's language; undefined where the catalogue that the reader sees lacks a title. */
const useReason = ({ needs, permission, requires, excludes }: HoldfastProblem['document']): string | undefined => {
  const t = useTexts(changeTexts);
  const words = useTexts(common);
  const titleOf = useTitles();
  const said = (ids: readonly (string | undefined)[], say: (...titles: string[]) => string) => {
    const titles = ids.flatMap((id) => (id === undefined || titleOf(id) === id ? [] : [titleOf(id)]));
    return titles.length === ids.length ? say(...titles) : undefined;
  };
  if (needs) return said(needs, (...titles) => t.needs(titles.join(words.or)));
  if (requires) return said([permission, requires], t.requires);
  return excludes === undefined ? undefined : said([permission, excludes], t.excludes);
};

/** What a problem says, with titles for ids and names for users. */
export const ProblemDetails = ({ problem }: { problem: HoldfastProblem }) => {
  const t = useTexts(changeTexts);
  const words = useTexts(common);
  const { fields } = useTexts(fieldTexts);
  const titleOf = useTitles();
  const { code, document, detail, errors } = problem;
  const reason = useReason(document);
  const { wouldNotCount = [], others = 0, missing = [], wider = [], operation } = document;
  const own: Partial<Record<string, string>> = {
    'last-access-manager': t.lockedOut,
    'precondition-failed': t.conflict,
    unauthenticated: t.signedOut,
    busy: t.unreachable,
  };
  return (
    <SpaceBetween size="s">
      <Alert type={code === 'last-access-manager' ? 'warning' : 'error'}>
        {own[code] ?? <ProblemText code={code} title={document.title} detail={ofStep(detail)} own={reason} />}
      </Alert>
      {errors.length > 0 && (
        <ul>
          {errors.map(({ field, message }) => (
            <li key={field + message}>
              {fields[field.split('/').at(-1) ?? ''] ?? field}
              {words.colon}
              <InEnglish>{message}</InEnglish>
            </li>
          ))}
        </ul>
      )}
      {wouldNotCount.length > 0 && (
        <List title={t.wouldNotCount}>
          {wouldNotCount.map(({ user, why }) => (
            <li key={user}>
              <Name id={user} />
              {words.colon}
              {t.why[why]}
            </li>
          ))}
          {others > 0 && <li>{t.others(others)}</li>}
        </List>
      )}
      {missing.length > 0 && (
        <List title={t.missing}>
          {missing.map((one) => (
            <li key={JSON.stringify(one)}>
              {one.permission !== undefined ? titleOf(one.permission) : t.onRule(t.right(one.right ?? ''))}
              {one.actionType !== undefined && ` (${titleOf(one.actionType)})`}
            </li>
          ))}
        </List>
      )}
      {wider.length > 0 && (
        <List title={t.wider}>
          {wider.map((grant) => (
            <li key={JSON.stringify(grant)}>{titleOf(grant.permission)}</li>
          ))}
        </List>
      )}
      {operation !== undefined && operation > 0 && <Box color="text-body-secondary">{t.inSet(operation + 1)}</Box>}
      {problem.requestId && problem.status >= 500 && (
        <Box color="text-body-secondary">{t.request(problem.requestId)}</Box>
      )}
    </SpaceBetween>
  );
};

/** A refused change. Nothing has been changed. */
export const RefusalDialog = ({
  problem,
  gathered,
  onClose,
}: {
  problem: HoldfastProblem;
  gathered: boolean;
  onClose(): void;
}) => {
  const t = useTexts(changeTexts);
  const titleOf = useProblemTitle();
  return (
    <Modal
      visible
      onDismiss={onClose}
      closeAriaLabel={t.ok}
      header={titleOf({ code: problem.code, title: problem.document.title ?? problem.message })}
      footer={
        <Box float="right">
          {problem.code === 'unauthenticated' ? (
            <Button variant="primary" onClick={() => void signIn()}>
              {t.signInAgain}
            </Button>
          ) : (
            <Button variant="primary" onClick={onClose}>
              {t.ok}
            </Button>
          )}
        </Box>
      }
    >
      <SpaceBetween size="s">
        <ProblemDetails problem={problem} />
        {gathered && <Box>{t.refusedGathered}</Box>}
      </SpaceBetween>
    </Modal>
  );
};

/** Asks before something is taken away, and says from whom. */
export const ConfirmLosses = ({
  ask,
  effect,
  beside,
  answer,
}: {
  ask: { title: string; text?: ReactNode; yes: string };
  effect: PreviewOf<'submitChangeSet'>['effect'];
  /** How the effect stands to what waits already. */
  beside?: string | undefined;
  answer(yes: boolean): void;
}) => {
  // What the question names are links: who follows one wants to look, and not to answer.
  const [path] = useLocation();
  const place = `${path}?${useSearch()}`;
  const asked = useRef(place);
  useEffect(() => {
    if (place !== asked.current) answer(false);
  });
  return (
    <Dialog title={ask.title} yes={ask.yes} size="large" onYes={() => answer(true)} onClose={() => answer(false)}>
      <SpaceBetween size="m">
        {ask.text && <Box>{ask.text}</Box>}
        <SpaceBetween size="xs">
          {beside !== undefined && <Box variant="h3">{beside}</Box>}
          <Effects effect={effect} />
        </SpaceBetween>
      </SpaceBetween>
    </Dialog>
  );
};
