// General properties of a role: name, description, members (CT-18..21, SE-22..24).
import Badge from '@cloudscape-design/components/badge';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { TableProps } from '@cloudscape-design/components/table';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import type { HoldfastProblem } from '../../../../clients/typescript/index.ts';
import { Name, useNames } from '../../api/names.tsx';
import { usePages } from '../../api/reads.ts';
import { fieldError } from '../../changes/changes.tsx';
import { isWaiting } from '../../changes/steps.ts';
import { PeoplePicker } from '../../parts/people-picker.tsx';
import type { Picked } from '../../parts/picked.ts';
import { Empty, PagedTable } from '../../parts/tables.tsx';
import { useLink } from '../../shell/go.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { type Column, columns } from './rights.ts';
import type { RoleData, RoleEdit } from './role-edit.ts';
import { roleTexts } from './texts.ts';

/** What a role gives on rules: how many there are, on how many of them each right, and what on those to come. */
interface OnRules {
  readonly all: number;
  readonly given: Readonly<Record<Column, number>>;
  readonly coming: readonly Column[];
}

interface TabProps {
  readonly id: string;
  readonly edit: RoleEdit;
  readonly editing: boolean;
  /** Undefined where there are no rules, or until it is known. */
  readonly onRules: OnRules | null | undefined;
  onChange(edit: RoleEdit): void;
}

/** What members of a role may do with rules, as it is set now. */
const useSaid = (onRules: OnRules | null | undefined): string => {
  const t = useTexts(roleTexts);
  if (!onRules) return '';
  const { all, given, coming } = onRules;
  const list = (said: readonly string[]) => said.join(', ') || t.nothing;
  const some = columns.filter((column) => given[column] > 0).map((column) => t.of(t.right[column], given[column], all));
  const onNew = coming.map((column) => t.right[column]);
  return [
    ...(all > 0 || onNew.length === 0 ? [t.onRules(list(some))] : []),
    ...(some.length > 0 || onNew.length > 0 ? [t.onNewRules(list(onNew))] : []),
  ].join(' ');
};

/** A refusal of what was edited. */
interface Refused {
  readonly problem: HoldfastProblem | undefined;
  readonly edit: RoleEdit;
}

const Properties = ({
  edit,
  editing,
  data,
  refused,
  onChange,
}: TabProps & { data: RoleData; refused: Refused | undefined }) => {
  const words = useTexts(common);
  const t = useTexts(roleTexts);
  // What has been edited since is not what was refused.
  const wrong = (field: 'name' | 'description') =>
    refused?.edit[field] === edit[field] ? fieldError(refused.problem, `/${field}`) : undefined;
  if (!editing)
    return (
      <Container header={<Header variant="h2">{t.general}</Header>}>
        <KeyValuePairs
          columns={3}
          items={[
            { label: words.name, value: edit.name },
            { label: words.description, value: edit.description || t.noDescription },
            { label: t.madeFrom, value: data.predefined === undefined ? words.no : words.yes },
          ]}
        />
      </Container>
    );
  return (
    <Container header={<Header variant="h2">{t.general}</Header>}>
      <SpaceBetween size="m">
        <FormField label={words.name} constraintText={words.nameHint} errorText={wrong('name')} stretch>
          <Input value={edit.name} onChange={({ detail }) => onChange({ ...edit, name: detail.value })} />
        </FormField>
        <FormField label={words.description} errorText={wrong('description')} stretch>
          <Textarea
            rows={2}
            value={edit.description}
            onChange={({ detail }) => onChange({ ...edit, description: detail.value })}
          />
        </FormField>
      </SpaceBetween>
    </Container>
  );
};

interface Row extends Picked {
  readonly mark?: 'added' | 'removed';
}

