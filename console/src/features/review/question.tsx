// A question about rights: a permission or an ability, and where. It stands in the address, so that it can be shared.
import FormField from '@cloudscape-design/components/form-field';
import Grid from '@cloudscape-design/components/grid';
import Select, { type SelectProps } from '@cloudscape-design/components/select';
import { useSearchParams } from 'wouter';
import { useAll } from '../../api/reads.ts';
import { useCatalogue } from '../../catalogue/catalogue.ts';
import { useMay } from '../../shell/me.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { reviewTexts } from './texts.ts';

/** What is asked, by the parameters of the address. */
interface Question {
  readonly permission?: string;
  readonly ability?: string;
  readonly policy?: string;
  readonly actionType?: string;
  readonly ruleType?: string;
  readonly rule?: string;
  readonly right?: 'view' | 'edit' | 'delete';
}

const parts = ['permission', 'ability', 'policy', 'actionType', 'ruleType', 'rule', 'right'] as const;

export const useQuestion = () => {
  const [search, setSearch] = useSearchParams();
  const question = Object.fromEntries(
    parts.flatMap((part) => {
      const value = search.get(part);
      return value === null ? [] : [[part, value]];
    }),
  ) as Question;
  const set = (values: Readonly<Record<string, string | undefined>>) =>
    setSearch((before) => {
      for (const [name, value] of Object.entries(values))
        if (value) before.set(name, value);
        else before.delete(name);
      return before;
    });
  return { question, set, search };
};

/** True once a permission, an ability or a right on a rule is named. */
export const isWhole = ({ permission, ability, right, rule }: Question): boolean =>
  permission !== undefined || ability !== undefined || (right !== undefined && rule !== undefined);

const one = (value: string | undefined, options: readonly SelectProps.Option[]): SelectProps.Option | null =>
  options.find((option) => option.value === value) ?? null;

export const AskFor = ({ rules = false }: { rules?: boolean }) => {
  const t = useTexts(reviewTexts);
  const words = useTexts(common);
  const may = useMay();
  const catalogue = useCatalogue();
  const { question, set } = useQuestion();
  const policies = useAll('listPolicies', {}, { when: may('listPolicies') }).data ?? [];
  const allRules = useAll('listRules', {}, { when: rules && may('listRules') }).data ?? [];
  if (!catalogue) return null;
  const titled = (list: readonly { id: string; title: string; description?: string | undefined }[], kind: string) =>
    list.map(({ id, title, description = '' }) => ({ value: `${kind}:${id}`, label: title, description }));
  const groups = [
    { label: t.permissions, options: titled(catalogue.permissions, 'permission') },
    { label: t.abilities, options: titled(catalogue.abilities, 'ability') },
  ];
  const chosen = question.permission ? `permission:${question.permission}` : `ability:${question.ability}`;
  const any = (label: string) => ({ value: '', label });
  const field = (
    part: 'policy' | 'actionType' | 'ruleType' | 'rule',
    label: string,
    none: string,
    list: readonly { id: string; name?: string; title?: string }[],
    hint = '',
  ) => {
    const options = [any(none), ...list.map(({ id, name, title }) => ({ value: id, label: name ?? title ?? id }))];
    return (
      <FormField key={part} label={label} constraintText={question[part] === undefined && hint}>
        <Select
          selectedOption={one(question[part] ?? '', options)}
          options={options}
          filteringType={list.length > 10 ? 'auto' : 'none'}
          filteringAriaLabel={words.find}
          onChange={({ detail }) => set({ [part]: detail.selectedOption.value, ...(part === 'rule' && { right: '' }) })}
        />
      </FormField>
    );
  };
  const fields = [
    <FormField key="what" label={t.what}>
      <Select
        selectedOption={one(
          chosen,
          groups.flatMap(({ options }) => options),
        )}
        options={groups.filter(({ options }) => options.length > 0)}
        placeholder={t.choose}
        filteringType="auto"
        filteringAriaLabel={words.find}
        onChange={({ detail }) => {
          const [kind = '', id] = (detail.selectedOption.value ?? '').split(':');
          set({ permission: undefined, ability: undefined, right: undefined, [kind]: id });
        }}
      />
    </FormField>,
    ...(policies.length > 0 ? [field('policy', t.policy, t.account, policies, t.singlePolicies)] : []),
    ...(catalogue.actionTypes.length > 0 ? [field('actionType', t.actionType, t.anyType, catalogue.actionTypes)] : []),
    ...(catalogue.ruleTypes.length > 0 ? [field('ruleType', t.ruleType, t.anyType, catalogue.ruleTypes)] : []),
    ...(allRules.length > 0 ? [field('rule', t.rule, t.noRule, allRules)] : []),
  ];
  return <Grid gridDefinition={fields.map(() => ({ colspan: { default: 12, s: 6, l: 3 } }))}>{fields}</Grid>;
};
