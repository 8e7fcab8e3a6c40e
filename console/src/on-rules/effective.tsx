// What somebody may do to rules, beside the permissions: from all roles together (CT-85).
import Link from '@cloudscape-design/components/link';
import { Fragment } from 'react';
import { Name } from '../api/names.tsx';
import { Empty, ListTable } from '../parts/tables.tsx';
import { useLink } from '../shell/go.ts';
import { useMay } from '../shell/me.ts';
import { useTexts } from '../texts/texts.ts';
import { givingOn, type RightOnRules, reachOn, rightsOnRules, useRolesOnRules } from './reads.ts';
import { onRulesTexts } from './texts.ts';
import { Which } from './which.tsx';

export const EffectiveOnRules = ({ user }: { user: string }) => {
  const t = useTexts(onRulesTexts);
  const may = useMay();
  const link = useLink();
  const read = useRolesOnRules(user);
  if (!may('listRules')) return null;
  // Who may not read the rights of roles is the person, and sees in the list of rules what can be done to each.
  if (!may('getRuleRights')) return <Link {...link('/rules')}>{t.seeRules}</Link>;
  const { roles = [], more = false } = read.data ?? {};
  const whyPath = (right: RightOnRules, rule?: string) =>
    `/review?${new URLSearchParams({ tab: 'why', user, right, ...(rule !== undefined && { rule }) })}`;
  return (
    <ListTable<{ readonly id: RightOnRules }>
      title={t.title}
      headingVariant="h2"
      description={t.hint}
      items={rightsOnRules.map((id) => ({ id }))}
      loading={read.isPending}
      error={read.error}
      nameOf={({ id }) => t.rights[id]}
      empty={<Empty text={t.noRule} />}
      footer={more && t.more}
      columns={[
        { id: 'right', header: t.right, isRowHeader: true, cell: ({ id }) => t.rights[id] },
        {
          id: 'rules',
          header: t.onWhich,
          minWidth: 200,
          cell: ({ id }) => {
            const { rules, all } = reachOn(roles, id);
            return roles.length === 0 ? (
              t.noRule
            ) : (
              <Which rules={rules} all={all} pathOf={(rule) => whyPath(id, rule)} />
            );
          },
        },
        {
          id: 'roles',
          header: t.roles,
          minWidth: 160,
          cell: ({ id }) => {
            const giving = givingOn(roles, id);
            if (giving.length === 0) return '–';
            return giving.map((role, at) => (
              <Fragment key={role.id}>
                {at > 0 && ', '}
                <Name id={role.id} />
              </Fragment>
            ));
          },
        },
        ...(may('listHolders')
          ? [
              {
                id: 'why',
                header: t.why,
                cell: ({ id }: { readonly id: RightOnRules }) => (
                  <Link {...link(whyPath(id))} ariaLabel={t.whyOf(t.rights[id])}>
                    {t.why}
                  </Link>
                ),
              },
            ]
          : []),
      ]}
    />
  );
};