const Members = ({ id, edit, editing, onRules, onChange }: TabProps) => {
  const words = useTexts(common);
  const t = useTexts(roleTexts);
  const pages = usePages('listRoleMembers', { params: { roleId: id }, query: { limit: 50 } }, { when: !isWaiting(id) });
  const link = useLink();
  const said = useSaid(onRules);
  // How many are disabled is known only once all of them are.
  const isWhole = pages.known === 1 && !pages.openEnd;
  const users = pages.items.filter(({ type }) => type === 'user');
  const disabled = users.filter((member) => member.type === 'user' && member.state !== 'active');
  const idle = isWhole && disabled.length > 0 ? ` ${t.idle(disabled.length, users.length)}` : '';
  const [selected, setSelected] = useState<readonly Row[]>([]);
  const { added, removed } = edit;
  // Those who come stand before the members that are there already.
  const coming = pages.page === 1 ? added : [];
  // Of those who wait in the draft the id alone is known.
  const names = useNames(coming.filter(({ id: one, name }) => one === name).map((one) => one.id));
  const rows: readonly Row[] = [
    ...coming.map((one): Row => ({ ...one, ...names.get(one.id), mark: 'added' })),
    ...pages.items
      .filter((member) => !coming.some((one) => one.id === member.id))
      .map((member): Row => (removed.has(member.id) ? { ...member, mark: 'removed' } : member)),
  ];
  const remove = (ids: readonly string[]) => {
    const isNew = (one: string) => added.some((picked) => picked.id === one);
    setSelected([]);
    onChange({
      ...edit,
      added: added.filter((one) => !ids.includes(one.id)),
      removed: new Set([...removed, ...ids.filter((one) => !isNew(one))]),
    });
  };
  const keep = (one: string) => onChange({ ...edit, removed: new Set([...removed].filter((other) => other !== one)) });
  const pick = (value: readonly Picked[]) =>
    onChange({
      ...edit,
      added: value,
      removed: new Set([...removed].filter((one) => !value.some((p) => p.id === one))),
    });
  const kindOf = ({ type, source }: Row) =>
    type === 'group' ? t.kinds.group : source === 'external' ? t.kinds.external : t.kinds.user;
  const marks: TableProps.ColumnDefinition<Row> = {
    id: 'mark',
    header: t.change,
    cell: (row) => (
      <SpaceBetween direction="horizontal" size="xs">
        {row.mark && <Badge color={row.mark === 'added' ? 'green' : 'red'}>{t.marks[row.mark]}</Badge>}
        {editing && row.mark === 'removed' && (
          <Button variant="inline-link" ariaLabel={t.undo(row.name)} onClick={() => keep(row.id)}>
            {t.keep}
          </Button>
        )}
      </SpaceBetween>
    ),
  };
  return (
    <PagedTable<Row>
      title={t.members}
      headingVariant="h2"
      description={`${t.membersText} ${said}${idle}`}
      total={isWhole ? rows.length : undefined}
      pages={{ ...pages, items: rows, loading: pages.loading && !isWaiting(id) }}
      selection={editing ? 'multi' : undefined}
      selected={selected.filter((one) => rows.some((row) => row.id === one.id))}
      onSelect={setSelected}
      empty={<Empty text={editing ? t.membersNone : t.membersEmpty} />}
      filter={
        editing && (
          <PeoplePicker
            label={t.addMembers}
            kinds={['user', 'group']}
            value={added}
            exclude={pages.items.map((member) => member.id)}
            onChange={pick}
            hideTokens
          />
        )
      }
      actions={
        editing && (
          <Button
            disabled={selected.length === 0}
            disabledReason={t.selectedMembers}
            onClick={() => remove(selected.map((one) => one.id))}
          >
            {words.remove}
          </Button>
        )
      }
      columns={[
        {
          id: 'name',
          header: words.name,
          isRowHeader: true,
          cell: ({ id: member, type, name }) =>
            name === member ? <Name id={member} /> : <Link {...link(`/${type}s/${member}`)}>{name}</Link>,
        },
        { id: 'type', header: words.type, cell: kindOf },
        {
          id: 'state',
          header: words.state,
          cell: ({ state }) =>
            state === undefined ? (
              '–'
            ) : (
              <StatusIndicator type={state === 'active' ? 'success' : 'stopped'}>{words.states[state]}</StatusIndicator>
            ),
        },
        ...(rows.some(({ mark }) => mark) ? [marks] : []),
      ]}
    />
  );
};

export const GeneralTab = (props: TabProps & { data: RoleData; refused: Refused | undefined }) => (
  <SpaceBetween size="l">
    <Properties {...props} />
    <Members {...props} />
  </SpaceBetween>
);
