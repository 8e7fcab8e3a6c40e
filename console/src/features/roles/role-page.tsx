// One role in three tabs: General, Access role rights, Rules rights (CT-21). All edits of the three are saved as one, and
// nothing changes before (SE-24); a role is read-only until it is edited (SE-08).
import Alert from '@cloudscape-design/components/alert';
import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useState } from 'react';
import { useSearchParams } from 'wouter';
import type { HoldfastProblem } from '../../../../clients/typescript/index.ts';
import { GrantTree } from '../../catalogue/grant-tree.tsx';
import { useChanges } from '../../changes/changes.tsx';
import { EditBar } from '../../parts/edit-bar.tsx';
import { Loaded, Page } from '../../parts/page.tsx';
import { useGo } from '../../shell/go.ts';
import { useMay, useMe } from '../../shell/me.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { GeneralTab } from './general-tab.tsx';
import { editOf, givenOn, givenOnNew } from './rights.ts';
import { useRole, useRuleRights } from './role-data.ts';
import { type RoleData, type RoleEdit, type RuleRightsData, startOf, stepsFor } from './role-edit.ts';
import { RuleRightsTab } from './rule-rights-tab.tsx';
import { roleTexts } from './texts.ts';

const tabs = ['general', 'rights', 'rules'] as const;
type Tab = (typeof tabs)[number];

const Role = ({ id, data: read, editing, tab }: { id: string; data: RoleData; editing: boolean; tab: Tab }) => {
  const words = useTexts(common);
  const t = useTexts(roleTexts);
  const me = useMe();
  const may = useMay();
  const [, setSearch] = useSearchParams();
  const { save, refused: tell } = useChanges();
  // What is edited stays what it was when editing began, whoever changes it meanwhile: its ETags tell when it is saved.
  const [begun] = useState(read);
  const [edited, setEdited] = useState<RoleEdit>();
  const [rightsBegun, setRightsBegun] = useState<RuleRightsData>();
  const [refused, setRefused] = useState<{ problem: HoldfastProblem | undefined; edit: RoleEdit }>();
  const hasRules = may('getRuleRights');
  const readRights = useRuleRights(id, hasRules);
  if (editing && readRights.data && !rightsBegun) setRightsBegun(readRights.data);
  const data = editing ? begun : read;
  const rights = editing ? (rightsBegun ?? readRights.data) : readRights.data;
  const from = startOf(data, rights);
  const edit = { ...from, ...edited };
  const steps = stepsFor(id, from, edit, { ...data.etags, rights: rights?.etag });

  const onRules = rights &&
    edit.rights && {
      all: rights.rows.length,
      given: givenOn(edit.rights, rights.rows),
      coming: givenOnNew(edit.rights, rights.newRules),
    };
  const givesOnRules = onRules && (onRules.coming.length > 0 || Object.values(onRules.given).some((n) => n > 0));
  const show = (next: Tab, edits: boolean) =>
    setSearch({ ...(next !== 'general' && { tab: next }), ...(edits && { edit: 'true' }) }, { replace: true });
  const submit = async () => {
    const outcome = await save(steps, { done: t.saved(edit.name.trim()) });
    if (outcome.became !== 'left') return show(tab, false);
    setRefused({ problem: outcome.problem, edit });
    const beside = outcome.problem?.errors.every(({ field }) => /\/(name|description)$/.test(field));
    if (outcome.problem && outcome.problem.errors.length > 0) {
      if (beside) show('general', true);
      else tell(outcome.problem);
    }
  };
  const contents: Record<Tab, () => React.ReactNode> = {
    general: () => <GeneralTab {...{ id, edit, editing, data, refused, onRules }} onChange={setEdited} />,
    rights: () => (
      <Container>
        <SpaceBetween size="m">
          {!editing && edit.grants.length === 0 && (
            <Alert type="info">{givesOnRules ? t.onlyOnRules : t.nothingTicked}</Alert>
          )}
          <GrantTree grants={edit.grants} readOnly={!editing} onChange={(grants) => setEdited({ ...edit, grants })} />
        </SpaceBetween>
      </Container>
    ),
    rules: () => (
      <Loaded query={{ data: rights, error: readRights.error }}>
        {(loaded) =>
          loaded === null ? (
            <Alert type="info">{t.rightsLater}</Alert>
          ) : (
            <RuleRightsTab
              data={loaded}
              edit={edit.rights ?? editOf(loaded.waiting)}
              editing={editing}
              onChange={(now) => setEdited({ ...edit, rights: now })}
            />
          )
        }
      </Loaded>
    ),
  };
  const labels: Record<Tab, string> = { general: t.general, rights: t.permissions, rules: t.ruleRights };
  return (
    <Page
      title={read.name}
      above={[{ text: t.roles, path: '/roles' }]}
      description={t.takesEffect[me.changesTakeEffect]}
      info={data.predefined !== undefined && <Badge>{t.predefined}</Badge>}
      actions={
        !editing && (
          <Button variant="primary" onClick={() => show(tab, true)}>
            {words.edit}
          </Button>
        )
      }
    >
      <SpaceBetween size="l">
        {read.waits && <Alert type="info">{t.waitsToBeSubmitted}</Alert>}
        <Tabs
          ariaLabel={t.tabs}
          activeTabId={tab}
          onChange={({ detail }) => show(detail.activeTabId as Tab, editing)}
          tabs={tabs
            .filter((one) => one !== 'rules' || hasRules)
            .map((one) => ({ id: one, label: labels[one], content: one === tab && contents[one]() }))}
        />
        {editing && (
          <EditBar
            dirty={steps.length > 0}
            onSave={submit}
            onCancel={() => {
              setEdited(undefined);
              show(tab, false);
            }}
          />
        )}
      </SpaceBetween>
    </Page>
  );
};

const Gone = () => {
  const t = useTexts(roleTexts);
  const go = useGo();
  return (
    <Page title={t.gone} above={[{ text: t.roles, path: '/roles' }]}>
      <SpaceBetween size="m">
        <Box>{t.goneText}</Box>
        <Button onClick={() => go('/roles')}>{t.toRoles}</Button>
      </SpaceBetween>
    </Page>
  );
};

export const RolePage = ({ params }: { params: Readonly<Record<string, string>> }) => {
  const { id = '' } = params;
  const t = useTexts(roleTexts);
  const words = useTexts(common);
  const [search] = useSearchParams();
  const role = useRole(id);
  const editing = search.has('edit');
  const tab = tabs.find((one) => one === search.get('tab')) ?? 'general';
  return (
    <Loaded query={role} of="role" page={{ title: words.kinds.role, above: [{ text: t.roles, path: '/roles' }] }}>
      {(data) => (data === null ? <Gone /> : <Role key={String(editing)} {...{ id, data, editing, tab }} />)}
    </Loaded>
  );
};
