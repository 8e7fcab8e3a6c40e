// The five tabs of a rule (CT-104) over one set of edits: nothing changes before Save.
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { type ReactNode, useEffect, useState } from 'react';
import { useSearchParams } from 'wouter';
import type { HoldfastProblem } from '../../../../clients/typescript/index.ts';
import { fieldError, type Outcome } from '../../changes/changes.tsx';
import { ProblemDetails } from '../../changes/dialogs.tsx';
import { Page } from '../../parts/page.tsx';
import { toFirstWrong } from '../../parts/wrong.ts';
import { useGo, useUnsaved } from '../../shell/go.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { GeneralTab } from './general-tab.tsx';
import { type Action, ActionsTab, ConditionsTab, OptionsTab, type TabRights } from './tabs.tsx';
import { ruleTexts } from './texts.ts';
import { isSame, type Properties } from './values.ts';
import type { Rule } from './waiting.ts';

/** What is edited of a rule. */
export interface Content extends Pick<Rule, 'type' | 'name' | 'description' | 'enabled' | 'categories'> {
  readonly conditions: readonly Properties[];
  readonly exceptions: readonly Properties[];
  readonly actions: readonly Action[];
  readonly options: Properties;
}

/** What a form begins with, and the version of it. */
interface Opened {
  readonly content: Content;
  readonly etag?: string | undefined;
}

const tabs = ['general', 'conditions', 'exceptions', 'actions', 'options'] as const;
type TabId = (typeof tabs)[number];

export const RuleForm = ({
  title,
  opened,
  rights,
  owner,
  notices,
  actions,
  yes,
  isNew = false,
  onSave,
  onCancel,
}: {
  title: string;
  opened: Opened;
  rights: TabRights;
  owner: ReactNode;
  /** What must be known of the rule at once. */
  notices?: ReactNode;
  /** Buttons besides Save. */
  actions?: ReactNode;
  yes: string;
  /** The rule is not created yet: its type can be chosen, and there is something to save from the start. */
  isNew?: boolean;
  /** Saves what has been edited; says where to go then. */
  onSave(edited: Partial<Content>, opened: Opened): Promise<{ outcome: Outcome; to?: string }>;
  onCancel?: () => void;
}) => {
  const words = useTexts(common);
  const t = useTexts(ruleTexts);
  const go = useGo();
  const [search, setSearch] = useSearchParams();
  const [edited, setEdited] = useState<Partial<Content>>({});
  // From the first edit on the form stays on what it began with, so that Save meets what others have saved meanwhile.
  const [begun, setBegun] = useState<Opened>();
  const [saving, setSaving] = useState(false);
  const [tried, setTried] = useState(false);
  const [problem, setProblem] = useState<HoldfastProblem>();
  const [to, setTo] = useState<string>();
  const from = begun ?? opened;
  const rule: Content = { ...from.content, ...edited };
  const dirty = Object.entries(edited).some(([field, value]) => !isSame(value, from.content[field as keyof Content]));
  useUnsaved(dirty && to === undefined);
  useEffect(() => {
    if (to !== undefined) go(to);
  }, [to, go]);

  const asked = search.get('tab') as TabId;
  const tab = tabs.includes(asked) ? asked : 'general';
  const show = (id: string) => setSearch(id === 'general' ? {} : { tab: id }, { replace: true });
  const change = (fields: Partial<Content>) => {
    setBegun(from);
    setEdited({ ...edited, ...fields });
  };
  const forget = () => {
    setEdited({});
    setBegun(undefined);
    setProblem(undefined);
    setTried(false);
  };
  const errors = {
    name: tried && rule.name.trim() === '' ? t.nameNeeded : fieldError(problem, '/name'),
    type: tried && rule.type === '' ? t.chooseType : undefined,
  };
  const submit = async () => {
    setTried(true);
    if (rule.name.trim() === '' || rule.type === '') {
      show('general');
      return toFirstWrong();
    }
    setSaving(true);
    const { outcome, to: next } = await onSave(edited, from);
    setSaving(false);
    if (outcome.became === 'left') {
      setProblem(outcome.problem);
      if (fieldError(outcome.problem, '/name') !== undefined) show('general');
      return toFirstWrong();
    }
    forget();
    setTo(next);
  };
  const contents: Record<TabId, ReactNode> = {
    general: (
      <GeneralTab
        rule={rule}
        locked={rights.general}
        owner={owner}
        errors={errors}
        onChange={change}
        {...(isNew && { onType: (type: string) => change({ type }) })}
      />
    ),
    conditions: (
      <ConditionsTab
        key="conditions"
        of="conditions"
        entries={rule.conditions}
        locked={rights.conditions}
        onChange={(conditions) => change({ conditions })}
      />
    ),
    exceptions: (
      <ConditionsTab
        key="exceptions"
        of="exceptions"
        entries={rule.exceptions}
        locked={rights.exceptions}
        onChange={(exceptions) => change({ exceptions })}
      />
    ),
    actions: <ActionsTab actions={rule.actions} rights={rights} onChange={(actions) => change({ actions })} />,
    options: <OptionsTab options={rule.options} locked={rights.options} onChange={(options) => change({ options })} />,
  };
  const shown = problem?.errors.some(({ field }) => !field.endsWith('/name')) ? problem : undefined;
  return (
    <Page
      title={title}
      above={[{ text: t.rules, path: '/rules' }]}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          {actions}
          {(dirty || onCancel) && (
            <Button variant="link" onClick={() => (onCancel ?? forget)()}>
              {onCancel ? words.cancel : words.discard}
            </Button>
          )}
          <Button
            variant="primary"
            loading={saving}
            disabled={!dirty && !isNew}
            {...(!dirty && !isNew && { disabledReason: t.nothingEdited })}
            onClick={() => void submit()}
          >
            {yes}
          </Button>
        </SpaceBetween>
      }
    >
      <SpaceBetween size="m">
        {notices}
        {shown && <ProblemDetails problem={shown} />}
        {dirty && !isNew && <Alert type="info">{t.notSaved}</Alert>}
        <Tabs
          ariaLabel={title}
          activeTabId={tab}
          onChange={({ detail }) => show(detail.activeTabId)}
          tabs={tabs.map((id) => ({
            id,
            label: id === 'general' ? t.general : t[id].title,
            content: id === tab && contents[id],
          }))}
        />
      </SpaceBetween>
    </Page>
  );
};
