// The role that owns a rule (CT-92..103): shown, changed by who manages access rights, and chosen for a new rule.
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { HoldfastProblem } from '../../../../clients/typescript/index.ts';
import { Name, useName } from '../../api/names.tsx';
import { useAll, useRead } from '../../api/reads.ts';
import { useChanges } from '../../changes/changes.tsx';
import { waitingBody } from '../../changes/steps.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { useMay } from '../../shell/me.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { ruleTexts } from './texts.ts';
import type { RuleId, RuleSummary } from './waiting.ts';

export type Owner = RuleSummary['owner'];

const NamedOwner = ({ role }: { role: NonNullable<Owner> }) => {
  const t = useTexts(ruleTexts);
  // Who may not see roles sees the names of the own ones only.
  return useName(role) === null ? t.otherRole : <Name id={role} />;
};

/** The owner as a role's name. */
export const OwnerName = ({ owner }: { owner: Owner }) => {
  const t = useTexts(ruleTexts);
  return owner === null ? t.noOwner : <NamedOwner role={owner} />;
};

/** Which role should own the new rule? Asked only when several may (CT-92, CT-93). */
export const ChooseOwner = ({
  roles,
  onChoose,
  onClose,
}: {
  roles: NonNullable<HoldfastProblem['document']['roles']>;
  onChoose(role: NonNullable<Owner>): void;
  onClose(): void;
}) => {
  const words = useTexts(common);
  const t = useTexts(ruleTexts);
  const [role, setRole] = useState<NonNullable<Owner>>();
  const [tried, setTried] = useState(false);
  return (
    <Dialog
      title={t.whichOwner}
      yes={words.add}
      onYes={() => {
        setTried(true);
        if (role !== undefined) onChoose(role);
      }}
      onClose={onClose}
    >
      <FormField
        description={t.whichOwnerHint}
        label={t.owner}
        errorText={tried && role === undefined && words.required}
      >
        <RadioGroup
          ariaRequired
          value={role ?? null}
          items={roles.map(({ id, name }) => ({ value: id, label: name }))}
          onChange={({ detail }) => setRole(detail.value as NonNullable<Owner>)}
        />
      </FormField>
    </Dialog>
  );
};

const none = 'none';

const ChangeOwner = ({ rule, onClose }: { rule: RuleId; onClose(): void }) => {
  const words = useTexts(common);
  const t = useTexts(ruleTexts);
  const { save, waiting } = useChanges();
  const params = { ruleId: rule };
  const read = useRead('getRuleOwner', { params });
  const roles = useAll('listRoles', {});
  const waits = waitingBody<{ owner: Owner }>(waiting, 'putRuleOwner', params);
  const [chosen, setChosen] = useState<string>();
  const owner = chosen ?? (waits ? waits.owner : read.data?.body.owner) ?? none;
  const options = [
    { value: none, label: t.noOwner },
    ...(roles.data ?? []).map(({ id, name }) => ({ value: id as string, label: name })),
  ];
  const change = async () => {
    const body = { owner: owner === none ? null : owner };
    const step = { operation: 'putRuleOwner', params, body, ifMatch: read.data?.etag ?? '*' };
    const outcome = await save([step], { done: t.ownerChanged });
    if (outcome.became !== 'left') onClose();
  };
  return (
    <Dialog
      title={t.changeOwner}
      yes={words.save}
      disabled={chosen === undefined || read.data === undefined}
      onYes={() => void change()}
      onClose={onClose}
    >
      <FormField label={t.owner} description={t.ownerHint}>
        <Select
          options={options}
          filteringType="auto"
          statusType={roles.isPending ? 'loading' : 'finished'}
          loadingText={words.loading}
          selectedOption={options.find(({ value }) => value === owner) ?? null}
          onChange={({ detail }) => setChosen(detail.selectedOption.value)}
        />
      </FormField>
    </Dialog>
  );
};

/** The owner of a stored rule, with the way to change it for who may. */
export const OwnerField = ({ rule, owner }: { rule: RuleId; owner: Owner }) => {
  const t = useTexts(ruleTexts);
  const may = useMay();
  const { waiting } = useChanges();
  const waits = waitingBody<{ owner: Owner }>(waiting, 'putRuleOwner', { ruleId: rule });
  const [changing, setChanging] = useState(false);
  return (
    <SpaceBetween size="xs">
      <div>
        <OwnerName owner={waits ? waits.owner : owner} />
        {waits && ` (${t.waits.changed})`}
      </div>
      {may('putRuleOwner') && <Button onClick={() => setChanging(true)}>{t.changeOwner}</Button>}
      {changing && <ChangeOwner rule={rule} onClose={() => setChanging(false)} />}
    </SpaceBetween>
  );
};
