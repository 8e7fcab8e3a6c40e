// The edits of a role's rights on rules: what the request will say, and how a cell looks with it. Pure.
import type { ItemOf, RequestOf } from '../../../../clients/typescript/index.ts';

export const columns = ['view', 'edit', 'delete'] as const;
export type Column = (typeof columns)[number];

export type RuleRow = ItemOf<'getRuleRights'>;
export type RightsBody = NonNullable<RequestOf<'putRuleRights'>['body']>;
type Some = { readonly [C in Column]?: boolean | undefined };

export interface RightsEdit {
  readonly newRules: Some;
  /** On every rule there is. */
  readonly columns: Some;
  /** On single rules; these outdo the columns. */
  readonly rules: ReadonlyMap<string, Some>;
}

export const editOf = ({ newRules = {}, columns: ticked = {}, rules = [] }: RightsBody = {}): RightsEdit => ({
  newRules,
  columns: ticked,
  rules: new Map(rules.map(({ rule, ...said }) => [rule, said])),
});

/** With what a new role may start, beside what the service gives it. */
export const starts = ['edit', 'view', 'none'] as const;
export type Start = (typeof starts)[number];

/** What is said of a new role's rights on rules; undefined where the service gives them by itself. */
export const startingRights = (start: Start): RightsBody | undefined => {
  const taken = { edit: undefined, view: { edit: false }, none: { view: false, edit: false } }[start];
  return taken && { newRules: taken, columns: taken };
};

/** On how many rules each right is given. */
export const givenOn = (edit: RightsEdit, rows: readonly RuleRow[]): Record<Column, number> => {
  const count = (column: Column) => rows.filter((row) => rightOn(edit, row, column)).length;
  return { view: count('view'), edit: count('edit'), delete: count('delete') };
};

/** The rights that a role gets on rules that other roles add. */
export const givenOnNew = (edit: RightsEdit, stored: Some): Column[] =>
  columns.filter((column) => edit.newRules[column] ?? stored[column]);

/** What the request says; undefined when it says nothing. */
export const bodyOf = (edit: RightsEdit): RightsBody | undefined => {
  const rules = [...edit.rules].flatMap(([rule, said]) => (isEmpty(said) ? [] : [{ rule, ...said }]));
  const body = {
    ...(!isEmpty(edit.newRules) && { newRules: edit.newRules }),
    ...(!isEmpty(edit.columns) && { columns: edit.columns }),
    ...(rules.length > 0 && { rules }),
  };
  return Object.keys(body).length > 0 ? body : undefined;
};

const isEmpty = (some: Some): boolean => columns.every((column) => some[column] === undefined);

const without = (some: Some, column: Column): Some => {
  const { [column]: _, ...rest } = some;
  return rest;
};

export const rightOn = (edit: RightsEdit, row: Pick<RuleRow, 'rule' | Column>, column: Column): boolean =>
  edit.rules.get(row.rule)?.[column] ?? edit.columns[column] ?? row[column];

/** One cell; said only where it differs from what the rule has otherwise. */
export const withRight = (
  edit: RightsEdit,
  row: Pick<RuleRow, 'rule' | Column>,
  column: Column,
  value: boolean,
): RightsEdit => {
  const said = without(edit.rules.get(row.rule) ?? {}, column);
  const otherwise = edit.columns[column] ?? row[column];
  return {
    ...edit,
    rules: new Map(edit.rules).set(row.rule, value === otherwise ? said : { ...said, [column]: value }),
  };
};

/** A whole column (CT-91): what was said of single rules in it is said no more. */
export const withColumn = (edit: RightsEdit, column: Column, value: boolean): RightsEdit => ({
  ...edit,
  columns: { ...edit.columns, [column]: value },
  rules: new Map([...edit.rules].map(([rule, said]) => [rule, without(said, column)])),
});

export const withNewRules = (edit: RightsEdit, stored: Some, column: Column, value: boolean): RightsEdit => ({
  ...edit,
  newRules: stored[column] === value ? without(edit.newRules, column) : { ...edit.newRules, [column]: value },
});
