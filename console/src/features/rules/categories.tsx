// The categories of rules: a page of the settings (CT-56, CT-67), and the Category Manager of the picker (CT-68).

import Alert from '@cloudscape-design/components/alert';
import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type ReactNode, useState } from 'react';
import type { AnswerOf, HoldfastProblem, RequestOf } from '../../../../clients/typescript/index.ts';
import { useAll, useRead } from '../../api/reads.ts';
import { fieldError, useChanges } from '../../changes/changes.tsx';
import { waitingBody } from '../../changes/steps.ts';
import { Loaded, Page } from '../../parts/page.tsx';
import { Empty, ListTable } from '../../parts/tables.tsx';
import { useUnsaved } from '../../shell/go.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { useRuleRights } from './rights.ts';
import { ruleTexts } from './texts.ts';

export type Category = AnswerOf<'getCategories'>['categories'][number];
type Wanted = RequestOf<'putCategories'>['body']['categories'][number];
interface Line extends Wanted {
  /** Tells lines apart while they are edited. */
  readonly key: string;
}

let keys = 0;
const line = (wanted: Wanted): Line => {
  keys += 1;
  return { ...wanted, key: wanted.id ?? `new ${keys}` };
};

/** How many of the rules that the person sees have each category. */
const useCounts = (): ((id: string | undefined) => number) => {
  const rules = useAll('listRules', {}).data ?? [];
  const counts = new Map<string, number>();
  for (const { categories } of rules) for (const id of categories) counts.set(id, (counts.get(id) ?? 0) + 1);
  return (id) => (id === undefined ? 0 : (counts.get(id) ?? 0));
};

/** Adds, renames and removes categories; nothing changes before Save. */
const Manager = ({
  stored,
  etag,
  onDone,
}: {
  stored: readonly Category[];
  etag: string | undefined;
  /** There is a way out without saving. */
  onDone?: () => void;
}) => {
  const words = useTexts(common);
  const t = useTexts(ruleTexts);
  const { save, waiting } = useChanges();
  const counts = useCounts();
  const waits = waitingBody<{ categories: readonly Wanted[] }>(waiting, 'putCategories', {});
  // What somebody else saves meanwhile is met at Save, by the ETag.
  const [from, setFrom] = useState({ categories: waits?.categories ?? stored, etag });
  const [lines, setLines] = useState(() => from.categories.map(line));
  const [problem, setProblem] = useState<HoldfastProblem>();
  const [saving, setSaving] = useState(false);
  const [tried, setTried] = useState(false);
  const wanted = lines.map(({ id, name }): Wanted => ({ ...(id !== undefined && { id }), name: name.trim() }));
  const dirty = JSON.stringify(wanted) !== JSON.stringify(from.categories);
  useUnsaved(dirty);
  const gone = from.categories.filter(({ id }) => id !== undefined && !wanted.some((one) => one.id === id));
  const nameError = ({ name }: Line, at: number): ReactNode => {
    if (name.trim() === '') return tried ? t.nameNeeded : undefined;
    return fieldError(problem, `/categories/${at}/name`);
  };
  const submit = async () => {
    setTried(true);
    if (wanted.some(({ name }) => name === '')) return;
    setSaving(true);
    const step = { operation: 'putCategories', body: { categories: wanted }, ifMatch: from.etag ?? '*' };
    const outcome = await save([step], {
      done: t.categories.saved,
      ...(gone.length > 0 && {
        ask: {
          title: t.categories.askTitle,
          text: t.categories.ask(
            gone.map(({ name }) => name),
            gone.reduce((sum, { id }) => sum + counts(id), 0),
          ),
          yes: words.save,
        },
      }),
    });
    setSaving(false);
    setProblem(outcome.became === 'left' ? outcome.problem : undefined);
    if (outcome.became === 'left') return;
    setFrom({ categories: wanted, etag: undefined });
    onDone?.();
  };
  return (
    <SpaceBetween size="l">
      {waits && <Alert type="info">{t.categories.waits}</Alert>}
      <AttributeEditor<Line>
        items={lines}
        empty={t.categories.empty}
        addButtonText={t.categories.add}
        removeButtonText={words.remove}
        removeButtonAriaLabel={({ name }) => t.removeOne(name)}
        onAddButtonClick={() => setLines([...lines, line({ name: '' })])}
        onRemoveButtonClick={({ detail }) => setLines(lines.toSpliced(detail.itemIndex, 1))}
        gridLayout={[
          { breakpoint: 'xxs', rows: [[4, 1]], removeButton: { width: 'auto' } },
          { rows: [[1], [1]], removeButton: { ownRow: true } },
        ]}
        definition={[
          {
            label: words.name,
            control: (item: Line) => (
              <Input
                value={item.name}
                onChange={({ detail }) =>
                  setLines(lines.map((one) => (one.key === item.key ? { ...one, name: detail.value } : one)))
                }
              />
            ),
            errorText: nameError,
          },
          {
            label: t.categories.used,
            control: (item: Line) => <Box padding={{ top: 'xxs' }}>{words.rules(counts(item.id))}</Box>,
          },
        ]}
      />
      <SpaceBetween direction="horizontal" size="xs">
        <Button variant="primary" loading={saving} disabled={!dirty} onClick={() => void submit()}>
          {words.save}
        </Button>
        <Button
          variant="link"
          onClick={() => {
            setLines(from.categories.map(line));
            onDone?.();
          }}
        >
          {words.cancel}
        </Button>
      </SpaceBetween>
    </SpaceBetween>
  );
};

const Managed = ({ onDone }: { onDone?: () => void }) => {
  const read = useRead('getCategories', {});
  return (
    <Loaded query={read}>
      {({ body, etag }) => (
        // What was saved comes back under another ETag: the editor begins anew with it.
        <Manager key={etag} stored={body.categories} etag={etag} {...(onDone && { onDone })} />
      )}
    </Loaded>
  );
};

/** The Category Manager in a window. */
export const CategoryManager = ({ onClose }: { onClose(): void }) => {
  const words = useTexts(common);
  const t = useTexts(ruleTexts);
  return (
    <Modal visible size="large" header={t.categories.manager} closeAriaLabel={words.close} onDismiss={onClose}>
      <Managed onDone={onClose} />
    </Modal>
  );
};

const Shown = ({ why }: { why: string }): ReactNode => {
  const words = useTexts(common);
  const t = useTexts(ruleTexts);
  const counts = useCounts();
  const read = useRead('getCategories', {});
  return (
    <SpaceBetween size="m">
      <Alert type="info" header={t.readOnly}>
        {why}
      </Alert>
      <ListTable<Category>
        title={t.categories.title}
        headingVariant="h2"
        items={read.data?.body.categories ?? []}
        loading={read.isPending}
        error={read.error}
        textOf={({ name }) => name}
        empty={<Empty text={t.categories.empty} />}
        columns={[
          { id: 'name', header: words.name, isRowHeader: true, cell: ({ name }) => name },
          { id: 'used', header: t.categories.used, cell: ({ id }) => words.rules(counts(id)) },
        ]}
      />
    </SpaceBetween>
  );
};

/** Settings, rule categories. */
export const CategoriesPage = () => {
  const t = useTexts(ruleTexts);
  const why = useRuleRights().toManageCategories();
  return (
    <Page title={t.categories.title} description={t.categories.hint}>
      {why === undefined ? (
        <Container>
          <Managed />
        </Container>
      ) : (
        <Shown why={why} />
      )}
    </Page>
  );
};
