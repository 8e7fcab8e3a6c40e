// The page of a rule: of a stored one, of one that waits to be created, and of a new one.
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { HoldfastProblem, type Reply } from '../../../../clients/typescript/index.ts';
import { useAll, useRead } from '../../api/reads.ts';
import { useCatalogue } from '../../catalogue/catalogue.ts';
import { type Outcome, useChanges } from '../../changes/changes.tsx';
import { freshName, isWaiting, type Step, stepsOn, waitingBody } from '../../changes/steps.ts';
import { Loaded, Page } from '../../parts/page.tsx';
import { useGo } from '../../shell/go.ts';
import { useMay } from '../../shell/me.ts';
import { NotFound } from '../../shell/not-found.tsx';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { ChooseOwner, type Owner, OwnerField, OwnerName } from './owner.tsx';
import { useRuleRights } from './rights.ts';
import { type Content, RuleForm } from './rule-form.tsx';
import type { TabRights } from './tabs.tsx';
import { ruleTexts } from './texts.ts';
import { type NewRule, type Rule, type RuleId, withoutCreated } from './waiting.ts';

/** Who creates a rule configures it whole, with the right to create alone. */
const all: TabRights = {
  general: undefined,
  conditions: undefined,
  exceptions: undefined,
  options: undefined,
  act: () => undefined,
  moveActions: undefined,
};

/** Saves a rule that is to be created, and asks which role owns it when the service says that several may. */
const useCreation = () => {
  const t = useTexts(ruleTexts);
  const { save, waiting } = useChanges();
  const [asked, setAsked] = useState<{
    roles: NonNullable<HoldfastProblem['document']['roles']>;
    answer(role: Owner): void;
  }>();
  const create = async (body: NewRule, as = freshName(waiting, 'rule')): Promise<Outcome> => {
    const outcome = await save([{ operation: 'createRule', as, body }], { done: t.created, knows: ['owner-needed'] });
    const roles = outcome.became === 'left' ? outcome.problem?.document.roles : undefined;
    if (roles === undefined) return outcome;
    const owner = await new Promise<Owner>((answer) => setAsked({ roles, answer }));
    setAsked(undefined);
    return owner === null ? { became: 'left' } : create({ ...body, owner }, as);
  };
  const dialog = asked && (
    <ChooseOwner roles={asked.roles} onChoose={asked.answer} onClose={() => asked.answer(null)} />
  );
  return { create, dialog };
};

/** Without the ids of actions: those are given when the rule is created. */
const bodyOf = ({ actions, conditions, exceptions, categories, name, ...rest }: Content): NewRule => ({
  ...rest,
  name: name.trim(),
  categories: [...categories],
  conditions: [...conditions],
  exceptions: [...exceptions],
  actions: actions.map(({ type, properties }) => ({ type, properties })),
});

/** Where to go after a rule is created: to its page, or to the list in which it waits. */
const pageAfter = (outcome: Outcome): string => {
  if (outcome.became !== 'done') return '/rules';
  const { body } = (outcome.answer[0] ?? {}) as { body?: { id?: string } };
  return body?.id === undefined ? '/rules' : `/rules/${body.id}`;
};

export const NewRulePage = () => {
  const t = useTexts(ruleTexts);
  const go = useGo();
  const rights = useRuleRights();
  const { ruleTypes = [] } = useCatalogue() ?? {};
  const { create, dialog } = useCreation();
  const not = rights.toCreateAny();
  const open = ruleTypes.filter(({ id }) => rights.toCreate(id) === undefined);
  const [content] = useState<Content>({
    type: open.length === 1 ? (open[0]?.id ?? '') : '',
    name: '',
    description: '',
    enabled: true,
    categories: [],
    conditions: [],
    exceptions: [],
    actions: [],
    options: {},
  });
  if (not !== undefined)
    return (
      <Page title={t.addRule} above={[{ text: t.rules, path: '/rules' }]}>
        <Alert type="info">{not}</Alert>
      </Page>
    );
  return (
    <>
      <RuleForm
        isNew
        title={t.addRule}
        opened={{ content }}
        rights={all}
        owner={t.ownerLater}
        yes={t.addRule}
        onCancel={() => go('/rules')}
        onSave={async (edited) => {
          const outcome = await create(bodyOf({ ...content, ...edited }));
          return { outcome, to: pageAfter(outcome) };
        }}
      />
      {dialog}
    </>
  );
};

const WaitingRulePage = ({ id, step }: { id: string; step: Step }) => {
  const t = useTexts(ruleTexts);
  const words = useTexts(common);
  const go = useGo();
  const { keep, waiting } = useChanges();
  const { create, dialog } = useCreation();
  const body = step.body as NewRule;
  const content: Content = {
    type: body.type,
    name: body.name,
    description: body.description ?? '',
    enabled: body.enabled ?? true,
    categories: body.categories ?? [],
    conditions: body.conditions ?? [],
    exceptions: body.exceptions ?? [],
    actions: (body.actions ?? []).map(({ type, properties = {} }) => ({ type, properties })),
    options: body.options ?? {},
  };
  return (
    <>
      <RuleForm
        title={body.name}
        opened={{ content }}
        rights={all}
        owner={body.owner ? <OwnerName owner={body.owner} /> : t.ownerLater}
        notices={<Alert type="info">{t.waitsToBeCreated}</Alert>}
        actions={
          <Button
            onClick={async () => {
              await keep(withoutCreated(waiting, id));
              go('/rules');
            }}
          >
            {t.takeBack}
          </Button>
        }
        yes={words.save}
        onSave={async (edited) => {
          const { owner } = body;
          const outcome = await create({ ...bodyOf({ ...content, ...edited }), ...(owner && { owner }) }, step.as);
          return { outcome };
        }}
      />
      {dialog}
    </>
  );
};

