// A question about rights: a permission, an ability or a right on rules, and where. It stands in the address, so that it
// can be shared.
import FormField from '@cloudscape-design/components/form-field';
import Grid from '@cloudscape-design/components/grid';
import Select, { type SelectProps } from '@cloudscape-design/components/select';
import { useEffect, useRef, useState } from 'react';
import { useSearchParams } from 'wouter';
import { useAll } from '../../api/reads.ts';
import { type Catalogue, type Permission, useCatalogue } from '../../catalogue/catalogue.ts';
import { type RightOnRules, rightsOnRules } from '../../on-rules/reads.ts';
import { onRulesTexts } from '../../on-rules/texts.ts';
import { hasWords, nearness } from '../../parts/words.ts';
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
  readonly right?: RightOnRules;
}

/** The question that was asked last, for whoever comes back from another page. A sign-out forgets it with the page. */
let last = new URLSearchParams();

/** Asks again what was asked last, where the address asks nothing. */
export const useLastQuestion = (): void => {
  const [search, setSearch] = useSearchParams();
  const begun = useRef(false);
  useEffect(() => {
    if (search.size > 0) last = new URLSearchParams(search);
    else if (!begun.current && last.size > 0) setSearch(last, { replace: true });
    begun.current = true;
  }, [search, setSearch]);
};

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

type Group = SelectProps.OptionGroup & { readonly options: readonly SelectProps.Option[] };

/** Every permission by its area, the rights on rules, and what permissions open: in the order of the catalogue. */
const useGroups = (catalogue: Catalogue | undefined): readonly Group[] => {
  const t = useTexts(reviewTexts);
  const onRules = useTexts(onRulesTexts);
  if (!catalogue) return [];
  const titled = (
    list: readonly (Pick<Permission, 'id' | 'title' | 'description'> & Partial<Pick<Permission, 'alsoKnownAs'>>)[],
  ) =>
    list.map(({ id, title, description, alsoKnownAs }) => ({
      id,
      label: title,
      description,
      ...(alsoKnownAs !== undefined && { tags: [alsoKnownAs] }),
    }));
  const named = (kind: string, list: ReturnType<typeof titled>) =>
    list.map(({ id, ...option }) => ({ value: `${kind}:${id}`, ...option }));
  const areas = Map.groupBy(catalogue.permissions, ({ area }) => area);
  const groups = [
    ...[...areas].map(([label, all]) => ({ label, options: named('permission', titled(all)) })),
    {
      label: onRules.title,
      options: (catalogue.ruleTypes.length > 0 ? rightsOnRules : []).map((id) => ({
        value: `right:${id}`,
        label: onRules.rights[id],
        description: onRules.descriptions[id],
      })),
    },
    { label: t.abilities, options: named('ability', titled(catalogue.abilities)) },
  ];
  return groups.filter(({ options }) => options.length > 0);
};

/** What is asked about, found by any words of its title, its description and its group. */
const What = ({
  groups,
  chosen,
  onChoose,
}: {
  groups: readonly Group[];
  chosen: string;
  onChoose(value: string): void;
}) => {
  const t = useTexts(reviewTexts);
  const words = useTexts(common);
  const [typed, setTyped] = useState('');
  // What is found stands in one list, the nearest first, because a group in between would hide it.
  const found = groups
    .flatMap(({ label: group = '', options }) => options.map((option) => ({ ...option, labelTag: group })))
    .filter(({ label, labelTag, description, tags = [] }) =>
      hasWords([label, description, labelTag, ...tags].join(' '), typed),
    )
    .sort((a, b) => nearness(a.label ?? '', typed) - nearness(b.label ?? '', typed));
  return (
    <FormField label={t.what}>
      <Select
        selectedOption={one(
          chosen,
          groups.flatMap(({ options }) => options),
        )}
        options={typed.trim() === '' ? groups : found}
        placeholder={t.choose}
        filteringType="manual"
        filteringPlaceholder={t.findWhat}
        filteringAriaLabel={words.find}
        empty={t.nothingFound}
        expandToViewport
        onLoadItems={({ detail }) => setTyped(detail.filteringText)}
        onChange={({ detail }) => onChoose(detail.selectedOption.value ?? '')}
      />
    </FormField>
  );
};

