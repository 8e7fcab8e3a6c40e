// The policies, to which permissions can be limited (FP-11..13).
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import { useState } from 'react';
import { useAll } from '../../api/reads.ts';
import { useChanges } from '../../changes/changes.tsx';
import { NameDialog } from '../../parts/fields-dialog.tsx';
import { useTitle } from '../../parts/page.tsx';
import { Empty, ListTable } from '../../parts/tables.tsx';
import { useLink } from '../../shell/go.ts';
import { useMay } from '../../shell/me.ts';
import { common } from '../../texts/common.ts';
import { useTexts } from '../../texts/texts.ts';
import { policyTexts } from './texts.ts';

export const PoliciesPage = () => {
  const t = useTexts(policyTexts);
  const words = useTexts(common);
  const may = useMay();
  const link = useLink();
  const { save } = useChanges();
  const [adding, setAdding] = useState(false);
  const policies = useAll('listPolicies', {});
  useTitle(t.title);
  const add = (name: string, description: string) =>
    // A new policy gives nobody anything, so it is there at once, and rights can be limited to it.
    save([{ operation: 'createPolicy', body: { name, description } }], {
      done: t.added(name),
      now: true,
      knows: ['name-taken'],
    });
  return (
    <>
      <ListTable
        title={t.title}
        description={t.description}
        items={policies.data ?? []}
        loading={policies.isPending}
        error={policies.error}
        textOf={({ name, description }) => `${name} ${description}`}
        sortBy="name"
        empty={<Empty text={t.empty} />}
        actions={
          may('createPolicy') && (
            <Button variant="primary" onClick={() => setAdding(true)}>
              {t.add}
            </Button>
          )
        }
        columns={[
          {
            id: 'name',
            header: words.name,
            sortingField: 'name',
            isRowHeader: true,
            cell: ({ id, name }) => <Link {...link(`/policies/${id}`)}>{name}</Link>,
          },
          { id: 'description', header: words.description, cell: ({ description }) => description || '–' },
        ]}
      />
      {adding && <NameDialog title={t.add} yes={words.add} described onSave={add} onClose={() => setAdding(false)} />}
    </>
  );
};