const StoredRulePage = ({ reply: { body: rule, etag } }: { reply: Reply<'getRule'> }) => {
  const t = useTexts(ruleTexts);
  const words = useTexts(common);
  const go = useGo();
  const rights = useRuleRights();
  const { save, waiting } = useChanges();
  const rules = useAll('listRules', {});
  const params = { ruleId: rule.id };
  const steps = stepsOn(waiting, rule.id);
  const deleted = steps.some(({ operation }) => operation === 'deleteRule');
  const content: Content = { ...rule, ...waitingBody<Partial<Content>>(waiting, 'updateRule', params) };
  const notDelete = deleted ? t.waitsToBeDeleted : rights.toDelete(rule);
  const why = (reason: string | undefined) => (deleted ? t.waitsToBeDeleted : reason);
  const mine: TabRights = {
    general: why(rights.toEdit(rule, 'general')),
    conditions: why(rights.toEdit(rule, 'conditions')),
    exceptions: why(rights.toEdit(rule, 'exceptions')),
    options: why(rights.toEdit(rule, 'options')),
    act: (verb, actionType) => why(rights.toAct(rule, verb, actionType)),
    moveActions: why(rights.toMoveActions(rules.data ?? [rule])),
  };
  return (
    <RuleForm
      title={content.name}
      opened={{ content, etag }}
      rights={mine}
      owner={<OwnerField rule={rule.id} owner={rule.owner} />}
      notices={
        steps.length > 0 && (
          <Alert type={deleted ? 'warning' : 'info'}>{deleted ? t.waitsToBeDeleted : t.waitsToBeChanged}</Alert>
        )
      }
      actions={
        <Button
          disabled={notDelete !== undefined}
          {...(notDelete !== undefined && { disabledReason: notDelete })}
          onClick={async () => {
            const step = { operation: 'deleteRule', params, ...(etag !== undefined && { ifMatch: etag }) };
            const outcome = await save([step], {
              done: t.deleted(rule.name),
              ask: { title: t.askDelete(rule.name), text: t.askDeleteText, yes: words.delete },
            });
            if (outcome.became !== 'left') go('/rules');
          }}
        >
          {words.delete}
        </Button>
      }
      yes={words.save}
      onSave={async ({ type: _, ...edited }, opened) => {
        const body = { ...edited, ...(edited.name !== undefined && { name: edited.name.trim() }) };
        const step = { operation: 'updateRule', params, body, ...(opened.etag && { ifMatch: opened.etag }) };
        return { outcome: await save([step], { done: t.saved }) };
      }}
    />
  );
};

/** What a page shows around a rule that is not there yet. */
const useFrame = () => {
  const t = useTexts(ruleTexts);
  const { kinds } = useTexts(common);
  return { title: kinds.rule, above: [{ text: t.rules, path: '/rules' }] };
};

/** A rule that only its administration shows: who manages access rights reads its name and changes its owner. */
const HiddenRulePage = ({ id, error }: { id: RuleId; error: Error }) => {
  const t = useTexts(ruleTexts);
  const may = useMay();
  const page = useFrame();
  const hidden = error instanceof HoldfastProblem && error.code === 'not-found' && may('getRuleOwner');
  const read = useRead('getRuleOwner', { params: { ruleId: id } }, { when: hidden });
  const failed = hidden ? read.error : error;
  return (
    <Loaded query={{ data: read.data?.body, error: failed }} of="rule" page={page}>
      {({ name, owner }) => (
        <Page title={name} above={page.above}>
          <SpaceBetween size="m">
            <Alert type="info">{t.hidden}</Alert>
            <KeyValuePairs items={[{ label: t.owner, value: <OwnerField rule={id} owner={owner} /> }]} />
          </SpaceBetween>
        </Page>
      )}
    </Loaded>
  );
};

const ReadRulePage = ({ id }: { id: RuleId }) => {
  const read = useRead('getRule', { params: { ruleId: id } });
  const page = useFrame();
  if (read.error) return <HiddenRulePage id={id} error={read.error} />;
  return (
    <Loaded query={read} of="rule" page={page}>
      {(reply) => <StoredRulePage reply={reply} />}
    </Loaded>
  );
};

export const RulePage = ({ params: { id } }: { params: { id: Rule['id'] } }) => {
  const { waiting } = useChanges();
  if (!isWaiting(id)) return <ReadRulePage id={id} />;
  const step = waiting.find(({ as }) => `$${as}` === id);
  return step ? <WaitingRulePage id={id} step={step} /> : <NotFound />;
};
