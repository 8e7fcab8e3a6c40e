// The permissions that can be granted for single policies, as a table: a row each, a column for the account, and after
// Advanced one for each policy (FP-22, FP-23).
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Multiselect from '@cloudscape-design/components/multiselect';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { useState } from 'react';
import { type Permission, useTitles } from '../../catalogue/catalogue.ts';
import type { Grant } from '../../catalogue/grants.ts';
import { useTexts } from '../../texts/texts.ts';
import { account, type Ground, policiesIn, tickOf, withTick } from './columns.ts';
import { userTexts } from './texts.ts';
import { useWhy } from './why.ts';

/** Columns that are shown before anybody chooses. */
const few = 6;
/** Columns at once: more cannot be read, and each costs a check box a row. */
const most = 20;
/** Names of policies in one cell. */
const named = 3;

export const PolicyPermissions = ({
  ground,
  permissions,
  policies,
  granted,
  widener,
  onChange,
}: {
  ground: Ground;
  permissions: readonly Permission[];
  /** Names by id. */
  policies: ReadonlyMap<string, string>;
  /** Those that the grants name. */
  granted: readonly string[];
  /** The permission by which all grants count for every policy. */
  widener: string | undefined;
  /** Absent: read only. */
  onChange?: ((grants: Grant[]) => void) | undefined;
}) => {
  const t = useTexts(userTexts);
  const titleOf = useTitles();
  const whyOf = useWhy();
  const [advanced, setAdvanced] = useState(false);
  const [chosen, setChosen] = useState<readonly string[]>();
  const { grants } = ground;
  const nameOf = (policy: string) => policies.get(policy) ?? t.policyGone;
  const byName = (ids: readonly string[]) => [...new Set(ids)].sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
  const known = byName([...policies.keys(), ...granted]);
  // Those that the grants name come first, as far as there is room.
  const first = [...new Set([...granted, ...known])].slice(0, Math.max(few, Math.min(granted.length, most)));
  const columnsShown = byName(chosen ?? first);
  // Who widens has no columns of policies: what is selected counts for all of them (FP-24, FP-25).
  const refined = advanced && widener === undefined;

  const cell = (permission: Permission, column: string) => {
    const { ticked, dimmed } = tickOf(ground, permission, column);
    const of = column === account ? t.account : nameOf(column);
    return (
      <>
        <Checkbox
          checked={ticked}
          readOnly={!onChange}
          disabled={onChange !== undefined && dimmed !== undefined}
          ariaLabel={`${permission.title}, ${of}`}
          {...(dimmed && { ariaDescribedby: `why-${permission.id}-${column}` })}
          onChange={({ detail }) =>
            onChange?.(withTick(ground.permissions, grants, permission.id, column, detail.checked))
          }
        />
        {onChange && dimmed && dimmed.why !== 'account' && (
          <Box
            fontSize="body-s"
            color="text-body-secondary"
            nativeAttributes={{ id: `why-${permission.id}-${column}` }}
          >
            {whyOf(dimmed)}
          </Box>
        )}
      </>
    );
  };
  const single = ({ id }: Permission) => {
    const all = byName(policiesIn(grants, id));
    if (all.length === 0) return '–';
    return `${all.slice(0, named).map(nameOf).join(', ')}${all.length > named ? ` ${t.andMore(all.length - named)}` : ''}`;
  };
  const columns: TableProps.ColumnDefinition<Permission>[] = [
    {
      id: 'permission',
      header: t.permission,
      isRowHeader: true,
      minWidth: 180,
      cell: ({ title, description }) => (
        <>
          {title}
          {onChange && (
            <Box fontSize="body-s" color="text-body-secondary">
              {description}
            </Box>
          )}
        </>
      ),
    },
    { id: account, header: t.account, minWidth: 110, cell: (permission) => cell(permission, account) },
    ...(refined
      ? columnsShown.map((policy) => ({
          id: policy,
          header: nameOf(policy),
          minWidth: 110,
          cell: (permission: Permission) => cell(permission, policy),
        }))
      : [{ id: 'single', header: t.singlePolicies, minWidth: 140, cell: single }]),
  ];
  const options = known.map((id) => ({ value: id, label: nameOf(id) }));
  return (
    <Table
      items={[...permissions]}
      columnDefinitions={columns}
      trackBy="id"
      wrapLines
      stickyColumns={{ first: 1 }}
      ariaLabels={{ tableLabel: t.policyPermissions }}
      header={
        <Header
          variant="h3"
          actions={
            widener === undefined &&
            options.length > 0 && (
              <Button ariaExpanded={advanced} onClick={() => setAdvanced(!advanced)}>
                {advanced ? t.simple : t.advanced}
              </Button>
            )
          }
        >
          {t.policyPermissions}
        </Header>
      }
      filter={
        widener !== undefined ? (
          <Alert type="info">{t.appliesToAll(titleOf(widener), granted.length)}</Alert>
        ) : (
          refined &&
          options.length > few && (
            <FormField label={t.columns} description={t.columnsHint(columnsShown.length, options.length, most)}>
              <Multiselect
                filteringType="auto"
                expandToViewport
                tokenLimit={few}
                selectedOptions={columnsShown.map((id) => ({ value: id, label: nameOf(id) }))}
                options={options.map((option) => ({
                  ...option,
                  disabled: columnsShown.length >= most && !columnsShown.includes(option.value),
                }))}
                deselectAriaLabel={({ label }) => t.hideColumn(label ?? '')}
                onChange={({ detail }) => setChosen(detail.selectedOptions.map(({ value }) => value as string))}
              />
            </FormField>
          )
        )
      }
    />
  );
};
