// Why somebody may do something, and what would end it (CT-81..84).
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { Fragment, type ReactNode, useRef } from 'react';
import type { AnswerOf, RequestOf } from '../../../../clients/typescript/index.ts';
import { Name, useName } from '../../api/names.tsx';
import { useRead } from '../../api/reads.ts';
import { useTitles } from '../../catalogue/catalogue.ts';
import { useChanges } from '../../changes/changes.tsx';
import { type Step, waitsAlready } from '../../changes/steps.ts';
import { onRulesTexts } from '../../on-rules/texts.ts';
import { Failure } from '../../parts/failure.tsx';
import { PickUser } from '../../parts/pick.tsx';
import { ProblemText, useProblemTitle } from '../../parts/problem.tsx';
import { useLink } from '../../shell/go.ts';
import { useMe } from '../../shell/me.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { ByRoles } from './by-roles.tsx';
import { stepsFor } from './ending.ts';
import { AskFor, isWhole, useQuestion } from './question.tsx';
import { reviewTexts } from './texts.ts';
import { Ways } from './ways.tsx';

type Explained = AnswerOf<'explain'>;
type Way = { readonly via: string; readonly groups?: readonly string[] | undefined };
type Removal = NonNullable<Explained['ending']>['removals'][number];

/** A way in words: the groups from the user's own to the role's, and the role. */
const WayLine = ({ way, before }: { way: Way; before?: ReactNode }) => {
  const t = useTexts(reviewTexts);
  if (way.via === 'personal')
    return (
      <>
        {before} {t.personally}
      </>
    );
  return (
    <>
      {before} {t.throughRole} <Name id={way.via} />
      {way.groups && (
        <>
          , {t.throughGroups}{' '}
          {way.groups.map((group, at) => (
            <Fragment key={group}>
              {at > 0 && ' → '}
              <Name id={group} />
            </Fragment>
          ))}
        </>
      )}
    </>
  );
};

const RemovalLine = ({ removal }: { removal: Removal }) => {
  const t = useTexts(reviewTexts);
  const words = useTexts(common);
  const titleOf = useTitles();
  const what = t.removals[removal.kind];
  switch (removal.kind) {
    case 'roleMember':
      return (
        <>
          {what}
          {words.colon}
          <Name id={removal.user} /> → <Name id={removal.role} />
        </>
      );
    case 'roleGroup':
      return (
        <>
          {what}
          {words.colon}
          <Name id={removal.group} /> → <Name id={removal.role} />
        </>
      );
    case 'groupMember':
      return (
        <>
          {what}
          {words.colon}
          <Name id={removal.group} />
        </>
      );
    case 'nestedGroup':
      return (
        <>
          {what}
          {words.colon}
          <Name id={removal.group} /> → <Name id={removal.parent} />
        </>
      );
    case 'ruleRight':
      return (
        <>
          {what}
          {words.colon}
          <Name id={removal.role} /> → <Name id={removal.rule} />, {t.rights[removal.right]}
        </>
      );
    case 'grant':
      return (
        <>
          {what} {titleOf(removal.grant.permission)}
          {words.colon}
          {removal.via === 'personal' ? t.own : <Name id={removal.via} />}
        </>
      );
  }
};

const Ending = ({
  ending,
  user,
  onEnded,
}: {
  ending: Explained['ending'];
  user: { readonly id: string; readonly name: string };
  onEnded(): void;
}) => {
  const t = useTexts(reviewTexts);
  const me = useMe();
  const link = useLink();
  const { gathers, waiting, save } = useChanges();
  const problemTitle = useProblemTitle();
  if (!ending) return <Box>{t.endingLong}</Box>;
  const { removals, refused } = ending;
  const steps = stepsFor(removals, user.id, waiting);
  const list = (
    <ul>
      {removals.map((removal) => (
        <li key={JSON.stringify(removal)}>
          <RemovalLine removal={removal} />
        </li>
      ))}
    </ul>
  );
  const end = async (all: readonly Step[]) => {
    const text = (
      <>
        {t.endTakes}
        {list}
        {t.endWhen[gathers ? 'waits' : me.changesTakeEffect]}
      </>
    );
    const { became } = await save(all, {
      done: t.ended,
      here: true,
      ask: { title: t.endAsk(user.name), text, yes: t.endThis },
    });
    if (became === 'done') onEnded();
  };
  const waits = gathers && steps?.every((step) => waitsAlready(waiting, step));
  return (
    <SpaceBetween size="s">
      <Box>{t.endingText}</Box>
      {list}
      {refused && (
        <Alert type="warning" header={problemTitle(refused)}>
          <ProblemText {...refused} />
        </Alert>
      )}
      {!refused &&
        steps &&
        steps.length > 0 &&
        (waits ? (
          <Alert type="info">
            {t.endWaits} <Link {...link('/changes')}>{t.toWaiting}</Link>
          </Alert>
        ) : (
          <Button onClick={() => void end(steps)}>{t.endThis}</Button>
        ))}
      {!steps && <Box>{t.inDirectory}</Box>}
    </SpaceBetween>
  );
};

