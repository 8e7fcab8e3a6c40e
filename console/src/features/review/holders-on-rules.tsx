// Who holds a right on rules: whoever is in a role that gives it. The service knows no list of such holders, so the roles
// are listed, and each leads to the people in it.
import Link from '@cloudscape-design/components/link';
import { useQuery } from '@tanstack/react-query';
import { useAll } from '../../api/reads.ts';
import { givingOn, type RightOnRules, readRoles } from '../../on-rules/reads.ts';
import { onRulesTexts } from '../../on-rules/texts.ts';
import { Which } from '../../on-rules/which.tsx';
import { Empty, ListTable } from '../../parts/tables.tsx';
import { useLink } from '../../shell/go.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { reviewTexts } from './texts.ts';

/** Roles that are looked at: each is a request. */
const mostRoles = 200;

export const HoldersOnRules = ({ right, rule }: { right: RightOnRules; rule: string | undefined }) => {
  const t = useTexts(reviewTexts);
  const words = useTexts(common);
  const onRules = useTexts(onRulesTexts);
  const link = useLink();
  const all = useAll('listRoles', {});
  // A role that nobody is in gives nobody anything.
  const inhabited = all.data?.filter(({ users, groups }) => users + groups > 0) ?? [];
  const ids = inhabited.slice(0, mostRoles).map(({ id }) => id);
  const read = useQuery({
    queryKey: ['rightsOfRoles', ids],
    queryFn: () => readRoles(ids),
    enabled: all.data !== undefined,
  });
  const giving = givingOn(read.data ?? [], right).filter(
    ({ rules }) => rule === undefined || rules.some((line) => line.rule === rule && line[right]),
  );
  const rows = giving.flatMap((role) => {
    const named = inhabited.find(({ id }) => id === role.id);
    return named ? [{ ...role, name: named.name, users: named.users, groups: named.groups }] : [];
  });
  const rulePath = (one: string) => `/review?${new URLSearchParams({ tab: 'holders', right, rule: one })}`;
  return (
    <ListTable<(typeof rows)[number]>
      title={t.givenBy}
      headingVariant="h2"
      description={t.holdersByRoles}
      items={rows}
      loading={all.isPending || read.isPending}
      error={all.error ?? read.error}
      textOf={({ name }) => name}
      empty={<Empty text={t.nobody} />}
      footer={inhabited.length > mostRoles && onRules.moreRoles}
      columns={[
        {
          id: 'role',
          header: t.role,
          isRowHeader: true,
          minWidth: 150,
          cell: ({ id, name }) => <Link {...link(`/roles/${id}?tab=rules`)}>{name}</Link>,
        },
        {
          id: 'who',
          header: t.member,
          minWidth: 150,
          cell: ({ id, users, groups }) => (
            <Link {...link(`/review?${new URLSearchParams({ tab: 'access', of: 'role', role: id })}`)}>
              {[users > 0 && words.users(users), groups > 0 && words.groups(groups)].filter(Boolean).join(', ')}
            </Link>
          ),
        },
        {
          id: 'rules',
          header: onRules.onWhich,
          minWidth: 180,
          cell: ({ rules }) => (
            <Which
              rules={rules.filter((line) => line[right]).map((line) => ({ id: line.rule, name: line.name }))}
              all={rules.length}
              pathOf={rulePath}
            />
          ),
        },
        { id: 'new', header: t.newRules, cell: ({ newRules }) => (newRules[right] ? words.yes : words.no) },
      ]}
    />
  );
};
