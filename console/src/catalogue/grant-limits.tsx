// The limits of one grant: to action types, rule types and policies (CT-43, CT-72, FP-23).
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Multiselect from '@cloudscape-design/components/multiselect';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { common } from '../texts/common.ts';
import { useTexts } from '../texts/texts.ts';
import type { Dimension, Grant } from './grants.ts';
import { type CatalogueTexts, catalogueTexts } from './texts.ts';

/** What can be chosen along each dimension. */
export type Choices = Readonly<Record<Dimension, readonly { readonly id: string; readonly title: string }[]>>;

const titlesIn = (choices: Choices, dimension: Dimension, ids: readonly string[], gone: (id: string) => string) =>
  ids.map((id) => choices[dimension].find((one) => one.id === id)?.title ?? gone(id));

/** The limits of a grant in words; empty when it has none. What is limited to nothing gives nothing yet. */
export const limitsInWords = (t: CatalogueTexts, grant: Grant, choices: Choices): string =>
  (['actionTypes', 'ruleTypes', 'policies'] as const)
    .flatMap((dimension) => {
      const ids = grant[dimension];
      if (ids === undefined) return [];
      return ids.length === 0
        ? [t.dimensions[dimension].none]
        : [t.only(titlesIn(choices, dimension, ids, t.gone).join(', '))];
    })
    .join(' · ');

/** A field that opens below could lie behind the bar with Save. */
const intoSight = (field: HTMLElement | null): void => field?.scrollIntoView({ block: 'nearest' });

export const LimitsEditor = ({
  grant,
  title,
  of,
  choices,
  widener,
  onChange,
  onRemove,
}: {
  grant: Grant;
  /** Of the permission, or of the combination where there are several. */
  title: string;
  of: readonly Dimension[];
  choices: Choices;
  /** The permission that makes limits to policies count for nothing. */
  widener?: string | undefined;
  onChange(grant: Grant): void;
  onRemove?: (() => void) | undefined;
}) => {
  const t = useTexts(catalogueTexts);
  const words = useTexts(common);
  const set = (dimension: Dimension, ids: readonly string[] | undefined) => {
    const { [dimension]: _, ...rest } = grant;
    onChange((ids === undefined ? rest : { ...rest, [dimension]: [...ids] }) as Grant);
  };
  return (
    <SpaceBetween size="s">
      {of.map((dimension) => {
        const { name, all, some } = t.dimensions[dimension];
        const chosen = grant[dimension];
        const inert = dimension === 'policies' && widener !== undefined;
        const options = (chosen ?? []).map((id, i) => ({
          value: id as string,
          label: titlesIn(choices, dimension, chosen ?? [], t.gone)[i] ?? id,
        }));
        return (
          <SpaceBetween key={dimension} size="xxs">
            <Box variant="awsui-key-label">{name}</Box>
            <RadioGroup
              direction="horizontal"
              ariaLabel={`${title}: ${name}`}
              value={chosen === undefined ? 'all' : 'some'}
              items={[
                { value: 'all', label: all },
                { value: 'some', label: some, disabled: inert && chosen === undefined },
              ]}
              onChange={({ detail }) => set(dimension, detail.value === 'all' ? undefined : [])}
            />
            {chosen !== undefined && (
              <div ref={chosen.length === 0 ? intoSight : undefined}>
                <FormField stretch warningText={chosen.length === 0 ? t.nothingChosen : undefined}>
                  <Multiselect
                    ariaLabel={`${title}: ${some}`}
                    placeholder={some}
                    filteringType="auto"
                    // Otherwise it opens below the bar with Save, which stays in sight.
                    expandToViewport
                    filteringAriaLabel={words.find}
                    filteringPlaceholder={words.find}
                    noMatch={words.noMatch}
                    deselectAriaLabel={({ label }) => `${words.remove}: ${label}`}
                    disabled={inert}
                    options={choices[dimension].map((one) => ({ value: one.id, label: one.title }))}
                    selectedOptions={options}
                    onChange={({ detail }) =>
                      set(
                        dimension,
                        detail.selectedOptions.map((option) => option.value as string),
                      )
                    }
                  />
                </FormField>
              </div>
            )}
            {inert && <Box color="text-body-secondary">{t.widened(widener)}</Box>}
          </SpaceBetween>
        );
      })}
      {onRemove && <Button onClick={onRemove}>{t.removeLine}</Button>}
    </SpaceBetween>
  );
};