export const Why = () => {
  const t = useTexts(reviewTexts);
  const words = useTexts(common);
  const onRules = useTexts(onRulesTexts);
  const me = useMe();
  const titleOf = useTitles();
  const { question, set, search } = useQuestion();
  const { permission, policy, actionType, ruleType, right, rule } = question;
  const user = search.get('user') ?? '';
  const named = useName(user);
  const name = named?.name ?? user;
  const ruleName = useName(rule ?? '')?.name ?? rule;
  const answered = useRef<HTMLDivElement>(null);
  const asked = user !== '' && isWhole(question);
  const answer = useRead('explain', { body: { user, ...question } } as RequestOf<'explain'>, { when: asked });
  const explained = answer.data?.body;
  const all = { params: { userId: user } } as RequestOf<'getEffectivePermissions'>;
  const held = useRead('getEffectivePermissions', all, {
    when: (me.accessManager || me.user.id === user) && explained?.reason === 'not-granted' && permission !== undefined,
  }).data?.body.permissions.filter((line) => line.permission === permission);
  const isForPolicies = policy === undefined && held?.some(({ scope }) => scope !== 'account');
  const isForTypes = held?.some(
    (line) => (line.actionTypes && actionType === undefined) || (line.ruleTypes && (ruleType ?? rule) === undefined),
  );
  const what = right === undefined ? titleOf(question.permission ?? question.ability ?? '') : onRules.rights[right];
  return (
    <SpaceBetween size="l">
      <Container>
        <SpaceBetween size="m">
          <FormField label={t.user}>
            <PickUser id={user} label={t.user} placeholder={t.findUser} onPick={(id) => set({ user: id })} />
          </FormField>
          <AskFor onRule />
          {user === '' ? <Box>{t.choosePerson}</Box> : !asked && right === undefined && <Box>{t.chooseWhat}</Box>}
        </SpaceBetween>
      </Container>
      {user !== '' && right !== undefined && rule === undefined && (
        <ByRoles key={user} user={{ id: user, name }} right={right} />
      )}
      {answer.error && asked && <Failure error={answer.error} />}
      {asked && explained && (
        <SpaceBetween size="l">
          <Container
            header={
              <Header variant="h2">
                {name + words.colon + what}
                {rule !== undefined && `, ${ruleName}`}
              </Header>
            }
          >
            <SpaceBetween size="s">
              <div ref={answered}>
                <StatusIndicator type={explained.allowed ? 'success' : 'stopped'}>
                  {explained.allowed ? t.allowed : t.denied}
                </StatusIndicator>
              </div>
              <Box>{(right !== undefined && t.reasonsOfRight[explained.reason]) || t.reasons[explained.reason]}</Box>
              {explained.reason === 'not-granted' && isForPolicies && <Box>{t.heldForPolicies}</Box>}
              {explained.reason === 'not-granted' && isForTypes && <Box>{t.heldForTypes}</Box>}
              {!explained.enforced && <Box>{t.notEnforced}</Box>}
            </SpaceBetween>
          </Container>
          <Container header={<Header variant="h2">{t.ways}</Header>}>
            <SpaceBetween size="m">
              {(explained.paths ?? []).length + (explained.rulePaths ?? []).length === 0 ? (
                explained.graph.edges.length === 0 && <Box>{t.noWays}</Box>
              ) : (
                <ul>
                  {(explained.paths ?? []).map((way) => (
                    <li key={JSON.stringify(way)}>
                      <WayLine way={way} before={<strong>{titleOf(way.permission)}</strong>} />
                    </li>
                  ))}
                  {(explained.rulePaths ?? []).map((way) => (
                    <li key={JSON.stringify(way)}>
                      <WayLine way={way} before={<strong>{t.rights[way.right]}</strong>} />
                    </li>
                  ))}
                </ul>
              )}
              {explained.graph.edges.length > 0 && <Ways graph={explained.graph} />}
            </SpaceBetween>
          </Container>
          {explained.reason === 'granted' && (
            <Container header={<Header variant="h2">{t.ending}</Header>}>
              <Ending
                ending={explained.ending}
                user={{ id: user, name }}
                // The answer stands above what was pressed, on a small screen out of sight.
                onEnded={() => answered.current?.scrollIntoView({ block: 'center' })}
              />
            </Container>
          )}
        </SpaceBetween>
      )}
    </SpaceBetween>
  );
};
