// General: name, description, state, type, categories and owner of a rule (CT-66).
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Multiselect from '@cloudscape-design/components/multiselect';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Textarea from '@cloudscape-design/components/textarea';
import Toggle from '@cloudscape-design/components/toggle';
import { type ReactNode, useState } from 'react';
import { useRead } from '../../api/reads.ts';
import { useCatalogue, useTitles } from '../../catalogue/catalogue.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { type Category, CategoryManager } from './categories.tsx';
import { useRuleRights } from './rights.ts';
import { Locked } from './tabs.tsx';
import { ruleTexts } from './texts.ts';
import type { Rule } from './waiting.ts';

type General = Pick<Rule, 'name' | 'description' | 'enabled' | 'categories'>;

export const EnabledState = ({ enabled }: { enabled: boolean }) => {
  const t = useTexts(ruleTexts);
  return (
    <StatusIndicator type={enabled ? 'success' : 'stopped'} wrapText={false}>
      {enabled ? t.enabled : t.disabled}
    </StatusIndicator>
  );
};

/** The names of categories; those that are gone are left out. */
export const useCategories = (): {
  readonly all: readonly Category[];
  namesOf(ids: readonly string[]): readonly string[];
} => {
  const all = useRead('getCategories', {}).data?.body.categories ?? [];
  return { all, namesOf: (ids) => all.flatMap(({ id, name }) => (ids.includes(id) ? [name] : [])) };
};

const CategoryPicker = ({
  chosen,
  onChange,
}: {
  chosen: readonly string[];
  onChange(categories: General['categories']): void;
}) => {
  const t = useTexts(ruleTexts);
  const words = useTexts(common);
  const { all } = useCategories();
  const why = useRuleRights().toManageCategories();
  const [managing, setManaging] = useState(false);
  const options = all.map(({ id, name }) => ({ value: id as string, label: name }));
  return (
    <>
      <FormField
        label={words.kinds.categories}
        secondaryControl={
          <Button
            disabled={why !== undefined}
            {...(why !== undefined && { disabledReason: why })}
            onClick={() => setManaging(true)}
          >
            {t.categories.manager}
          </Button>
        }
      >
        <Multiselect
          options={options}
          filteringType="auto"
          placeholder={t.categories.choose}
          empty={t.categories.empty}
          deselectAriaLabel={({ label = '' }) => `${words.remove}: ${label}`}
          selectedOptions={options.filter(({ value }) => chosen.includes(value))}
          onChange={({ detail }) =>
            onChange(detail.selectedOptions.map(({ value }) => value as General['categories'][number]))
          }
        />
      </FormField>
      {managing && <CategoryManager onClose={() => setManaging(false)} />}
    </>
  );
};

const TypePicker = ({ type, error, onChange }: { type: string; error: string; onChange(type: string): void }) => {
  const t = useTexts(ruleTexts);
  const words = useTexts(common);
  const rights = useRuleRights();
  const { ruleTypes = [] } = useCatalogue() ?? {};
  const options = ruleTypes.map(({ id, title, description }) => {
    const not = rights.toCreate(id);
    return {
      value: id,
      label: title,
      ...(description !== undefined && { description }),
      ...(not !== undefined && { disabled: true, disabledReason: not }),
    };
  });
  return (
    <FormField label={words.type} description={t.typeHint} errorText={error}>
      <Select
        options={options}
        placeholder={t.chooseType}
        selectedOption={options.find(({ value }) => value === type) ?? null}
        onChange={({ detail }) => onChange(detail.selectedOption.value ?? '')}
      />
    </FormField>
  );
};

export const GeneralTab = ({
  rule,
  locked,
  owner,
  errors,
  onChange,
  onType,
}: {
  rule: General & Pick<Rule, 'type'>;
  locked: string | undefined;
  owner: ReactNode;
  errors: { readonly name?: ReactNode; readonly type?: string | undefined };
  onChange(change: Partial<General>): void;
  /** Of a rule that is not created yet: its type can be chosen. */
  onType?: (type: string) => void;
}) => {
  const words = useTexts(common);
  const t = useTexts(ruleTexts);
  const titleOf = useTitles();
  const { namesOf } = useCategories();
  if (locked !== undefined)
    return (
      <Locked why={locked}>
        <Container header={<Header variant="h2">{t.general}</Header>}>
          <KeyValuePairs
            columns={2}
            items={[
              { label: words.name, value: rule.name },
              { label: words.description, value: rule.description || '–' },
              { label: words.state, value: <EnabledState enabled={rule.enabled} /> },
              { label: words.type, value: titleOf(rule.type) },
              { label: words.kinds.categories, value: namesOf(rule.categories).join(', ') || '–' },
              { label: t.owner, value: owner },
            ]}
          />
        </Container>
      </Locked>
    );
  return (
    <Container header={<Header variant="h2">{t.general}</Header>}>
      <SpaceBetween size="l">
        <FormField label={words.name} constraintText={words.nameHint} errorText={errors.name ?? ''}>
          <Input value={rule.name} onChange={({ detail }) => onChange({ name: detail.value })} />
        </FormField>
        <FormField label={words.description}>
          <Textarea
            rows={3}
            value={rule.description}
            onChange={({ detail }) => onChange({ description: detail.value })}
          />
        </FormField>
        {onType ? (
          <TypePicker type={rule.type} error={errors.type ?? ''} onChange={onType} />
        ) : (
          <div>
            <Box variant="awsui-key-label">{words.type}</Box>
            {titleOf(rule.type)}
          </div>
        )}
        <FormField label={words.state}>
          <Toggle checked={rule.enabled} onChange={({ detail }) => onChange({ enabled: detail.checked })}>
            {rule.enabled ? t.enabled : t.disabled}
          </Toggle>
        </FormField>
        <CategoryPicker chosen={rule.categories} onChange={(categories) => onChange({ categories })} />
        <div>
          <Box variant="awsui-key-label">{t.owner}</Box>
          {owner}
        </div>
      </SpaceBetween>
    </Container>
  );
};
