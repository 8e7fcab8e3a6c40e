// Named values that a product keeps in a rule: shown, and edited row by row.
import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Input from '@cloudscape-design/components/input';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Modal from '@cloudscape-design/components/modal';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import Toggle from '@cloudscape-design/components/toggle';
import { type ReactNode, useState } from 'react';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { ruleTexts } from './texts.ts';
import {
  faultsIn,
  type Kind,
  kinds,
  newRow,
  type Properties,
  propertiesIn,
  type Row,
  rowsOf,
  withKind,
  withText,
} from './values.ts';

const Value = ({ row }: { row: Row }) => {
  const words = useTexts(common);
  const t = useTexts(ruleTexts);
  if (row.kind === 'boolean') return <>{row.text === 'true' ? words.yes : words.no}</>;
  if (row.text === '' || row.text === '[]') return <>{t.emptyValue}</>;
  if (row.kind === 'list')
    return (
      <ul>
        {[...new Set(row.text.split('\n'))].map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    );
  return row.kind === 'number' ? row.text : <Box variant={row.kind === 'json' ? 'pre' : 'p'}>{row.text}</Box>;
};

/** The values, to read. */
export const PropertiesView = ({ properties }: { properties: Properties }) => {
  const t = useTexts(ruleTexts);
  const rows = rowsOf(properties);
  if (rows.length === 0) return <Box color="text-status-inactive">{t.noValues}</Box>;
  return <KeyValuePairs items={rows.map((row) => ({ label: row.name, value: <Value row={row} /> }))} />;
};

const longest = 60;
const most = 4;

/** The first values in one line. */
export const useSummary = (): ((properties: Properties) => string) => {
  const t = useTexts(ruleTexts);
  const words = useTexts(common);
  return (properties) => {
    const rows = rowsOf(properties);
    if (rows.length === 0) return t.noValues;
    const shown = rows.slice(0, most).map(({ name, kind, text }) => {
      const flat = text.replaceAll(kind === 'list' ? '\n' : /\s+/g, kind === 'list' ? ', ' : ' ');
      const short = flat.length > longest ? `${flat.slice(0, longest)}…` : flat;
      return `${name}: ${kind === 'boolean' ? (text === 'true' ? words.yes : words.no) : short}`;
    });
    return [...shown, ...(rows.length > most ? [t.moreValues(rows.length - most)] : [])].join(' · ');
  };
};

const mostLines = 12;
const linesOf = (text: string, least: number): number => Math.min(mostLines, Math.max(least, text.split('\n').length));

const Editor = ({ rows, tried, onChange }: { rows: readonly Row[]; tried: boolean; onChange(rows: Row[]): void }) => {
  const words = useTexts(common);
  const t = useTexts(ruleTexts);
  const faults = tried ? faultsIn(rows) : undefined;
  const put = (row: Row) => onChange(rows.map((one) => (one.key === row.key ? row : one)));
  const options = kinds.map((value) => ({ value, label: t.kinds[value] }));
  const control = (row: Row): ReactNode => {
    if (row.kind === 'boolean')
      return (
        <Toggle checked={row.text === 'true'} onChange={({ detail }) => put(withText(row, String(detail.checked)))}>
          {row.text === 'true' ? words.yes : words.no}
        </Toggle>
      );
    if (row.kind === 'number')
      return <Input inputMode="decimal" value={row.text} onChange={({ detail }) => put(withText(row, detail.value))} />;
    return (
      <Textarea
        rows={linesOf(row.text, row.kind === 'text' ? 1 : 3)}
        spellcheck={row.kind === 'text'}
        value={row.text}
        onChange={({ detail }) => put(withText(row, detail.value))}
      />
    );
  };
  return (
    <AttributeEditor<Row>
      items={rows}
      empty={t.noValues}
      addButtonText={t.addValue}
      removeButtonText={words.remove}
      removeButtonAriaLabel={({ name }) => t.removeValue(name)}
      onAddButtonClick={() => onChange([...rows, newRow()])}
      onRemoveButtonClick={({ detail }) => onChange(rows.toSpliced(detail.itemIndex, 1))}
      gridLayout={[
        { breakpoint: 'xs', rows: [[3, 2, 5]], removeButton: { width: 'auto' } },
        { rows: [[1], [1], [1]], removeButton: { ownRow: true } },
      ]}
      definition={[
        {
          label: words.name,
          control: (row: Row) => (
            <Input value={row.name} onChange={({ detail }) => put({ ...row, name: detail.value })} />
          ),
          errorText: (row: Row) => {
            const fault = faults?.get(row.key)?.name;
            return fault && t.nameFaults[fault];
          },
        },
        {
          label: t.kind,
          control: (row: Row) => (
            <Select
              options={options}
              selectedOption={options.find(({ value }) => value === row.kind) ?? null}
              onChange={({ detail }) => put(withKind(row, detail.selectedOption.value as Kind))}
            />
          ),
        },
        {
          label: t.value,
          control,
          errorText: (row: Row) => {
            const fault = faults?.get(row.key)?.value;
            return fault && t.valueFaults[fault];
          },
          constraintText: (row: Row) => (row.kind === 'list' ? t.oneALine : undefined),
        },
      ]}
    />
  );
};

/** Edits values in a window of their own: nothing of it counts before *Apply*. With a reason it only shows them. */
export const PropertiesDialog = ({
  title,
  properties,
  locked,
  above,
  ready = true,
  onApply,
  onClose,
}: {
  title: string;
  properties: Properties;
  locked?: string | undefined;
  /** What is chosen besides the values. */
  above?: ReactNode;
  /** What is chosen above is complete; it says itself what is missing. */
  ready?: boolean;
  onApply(properties: Properties): void;
  onClose(): void;
}) => {
  const words = useTexts(common);
  const [rows, setRows] = useState(() => rowsOf(properties));
  const [tried, setTried] = useState(false);
  const apply = () => {
    setTried(true);
    if (ready && faultsIn(rows).size === 0) onApply(propertiesIn(rows));
  };
  return (
    <Modal
      visible
      size="large"
      header={title}
      closeAriaLabel={words.close}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              {locked === undefined ? words.cancel : words.close}
            </Button>
            {locked === undefined && (
              <Button variant="primary" onClick={apply}>
                {words.apply}
              </Button>
            )}
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="l">
        {above}
        {locked === undefined ? (
          <Editor rows={rows} tried={tried} onChange={setRows} />
        ) : (
          <SpaceBetween size="l">
            <Box color="text-body-secondary">{locked}</Box>
            <PropertiesView properties={properties} />
          </SpaceBetween>
        )}
      </SpaceBetween>
    </Modal>
  );
};
