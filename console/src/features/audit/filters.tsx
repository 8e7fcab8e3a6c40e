// What of the audit is asked for. It stands in the address, so that it can be shared and gone back to.
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Grid from '@cloudscape-design/components/grid';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useSearchParams } from 'wouter';
import type { RequestOf } from '../../../../clients/typescript/index.ts';
import { actions } from '../../../../shared/domain/base/actions.ts';
import { PickAnything, PickUser } from '../../parts/pick.tsx';
import { useActionWords } from '../../texts/actions.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { DayField } from './day-field.tsx';
import { dayIn } from './days.ts';
import { auditTexts } from './texts.ts';

type Query = NonNullable<RequestOf<'listEvents'>['query']>;

const fields = ['actor', 'target', 'action', 'outcome', 'from', 'to', 'correlation', 'order'] as const;
type Field = (typeof fields)[number];

/** Midnight of a day in the reader's zone; of `to` the end of the day. */
const instantOf = (day: string, end: boolean): string | undefined => {
  const known = dayIn(day);
  if (!known) return undefined;
  const date = new Date(`${known}T00:00:00`);
  if (end) date.setDate(date.getDate() + 1);
  return date.toISOString();
};

export const useFilters = () => {
  const [search, setSearch] = useSearchParams();
  const given = Object.fromEntries(
    fields.flatMap((field) => {
      const value = search.get(field);
      return value === null ? [] : [[field, value]];
    }),
  ) as Partial<Record<Field, string>>;
  const { from, to, ...rest } = given;
  const begin = from && instantOf(from, false);
  const end = to && instantOf(to, true);
  const query = { ...rest, ...(begin && { from: begin }), ...(end && { to: end }) } as Query;
  const set = (field: Field, value: string | undefined) =>
    setSearch((before) => {
      if (value) before.set(field, value);
      else before.delete(field);
      return before;
    });
  return { given, query, set, clear: () => setSearch({}) };
};

/** A text that counts once it is left or confirmed, because each letter would be another request. */
const Text = ({ field, label, placeholder }: { field: Field; label: string; placeholder: string }) => {
  const { given, set } = useFilters();
  const [typed, setTyped] = useState<string>();
  const done = () => {
    if (typed !== undefined) set(field, typed.trim());
    setTyped(undefined);
  };
  return (
    <FormField label={label}>
      <Input
        value={typed ?? given[field] ?? ''}
        placeholder={placeholder}
        onChange={({ detail }) => setTyped(detail.value)}
        onBlur={done}
        onKeyDown={({ detail }) => {
          if (detail.key === 'Enter') done();
        }}
      />
    </FormField>
  );
};

const Choice = ({
  field,
  label,
  options,
}: {
  field: Field;
  label: string;
  options: readonly { value: string; label: string }[];
}) => {
  const words = useTexts(common);
  const { given, set } = useFilters();
  return (
    <FormField label={label}>
      <Select
        options={options}
        selectedOption={options.find(({ value }) => value === (given[field] ?? '')) ?? null}
        filteringType={options.length > 10 ? 'auto' : 'none'}
        filteringAriaLabel={words.find}
        onChange={({ detail }) => set(field, detail.selectedOption.value)}
      />
    </FormField>
  );
};

export const Filters = () => {
  const t = useTexts(auditTexts);
  const wordsOf = useActionWords();
  const { given, set, clear } = useFilters();
  const day = (field: 'from' | 'to', label: string) => (
    <DayField key={field} label={label} day={given[field] ?? ''} onDay={(value) => set(field, value)} />
  );
  const named = actions.map((value) => ({ value, label: wordsOf(value), description: value }));
  const all = [
    <FormField key="actor" label={t.actor}>
      <PickUser id={given.actor ?? ''} label={t.actor} placeholder={t.anybody} onPick={(id) => set('actor', id)} />
    </FormField>,
    <Choice key="action" field="action" label={t.action} options={[{ value: '', label: t.anyAction }, ...named]} />,
    <Choice
      key="outcome"
      field="outcome"
      label={t.outcome}
      options={[
        { value: '', label: t.anyOutcome },
        { value: 'done', label: t.outcomes.done },
        { value: 'refused', label: t.outcomes.refused },
      ]}
    />,
    <Choice
      key="order"
      field="order"
      label={t.order}
      options={[
        { value: '', label: t.orders.newest },
        { value: 'oldest', label: t.orders.oldest },
      ]}
    />,
    day('from', t.from),
    day('to', t.to),
    <FormField key="target" label={t.target}>
      <PickAnything
        id={given.target ?? ''}
        label={t.target}
        placeholder={t.anything}
        idText={t.byId}
        onPick={(id) => set('target', id)}
      />
    </FormField>,
    <Text key="correlation" field="correlation" label={t.correlation} placeholder={t.correlationIs} />,
  ];
  return (
    <SpaceBetween size="m">
      <Grid gridDefinition={all.map(() => ({ colspan: { default: 12, xs: 6, s: 3 } }))}>{all}</Grid>
      <Button variant="inline-link" disabled={Object.keys(given).length === 0} onClick={clear}>
        {t.clear}
      </Button>
    </SpaceBetween>
  );
};
