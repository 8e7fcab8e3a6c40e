// Rules rights (CT-85..91): what a role may do with each rule, and with the rules that others will create.
import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useTitles } from '../../catalogue/catalogue.ts';
import { Empty, ListTable } from '../../parts/tables.tsx';
import { useTexts } from '../../texts/texts.ts';
import {
  columns,
  givenOn,
  type RightsEdit,
  type RuleRow,
  rightOn,
  withColumn,
  withNewRules,
  withRight,
} from './rights.ts';
import type { RuleRightsData } from './role-edit.ts';
import { roleTexts } from './texts.ts';

export const RuleRightsTab = ({
  data,
  edit,
  editing,
  onChange,
}: {
  data: RuleRightsData;
  edit: RightsEdit;
  editing: boolean;
  onChange(edit: RightsEdit): void;
}) => {
  const t = useTexts(roleTexts);
  const titleOf = useTitles();
  const { rows, newRules } = data;
  const given = givenOn(edit, rows);
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header variant="h2" description={t.newRulesText}>
            {t.newRules}
          </Header>
        }
      >
        <SpaceBetween direction="horizontal" size="l">
          {columns.map((column) => (
            <Checkbox
              key={column}
              checked={edit.newRules[column] ?? newRules[column]}
              readOnly={!editing}
              ariaLabel={t.onRule(t.right[column], t.newRules)}
              onChange={({ detail }) => onChange(withNewRules(edit, newRules, column, detail.checked))}
            >
              {t.right[column]}
            </Checkbox>
          ))}
        </SpaceBetween>
      </Container>
      <ListTable<RuleRow>
        title={t.ruleRights}
        headingVariant="h2"
        description={t.ruleRightsText}
        items={rows}
        loading={false}
        trackBy={({ rule }) => rule}
        textOf={({ name }) => name}
        empty={<Empty text={t.noRules} />}
        columns={[
          {
            id: 'name',
            header: t.rule,
            sortingComparator: (a, b) => a.name.localeCompare(b.name),
            isRowHeader: true,
            cell: ({ name, owned }) => (
              <SpaceBetween direction="horizontal" size="xs">
                <Box variant="span">{name}</Box>
                {owned && <Badge>{t.owner}</Badge>}
              </SpaceBetween>
            ),
          },
          { id: 'type', header: t.ruleType, cell: ({ type }) => titleOf(type) },
          ...columns.map((column) => {
            const ticked = given[column];
            return {
              id: column,
              header: (
                <Checkbox
                  checked={rows.length > 0 && ticked === rows.length}
                  indeterminate={ticked > 0 && ticked < rows.length}
                  readOnly={!editing}
                  disabled={rows.length === 0}
                  ariaLabel={t.onAll(t.right[column])}
                  onChange={({ detail }) => onChange(withColumn(edit, column, detail.checked))}
                >
                  {t.right[column]}
                </Checkbox>
              ),
              cell: (row: RuleRow) => (
                <Checkbox
                  checked={rightOn(edit, row, column)}
                  readOnly={!editing}
                  ariaLabel={t.onRule(t.right[column], row.name)}
                  onChange={({ detail }) => onChange(withRight(edit, row, column, detail.checked))}
                />
              ),
            };
          }),
        ]}
      />
    </SpaceBetween>
  );
};