/** What of the question a permission or an ability depends on. An ability of the account is of no policy. */
const useDependsOn = (catalogue: Catalogue | undefined, { permission, ability }: Question) => {
  const { permissions = [], abilities = [] } = catalogue ?? {};
  const opened = abilities.find(({ id }) => id === ability);
  const ids = opened ? [...(opened.anyOf ?? []), ...(opened.allOf ?? [])] : [permission];
  const asked = permissions.filter(({ id }) => ids.includes(id));
  const bound = asked.flatMap(({ requires = [] }) => permissions.filter(({ id }) => requires.includes(id)));
  const limited = (to: 'actionTypes' | 'ruleTypes') => [...asked, ...bound].some(({ limits }) => limits?.includes(to));
  return {
    policy: opened?.level !== 'account' && asked.some(({ levels }) => levels.includes('policy')),
    actionType: limited('actionTypes'),
    ruleType: limited('ruleTypes'),
    /** An ability that one policy or type is enough for. */
    any: opened !== undefined && opened.whole !== true,
  };
};

export const AskFor = ({
  onRule = false,
}: {
  /** A permission or an ability can be asked about on one rule. */
  onRule?: boolean;
}) => {
  const t = useTexts(reviewTexts);
  const words = useTexts(common);
  const may = useMay();
  const catalogue = useCatalogue();
  const { question, set } = useQuestion();
  const policies = useAll('listPolicies', {}, { when: may('listPolicies') }).data ?? [];
  const allRules = useAll('listRules', {}, { when: may('listRules') }).data ?? [];
  const groups = useGroups(catalogue);
  const depends = useDependsOn(catalogue, question);
  if (!catalogue) return null;
  const { permission, ability, right } = question;
  const chosen = permission ? `permission:${permission}` : ability ? `ability:${ability}` : `right:${right}`;
  const field = (
    part: 'policy' | 'actionType' | 'ruleType' | 'rule',
    label: string,
    none: string,
    list: readonly { id: string; name?: string; title?: string }[],
    hint = '',
  ) => {
    const options = [
      { value: '', label: none },
      ...list.map(({ id, name, title }) => ({ value: id, label: name ?? title ?? id })),
    ];
    return (
      <FormField key={part} label={label} constraintText={question[part] === undefined && hint}>
        <Select
          selectedOption={one(question[part] ?? '', options)}
          options={options}
          filteringType={list.length > 10 ? 'auto' : 'none'}
          filteringAriaLabel={words.find}
          noMatch={words.noMatch}
          expandToViewport
          // A rule has its type, so the question names one or the other.
          onChange={({ detail }) =>
            set({ [part]: detail.selectedOption.value, ...(part === 'rule' && { ruleType: undefined }) })
          }
        />
      </FormField>
    );
  };
  const ofTypes = (part: 'actionType' | 'ruleType', list: Catalogue['actionTypes']) =>
    (depends[part] || question[part] !== undefined) && (part !== 'ruleType' || question.rule === undefined)
      ? [field(part, t[part], t[depends.any ? 'someOf' : 'allOf'][part], list, depends.any ? '' : t.singleTypes)]
      : [];
  const fields = [
    <What
      key="what"
      groups={groups}
      chosen={chosen}
      onChoose={(value) => {
        const [kind = '', id] = value.split(':');
        const others = kind === 'right' ? { policy: undefined, actionType: undefined, ruleType: undefined } : {};
        set({ permission: undefined, ability: undefined, right: undefined, ...others, [kind]: id });
      }}
    />,
    ...(policies.length > 0 && (depends.policy || question.policy !== undefined)
      ? [
          field(
            'policy',
            t.policy,
            depends.any ? t.someOf.policy : t.account,
            policies,
            depends.any ? '' : t.singlePolicies,
          ),
        ]
      : []),
    ...ofTypes('actionType', catalogue.actionTypes),
    ...ofTypes('ruleType', catalogue.ruleTypes),
    ...(allRules.length > 0 &&
    (right !== undefined || (onRule && (depends.actionType || depends.ruleType || question.rule !== undefined)))
      ? [field('rule', t.rule, right === undefined ? t.noRule : t.everyRule, allRules)]
      : []),
  ];
  return <Grid gridDefinition={fields.map(() => ({ colspan: { default: 12, s: 6, l: 3 } }))}>{fields}</Grid>;
};
