// The list of roles.
import Link from '@cloudscape-design/components/link';
import { useAll } from '../../api/reads.ts';
import { useTitle } from '../../parts/page.tsx';
import { Empty, ListTable } from '../../parts/tables.tsx';
import { useLink } from '../../shell/go.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { roleTexts } from './texts.ts';

export const RolesPage = () => {
  const words = useTexts(common);
  const t = useTexts(roleTexts);
  const link = useLink();
  const roles = useAll('listRoles', {});
  useTitle(t.roles);
  return (
    <ListTable
      title={t.roles}
      items={roles.data ?? []}
      loading={roles.isPending}
      error={roles.error}
      textOf={({ name, description }) => `${name} ${description}`}
      sortBy="name"
      empty={<Empty text={t.empty} />}
      columns={[
        {
          id: 'name',
          header: words.name,
          sortingField: 'name',
          isRowHeader: true,
          cell: ({ id, name }) => <Link {...link(`/roles/${id}`)}>{name}</Link>,
        },
        { id: 'description', header: words.description, cell: ({ description }) => description || '–' },
        { id: 'users', header: t.users, sortingField: 'users', cell: ({ users }) => users },
        { id: 'groups', header: t.groups, sortingField: 'groups', cell: ({ groups }) => groups },
      ]}
    />
  );
};
